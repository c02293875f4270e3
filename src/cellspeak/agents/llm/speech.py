"""The library's events as drafts: what a model says, and what its calls do.

Its one law: the library decides what happens, the log says what happened; an edited or denied call
is shown as the log has it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

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
    ToolCallPartDelta,
)
from pydantic_core import from_json

from cellspeak.agents import base
from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data, Draft
from cellspeak.core.kinds import dict_of

from .calls import Calls

__all__ = ["Speech", "args_of"]

SHOW_EVERY = 0.35
"""Seconds between two looks at arguments that are being written: three a second."""
_GROWTH = 1.25
"""So much longer they are each time: all looks together are a few times the arguments."""


@dataclass(slots=True)
class _Writing:
    """A call whose arguments come piece by piece."""

    part: ToolCallPart
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    shown_at: float = 0.0
    shown_length: int = 40


class Speech:
    """Turns events into drafts.

    Args:
        calls: the calls of the pass.
        turn: the turn as it was when the pass began.
        tools: the names of the tools; a call of anything else is shown when it is made.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        calls: Calls,
        turn: Turn,
        tools: Sequence[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls, self._turn, self._tools, self._clock = calls, turn, tools, clock
        self._thinks = False
        self._writing: dict[int, _Writing] = {}
        self.heard = False
        """True once the response that is being read has begun."""
        self.mute = False
        """True while text is no reply: a typed answer may come as JSON."""

    def begin(self) -> None:
        """Note that a new response is asked for."""
        self.heard = False
        self._writing.clear()

    def said(self, event: object) -> Sequence[Draft]:
        """Return what *event* of a response says; calls are told when they run."""
        self.heard = True
        match event:
            case PartDeltaEvent(delta=TextPartDelta(content_delta=text)) if text:
                return () if self.mute else (base.say(text),)
            case PartStartEvent(part=TextPart(content=text)) if text:
                return () if self.mute else (base.say(text),)
            case (
                PartStartEvent(part=ThinkingPart(content=text))
                | PartDeltaEvent(delta=ThinkingPartDelta(content_delta=text))
            ) if text:
                self._thinks = True
                return (base.think(text),)
            case PartEndEvent(part=ThinkingPart()) if self._thinks:
                self._thinks = False
                return (base.think("", done=True),)
            case PartStartEvent(index=index, part=ToolCallPart() as part):
                self._starts(index, part)
                return ()
            case PartDeltaEvent(index=index, delta=ToolCallPartDelta(args_delta=str(text))):
                return self._grows(index, text)
            case _:
                return ()

    def _starts(self, index: int, part: ToolCallPart) -> None:
        if part.tool_name not in self._tools:
            return
        writing = self._writing[index] = _Writing(part, shown_at=self._clock())
        if isinstance(part.args, str):
            writing.pieces, writing.length = [part.args], len(part.args)

    def _grows(self, index: int, text: str) -> Sequence[Draft]:
        """Return the call with the arguments so far, if it is time to show them again."""
        writing = self._writing.get(index)
        if writing is None:
            return ()
        writing.pieces.append(text)
        writing.length += len(text)
        now = self._clock()
        if now - writing.shown_at < SHOW_EVERY or writing.length < writing.shown_length * _GROWTH:
            return ()
        writing.shown_at, writing.shown_length = now, writing.length
        args = _so_far("".join(writing.pieces))
        if not args:
            return ()
        draft = base.tool(self._calls.name(writing.part.tool_call_id), writing.part.tool_name, args)
        return (replace(draft, data={**draft.data, "partial": True}),)

    def did(self, event: object) -> Sequence[Draft]:
        """Return what *event* of a call's run says."""
        match event:
            case FunctionToolCallEvent(part=part):
                return self._began(part)
            case FunctionToolResultEvent(part=part):
                return self._ended(part)
            case _:
                return ()

    def _began(self, part: ToolCallPart) -> Sequence[Draft]:
        key = part.tool_call_id
        if self._calls.is_gated(key):
            return ()
        name = self._calls.name(key)
        known = self._turn.tool_calls.get(name)
        if known is not None and known.outcome is not None:
            return ()  # it was denied, and the log has said so
        args = args_of(part) if known is None else known.args
        return (base.tool(name, part.tool_name, args),)

    def _ended(self, part: Any) -> Sequence[Draft]:
        name = self._calls.name(part.tool_call_id)
        outcome = self._calls.take(part.tool_call_id)
        known = self._turn.tool_calls.get(name)
        if known is not None and known.outcome is not None:
            return ()
        if outcome is None:
            return (base.result(name, part.tool_name, error=_complaint(part.content)),)
        call = {"tool_call_id": name, "tool_name": part.tool_name}
        return (Draft(type="tool_result", data={**call, **outcome.as_outcome()}),)


def args_of(call: ToolCallPart) -> Data:
    """Return the call's arguments, also those that a model wrote wrongly."""
    try:
        return call.args_as_dict(raise_if_invalid=True)
    except (ValueError, AssertionError, TypeError):
        return {"unreadable": str(call.args)[:2000]}


def _so_far(text: str) -> Data:
    """Return what can be read of arguments that are not written to their end."""
    try:
        args = from_json(text, allow_partial="trailing-strings")
    except ValueError:
        return {}
    return args if isinstance(args, dict) else {}


def _complaint(content: object) -> str:
    """Return one line of what the library or the function complained about."""
    if not isinstance(content, list):
        return " ".join(str(content).split())[:2000]
    faults = [dict_of(c) for c in content]
    told = [f"{'.'.join(map(str, f.get('loc', ())))}: {f.get('msg', '')}" for f in faults]
    return f"the arguments do not fit: {'; '.join(told)}"[:2000]
