"""The one batcher: streamed text leaves at once when it is rare and in bunches when it is dense.

The first delta goes at once, then at most one commit per interval, which widens when commits are
slow.  Anything that is not streamed text goes at once, behind the text that came before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from cellspeak.core.events import Data, Draft
from cellspeak.errors import CellspeakError

__all__ = ["Batch"]

LONGEST = 0.1
"""Seconds; ten pictures a second is the least that still reads as streaming."""
SHARE = 4
"""A commit may take a quarter of the time; beyond that the interval widens."""

Commit = Callable[[Sequence[Draft]], Awaitable[object]]


class Batch:
    """Collects the drafts of one turn and commits them in order.

    Args:
        commit: stores drafts; called with one bunch at a time.
        interval: seconds between commits of streamed text, ≥ 0.
    """

    def __init__(self, commit: Commit, interval: float) -> None:
        self._commit = commit
        self._shortest = self._interval = interval
        self._waiting: list[Draft] = []
        self._lock = asyncio.Lock()
        self._last = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._late: asyncio.Task[None] | None = None

    async def add(self, drafts: Sequence[Draft]) -> None:
        """Take *drafts*; return at once unless it is time to commit.

        Raises:
            StoreError: if it was time, and the commit failed; what waits is kept.
        """
        for draft in drafts:
            self._put(draft)
        loop = asyncio.get_running_loop()
        due = self._last + self._interval
        if loop.time() >= due or not all(_streams(d) for d in drafts):
            await self.flush()
        elif self._timer is None:
            self._timer = loop.call_at(due, self._ring)

    async def flush(self) -> None:
        """Commit what waits; if that fails it waits on, for the next time."""
        async with self._lock:
            self._stop_timer()
            bunch, self._waiting = self._waiting, []
            if not bunch:
                return
            clock = asyncio.get_running_loop().time
            self._last = started = clock()  # what comes meanwhile waits for the next one
            try:
                await self._commit(bunch)
            except Exception:  # and not a cancellation: the commit goes on behind that
                self._waiting = [*bunch, *self._waiting]
                raise
            self._last = clock()
            widened = max(self._shortest, SHARE * (self._last - started))
            self._interval = min(LONGEST, widened) if widened > self._shortest else self._shortest
        await asyncio.sleep(0)  # a runtime that never waits would starve every reader

    async def aclose(self) -> None:
        """Stop the timer.  What still waits is dropped: flush first to keep it."""
        self._stop_timer()
        if self._late is not None:
            self._late.cancel()
            await asyncio.wait([self._late])

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _put(self, draft: Draft) -> None:
        last = self._waiting[-1] if self._waiting else None
        if last is not None and _follows(last, draft):
            self._waiting[-1] = Draft(
                type=draft.type,
                data=_joined(last, draft),
                turn_id=draft.turn_id,
                message_id=draft.message_id,
            )
        else:
            self._waiting.append(draft)

    def _ring(self) -> None:
        self._timer = None
        self._late = asyncio.create_task(self._flush_late())

    async def _flush_late(self) -> None:
        with suppress(CellspeakError):  # the next commit meets it again, and has a caller
            await self.flush()


_STREAMED = {"message_delta": "delta", "thinking": "text", "tool_progress": None}
"""What may wait, and the text of it that is joined; of progress only the newest counts."""


def _streams(draft: Draft) -> bool:
    return draft.type in _STREAMED


def _follows(last: Draft, draft: Draft) -> bool:
    if last.type != draft.type or last.message_id != draft.message_id:
        return False
    if draft.type == "message_delta":
        return True
    one_call = last.data.get("tool_call_id") == draft.data.get("tool_call_id")
    return one_call and _streams(draft) and _joinable(last) and _joinable(draft)


def _joinable(draft: Draft) -> bool:
    """Thoughts may come as a summary, and nothing follows the end of one."""
    key = _STREAMED[draft.type]
    return (key is None or key in draft.data) and not draft.data.get("done")


def _joined(last: Draft, draft: Draft) -> Data:
    key = _STREAMED[draft.type]
    if key is None:
        return draft.data
    return {**last.data, **draft.data, key: last.data[key] + draft.data[key]}
