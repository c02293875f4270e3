"""What a model has heard and said: from the saved state, or from the conversation.

Its one law: every call in a history has its result, for no provider takes one without.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from cellspeak.agents import base
from cellspeak.agents.base import ReadBlob, TurnRequest
from cellspeak.agents.rich import model_text
from cellspeak.core.codec import dumps
from cellspeak.core.conversation import ToolCall, Turn
from cellspeak.core.kinds import dict_of, str_of

from .attach import Taken, content_of
from .shorten import with_summary

__all__ = ["Memory", "Reader", "history_of", "pending_of"]

STATE_LIMIT = 1024 * 1024
"""Most bytes of a state that is kept; a longer history is rebuilt instead."""

_UNANSWERED = "The call was stopped before it had a result."


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The library's messages, and where in the conversation they stand."""

    turn_id: str
    messages: Sequence[ModelMessage]
    waiting: Mapping[str, str] = field(default_factory=dict)
    """The calls that wait for a person: the model's id → the id in the log."""

    def dump(self) -> bytes | None:
        """Return it as a state to save, or None if it is too long for one."""
        head = json.dumps({"turn_id": self.turn_id, "waiting": dict(self.waiting)})
        blob = head.encode() + b"\n" + ModelMessagesTypeAdapter.dump_json(list(self.messages))
        return blob if len(blob) <= STATE_LIMIT else None

    @classmethod
    def load(cls, state: bytes | None) -> Memory | None:
        """Return what *state* holds, or None if it is not what `dump` of this version wrote."""
        if state is None:
            return None
        head, _, body = state.partition(b"\n")
        try:
            facts = json.loads(head)
            messages = ModelMessagesTypeAdapter.validate_json(body)
            return cls(turn_id=facts["turn_id"], messages=messages, waiting=facts["waiting"])
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads the history: what a model is called, and which files it takes."""

    name: str
    taken: Taken = field(default_factory=dict)

    async def prompt(self, turn: Turn, request: TurnRequest) -> UserPromptPart:
        """Return what the user said in *turn*."""
        newest = turn.id == request.turn.id
        return UserPromptPart(
            await content_of(turn, request.read_blob, self.name, self.taken, newest=newest)
        )


async def history_of(request: TurnRequest, reader: Reader) -> Memory:
    """Return all that was said before the model speaks next; *request*'s post is in it.

    The saved state counts only if it stands exactly where the conversation does.

    Raises:
        ValidationError: if the post has a file that the model cannot take.
    """
    turn = request.turn
    memory = Memory.load(request.state)
    if memory is None:
        return await _rebuilt(request, reader)
    if turn.approvals and memory.turn_id == turn.id and _is_newest(turn, memory.waiting):
        return memory
    # One that waited was saved before its turn ended: there is more to tell.
    if not turn.approvals and memory.turn_id == turn.after and not memory.waiting:
        asked = ModelRequest([await reader.prompt(turn, request)])
        return Memory(turn_id=turn.id, messages=[*memory.messages, asked])
    return await _rebuilt(request, reader)


def pending_of(turn: Turn) -> Mapping[str, ToolCall]:
    """Return the calls that a person answered and that have no result yet, by their log ids."""
    asked = (str_of(a.request.get("tool_call_id")) for a in turn.approvals.values())
    calls = (turn.tool_calls.get(key) for key in asked)
    return {c.tool_call_id: c for c in calls if c is not None and c.outcome is None}


def _is_newest(turn: Turn, waiting: Mapping[str, str]) -> bool:
    """Tell whether *waiting* is what was asked last, and not a question before that."""
    names = list(waiting.values())
    asked = [str_of(a.request.get("tool_call_id")) for a in turn.approvals.values()]
    return bool(names) and asked[-len(names) :] == names


async def _rebuilt(request: TurnRequest, reader: Reader) -> Memory:
    messages: list[ModelMessage] = []
    path, summary = _read_from(request.conversation.path)
    for turn in path:
        messages.append(ModelRequest([await reader.prompt(turn, request)]))
        open_calls = pending_of(turn) if turn.id == request.turn.id else {}
        messages += await _answered(turn, open_calls, request.read_blob)
    if summary:
        messages = with_summary(messages, summary)
    waiting = {key: key for key in pending_of(request.turn)}
    return Memory(turn_id=request.turn.id, messages=messages, waiting=waiting)


def _read_from(path: Sequence[Turn]) -> tuple[Sequence[Turn], str]:
    """Return the turns that the newest note on the memory has left, and its summary of the rest."""
    notes = [m.data for t in path for m in t.messages if m.kind == "note" and "from_turn" in m.data]
    if not notes:
        return path, ""
    ids = [t.id for t in path]
    first = str_of(notes[-1]["from_turn"])
    begin = ids.index(first) if first in ids else 0
    return path[begin:], str_of(notes[-1].get("detail")) if begin else ""


async def _answered(
    turn: Turn, open_calls: Mapping[str, ToolCall], read_blob: ReadBlob
) -> list[ModelMessage]:
    """Return what the agent said and did in *turn*, as responses with the results between them."""
    found: list[ModelMessage] = []
    said: list[TextPart | ToolCallPart] = []
    results: list[ToolReturnPart] = []
    for message in turn.messages:
        if message.kind == "text" and str(message.text):
            if results:
                found += [ModelResponse(said), ModelRequest(results)]
                said, results = [], []
            said.append(TextPart(str(message.text)))
        call = turn.tool_calls.get(str_of(message.data.get("tool_call_id")))
        if call is not None and base.is_own(call.tool_call_id):
            said += _own(call)
        elif message.kind == "tool_call" and call is not None:
            args = dict(call.args)
            said.append(ToolCallPart(call.tool_name, args, call.tool_call_id))
            if call.tool_call_id not in open_calls:
                results.append(await _returned(call, read_blob))
    if said:
        found.append(ModelResponse(said))
    return [*found, ModelRequest(results)] if results else found


def _own(call: ToolCall) -> list[TextPart | ToolCallPart]:
    """Return a card of ours as the model knows it: a typed answer was its own words."""
    outcome = dict_of(call.outcome)
    return [TextPart(dumps(outcome["result"]))] if outcome.get("typed") is True else []


async def _returned(call: ToolCall, read_blob: ReadBlob) -> ToolReturnPart:
    outcome = dict_of(call.outcome)
    text = str_of(outcome.get("error"), _UNANSWERED)
    if "result" in outcome:
        text = await _result_text(outcome["result"], read_blob)
    return ToolReturnPart(call.tool_name, model_text(text), tool_call_id=call.tool_call_id)


async def _result_text(value: Any, read_blob: ReadBlob) -> str:
    blob = dict_of(value).get("blob")
    if isinstance(blob, str) and {"mime", "size"} <= set(value):
        return (await read_blob(blob)).decode("utf-8", "replace")
    return value if isinstance(value, str) else dumps(value)
