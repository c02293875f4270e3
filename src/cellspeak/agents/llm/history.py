"""What a model has heard and said: from the saved state, or from the conversation.

Its one law: every call in a history has its result, for no provider takes one without.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)

from cellspeak.agents.base import ReadBlob, TurnRequest
from cellspeak.agents.rich import model_text
from cellspeak.core.codec import dumps
from cellspeak.core.conversation import ToolCall, Turn
from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, str_of

__all__ = ["Memory", "content_of", "history_of", "pending_of"]

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


async def history_of(request: TurnRequest) -> Memory:
    """Return all that was said before the model speaks next; *request*'s post is in it.

    The saved state counts only if it stands exactly where the conversation does.
    """
    turn = request.turn
    memory = Memory.load(request.state)
    if memory is None:
        return await _rebuilt(request)
    if turn.approvals and memory.turn_id == turn.id and _is_newest(turn, memory.waiting):
        return memory
    # One that waited was saved before its turn ended: there is more to tell.
    if not turn.approvals and memory.turn_id == turn.after and not memory.waiting:
        asked = ModelRequest([UserPromptPart(await content_of(turn, request.read_blob))])
        return Memory(turn_id=turn.id, messages=[*memory.messages, asked])
    return await _rebuilt(request)


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


async def _rebuilt(request: TurnRequest) -> Memory:
    messages: list[ModelMessage] = []
    for turn in request.conversation.path:
        asked = UserPromptPart(await content_of(turn, request.read_blob))
        messages.append(ModelRequest([asked]))
        open_calls = pending_of(turn) if turn.id == request.turn.id else {}
        messages += await _answered(turn, open_calls, request.read_blob)
    waiting = {key: key for key in pending_of(request.turn)}
    return Memory(turn_id=request.turn.id, messages=messages, waiting=waiting)


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
        if message.kind == "tool_call" and call is not None:
            args = dict(call.args)
            said.append(ToolCallPart(call.tool_name, args, call.tool_call_id))
            if call.tool_call_id not in open_calls:
                results.append(await _returned(call, read_blob))
    if said:
        found.append(ModelResponse(said))
    return [*found, ModelRequest(results)] if results else found


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


async def content_of(turn: Turn, read_blob: ReadBlob) -> str | list[UserContent]:
    """Return what the user posted: the text, and its files as a model takes them."""
    files = [f for p in turn.posts for f in p.get("files") or ()]
    if not files:
        return turn.prompt
    return [turn.prompt, *[await _file(dict_of(f), read_blob) for f in files]]


async def _file(file: Data, read_blob: ReadBlob) -> UserContent:
    blob = file.get("blob")
    if isinstance(blob, str):
        content = await read_blob(blob)
    else:
        content = base64.b64decode(str_of(file.get("data")))
    mime = str_of(file.get("mime"), "application/octet-stream")
    if mime.startswith(("image/", "audio/")) or mime == "application/pdf":
        return BinaryContent(content, media_type=mime)
    name = str_of(file.get("name"), "file")
    return f"The file {json.dumps(name)}:\n{content.decode('utf-8', 'replace')}"
