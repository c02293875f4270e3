"""The store in SQLite or PostgreSQL; `cellspeak.stores.base.Store` says what methods promise.

Its one law is that of `database`: what is written is written whole, with the check of its epoch.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from cellspeak.core.events import Data, SessionEvent
from cellspeak.errors import StoreError, ValidationError
from cellspeak.stores.base import Inboxed, Lease, Owner, SavedState, SessionRecord, Snapshot
from cellspeak.stores.rules import fresh_record, iso, require_numbers
from cellspeak.stores.text import as_text
from cellspeak.stores.watch import GONE, KNOCK, Watch

from . import blobs, inbox, leases, log, sessions
from . import snapshot as snapshots
from .database import Database
from .snapshot import SnapshotText

__all__ = ["SqlStore"]


class SqlStore:
    """Keeps sessions in a SQL database; to be used from one event loop.

    The database is opened, and its tables are made, at the first use.

    Args:
        url: as SQLAlchemy writes it: `sqlite:////home/ada/chats.db`, or a database of its own
            on a server: `postgresql://ada:password@host/chats`, which needs `cellspeak[postgres]`.
            A file (0600) and its folder (0700) are made when missing.
        now: the clock for leases and records, seconds since 1970.
        patience: seconds to wait while another process holds a lock, ≥ 0.

    Raises:
        ValidationError: if *url* is no such address.
    """

    commit_interval = 0.05
    shared = True

    def __init__(
        self, url: str | URL, *, now: Callable[[], float] = time.time, patience: float = 5.0
    ) -> None:
        self._now = now
        self._database = Database(_usable(url), patience=patience)
        self._watch = Watch(self._ends, self._database.ear())

    @classmethod
    def sqlite(
        cls,
        path: str | os.PathLike[str],
        *,
        now: Callable[[], float] = time.time,
        patience: float = 5.0,
    ) -> SqlStore:
        """Return the store in the file *path*, which only its user can read."""
        file = os.path.abspath(Path(path).expanduser())
        return cls(URL.create("sqlite", database=file), now=now, patience=patience)

    async def create(self, record: SessionRecord) -> None:
        """Add the record; see `Store.create`."""
        fresh = fresh_record(record, self._now())
        job = partial(sessions.create, record=fresh)
        await self._database.write(job, fresh.session_id)

    async def get(self, session_id: str) -> SessionRecord | None:
        """Return the record; see `Store.get`.  A log that lost its tail begins anew here."""
        found = await self._database.read(partial(sessions.get, session_id=session_id))
        if found is None:
            return None
        record, torn = found
        if not torn:
            return record
        job = partial(sessions.mend, session_id=session_id)
        return await self._database.write(job, session_id)

    async def list(self, owner: str | None = None) -> Sequence[SessionRecord]:
        """Return the living records, newest activity first; see `Store.list`."""
        return await self._database.read(partial(sessions.records, owner=owner))

    async def label(self, session_id: str, labels: Data) -> None:
        """Merge *labels* into the record's; see `Store.label`."""
        as_text(labels)
        job = partial(sessions.label, session_id=session_id, labels=labels)
        await self._database.write(job, session_id)

    async def delete(self, session_id: str, *, tombstone: bool = True) -> None:
        """Remove what is kept; see `Store.delete`."""
        job = partial(sessions.remove, session_id=session_id, keep_tombstone=tombstone)
        await self._database.write(job, session_id, f"{session_id} {GONE}")
        self._watch.ring(session_id)
        with suppress(StoreError):  # it is deleted all the same
            await self._database.scrub()

    async def append(
        self,
        session_id: str,
        after: int,
        events: Sequence[SessionEvent],
        *,
        epoch: int,
        state: SavedState | None = None,
    ) -> None:
        """Append *events* and *state*; see `Store.append`."""
        require_numbers(after, events)
        at = (events[-1].at or iso(self._now())) if events else None
        job = partial(
            log.append,
            session_id=session_id,
            after=after,
            rows=[
                {"session_id": session_id, "seq": event.seq, "json": as_text(event)}
                for event in events
            ],
            epoch=epoch,
            at=at,
            state=state,
        )
        news = f"{session_id} {after + len(events)}" if events else ""
        await self._database.write(job, session_id, news)
        self._watch.ring(session_id, after + len(events))

    async def read(self, session_id: str, after: int, limit: int = 1000) -> Sequence[SessionEvent]:
        """Return the next events; see `Store.read`."""
        job = partial(log.read, session_id=session_id, after=after, limit=limit)
        return await self._database.read(job)

    async def wait(self, session_id: str, after: int, timeout: float) -> bool:
        """Wait for more than *after*; see `Store.wait`."""
        return await self._watch.wait(session_id, after, timeout)

    async def state(self, session_id: str, turn_id: str) -> bytes | None:
        """Return the state saved last for *turn_id*; see `Store.state`."""
        job = partial(log.state, session_id=session_id, turn_id=turn_id)
        return await self._database.read(job)

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, *, epoch: int) -> None:
        """Merge *snapshot* into the kept one; see `Store.save_snapshot`."""
        saved = SnapshotText(
            seq=snapshot.seq,
            rest=as_text(snapshot.rest),
            turns={turn_id: as_text(turn) for turn_id, turn in snapshot.turns.items()},
            covered=snapshot.covered,
        )
        job = partial(snapshots.save_snapshot, session_id=session_id, saved=saved, epoch=epoch)
        await self._database.write(job, session_id)

    async def snapshot(self, session_id: str) -> Snapshot | None:
        """Return the newest snapshot; see `Store.snapshot`."""
        return await self._database.read(partial(snapshots.snapshot, session_id=session_id))

    async def acquire(self, session_id: str, owner: Owner, ttl: float) -> Lease | None:
        """Take the lease; see `Store.acquire`."""
        job = partial(leases.acquire, session_id=session_id, owner=owner, now=self._now(), ttl=ttl)
        return await self._database.write(job, session_id)

    async def renew(self, lease: Lease, ttl: float) -> Lease | None:
        """Prolong *lease*; see `Store.renew`."""
        longer = replace(lease, expires_at=self._now() + ttl)
        held = await self._database.write(partial(leases.renew, lease=longer), lease.session_id)
        return longer if held else None

    async def release(self, lease: Lease) -> None:
        """Give *lease* back; see `Store.release`."""
        await self._database.write(partial(leases.release, lease=lease), lease.session_id)

    async def post(self, session_id: str, command: Data) -> int:
        """Leave *command* for the owner; see `Store.post`."""
        job = partial(
            inbox.post,
            session_id=session_id,
            command=as_text(command),
            client_id=command.get("client_id"),
        )
        return await self._database.write(job, session_id, f"{session_id} {KNOCK}")

    async def commands(self, session_id: str) -> Sequence[Inboxed]:
        """Return the commands without an outcome; see `Store.commands`."""
        return await self._database.read(partial(inbox.commands, session_id=session_id))

    async def answer(self, session_id: str, number: int, outcome: Data) -> None:
        """Give the outcome of a command; see `Store.answer`."""
        job = partial(inbox.answer, session_id=session_id, number=number, text=as_text(outcome))
        await self._database.write(job, session_id)

    async def outcome(self, session_id: str, number: int) -> Data | None:
        """Return the outcome of a command; see `Store.outcome`."""
        job = partial(inbox.outcome, session_id=session_id, number=number)
        return await self._database.read(job)

    async def inboxes(self, session_ids: Sequence[str], timeout: float) -> Sequence[str]:
        """Return those with commands that wait; see `Store.inboxes`."""
        job = partial(inbox.waiting, session_ids=session_ids)
        return await self._watch.inboxes(lambda: self._database.read(job), session_ids, timeout)

    async def put_blob(self, session_id: str, sha256: str, content: bytes) -> None:
        """Keep *content*; see `Store.put_blob`."""
        job = partial(blobs.put_blob, session_id=session_id, sha256=sha256, content=content)
        await self._database.write(job, session_id)

    async def get_blob(self, session_id: str, sha256: str) -> bytes | None:
        """Return the bytes; see `Store.get_blob`."""
        job = partial(blobs.get_blob, session_id=session_id, sha256=sha256)
        return await self._database.read(job)

    async def aclose(self) -> None:
        """Finish what was begun, close the connections and end their threads."""
        await self._watch.aclose()
        await self._database.aclose()
        self._watch.wake_all()

    async def _ends(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        return await self._database.read(partial(log.ends, session_ids=session_ids))


_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
"""What an address means that names no driver."""


def _usable(url: str | URL) -> URL:
    """Return *url* with a driver that can be used here, or raise ValidationError."""
    try:
        made = make_url(url)
        made = made.set(drivername=_DRIVERS.get(made.drivername, made.drivername))
        asynchronous = made.get_dialect().is_async
    except (ArgumentError, ValueError):
        # Not repeated: what was meant for an address may hold a password.
        raise ValidationError(
            "expected an address such as sqlite:////home/ada/chats.db; "
            "got something that SQLAlchemy cannot read"
        ) from None
    if not asynchronous:
        raise ValidationError(
            f"expected an asynchronous driver such as postgresql+asyncpg; got {made.drivername}"
        )
    if made.get_backend_name() not in ("sqlite", "postgresql"):
        raise ValidationError(
            f"expected a database of SQLite or PostgreSQL; got one of {made.get_backend_name()}"
        )
    if made.drivername == _DRIVERS["postgresql"] and find_spec("asyncpg") is None:
        raise ValidationError(
            "a store in PostgreSQL needs its driver: run `pip install 'cellspeak[postgres]'`"
        )
    if made.get_backend_name() == "sqlite" and made.database in (None, "", ":memory:"):
        raise ValidationError("expected a file for SQLite; to keep nothing, use MemoryStore")
    return made
