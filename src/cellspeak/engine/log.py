"""One session's log, as its owner writes it.

One commit at a time, shielded from cancellation; what is in memory changes only after the store
said yes.  Numbering first and storing later leaves holes when a caller is cancelled in between.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from cellspeak.core.conversation import Conversation
from cellspeak.core.events import Draft, SessionEvent
from cellspeak.core.fold import apply
from cellspeak.errors import CellspeakError, ConflictError, SessionNotFoundError
from cellspeak.stores.base import Lease, SavedState, Store

from .patience import patiently
from .tasks import finish

__all__ = ["AtRest", "Plan", "SessionLog", "Unsaved", "iso"]

Plan = Callable[[Conversation], Sequence[Draft]]
"""Decides under the lock what to commit, seeing the conversation as it is then; may raise."""

RING = 2048
"""Newest events kept in memory for readers of this process: half a minute of fast streaming."""


def iso(seconds: float) -> str:
    """Return *seconds* since 1970 as ISO 8601 UTC with milliseconds."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


class AtRest(ConflictError):
    """The session was put to rest: its log goes on wherever the next command is taken."""


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What changed since the last snapshot."""

    turns: Sequence[str]
    """Ids of turns."""
    covered: list[tuple[int, int]]
    """Runs of deltas (first, last) that a later event covers."""


class SessionLog:
    """The only writer of one session.  Readers ask `recent` and `wait`."""

    def __init__(
        self, store: Store, lease: Lease, conversation: Conversation, now: Callable[[], float]
    ) -> None:
        self.lease = lease
        self.conversation = conversation
        self.failure: CellspeakError | None = None
        self._store = store
        self._now = now
        self._lock = asyncio.Lock()
        self._grew = asyncio.Event()
        self._ring: deque[SessionEvent] = deque(maxlen=RING)
        self._run = _DeltaRun()
        self._covered: list[tuple[int, int]] = []
        self._touched: dict[str, None] = {}

    @property
    def session_id(self) -> str:
        """The session that this log belongs to."""
        return self.lease.session_id

    async def commit(self, plan: Plan, state: SavedState | None = None) -> Sequence[SessionEvent]:
        """Number and store what *plan* decides, all or nothing; return the events.

        A caller that is cancelled meanwhile does not undo it: the commit goes on by itself.

        Raises:
            StoreError: if the store could not keep it; nothing changed then.
            ConflictError: if the lease is lost.
        """
        return await finish(self._commit(plan, state))

    async def _commit(self, plan: Plan, state: SavedState | None) -> Sequence[SessionEvent]:
        async with self._lock:
            if self.failure is not None:
                raise self.failure
            drafts = plan(self.conversation)
            if not drafts and state is None:
                return []
            events, run, covered = self._number(drafts)
            conversation = self.conversation
            for event in events:
                conversation = apply(conversation, event)
            await self._append(events, state)
            self.conversation, self._run = conversation, run
            self._covered += covered
            self._touched.update(dict.fromkeys(_turn_ids(events)))
            self._publish(events)
            return events

    async def _append(self, events: Sequence[SessionEvent], state: SavedState | None) -> None:
        after = self.conversation.seq
        doubtful = False

        async def append() -> None:
            nonlocal doubtful
            # A store that went away may have kept what it did not confirm.
            if doubtful and events and await self._has(after, events):
                return
            doubtful = True
            epoch = self.lease.epoch
            await self._store.append(self.session_id, after, events, epoch=epoch, state=state)

        try:
            await patiently(append)
        except (ConflictError, SessionNotFoundError) as error:
            # What is in memory is not what the store has: nothing can be added to it here.
            self.fail(error)
            raise

    async def _has(self, after: int, events: Sequence[SessionEvent]) -> bool:
        return await self._store.read(self.session_id, after) == events

    def _number(
        self, drafts: Sequence[Draft]
    ) -> tuple[list[SessionEvent], _DeltaRun, list[tuple[int, int]]]:
        run, covered, events = self._run, [], []
        at = iso(self._now())
        for seq, draft in enumerate(drafts, self.conversation.seq + 1):
            run, data, replaced = run.step(seq, draft)
            if replaced is not None:
                covered.append(replaced)
            events.append(
                SessionEvent(
                    type=draft.type,
                    session_id=self.session_id,
                    seq=seq,
                    turn_id=draft.turn_id,
                    message_id=draft.message_id,
                    at=at,
                    data=data,
                )
            )
        return events, run, covered

    def _publish(self, events: Sequence[SessionEvent]) -> None:
        self._ring.extend(events)
        self._wake()

    def _wake(self) -> None:
        grew, self._grew = self._grew, asyncio.Event()
        grew.set()

    def fail(self, error: CellspeakError) -> None:
        """Tell every reader that this log cannot go on in this process; the first reason stays."""
        self.failure = self.failure or error
        self._wake()

    def recent(self, after: int) -> Sequence[SessionEvent] | None:
        """Return the events with `seq > after` if memory holds them all, else None."""
        if after >= self.conversation.seq:
            return []
        first = self._ring[0].seq if self._ring else None
        if first is None or first > after + 1:
            return None
        return list(islice(self._ring, after + 1 - first, None))

    async def wait(self, after: int) -> None:
        """Return when there is something above *after*, or the log has failed."""
        while self.conversation.seq <= after and self.failure is None:
            await self._grew.wait()

    async def settled(self) -> None:
        """Return when no commit is under way."""
        async with self._lock:
            pass

    def take_unsaved(self) -> Unsaved:
        """Return what the next snapshot has to bring; it counts as saved from now on."""
        unsaved = Unsaved(list(self._touched), self._covered)
        self._touched, self._covered = {}, []
        return unsaved

    def put_back(self, unsaved: Unsaved) -> None:
        """Take back what could not be saved."""
        self._touched = {**dict.fromkeys(unsaved.turns), **self._touched}
        self._covered = [*unsaved.covered, *self._covered]


class _DeltaRun:
    """The deltas of one message that stand in the log without anything between them."""

    __slots__ = ("_count", "_first", "_message_id")

    def __init__(self, message_id: str | None = None, first: int = 0, count: int = 0) -> None:
        self._message_id, self._first, self._count = message_id, first, count

    def step(
        self, seq: int, draft: Draft
    ) -> tuple[_DeltaRun, dict[str, object], tuple[int, int] | None]:
        """Return the run after *draft*, its data as logged, and the run it covers, if any."""
        data = dict(draft.data)
        if draft.type == "message_delta":
            same = draft.message_id == self._message_id
            data.setdefault("index", self._count if same else 0)
            first = self._first if same and self._first else seq
            return _DeltaRun(draft.message_id, first, self._count + 1 if same else 1), data, None
        closes = draft.type == "message_complete" or data.get("closed") is True
        if closes and draft.message_id == self._message_id and self._first:
            data["first"] = self._first
            return _DeltaRun(), data, (self._first, seq - 1)
        # Something else came between: later deltas of the message start a run of their own.
        return _DeltaRun(self._message_id, 0, self._count), data, None


def _turn_ids(events: Sequence[SessionEvent]) -> list[str]:
    return [e.turn_id for e in events if e.turn_id is not None]
