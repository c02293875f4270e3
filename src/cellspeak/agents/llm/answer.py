"""One answer of a model: the library's events as drafts, and its pauses as questions.

Its one law: the library decides what happens, the log says what happened; an edited or denied call
is shown as the log has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any, TypeAlias

from pydantic_ai import Agent, DeferredToolRequests, DeferredToolResults, ToolApproved, ToolDenied
from pydantic_ai.agent import AgentRun
from pydantic_ai.messages import (
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
)
from pydantic_ai.models import Model

from cellspeak.agents import base
from cellspeak.agents.base import Output, SaveState, TurnRequest
from cellspeak.agents.providers import LLMInfo
from cellspeak.agents.tools import ToolSpec
from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data, Draft
from cellspeak.core.kinds import dict_of, str_of
from cellspeak.errors import NotFoundError

from .bill import bill
from .calls import Calls
from .failures import told
from .history import Memory, history_of
from .models import make_model
from .toolset import library_tool, schema_of

__all__ = ["Answering"]

_Run: TypeAlias = AgentRun[Calls, Any]
_END = object()
_TOOL_RETRIES = 3  # times that a model may correct the arguments of a call


class Answering:
    """Answers turns with one model, its instructions and its tools."""

    def __init__(
        self, model: LLMInfo | Model, instructions: str, tools: Sequence[ToolSpec]
    ) -> None:
        self._model = model
        self._name = str(model) if isinstance(model, LLMInfo) else model.model_name
        self._specs = {s.name: s for s in tools}
        self._tools = {s.name: library_tool(s) for s in tools}
        self._agent: Agent[Calls, str | DeferredToolRequests] = Agent(
            instructions=instructions or None,
            deps_type=Calls,
            output_type=[str, DeferredToolRequests],
            tools=list(self._tools.values()),
            retries={"tools": _TOOL_RETRIES},
        )

    async def answer(self, request: TurnRequest) -> AsyncGenerator[Output, None]:
        """Yield what the model says and does in the turn; see `AgentRuntime.answer`."""
        with told(self._name):
            model = make_model(self._model) if isinstance(self._model, LLMInfo) else self._model
            memory = await history_of(request)
            self._require_tools(request.turn, memory)
            one = _Pass(self, request.turn, memory)
            async with (
                model,
                self._agent.iter(
                    None,
                    model=model,
                    deps=one.calls,
                    message_history=list(memory.messages),
                    deferred_tool_results=_answers(request.turn, memory),
                ) as run,
                aclosing(one.outputs(run)) as outputs,
            ):
                async for output in outputs:
                    yield output

    def question(self, call: ToolCallPart, name: str) -> Draft:
        """Return the question whether *call* may run."""
        schema = schema_of(self._tools[call.tool_name])
        draft = base.ask(name, call.tool_name, _args(call), args_schema=schema)
        if not self._specs[call.tool_name].always:
            return draft
        return replace(draft, data={**draft.data, "always": True})

    def _require_tools(self, turn: Turn, memory: Memory) -> None:
        called = (turn.tool_calls.get(name) for name in memory.waiting.values())
        missing = [c.tool_name for c in called if c is not None and c.tool_name not in self._tools]
        if missing:
            raise NotFoundError(
                f"the tool {missing[0]!r:.80} that was asked about is not there any more; run the "
                "cell or import that defines it and its agent, and ask again"
            )


class _Pass:
    """From a post, or the answers to all questions, to the end or the next questions."""

    def __init__(self, answering: Answering, turn: Turn, memory: Memory) -> None:
        self._answering, self._turn = answering, turn
        self.calls = Calls(turn.tool_calls, memory.waiting)
        self._spent = dict_of(turn.usage)
        self._thinks = False

    async def outputs(self, run: _Run) -> AsyncGenerator[Output, None]:
        """Yield all of the pass, and last what the next one needs to know."""
        async for node in run:
            if Agent.is_model_request_node(node):
                async with node.stream(run.ctx) as events:
                    async for event in events:
                        for draft in self._said(event):
                            yield draft
                yield bill(run.usage, run.new_messages(), self._spent)
            elif Agent.is_call_tools_node(node):
                async with aclosing(self._beside(node, run)) as drafts:
                    async for draft in drafts:
                        yield draft
        for output in self._closing(run):
            yield output

    def _said(self, event: object) -> Sequence[Draft]:
        """Return what *event* of a response says; calls are told when they run."""
        match event:
            case PartDeltaEvent(delta=TextPartDelta(content_delta=text)) if text:
                return (base.say(text),)
            case PartStartEvent(part=TextPart(content=text)) if text:
                return (base.say(text),)
            case (
                PartStartEvent(part=ThinkingPart(content=text))
                | PartDeltaEvent(delta=ThinkingPartDelta(content_delta=text))
            ) if text:
                self._thinks = True
                return (base.think(text),)
            case PartEndEvent(part=ThinkingPart()) if self._thinks:
                self._thinks = False
                return (base.think("", done=True),)
            case _:
                return ()

    async def _beside(self, node: Any, run: _Run) -> AsyncGenerator[Draft, None]:
        """Yield what calls do that run beside each other, with what they report meanwhile."""
        side = self.calls.side

        async def pump() -> None:
            try:
                async with node.stream(run.ctx) as events:
                    async for event in events:
                        for draft in self._did(event):
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

    def _did(self, event: object) -> Sequence[Draft]:
        match event:
            case FunctionToolCallEvent(part=part):
                return self._began(part)
            case FunctionToolResultEvent(part=part):
                return self._ended(part)
            case _:
                return ()

    def _began(self, part: ToolCallPart) -> Sequence[Draft]:
        key = part.tool_call_id
        if self.calls.is_gated(key):
            return ()
        name = self.calls.name(key)
        known = self._turn.tool_calls.get(name)
        if known is not None and known.outcome is not None:
            return ()  # it was denied, and the log has said so
        args = _args(part) if known is None else known.args
        return (base.tool(name, part.tool_name, args),)

    def _ended(self, part: Any) -> Sequence[Draft]:
        name = self.calls.name(part.tool_call_id)
        outcome = self.calls.take(part.tool_call_id)
        known = self._turn.tool_calls.get(name)
        if known is not None and known.outcome is not None:
            return ()
        if outcome is None:
            return (base.result(name, part.tool_name, error=_complaint(part.content)),)
        draft = base.result(name, part.tool_name, outcome.value)
        extra: dict[str, Any] = {"mime": dict(outcome.mime)} if outcome.mime else {}
        if outcome.truncated:
            extra["truncated"] = True
        return (replace(draft, data={**draft.data, **extra}),)

    def _closing(self, run: _Run) -> Sequence[Output]:
        """Return the state to keep, and the questions if there are any."""
        output = run.result.output if run.result is not None else None
        asked = output.approvals if isinstance(output, DeferredToolRequests) else []
        names = {c.tool_call_id: self.calls.name(c.tool_call_id) for c in asked}
        memory = Memory(turn_id=self._turn.id, messages=run.all_messages(), waiting=names)
        state = memory.dump()
        questions = [self._answering.question(c, names[c.tool_call_id]) for c in asked]
        return [*([] if state is None else [SaveState(state=state)]), *questions]


def _answers(turn: Turn, memory: Memory) -> DeferredToolResults | None:
    """Return what the person said to the calls that wait."""
    said = {
        str_of(a.request.get("tool_call_id")): a.resolution or {} for a in turn.approvals.values()
    }
    approvals = {
        key: _answer(said.get(name, {}), turn, name) for key, name in memory.waiting.items()
    }
    return DeferredToolResults(approvals=dict(approvals)) if approvals else None


def _answer(resolution: Data, turn: Turn, name: str) -> ToolApproved | ToolDenied:
    if resolution.get("approved") is True:
        return ToolApproved(override_args=dict(turn.tool_calls[name].args))
    reason = str_of(resolution.get("deny_reason"))
    return ToolDenied(f"The user denied this call: {reason}" if reason else "The user denied it.")


def _args(call: ToolCallPart) -> Data:
    """Return the call's arguments, also those that a model wrote wrongly."""
    try:
        return call.args_as_dict(raise_if_invalid=True)
    except (ValueError, AssertionError, TypeError):
        return {"unreadable": str(call.args)[:2000]}


def _complaint(content: object) -> str:
    """Return one line of what the library or the function complained about."""
    if not isinstance(content, list):
        return " ".join(str(content).split())[:2000]
    faults = [dict_of(c) for c in content]
    told = [f"{'.'.join(map(str, f.get('loc', ())))}: {f.get('msg', '')}" for f in faults]
    return f"the arguments do not fit: {'; '.join(told)}"[:2000]
