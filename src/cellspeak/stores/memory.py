"""The store that keeps everything in this process, and forgets it with the process.

No method waits for anything but `wait`, so each one is atomic on its loop.  Appending costs by the
events that are appended, reading by those that are read, however long the log is.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from cellspeak.core.events import Data, SessionEvent

from .base import Inboxed, Lease, Owner, SavedState, SessionRecord, Snapshot
from .bells import Bells
from .rules import (
    entombed,
    fresh_record,
    id_taken,
    iso,
    may_take,
    not_found,
    require_numbers,
    require_place,
)

__all__ = ["MemoryStore"]


@dataclass(slots=True)
class _Inbox:
    posted: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    """`client_id` → number, so that a resend finds the first one."""
    open: dict[int, Data] = field(default_factory=dict)
    outcomes: dict[int, Data] = field(default_factory=dict)


@dataclass(slots=True)
class _Kept:
    """All that is kept of one living session."""

    record: SessionRecord
    """As it was created; `end`, `active_at` and `labels` move on below."""
    active_at: str
    labels: Data
    end: int = 0
    events: list[SessionEvent] = field(default_factory=list)
    states: dict[str, bytes] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    turns: dict[str, Data] = field(default_factory=dict)
    lease: Lease | None = None
    epoch: int = 0
    inbox: _Inbox = field(default_factory=_Inbox)
    blobs: set[str] = field(default_factory=set)

    def seen(self) -> SessionRecord:
        """Return the record as it is now."""
        return replace(self.record, end=self.end, active_at=self.active_at, labels=self.labels)

    def require(self, epoch: int, after: int | None = None) -> None:
        """Raise ConflictError unless *epoch* is the lease's and *after* (if given) is the end."""
        require_place(
            self.record.session_id,
            epoch=epoch,
            held=self.lease.epoch if self.lease else 0,
            after=self.end if after is None else after,
            end=self.end,
        )

    def drop(self, first: int, last: int) -> None:
        """Forget the events from *first* to *last*; the log's end always stays."""
        start = bisect_left(self.events, first, key=_seq)
        stop = bisect_right(self.events, min(last, self.end - 1), key=_seq)
        del self.events[start:stop]


