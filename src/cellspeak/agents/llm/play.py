"""One pass of an answer: from a post, or the answers to its questions, to the end or the next ones.

Its one law: what goes wrong before a response has begun is mended by asking again, with a note;
what goes wrong later ends the turn and keeps what was said.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from pydantic_ai import (
    Agent,
    DeferredToolRequests,
    DeferredToolResults,
    FunctionToolset,
    Tool,
)
from pydantic_ai.agent import AgentRun
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, ToolCallPart
from pydantic_ai.models import Model
from pydantic_ai.usage import RunUsage

from cellspeak.agents import base
from cellspeak.agents.base import Output, SaveState, TurnRequest
from cellspeak.agents.memory import MemoryPolicy
from cellspeak.agents.tools import ToolSpec
from cellspeak.core.events import Draft
from cellspeak.core.kinds import dict_of

from .answers import answers
from .bill import bill
from .calls import Calls
from .history import Memory
from .patience import Patience, is_too_long
from .remember import limit_of, shorten, window_of
from .shorten import Limit, size
from .speech import Speech, args_of
from .toolset import schema_of
from .typed import Asked, spec_of_output

__all__ = ["Pass", "Setup"]

_Run: TypeAlias = AgentRun[Calls, Any]
_END = object()
_TELL_FROM = 1.0  # seconds of waiting that a person is told of
_TYPED = f"{base.OWN}answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What an agent brings to each of its passes."""

    name: str
    """How its model is called."""
    agent: Agent[Calls, Any]
    specs: Mapping[str, ToolSpec]
    tools: Mapping[str, Tool[Calls]]
    policy: MemoryPolicy
    patience: float
    extra: Sequence[Tool[Calls]] = ()
    """Those of `tools` that the agent does not have by itself: of servers that are there now."""


class _OutgrownError(Exception):
    """The history has grown beyond its limit between two requests."""


