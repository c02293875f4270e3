"""Run one turn: ask the runtime, commit what it yields, wait for people, and always end.

Whatever happens (an error, a stop, a time-out) the turn's open calls and messages are closed and
exactly one `message_complete` and one Idle follow, in one commit.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from cellspeak.agents.base import AgentRuntime, Output, ReadBlob, SaveState, TurnRequest
from cellspeak.core import rules
from cellspeak.core.commands import Cancel, Respond
from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.events import Draft
from cellspeak.errors import CellspeakError, ConflictError, RequestTimeoutError, StoreError
from cellspeak.stores.base import SavedState, Store

from .approvals import by_policy, by_time, next_expiry, resolution
from .batch import Batch
from .blobs import split_result
from .log import SessionLog, iso
from .writer import TurnWriter, status_draft

__all__ = ["Tools", "TurnRun", "end_of_turn"]

_log = logging.getLogger(__name__)


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
        self._stopped: Cancel | None = None
        self._task: asyncio.Task[None] | None = None

    def stop(self, command: Cancel) -> None:
        """Stop the turn; `run` ends it as cancelled.  A second stop changes nothing."""
        if self._stopped is None:
            self._stopped = command
            if self._task is not None:
                self._task.cancel()

    async def run(self) -> None:
        """Answer the turn until it has ended in the log.

        Cancelling this leaves a turn that waits for a person as it is: another engine goes on.

        Raises:
            StoreError: if the store failed and the end could not be written either.
            ConflictError: if the lease is lost.
        """
        self._task = asyncio.create_task(self._answer_all())
        try:
            await asyncio.wait([self._task])
        except asyncio.CancelledError:
            self._task.cancel()
            await asyncio.wait([self._task])
            if not self._turn.pending:
                await self._end(_cancelled(_CLOSING))
            raise
        finally:
            await self._batch.aclose()
        await self._end(self._note(self._task))

    @property
    def _turn(self) -> Turn:
        return self._log.conversation.turns[self.turn_id]

    async def _commit(self, drafts: Sequence[Draft]) -> None:
        await self._log.commit(lambda _: drafts)

    def _expires_at(self) -> str | None:
        timeout = self._tools.limits.approval_timeout
        return None if timeout is None else iso(self._tools.now() + timeout)

    # Asking the runtime

    async def _answer_all(self) -> None:
        if self._stopped is not None:
            raise asyncio.CancelledError
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
        try:
            async with asyncio.timeout(seconds) as limit:
                await self._answer_once()
        except TimeoutError:
            if not limit.expired():
                raise
            allowed = self._tools.limits.turn_timeout
            raise RequestTimeoutError(
                f"the agent took longer than {allowed:g} s and was stopped; ask for less at once"
            ) from None

    async def _answer_once(self) -> None:
        self._writer.asked = False
        session_id = self._log.session_id
        request = TurnRequest(
            conversation=self._log.conversation,
            turn=self._turn,
            state=await self._tools.store.state(session_id, self.turn_id),
            read_blob=self._tools.read_blob(session_id),
        )
        async with aclosing(self._runtime.answer(request)) as outputs:  # type: ignore[type-var]
            async for output in outputs:
                await self._take(output)
        await self._batch.flush()

    async def _take(self, output: Output) -> None:
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
        if not self._turn.pending:
            return
        await self._resolve(
            by_policy(self._log.conversation, self._turn, self._on_approval(), self._tools.new_id)
        )
        while self._turn.pending:
            await self._wait_for_change()

    def _on_approval(self) -> str:
        first = self._turn.posts[0] if self._turn.posts else {}
        return str(first.get("on_approval", "ask"))

    async def _wait_for_change(self) -> None:
        try:
            async with asyncio.timeout(next_expiry(self._turn, self._tools.now())):
                await self._log.wait(self._log.conversation.seq)
        except TimeoutError:
            now = iso(self._tools.now())
            await self._resolve(by_time(self._turn, now, self._tools.new_id))
        if self._log.failure is not None:
            raise self._log.failure

    async def _resolve(self, answers: Sequence[Respond]) -> None:
        for answer in answers:
            now = iso(self._tools.now())
            await self._log.commit(lambda c, a=answer, at=now: resolution(c, a, at))  # type: ignore[misc]

    # Ending

    def _note(self, task: asyncio.Task[None]) -> Draft | None:
        """Return what went wrong as a draft, or None if nothing did."""
        if self._stopped is not None:
            return _cancelled(self._stopped)
        if task.cancelled():
            return _cancelled(_CLOSING)
        error = task.exception()
        return None if error is None else _failed(error)

    async def _end(self, note: Draft | None) -> None:
        try:
            await self._batch.flush()
        except (StoreError, ConflictError) as error:
            note = note or _failed(error)
        await self._log.commit(lambda c: end_of_turn(c, self.turn_id, note, self._timings()))

    def _timings(self) -> dict[str, int]:
        timings = {"duration_ms": round((time.monotonic() - self._start) * 1000)}
        if self._writer.first_word_at is not None:
            timings["ttft_ms"] = round((self._writer.first_word_at - self._start) * 1000)
        return timings


_CLOSING = Cancel(
    session_id="", client_id="", reason="the process that ran it ended", by={"kind": "engine"}
)


def end_of_turn(
    conversation: Conversation,
    turn_id: str,
    note: Draft | None = None,
    timings: dict[str, int] | None = None,
) -> Sequence[Draft]:
    """Return the drafts that end the turn *turn_id*; none if it has ended.

    Args:
        conversation: as it is now.
        turn_id: the turn to end.
        note: the `error` or `turn_cancelled` that ended it; None: it is complete.
        timings: `duration_ms` and `ttft_ms` for its `usage`.
    """
    turn = conversation.turns[turn_id]
    if turn.ended:
        return []
    last = next((m for m in reversed(turn.messages) if m.kind == "text"), None)
    drafts = [*rules.closing(turn), *([note] if note else [])]
    used = len(turn.posts) + len(turn.messages) + len(turn.approvals)
    number = turn_id.rpartition(".")[2]
    complete = {
        "text": str(last.text) if last else "",
        "status": "complete" if note is None else "interrupted",
    }
    drafts.append(
        Draft(
            type="message_complete",
            message_id=last.id if last else f"{number}.{used + 1}",
            data=complete,
        )
    )
    if timings is not None:
        drafts.append(Draft(type="usage", data=timings))
    if turn.status != "queued":
        drafts.append(status_draft(turn_id, "Idle"))
    return [replace(d, turn_id=turn_id) for d in drafts]


def _cancelled(command: Cancel) -> Draft:
    return Draft(type="turn_cancelled", data={"reason": command.reason, "by": command.by})


def _failed(error: BaseException) -> Draft:
    """An agent's own exception may carry secrets or paths: only our errors show their text."""
    known = isinstance(error, CellspeakError)
    if not known:
        _log.error("the agent failed", exc_info=error)
    line = str(error) if known else f"the agent failed ({type(error).__name__})"
    code = error.code if isinstance(error, CellspeakError) else "agent_failed"
    retryable = isinstance(error, RequestTimeoutError | StoreError)
    data = {"error": line.splitlines()[0] if line else code, "code": code, "retryable": retryable}
    return Draft(type="error", data=data)