class MemoryStore:
    """Keeps sessions for as long as this object lives; to be used from one event loop.

    Args:
        now: the clock for leases and records, seconds since 1970.
    """

    commit_interval = 0.016
    shared = False

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._kept: dict[str, _Kept] = {}
        self._tombstones: dict[str, SessionRecord] = {}
        self._blobs: dict[str, bytes] = {}
        self._holders: Counter[str] = Counter()
        self._bells = Bells()

    async def create(self, record: SessionRecord) -> None:
        """Add the record; see `Store.create`."""
        if record.session_id in self._kept or record.session_id in self._tombstones:
            raise id_taken(record.session_id)
        fresh = fresh_record(record, self._now())
        self._kept[record.session_id] = _Kept(fresh, fresh.active_at, dict(fresh.labels))

    async def get(self, session_id: str) -> SessionRecord | None:
        """Return the record, a tombstone, or None; see `Store.get`."""
        kept = self._kept.get(session_id)
        return kept.seen() if kept else self._tombstones.get(session_id)

    async def list(self, owner: str | None = None) -> Sequence[SessionRecord]:
        """Return the living records, newest activity first; see `Store.list`."""
        records = (kept.seen() for kept in self._kept.values())
        mine = [r for r in records if owner is None or r.owner == owner]
        return sorted(mine, key=lambda r: (r.active_at, r.created_at, r.session_id), reverse=True)

    async def label(self, session_id: str, labels: Data) -> None:
        """Merge *labels* into the record's; see `Store.label`."""
        kept = self._living(session_id)
        kept.labels = {**kept.labels, **labels}

    async def delete(self, session_id: str, *, tombstone: bool = True) -> None:
        """Remove what is kept; see `Store.delete`."""
        kept = self._kept.pop(session_id, None)
        before = kept.seen() if kept else self._tombstones.pop(session_id, None)
        if before is not None and tombstone:
            self._tombstones[session_id] = entombed(before)
        for sha256 in kept.blobs if kept else ():
            self._let_go(sha256)
        self._bells.ring(session_id)

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
        kept = self._living(session_id)
        kept.require(epoch, after)
        require_numbers(after, events)
        if state is not None:
            kept.states[state.turn_id] = state.state
        if events:
            kept.events.extend(events)
            kept.end = after + len(events)
            kept.active_at = events[-1].at or iso(self._now())
            self._bells.ring(session_id, kept.end)

    async def read(self, session_id: str, after: int, limit: int = 1000) -> Sequence[SessionEvent]:
        """Return the next events; see `Store.read`."""
        events = self._living(session_id).events
        start = bisect_right(events, after, key=_seq)
        return events[start : start + limit]

    async def wait(self, session_id: str, after: int, timeout: float) -> bool:
        """Wait for more than *after*; see `Store.wait`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while self._living(session_id).end <= after and (left := deadline - loop.time()) > 0:
            with self._bells.listen(session_id, after) as rung:
                await asyncio.wait([rung], timeout=left)
        return self._living(session_id).end > after

    async def state(self, session_id: str, turn_id: str) -> bytes | None:
        """Return the state saved last for *turn_id*; see `Store.state`."""
        kept = self._kept.get(session_id)
        return kept.states.get(turn_id) if kept else None

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, *, epoch: int) -> None:
        """Merge *snapshot* into the kept one; see `Store.save_snapshot`."""
        kept = self._living(session_id)
        kept.require(epoch)
        kept.turns.update(snapshot.turns)
        kept.snapshot = replace(snapshot, turns={}, covered=())
        for first, last in snapshot.covered:
            kept.drop(first, last)

    async def snapshot(self, session_id: str) -> Snapshot | None:
        """Return the newest snapshot; see `Store.snapshot`."""
        kept = self._kept.get(session_id)
        if kept is None or kept.snapshot is None:
            return None
        return replace(kept.snapshot, turns=dict(kept.turns))

    async def acquire(self, session_id: str, owner: Owner, ttl: float) -> Lease | None:
        """Take the lease; see `Store.acquire`."""
        kept, now = self._living(session_id), self._now()
        if not may_take(kept.lease, owner, now):
            return None
        if kept.lease is None or kept.lease.owner != owner:
            kept.epoch += 1
        kept.lease = Lease(
            session_id=session_id, owner=owner, epoch=kept.epoch, expires_at=now + ttl
        )
        return kept.lease

    async def renew(self, lease: Lease, ttl: float) -> Lease | None:
        """Prolong *lease*; see `Store.renew`."""
        kept = self._holding(lease)
        if kept is None:
            return None
        kept.lease = replace(lease, expires_at=self._now() + ttl)
        return kept.lease

    async def release(self, lease: Lease) -> None:
        """Give *lease* back; see `Store.release`."""
        kept = self._holding(lease)
        if kept is not None:
            kept.lease = None

    async def post(self, session_id: str, command: Data) -> int:
        """Leave *command* for the owner; see `Store.post`."""
        inbox = self._living(session_id).inbox
        client_id = command.get("client_id")
        if client_id is not None and client_id in inbox.numbers:
            return inbox.numbers[client_id]
        inbox.posted = number = inbox.posted + 1
        inbox.open[number] = command
        if client_id is not None:
            inbox.numbers[client_id] = number
        return number

    async def commands(self, session_id: str) -> Sequence[Inboxed]:
        """Return the commands without an outcome; see `Store.commands`."""
        kept = self._kept.get(session_id)
        waiting = kept.inbox.open.items() if kept else ()
        return [Inboxed(number=number, command=command) for number, command in waiting]

    async def answer(self, session_id: str, number: int, outcome: Data) -> None:
        """Give the outcome of a command; see `Store.answer`."""
        kept = self._kept.get(session_id)
        if kept is not None and kept.inbox.open.pop(number, None) is not None:
            kept.inbox.outcomes[number] = outcome

    async def outcome(self, session_id: str, number: int) -> Data | None:
        """Return the outcome of a command; see `Store.outcome`."""
        kept = self._kept.get(session_id)
        return kept.inbox.outcomes.get(number) if kept else None

    async def inboxes(self, session_ids: Sequence[str], timeout: float) -> Sequence[str]:
        """Return those with commands that wait; see `Store.inboxes`."""
        found = [s for s in session_ids if s in self._kept and self._kept[s].inbox.open]
        if not found:
            await asyncio.sleep(timeout)
        return found

    async def put_blob(self, session_id: str, sha256: str, content: bytes) -> None:
        """Keep *content*; see `Store.put_blob`."""
        kept = self._living(session_id)
        if sha256 not in kept.blobs:
            kept.blobs.add(sha256)
            self._blobs.setdefault(sha256, content)
            self._holders[sha256] += 1

    async def get_blob(self, session_id: str, sha256: str) -> bytes | None:
        """Return the bytes; see `Store.get_blob`."""
        kept = self._kept.get(session_id)
        return self._blobs[sha256] if kept and sha256 in kept.blobs else None

    async def aclose(self) -> None:
        """Nothing is open; what is kept stays until the object goes."""

    def _living(self, session_id: str) -> _Kept:
        kept = self._kept.get(session_id)
        if kept is None:
            raise not_found(session_id)
        return kept

    def _holding(self, lease: Lease) -> _Kept | None:
        kept = self._kept.get(lease.session_id)
        held = kept.lease if kept else None
        return kept if held and (held.owner, held.epoch) == (lease.owner, lease.epoch) else None

    def _let_go(self, sha256: str) -> None:
        self._holders[sha256] -= 1
        if not self._holders[sha256]:
            del self._holders[sha256], self._blobs[sha256]


def _seq(event: SessionEvent) -> int:
    return event.seq or 0
