"""What is sent to a peer: the turn's posts, or the answers to what was asked."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from a2a.types import Message, Part, Role
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Value

from cellspeak.agents.base import TurnRequest
from cellspeak.core.conversation import Approval, Turn
from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, list_of, opt_str, str_of
from cellspeak.core.mimes import VARIABLE

from .place import REMOTE, Place, asked, message_id

__all__ = ["ANSWER", "message_of"]

ANSWER = "answer"
"""The argument of a question in words that holds the person's words."""


async def message_of(request: TurnRequest, place: Place) -> Message:
    """Return what to send for the turn as it stands."""
    questions = asked(request.turn)
    parts = _answers(request.turn, questions) if questions else await _posted(request)
    message = Message(message_id=message_id(request.turn), role=Role.ROLE_USER, parts=parts)
    message.context_id = place.context
    if questions and _way(questions[0]) != "session":
        message.task_id = place.task
    return message


async def _posted(request: TurnRequest) -> list[Part]:
    parts = []
    for post in request.turn.posts:
        if text := str_of(post.get("content")):
            parts.append(Part(text=_sound(text)))
        for file in list_of(post.get("files")):
            parts.append(await _file(dict_of(file), request))
    return parts or [Part(text="")]


async def _file(file: Data, request: TurnRequest) -> Part:
    blob = opt_str(file.get("blob"))
    content = await request.read_blob(blob) if blob else _decoded(str_of(file.get("data")))
    name, mime = str_of(file.get("name"), "file"), str_of(file.get("mime"))
    if mime == VARIABLE:
        return Part(text=_sound(f"{name}:\n{content.decode('utf-8', 'replace')}"))
    return Part(raw=content, filename=_sound(name), media_type=mime or "application/octet-stream")


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data)
    except (binascii.Error, ValueError):
        return b""


# Answers


def _way(approval: Approval) -> str:
    return str_of(dict_of(approval.request.get(REMOTE)).get("way"))


def _answers(turn: Turn, questions: Sequence[Approval]) -> list[Part]:
    return [_answer(turn, approval) for approval in questions]


def _answer(turn: Turn, approval: Approval) -> Part:
    way = _way(approval)
    if way == "words":
        return Part(text=_sound(_words(turn, approval)))
    if way == "session":
        return _data(_for_session(turn, approval))
    remote = dict_of(approval.request.get(REMOTE))
    signs_in = "tool_call_id" not in approval.request
    answer: dict[str, Any] = {"type": "sign_in" if signs_in else "tool_approval"}
    answer["request_id"] = str_of(remote.get("key"))
    answer |= _decision(approval)
    call = turn.tool_calls.get(str_of(approval.request.get("tool_call_id")))
    if call is not None and answer["decision"] == "approve":
        answer["args"] = dict(call.args)
        # Their digest, not ours: it says which arguments the person has seen.
        if remote.get("args_digest"):
            answer["args_digest"] = remote["args_digest"]
    return _data(answer)


def _for_session(turn: Turn, approval: Approval) -> Data:
    """Return the answer for a peer that looks in the session, and knows no other arguments."""
    call = turn.tool_calls.get(str_of(approval.request.get("tool_call_id")))
    decision = _decision(approval)
    if call is not None and dict(call.args) != dict(dict_of(approval.request.get("args"))):
        decision = {"decision": "deny", "reason": "other arguments were wanted"}
    remote = dict_of(approval.request.get(REMOTE))
    return {
        "type": "tool_approval",
        **decision,
        "tool_call_id": str_of(remote.get("key")),
        "tool_name": str_of(approval.request.get("tool_name")),
        "task_id": str_of(remote.get("task")),
    }


def _decision(approval: Approval) -> dict[str, Any]:
    resolution = approval.resolution or {}
    reason = opt_str(resolution.get("deny_reason"))
    if resolution.get("approved"):
        return {"decision": "approve"}
    return {"decision": "deny", **({"reason": reason} if reason else {})}


def _words(turn: Turn, approval: Approval) -> str:
    decision = _decision(approval)
    if decision["decision"] == "deny":
        return f"deny: {decision['reason']}" if "reason" in decision else "deny"
    call = turn.tool_calls.get(str_of(approval.request.get("tool_call_id")))
    given = str_of(call.args.get(ANSWER)) if call is not None else ""
    return given.strip() or "approve"


def _data(value: Data) -> Part:
    return Part(data=ParseDict(json.loads(_sound(json.dumps(value))), Value()))


def _sound(text: str) -> str:
    """Return *text* as UTF-8 can carry it."""
    return text.encode("utf-8", "replace").decode()
