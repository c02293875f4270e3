"""Run one turn: ask the runtime, commit what it yields, wait for people, and always end.

Whatever happens (an error, a stop, a time-out) the turn's open calls and messages are closed and
exactly one `message_complete` and one Idle follow, in one commit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from cellspeak.agents.base import AgentRuntime, Output, ReadBlob, SaveState, TurnRequest
from cellspeak.core import rules
from cellspeak.core.commands import Cancel, Respond
from cellspeak.core.conversation import Turn
from cellspeak.core.events import Draft
from cellspeak.errors import (
    ApprovalError,
    ConflictError,
    RequestTimeoutError,
    StoreError,
    TurnFailedError,
)
from cellspeak.stores.base import SavedState, Store

from .approvals import by_policy, by_time, next_expiry, resolution
from .batch import Batch
from .blobs import split_result
from .ending import AGENT_FAILED, CLOSING, cancelled, end_of_turn, failed, outcome
from .log import SessionLog, iso
from .outputs import checked
from .writer import TurnWriter, status_draft

__all__ = ["Tools", "TurnRun"]

PATIENCE = 2.0
"""Seconds that an agent has to clean up after it was told to stop; then it is left behind."""

FAREWELL = 5.0
"""Seconds that an agent elsewhere has to hear of it; the turn has ended, the next one waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every turn of an engine shares."""

    store: Store
    limits: rules.Limits
    now: Callable[[], float]
    """Seconds since 1970."""
    new_id: Callable[[], str]
    read_blob: Callable[[str], ReadBlob]
    """Session id → reader of its blobs."""


class TurnRun:
    """Runs the turn *turn_id* of *log* to its end."""

    def __init__(self, log: SessionLog, turn_id: str, runtime: AgentRuntime, tools: Tools) -> None:
        self.turn_id = turn_id
        self._log, self._runtime, self._tools = log, runtime, tools
        self._batch = Batch(self._commit, tools.store.commit_interval)
        self._writer = TurnWriter(
            self._turn, clock=time.monotonic, new_id=tools.new_id, expires_at=self._expires_at
        )
        self._start = time.monotonic()
        self._why: Draft | None = None
        self._told = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def stop(self, command: Cancel) -> None:
        """Stop the turn; `run` ends it as cancelled.  A second stop changes nothing."""
        self._halt(cancelled(command))

    async def run(self) -> None:
        """Answer the turn until it has ended in the log.

        Cancelling this leaves a turn that waits for a person as it is: another engine goes on.

        Raises:
            StoreError: if the store failed and the end could not be written either.
            ConflictError: if the lease is lost.
        """
        self._task = asyncio.create_task(self._answer_all())
        try:
            await self._done(self._task)
        except asyncio.CancelledError:
            resumable = self._why is None and bool(self._turn.pending)
            self._halt(cancelled(CLOSING))
            await self._done(self._task)
            if not resumable:
                await self._end(self._why)
                await self._abandon()
            raise
        finally:
            await self._batch.aclose()
        await self._end(self._why or outcome(self._task))
        if self._why is not None:
            await self._abandon()

    def _halt(self, why: Draft) -> None:
        self._why = self._why or why
        self._told.set()
        if self._task is not None:
            self._task.cancel()

    async def _done(self, task: asyncio.Task[None]) -> None:
        """Wait for *task*, but not for one that goes on although it was told to stop."""
        told = asyncio.create_task(self._told.wait())
        try:
            await asyncio.wait([task, told], return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
        if not task.done():
            await asyncio.wait([task], timeout=PATIENCE)
        task.add_done_callback(_look_at)

    @property
    def _turn(self) -> Turn:
        return self._log.conversation.turns[self.turn_id]

    async def _commit(self, drafts: Sequence[Draft]) -> None:
        """Commit *drafts*; what comes after the turn's end is dropped."""
        await self._log.commit(lambda c: [] if c.turns[self.turn_id].ended else drafts)

    def _expires_at(self) -> str | None:
        timeout = self._tools.limits.approval_timeout
        return None if timeout is None else iso(self._tools.now() + timeout)

    # Asking the runtime

    async def _answer_all(self) -> None:
        if self._turn.status == "queued":
            await self._commit([status_draft(self.turn_id, "Processing")])
        left = self._tools.limits.turn_timeout
        while True:
            await self._answered()
            began = time.monotonic()
            await self._within(left)
            left -= time.monotonic() - began
            if not self._writer.asked:
                return

    async def _within(self, seconds: float) -> None:
        # Not asyncio.timeout: an agent that swallows its cancellation would never end.
        error = RequestTimeoutError(
            f"the agent took longer than {self._tools.limits.turn_timeout:g} s and was stopped; "
            "ask for less at once"
        )
        loop = asyncio.get_running_loop()
        timer = loop.call_later(max(0.0, seconds), self._halt, failed(error))
        try:
            await self._answer_once()
        finally:
            timer.cancel()

    async def _answer_once(self) -> None:
        self._writer.asked = False
        request = await self._request()
        try:
            async with _closing(self._runtime.answer(request)) as outputs:
                async for output in outputs:
                    await self._take(checked(output))
        except (KeyboardInterrupt, SystemExit, GeneratorExit) as error:
            # A task would hand these on to the loop, and end every other session with it.
            raise TurnFailedError(AGENT_FAILED.format(type(error).__name__)) from error
        await self._batch.flush()

    async def _request(self) -> TurnRequest:
        return TurnRequest(
            # The head may be elsewhere: on a turn that waits, or on another branch.
            conversation=replace(self._log.conversation, head=self.turn_id),
            turn=self._turn,
            state=await self._saved_state(),
            read_blob=self._tools.read_blob(self._log.session_id),
        )

    async def _saved_state(self) -> bytes | None:
        """Return what the runtime saved in this turn, else in the one before it."""
        for turn_id in (self.turn_id, self._turn.after):
            if turn_id is not None:
                state = await self._tools.store.state(self._log.session_id, turn_id)
                if state is not None:
                    return state
        return None

    async def _take(self, output: Output) -> None:
        if self._turn.ended:
            raise asyncio.CancelledError  # it was given up: nobody listens any more
        if isinstance(output, SaveState):
            await self._batch.flush()
            saved = SavedState(turn_id=self.turn_id, state=output.state)
            await self._log.commit(lambda _: [], saved)
            return
        if output.type == "tool_result":
            output = await self._without_large(output)
        await self._batch.add(self._writer.write(output))

    async def _without_large(self, draft: Draft) -> Draft:
        data, blobs = split_result(draft.data, self._tools.limits.blob_bytes)
        for sha256, content in blobs.items():
            await self._tools.store.put_blob(self._log.session_id, sha256, content)
        return replace(draft, data=data)

    # Waiting for people

    async def _answered(self) -> None:
        """Return once every question of the turn has its answer."""
        while self._turn.pending:
            await self._resolve(by_policy(self._log.conversation, self._turn, self._tools.new_id))
            if self._turn.pending:
                await self._wait_for_change()

    async def _wait_for_change(self) -> None:
        try:
            async with asyncio.timeout(next_expiry(self._turn, self._tools.now())):
                await self._log.wait(self._log.conversation.seq)
        except TimeoutError:
            await self._resolve(by_time(self._turn, self._now(), self._tools.new_id))
        if self._log.failure is not None:
            raise self._log.failure

    async def _resolve(self, answers: Sequence[Respond]) -> None:
        for answer in answers:
            with suppress(ApprovalError):  # somebody was faster
                await self._log.commit(partial(resolution, command=answer, now=self._now()))

    def _now(self) -> str:
        return iso(self._tools.now())

    # Ending

    async def _end(self, note: Draft | None) -> None:
        try:
            await self._batch.flush()
        except (StoreError, ConflictError) as error:
            note = note or failed(error)
        await self._log.commit(lambda c: end_of_turn(c, self.turn_id, note, self._timings()))

    async def _abandon(self) -> None:
        """Tell a runtime that works elsewhere that its turn was ended here; the log has its end."""
        abandoned = getattr(self._runtime, "abandoned", None)
        if abandoned is None:
            return
        with suppress(StoreError, TimeoutError):
            request = await self._request()
            async with asyncio.timeout(FAREWELL):
                await abandoned(request)

    def _timings(self) -> dict[str, int]:
        timings = {"duration_ms": round((time.monotonic() - self._start) * 1000)}
        if self._writer.first_word_at is not None:
            timings["ttft_ms"] = round((self._writer.first_word_at - self._start) * 1000)
        return timings


def _look_at(task: asyncio.Task[None]) -> None:
    """Take note of the outcome, so that a turn that was given up is no warning at exit."""
    if not task.cancelled():
        task.exception()


@asynccontextmanager
async def _closing(outputs: AsyncIterator[Output]) -> AsyncIterator[AsyncIterator[Output]]:
    """`contextlib.aclosing`, also for an iterator that has nothing to close."""
    try:
        yield outputs
    finally:
        close = getattr(outputs, "aclose", None)
        if close is not None:
            await close()
