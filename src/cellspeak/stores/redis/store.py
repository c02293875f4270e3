"""The store in Redis; `cellspeak.stores.base.Store` says what the methods promise.

Its one law: whatever must be whole is one script, and a script refuses before it writes.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from cellspeak.core.codec import decode_event
from cellspeak.core.events import Data, SessionEvent
from cellspeak.stores.base import Inboxed, Lease, Owner, SavedState, SessionRecord, Snapshot
from cellspeak.stores.rules import (
    fresh_record,
    id_taken,
    iso,
    may_take,
    not_found,
    require_numbers,
    require_place,
)
from cellspeak.stores.text import as_text
from cellspeak.stores.watch import Watch

from . import scripts
from .keys import ALL, blob, of_owner, part, session
from .records import fields_of, record_of
from .wire import Wire

__all__ = ["RedisStore"]


class RedisStore:
    """Keeps sessions in a Redis of its own database; to be used from one event loop.

    What is kept survives a crash of the server only as far as its `appendfsync` says: with
    `always` all of it, with `everysec` all but the last second.

    Args:
        address: `redis://:password@host:6379/0`, `rediss://…` or `unix://…`.
        now: the clock for leases and records, seconds since 1970.
        patience: seconds that the server may take to answer, > 0.

    Raises:
        ValidationError: if *address* is no such address.
    """

    commit_interval = 0.03
    shared = True

    def __init__(
        self, address: str, *, now: Callable[[], float] = time.time, patience: float = 5.0
    ) -> None:
        self._now = now
        self._wire = Wire(address, patience=patience)
        self._watch = Watch(self._ends, self._wire.news())

    async def create(self, record: SessionRecord) -> None:
        """Add the record; see `Store.create`."""
        fresh = fresh_record(record, self._now())
        fields = chain.from_iterable(fields_of(fresh).items())
        await self._run(scripts.CREATE, fresh.session_id, fresh.owner, *fields)

    async def get(self, session_id: str) -> SessionRecord | None:
        """Return the record, a tombstone, or None; see `Store.get`."""
        found = await self._wire.ask("HGETALL", session(session_id))
        return record_of(session_id, found) if found else None

    async def list(self, owner: str | None = None) -> Sequence[SessionRecord]:
        """Return the living records, newest activity first; see `Store.list`."""
        ids = await self._wire.ask("SMEMBERS", ALL if owner is None else of_owner(owner))
        found = await asyncio.gather(*(self.get(session_id.decode()) for session_id in ids))
        living = [r for r in found if r is not None and not r.terminated]
        return sorted(living, key=lambda r: (r.active_at, r.created_at, r.session_id), reverse=True)

    async def label(self, session_id: str, labels: Data) -> None:
        """Merge *labels* into the record's; see `Store.label`."""
        as_text(labels)
        merged = 0
        while not merged:  # somebody else's labels came between
            before = await self._wire.ask("HGET", session(session_id), "labels") or b"{}"
            after = as_text({**json.loads(before), **labels})
            merged = await self._run(scripts.LABEL, session_id, before, after)

    async def delete(self, session_id: str, *, tombstone: bool = True) -> None:
        """Remove what is kept; see `Store.delete`."""
        await self._run(scripts.DELETE, session_id, int(tombstone))
        self._watch.ring(session_id)

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
        at = (events[-1].at or iso(self._now())) if events else ""
        saved = (state.turn_id, state.state) if state else ("", b"")
        texts = [as_text(event) for event in events]
        place = {"epoch": epoch, "after": after}
        await self._run(scripts.APPEND, session_id, epoch, after, at, *saved, *texts, place=place)
        self._watch.ring(session_id, after + len(events))

    async def read(self, session_id: str, after: int, limit: int = 1000) -> Sequence[SessionEvent]:
        """Return the next events; see `Store.read`."""
        log = part(session_id, "log")
        entries = await self._wire.ask("XRANGE", log, f"{after + 1}-0", "+", "COUNT", limit)
        if not entries:
            await self._end(session_id)
        return [decode_event(json.loads(fields[b"e"])) for _, fields in entries]

    async def wait(self, session_id: str, after: int, timeout: float) -> bool:
        """Wait for more than *after*; see `Store.wait`."""
        return await self._watch.wait(session_id, after, timeout)

    async def state(self, session_id: str, turn_id: str) -> bytes | None:
        """Return the state saved last for *turn_id*; see `Store.state`."""
        saved: bytes | None = await self._wire.ask("HGET", part(session_id, "states"), turn_id)
        return saved

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, *, epoch: int) -> None:
        """Merge *snapshot* into the kept one; see `Store.save_snapshot`."""
        turns = [(turn_id, as_text(turn)) for turn_id, turn in snapshot.turns.items()]
        await self._run(
            scripts.SAVE_SNAPSHOT,
            session_id,
            epoch,
            "",
            snapshot.seq,
            as_text(snapshot.rest),
            len(turns),
            *chain.from_iterable(turns),
            *chain.from_iterable(snapshot.covered),
            place={"epoch": epoch},
        )

    async def snapshot(self, session_id: str) -> Snapshot | None:
        """Return the newest snapshot; see `Store.snapshot`."""
        rest, turns = await self._wire.run(scripts.SNAPSHOT, session_id)
        if not rest[0]:
            return None
        return Snapshot(seq=int(rest[0]), rest=json.loads(rest[1]), turns=dict(_turns(turns)))

    async def acquire(self, session_id: str, owner: Owner, ttl: float) -> Lease | None:
        """Take the lease; see `Store.acquire`."""
        names = ("epoch", "holder", "expires_at")
        found = await self._wire.ask("HMGET", session(session_id), *names)
        epoch, expires_at = int(found[0] or 0), float(found[2] or 0)
        held = _lease(session_id, found[1], epoch, expires_at)
        now = self._now()
        if not may_take(held, owner, now):
            return None
        fresh = Lease(
            session_id=session_id,
            owner=owner,
            epoch=epoch if held and held.owner == owner else epoch + 1,
            expires_at=now + ttl,
        )
        seen = [value or b"" for value in found]
        became = (fresh.epoch, as_text(owner), repr(fresh.expires_at))
        # If another one was faster, it holds the session now.
        return fresh if await self._run(scripts.ACQUIRE, session_id, *seen, *became) else None

    async def renew(self, lease: Lease, ttl: float) -> Lease | None:
        """Prolong *lease*; see `Store.renew`."""
        longer = replace(lease, expires_at=self._now() + ttl)
        mine = (lease.epoch, as_text(lease.owner), repr(longer.expires_at))
        return longer if await self._run(scripts.RENEW, lease.session_id, *mine) else None

    async def release(self, lease: Lease) -> None:
        """Give *lease* back; see `Store.release`."""
        mine = (lease.epoch, as_text(lease.owner))
        await self._run(scripts.RELEASE, lease.session_id, *mine)

    async def post(self, session_id: str, command: Data) -> int:
        """Leave *command* for the owner; see `Store.post`."""
        client_id = command.get("client_id") or ""
        number: int = await self._run(scripts.POST, session_id, client_id, as_text(command))
        return number

    async def commands(self, session_id: str) -> Sequence[Inboxed]:
        """Return the commands without an outcome; see `Store.commands`."""
        found = await self._wire.ask("HGETALL", part(session_id, "inbox"))
        waiting = sorted((int(number), json.loads(text)) for number, text in found.items())
        return [Inboxed(number=number, command=command) for number, command in waiting]

    async def answer(self, session_id: str, number: int, outcome: Data) -> None:
        """Give the outcome of a command; see `Store.answer`."""
        await self._run(scripts.ANSWER, session_id, number, as_text(outcome))

    async def outcome(self, session_id: str, number: int) -> Data | None:
        """Return the outcome of a command; see `Store.outcome`."""
        text = await self._wire.ask("HGET", part(session_id, "outcomes"), number)
        return json.loads(text) if text is not None else None

    async def inboxes(self, session_ids: Sequence[str], timeout: float) -> Sequence[str]:
        """Return those with commands that wait; see `Store.inboxes`."""

        async def look() -> Sequence[str]:
            sizes = await self._wire.run(scripts.INBOXES, "", *session_ids)
            return [s for s, size in zip(session_ids, sizes, strict=True) if size]

        return await self._watch.inboxes(look, session_ids, timeout)

    async def put_blob(self, session_id: str, sha256: str, content: bytes) -> None:
        """Keep *content*; see `Store.put_blob`."""
        await self._run(scripts.PUT_BLOB, session_id, sha256, content)

    async def get_blob(self, session_id: str, sha256: str) -> bytes | None:
        """Return the bytes; see `Store.get_blob`."""
        if not await self._wire.ask("SISMEMBER", part(session_id, "blobs"), sha256):
            return None
        content: bytes | None = await self._wire.ask("GET", blob(sha256))
        return content

    async def aclose(self) -> None:
        """Finish what was begun, and close the connections."""
        await self._watch.aclose()
        await self._wire.aclose()
        self._watch.wake_all()

    async def _run(
        self, script: str, session_id: str, *args: Any, place: Mapping[str, int] | None = None
    ) -> Any:
        """Return what *script* comes to, or raise why it refused; *place* is where it writes."""
        outcome = await self._wire.run(script, session_id, *args)
        if outcome == [b"gone"]:
            raise not_found(session_id)
        if outcome == [b"taken"]:
            raise id_taken(session_id)
        if isinstance(outcome, list) and outcome[0] == b"place":
            _, held, end = outcome
            require_place(session_id, held=held, end=end, **{"after": end, **(place or {})})
        return outcome

    async def _end(self, session_id: str) -> int:
        found = await self._ends([session_id])
        if session_id not in found:
            raise not_found(session_id)
        return found[session_id]

    async def _ends(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        found = await self._wire.run(scripts.ENDS, "", *session_ids)
        pairs = zip(session_ids, found, strict=True)
        return {session_id: int(end) for session_id, end in pairs if end is not None}


def _turns(found: Sequence[bytes]) -> Iterator[tuple[str, Data]]:
    """Give turn and JSON of each, in the order in which they came in."""
    placed = []
    for turn_id, text in zip(found[::2], found[1::2], strict=True):
        position, _, turn = text.partition(b":")
        placed.append((int(position), turn_id.decode(), turn))
    for _, name, turn in sorted(placed):
        yield name, json.loads(turn)


def _lease(session_id: str, holder: bytes | None, epoch: int, expires_at: float) -> Lease | None:
    if not holder:
        return None
    owner = Owner(**json.loads(holder))
    return Lease(session_id=session_id, owner=owner, epoch=epoch, expires_at=expires_at)
