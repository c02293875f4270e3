"""The Protocol of a store, and the records it keeps.

A store decides nothing: it keeps what the lease's owner appends, refuses everybody else, and tells
waiting readers that there is more.  One contract test (`tests/stores/test_contract.py`) holds for
all of them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cellspeak.core.events import Data, SessionEvent
from cellspeak.errors import StoreError

__all__ = [
    "Inboxed",
    "Lease",
    "Owner",
    "SavedState",
    "SessionRecord",
    "Snapshot",
    "Store",
    "StoreUnavailableError",
    "owner_alive",
    "this_process",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """What is known of a session without reading its log."""

    session_id: str
    agent: Data
    owner: str = ""
    labels: Data = field(default_factory=dict)
    """Host notes: `title`, `notebook`, `name`, `first_words`."""
    created_at: str = ""
    active_at: str = ""
    """When something was last appended, ISO 8601 UTC."""
    terminated: bool = False
    """True for a tombstone: the id is known, the content is gone."""
    incarnation: str = ""
    """Renewed when the store lost the log's tail."""
    end: int = 0
    """The last `seq` of the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who runs a session: one engine in one process."""

    engine_id: str
    host: str
    pid: int
    started: float
    """When that process started, seconds since 1970; tells a re-used pid from the old one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to append, until `expires_at` (seconds since 1970) or released."""

    session_id: str
    owner: Owner
    epoch: int
    """Grows with every change of owner; an append with an older one is refused."""
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedState:
    """A runtime's opaque memory and the turn it belongs to."""

    turn_id: str
    state: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A conversation as JSON at `seq`: its turns, and all but its turns in `rest`."""

    seq: int
    rest: Data
    turns: Data
    """Turn id → turn.  When saving: only those that changed since the last snapshot."""
    covered: Sequence[tuple[int, int]] = ()
    """When saving: runs of deltas (first, last) that a later event replaces; they may go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inboxed:
    """A command that another process left for the owner."""

    number: int
    command: Data
    """The JSON form of `core.codec.encode_command`."""


class StoreUnavailableError(StoreError):
    """Nobody can use the store right now; the same may succeed later."""


class Store(Protocol):
    """Keeps sessions.  Every method may raise StoreError (disk full, gone, locked)."""

    commit_interval: float
    """Seconds between commits of streamed text that this store carries well, ≥ 0."""
    shared: bool
    """True if other processes may use the same sessions; their inboxes are looked at then."""

    async def create(self, record: SessionRecord) -> None:
        """Add the record; ConflictError if the id is taken (a tombstone takes it too)."""
        ...

    async def get(self, session_id: str) -> SessionRecord | None:
        """Return the record, a tombstone included, or None."""
        ...

    async def list(self, owner: str | None = None) -> Sequence[SessionRecord]:
        """Return the records (of one owner), newest activity first, no tombstones."""
        ...

    async def label(self, session_id: str, labels: Data) -> None:
        """Merge *labels* into the record's."""
        ...

    async def delete(self, session_id: str, *, tombstone: bool = True) -> None:
        """Remove log, states, snapshots, inbox and unshared blobs; keep a tombstone or nothing."""
        ...

    async def append(
        self,
        session_id: str,
        after: int,
        events: Sequence[SessionEvent],
        *,
        epoch: int,
        state: SavedState | None = None,
    ) -> None:
        """Append *events* (numbered from `after + 1`) and *state*, all or nothing.

        Raises:
            ConflictError: if `after` is not the end, or `epoch` is not the lease's.
            SessionNotFoundError: if there is no such session.
        """
        ...

    async def read(self, session_id: str, after: int, limit: int = 1000) -> Sequence[SessionEvent]:
        """Return up to *limit* events with `seq > after`, ascending; empty at the end.

        SessionNotFoundError if there is no such session (or only its tombstone).
        """
        ...

    async def wait(self, session_id: str, after: int, timeout: float) -> bool:
        """Return True as soon as the end is above *after*; False after *timeout* seconds."""
        ...

    async def state(self, session_id: str, turn_id: str) -> bytes | None:
        """Return the state saved last for *turn_id*."""
        ...

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, *, epoch: int) -> None:
        """Merge the snapshot's turns into the kept ones, replace `rest`; drop covered deltas."""
        ...

    async def snapshot(self, session_id: str) -> Snapshot | None:
        """Return the newest snapshot, with all turns, or None."""
        ...

    async def acquire(self, session_id: str, owner: Owner, ttl: float) -> Lease | None:
        """Take the lease for *ttl* seconds; None while another living owner holds it.

        The same owner gets its lease again with the same epoch.  A holder on this host whose
        process is dead (`owner_alive`) is replaced at once.
        """
        ...

    async def renew(self, lease: Lease, ttl: float) -> Lease | None:
        """Prolong *lease*; None if it is lost."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give *lease* back; nothing happens if it is lost already."""
        ...

    async def post(self, session_id: str, command: Data) -> int:
        """Leave *command* in the owner's inbox; return its number.

        A command whose `client_id` is there already is not left twice: its number is returned.
        """
        ...

    async def commands(self, session_id: str) -> Sequence[Inboxed]:
        """Return the commands without an outcome, oldest first."""
        ...

    async def answer(self, session_id: str, number: int, outcome: Data) -> None:
        """Give the outcome of an inboxed command."""
        ...

    async def outcome(self, session_id: str, number: int) -> Data | None:
        """Return the outcome of an inboxed command, or None while there is none."""
        ...

    async def inboxes(self, session_ids: Sequence[str], timeout: float) -> Sequence[str]:
        """Return those of *session_ids* with commands that wait; none after *timeout* seconds.

        A store that hears of what other processes post returns as soon as there is something; any
        other looks only at first.
        """
        ...

    async def put_blob(self, session_id: str, sha256: str, content: bytes) -> None:
        """Keep *content* for the session, under its hash."""
        ...

    async def get_blob(self, session_id: str, sha256: str) -> bytes | None:
        """Return the bytes, or None."""
        ...

    async def aclose(self) -> None:
        """Close files and connections."""
        ...


def this_process(engine_id: str) -> Owner:
    """Return the owner that stands for *engine_id* in this process."""
    return Owner(
        engine_id=engine_id,
        host=socket.gethostname(),
        pid=os.getpid(),
        started=_started(os.getpid()) or 0.0,
    )


def owner_alive(owner: Owner, *, now: float, expires_at: float) -> bool:
    """Tell whether *owner* may still be running, at *now* (seconds since 1970).

    On this host the process itself is looked at, so a dead one is known at once; elsewhere only
    the lease's end tells.
    """
    here = owner.host == socket.gethostname()
    return now < expires_at and (not here or _started(owner.pid) == owner.started)


def _started(pid: int) -> float | None:
    import psutil

    try:
        process = psutil.Process(pid)
        # A killed one whose parent has not asked for it yet runs no more, but is still listed.
        ended = process.status() == psutil.STATUS_ZOMBIE
        return None if ended else round(float(process.create_time()), 2)
    except psutil.Error:
        return None