class Pass:
    """Plays one pass.

    Args:
        setup: whose.
        model: who answers.
        request: the turn.
        memory: what was said before.

    Raises:
        ValidationError: if the turn asks for a type that no model can give.
    """

    def __init__(self, setup: Setup, model: Model, request: TurnRequest, memory: Memory) -> None:
        self._setup, self._model, self._request = setup, model, request
        turn = request.turn
        self._calls = Calls(turn.tool_calls, memory.waiting)
        self._speech = Speech(self._calls, turn, list(setup.tools))
        self._asked, self._output = spec_of_output(turn)
        mode = model.profile.get("default_structured_output_mode", "tool")
        self._speech.mute = self._asked is not None and mode != "tool"
        self._messages: Sequence[ModelMessage] = memory.messages
        self._answers: DeferredToolResults | None = answers(turn, memory)
        self._limit = limit_of(setup.policy, model)
        self._patience = Patience(setup.patience)
        self._usage = RunUsage()
        self._responses: list[ModelResponse] = []
        self._rescued = False
        self._waits = 0.0  # seconds, before the next try

    async def outputs(self) -> AsyncGenerator[Output, None]:
        """Yield all of the pass, and last what the next one needs to know."""
        for draft in await self._shortened(self._limit):
            yield draft
        while True:
            async with self._started() as run:
                try:
                    async with aclosing(self._played(run)) as outputs:
                        async for output in outputs:
                            yield output
                    return
                except Exception as error:  # noqa: BLE001 - looked at below, and raised again there
                    failure = error
                    self._go_on_from(run)
            for draft in await self._mended(failure):
                yield draft
            await asyncio.sleep(self._waits)

    def _started(self) -> AbstractAsyncContextManager[_Run]:
        return self._setup.agent.iter(
            None,
            model=self._model,
            deps=self._calls,
            output_type=[self._output, DeferredToolRequests],
            message_history=list(self._messages),
            deferred_tool_results=self._answers,
            usage=self._usage,
            toolsets=[FunctionToolset(list(self._setup.extra))] if self._setup.extra else None,
        )

    async def _played(self, run: _Run) -> AsyncGenerator[Output, None]:
        async for node in run:
            if Agent.is_model_request_node(node):
                self._asks(run, node.request)
                async with node.stream(run.ctx) as events:
                    async for event in events:
                        for draft in self._speech.said(event):
                            yield draft
                self._patience.refill()
                yield self._bill(run)
            elif Agent.is_call_tools_node(node):
                async with aclosing(self._beside(node, run)) as drafts:
                    async for draft in drafts:
                        yield draft
        for output in self._closing(run):
            yield output

    def _bill(self, run: _Run) -> Draft:
        before = dict_of(self._request.turn.usage)
        return bill(self._usage, [*self._responses, *run.new_messages()], before)

    async def _beside(self, node: Any, run: _Run) -> AsyncGenerator[Draft, None]:
        """Yield what calls do that run beside each other, with what they report meanwhile."""
        side = self._calls.side

        async def pump() -> None:
            try:
                async with node.stream(run.ctx) as events:
                    async for event in events:
                        for draft in self._speech.did(event):
                            side.put_nowait(draft)
            finally:
                side.put_nowait(_END)

        task = asyncio.create_task(pump())
        try:
            while (item := await side.get()) is not _END:
                if isinstance(item, Draft):
                    yield item
            await task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])

    # What goes wrong, and going on

    def _asks(self, run: _Run, request: ModelRequest) -> None:
        """Look at what is about to be sent; remember it, should it have to be sent again."""
        sent = run.all_messages()
        grown = bool(self._responses) or any(
            isinstance(m, ModelResponse) for m in run.new_messages()
        )
        self._messages = sent if sent and sent[-1] is request else [*sent, request]
        self._speech.begin()
        if grown and self._limit.exceeded(self._messages):
            raise _OutgrownError

    def _go_on_from(self, run: _Run) -> None:
        """Note what this run has done: another one goes on with `_messages`."""
        self._responses += [m for m in run.new_messages() if isinstance(m, ModelResponse)]
        self._answers = None

    async def _mended(self, failure: Exception) -> Sequence[Draft]:
        """Return what to tell before the next try; raises *failure* if there is none."""
        self._waits = 0.0
        if isinstance(failure, _OutgrownError):
            drafts = await self._shortened(self._limit)
            if not drafts:  # as short as it gets
                self._limit = Limit()
            return drafts
        if is_too_long(failure) and not self._rescued and not self._speech.heard:
            self._rescued = True
            why = f"This conversation is longer than {self._setup.name} can read. "
            drafts = await self._shortened(self._rescue_limit(), why)
            if drafts:
                return drafts
        return self._told_to_wait(failure)

    def _rescue_limit(self) -> Limit:
        known, half = window_of(self._model), size(self._messages) // 2
        return Limit(tokens=min(half, known // 2) if known else half)

    def _told_to_wait(self, failure: Exception) -> Sequence[Draft]:
        seconds = None if self._speech.heard else self._patience.wait(failure)
        if seconds is None:
            raise failure
        self._waits = seconds
        if seconds < _TELL_FROM:
            return []
        status = getattr(failure, "status_code", None)
        why = f"is busy (HTTP {status})" if isinstance(status, int) else "cannot be reached"
        text = f"The provider of {self._setup.name} {why}; asking again in {seconds:.0f} s."
        return [base.note("wait", text, seconds=round(seconds, 1))]

    async def _shortened(self, limit: Limit, why: str = "") -> Sequence[Draft]:
        """Shorten what is sent if it exceeds *limit*; return the note on it."""
        path = self._request.conversation.path
        shorter = await shorten(
            self._model, self._messages, limit, self._setup.policy, path, why=why
        )
        if shorter is None:
            return []
        self._messages = shorter.messages
        self._responses += shorter.summing
        for response in shorter.summing:
            self._usage.incr(response.usage)
        return [shorter.note]

    # Ending

    def _closing(self, run: _Run) -> Sequence[Output]:
        """Return the state to keep, and the questions or the typed answer if there are any."""
        output = run.result.output if run.result is not None else None
        requests = output.approvals if isinstance(output, DeferredToolRequests) else []
        names = {c.tool_call_id: self._calls.name(c.tool_call_id) for c in requests}
        turn_id = self._request.turn.id
        memory = Memory(turn_id=turn_id, messages=run.all_messages(), waiting=names)
        state = memory.dump()
        saved = [] if state is None else [SaveState(state=state)]
        if self._asked is not None and not isinstance(output, DeferredToolRequests):
            return [*self._card(self._asked, output), *saved]
        return [*saved, *(self._question(c, names[c.tool_call_id]) for c in requests)]

    def _card(self, asked: Asked, output: Any) -> Sequence[Draft]:
        name = self._calls.name(_TYPED)
        given = base.result(name, asked.name, asked.as_json(output))
        return [base.tool(name, asked.name, {}), replace(given, data={**given.data, "typed": True})]

    def _question(self, call: ToolCallPart, name: str) -> Draft:
        """Return the question whether *call* may run."""
        schema = schema_of(self._setup.tools[call.tool_name])
        draft = base.ask(name, call.tool_name, args_of(call), args_schema=schema)
        if not self._setup.specs[call.tool_name].always:
            return draft
        return replace(draft, data={**draft.data, "always": True})
