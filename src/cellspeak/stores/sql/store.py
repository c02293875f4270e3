"""The store in a SQL database; see `cellspeak.stores.base.Store` for what each method promises.

Its one law is that of `database`: what is written is written whole, with the check of its epoch.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from cellspeak.core.events import Data, SessionEvent
from cellspeak.errors import StoreError, ValidationError
from cellspeak.stores.base import Inboxed, Lease, Owner, SavedState, SessionRecord, Snapshot
from cellspeak.stores.bells import Bells
from cellspeak.stores.rules import fresh_record, iso, not_found, require_numbers

from . import blobs, inbox, leases, log, sessions
from . import snapshot as snapshots
from .database import Database
from .rows import as_text
from .snapshot import SnapshotText

__all__ = ["SqlStore"]

_SOONEST, _LATEST = 0.05, 0.25
"""Seconds between two looks for what other processes appended: at first, and when all is quiet."""


class SqlStore:
    """Keeps sessions in a SQL database; to be used from one event loop.

    The database is opened, and its tables are made, at the first use.

    Args:
        url: as SQLAlchemy writes it: `sqlite:////home/ada/chats.db`, or a server's with an
            asynchronous driver.  A file (0600) and its folder (0700) are made when missing.
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
        self._bells = Bells()
        self._watching: asyncio.Task[None] | None = None

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
        await self._database.write(partial(sessions.create, record=fresh))

    async def get(self, session_id: str) -> SessionRecord | None:
        """Return the record; see `Store.get`.  A log that lost its tail begins anew here."""
        found = await self._database.read(partial(sessions.get, session_id=session_id))
        if found is None:
            return None
        record, torn = found
        if not torn:
            return record
        return await self._database.write(partial(sessions.mend, session_id=session_id))

    async def list(self, owner: str | None = None) -> Sequence[SessionRecord]:
        """Return the living records, newest activity first; see `Store.list`."""
        return await self._database.read(partial(sessions.records, owner=owner))

    async def label(self, session_id: str, labels: Data) -> None:
        """Merge *labels* into the record's; see `Store.label`."""
        as_text(labels)
        await self._database.write(partial(sessions.label, session_id=session_id, labels=labels))

    async def delete(self, session_id: str, *, tombstone: bool = True) -> None:
        """Remove what is kept; see `Store.delete`."""
        job = partial(sessions.remove, session_id=session_id, keep_tombstone=tombstone)
        await self._database.write(job)
        self._bells.ring(session_id)
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
        await self._database.write(job)
        self._bells.ring(session_id, after + len(events))

    async def read(self, session_id: str, after: int, limit: int = 1000) -> Sequence[SessionEvent]:
        """Return the next events; see `Store.read`."""
        job = partial(log.read, session_id=session_id, after=after, limit=limit)
        return await self._database.read(job)

    async def wait(self, session_id: str, after: int, timeout: float) -> bool:
        """Wait for more than *after*; see `Store.wait`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            with self._bells.listen(session_id, after) as rung:
                end = await self._end(session_id)
                left = deadline - loop.time()
                if end > after or left <= 0:
                    return end > after
                self._watch()
                await asyncio.wait([rung], timeout=left)

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
        await self._database.write(job)

    async def snapshot(self, session_id: str) -> Snapshot | None:
        """Return the newest snapshot; see `Store.snapshot`."""
        return await self._database.read(partial(snapshots.snapshot, session_id=session_id))

    async def acquire(self, session_id: str, owner: Owner, ttl: float) -> Lease | None:
        """Take the lease; see `Store.acquire`."""
        job = partial(leases.acquire, session_id=session_id, owner=owner, now=self._now(), ttl=ttl)
        return await self._database.write(job)

    async def renew(self, lease: Lease, ttl: float) -> Lease | None:
        """Prolong *lease*; see `Store.renew`."""
        longer = replace(lease, expires_at=self._now() + ttl)
        held = await self._database.write(partial(leases.renew, lease=longer))
        return longer if held else None

    async def release(self, lease: Lease) -> None:
        """Give *lease* back; see `Store.release`."""
        await self._database.write(partial(leases.release, lease=lease))

    async def post(self, session_id: str, command: Data) -> int:
        """Leave *command* for the owner; see `Store.post`."""
        job = partial(
            inbox.post,
            session_id=session_id,
            command=as_text(command),
            client_id=command.get("client_id"),
        )
        return await self._database.write(job)

    async def commands(self, session_id: str) -> Sequence[Inboxed]:
        """Return the commands without an outcome; see `Store.commands`."""
        return await self._database.read(partial(inbox.commands, session_id=session_id))

    async def answer(self, session_id: str, number: int, outcome: Data) -> None:
        """Give the outcome of a command; see `Store.answer`."""
        job = partial(inbox.answer, session_id=session_id, number=number, text=as_text(outcome))
        await self._database.write(job)

    async def outcome(self, session_id: str, number: int) -> Data | None:
        """Return the outcome of a command; see `Store.outcome`."""
        job = partial(inbox.outcome, session_id=session_id, number=number)
        return await self._database.read(job)

    async def put_blob(self, session_id: str, sha256: str, content: bytes) -> None:
        """Keep *content*; see `Store.put_blob`."""
        job = partial(blobs.put_blob, session_id=session_id, sha256=sha256, content=content)
        await self._database.write(job)

    async def get_blob(self, session_id: str, sha256: str) -> bytes | None:
        """Return the bytes; see `Store.get_blob`."""
        job = partial(blobs.get_blob, session_id=session_id, sha256=sha256)
        return await self._database.read(job)

    async def aclose(self) -> None:
        """Finish what was begun, close the connections and end their threads."""
        if self._watching is not None:
            self._watching.cancel()
        await self._database.aclose()
        for session_id in self._bells.listened():
            self._bells.ring(session_id)

    async def _end(self, session_id: str) -> int:
        found = await self._database.read(partial(log.ends, session_ids=[session_id]))
        if session_id not in found:
            raise not_found(session_id)
        return found[session_id]

    def _watch(self) -> None:
        if self._watching is None:
            self._watching = asyncio.create_task(self._ring_for_others())

    async def _ring_for_others(self) -> None:
        """Look for what other processes appended, for as long as somebody listens."""
        pause = _SOONEST
        try:
            while listened := self._bells.listened():
                await asyncio.sleep(pause)
                rung = await self._look(listened)
                pause = _SOONEST if rung else min(pause * 1.5, _LATEST)
        finally:
            self._watching = None

    async def _look(self, session_ids: Sequence[str]) -> bool:
        try:
            found = await self._database.read(partial(log.ends, session_ids=session_ids))
        except StoreError:
            # Whoever listens meets the error itself when its time is up.
            return False
        # One that is gone rings for everybody, who then learn that it is gone.
        rung = [self._bells.ring(s, found.get(s, math.inf)) for s in session_ids]
        return any(rung)


def _usable(url: str | URL) -> URL:
    """Return *url* with a driver that can be used here, or raise ValidationError."""
    try:
        made = make_url(url)
        if made.drivername == "sqlite":
            made = made.set(drivername="sqlite+aiosqlite")
        asynchronous = made.get_dialect().is_async
    except ArgumentError:
        # Not repeated: what was meant for an address may hold a password.
        raise ValidationError(
            "expected an address such as sqlite:////home/ada/chats.db; "
            "got something that SQLAlchemy cannot read"
        ) from None
    if not asynchronous:
        raise ValidationError(
            f"expected an asynchronous driver such as postgresql+asyncpg; got {made.drivername}"
        )
    if made.get_backend_name() == "sqlite" and made.database in (None, "", ":memory:"):
        raise ValidationError("expected a file for SQLite; to keep nothing, use MemoryStore")
    return made
