"""The plain frames of the first seed: what its published client sends and understands.

Pure: events become frames, frames become commands.  A lossy projection of the log: no numbers, no
tool results, and a user's post is never sent back (that client would take it for the reply).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any

from cellspeak.core.codec import encode
from cellspeak.core.conversation import Conversation, Message, Turn
from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.kinds import dict_of, str_of
from cellspeak.errors import ValidationError

__all__ = ["approval_answer", "frames_of", "history", "message_of"]

Frame = dict[str, Any]


def message_of(content: object) -> Data:
    """Return the message `{content, files?}` that a frame's `content` stands for.

    Raises:
        ValidationError: if it is neither text nor `{type_string, value}`.
    """
    if isinstance(content, str):
        return {"content": content}
    typed = dict_of(content)
    if typed.get("type_string") == "file":
        return {"content": "", "files": [_file(dict_of(typed.get("value")))]}
    if isinstance(typed.get("value"), str):
        return {"content": typed["value"]}
    raise ValidationError(
        "expected content as text, or {type_string, value} with a text or a file as its value; "
        f"got {content!r:.120}"
    )


def _file(value: Data) -> Data:
    raw, about = str_of(value.get("raw_bytes")), dict_of(value.get("metadata"))
    try:
        size = len(base64.b64decode(raw, validate=True))
    except (binascii.Error, ValueError):
        raise ValidationError("expected a file's raw_bytes as base64 text") from None
    return {
        "name": str_of(about.get("name"), "file"),
        "mime": str_of(about.get("mime_type"), "application/octet-stream"),
        "size": size,
        "data": raw,
    }


def approval_answer(content: object) -> Data | None:
    """Return `{confirm}` or `{deny}` of an answer to an approval; None for any other content."""
    typed = dict_of(content)
    if typed.get("type_string") != "response_message":
        return None
    answer = dict_of(dict_of(typed.get("value")).get("tool_call_approval"))
    if "confirm" not in answer and "deny" not in answer:
        raise ValidationError("expected tool_call_approval with `confirm` or `deny`")
    return answer


def frames_of(event: SessionEvent, agent: Data) -> list[Frame]:
    """Return the frames that tell *event*: one, or none for what these frames cannot say.

    Args:
        event: of the log.
        agent: the session's agent, as the sender of the messages.
    """
    if event.type == "message_delta":
        return [
            {
                "type": "message_delta",
                "session_id": event.session_id,
                "message_id": event.message_id,
                "value": event.delta,
                "index": event.data.get("index", 0),
            }
        ]
    if event.type == "participant_status":
        status = {"status": event.status}
        return [{"type": event.type, "session_id": event.session_id, "message": status}]
    content = _CONTENT.get(event.type)
    if content is None:
        return []
    return [_notification(event, content(event.data), agent)]


def _notification(event: SessionEvent, content: Frame, agent: Data) -> Frame:
    key = event.message_id or str_of(event.data.get("tool_call_id")) or f"e{event.seq}"
    return {
        "type": "message_notification",
        "session_id": event.session_id,
        "message": {"id": key, "sender": _sender(agent), "content": content},
    }


def _sender(agent: Data) -> Frame:
    return {"object_id": agent.get("name"), "object_type": agent.get("kind", "agent")}


def _text(data: Data) -> Frame:
    return {"type": "data_type_message", "value": data.get("text", ""), "status": "Streaming"}


def _call(data: Data) -> Frame:
    return {
        "type": "tool_call",
        "tool_name": data.get("tool_name"),
        "tool_id": data.get("tool_call_id"),
        "status": data.get("status"),
    }


def _thinking(data: Data) -> Frame:
    return {"type": "thinking", "content": data.get("text", ""), "summary": data.get("summary")}


_CONTENT: dict[str, Callable[[Data], Frame]] = {
    "message_streaming": _text,
    "message_complete": lambda data: {**_text(data), "status": "Complete"},
    "thinking": _thinking,
    "tool_call": _call,
    "approval_request": lambda data: {"type": "tool_call_approval", **data},
    "reauth_request": lambda data: {"type": "reauthorization_request", **data},
    "search_result": lambda data: {"type": "search_message", **data},
    "error": lambda data: {"type": "error_message", "error": data.get("error", "it failed")},
}


def history(conversation: Conversation, session_id: str) -> list[Frame]:
    """Return the messages of the shown branch, oldest first, as `get_messages` gives them."""
    agent = conversation.agent or {}
    return [
        {"session_id": session_id, **message}
        for turn in conversation.path
        for message in (*_posts(turn), *_said(turn, agent))
    ]


def _posts(turn: Turn) -> Iterable[Frame]:
    for post in turn.posts:
        names = [str_of(dict_of(f).get("name"), "file") for f in post.get("files", ())]
        text = str_of(post.get("content")) or ", ".join(names)
        content = {**_text({"text": text}), "status": "Complete"}
        yield {"id": post.get("id"), "sender": {"user_id": "user"}, "content": content}


def _said(turn: Turn, agent: Data) -> Iterable[Frame]:
    for message in turn.messages:
        content = _said_content(turn, message)
        if content is not None:
            yield {"id": message.id, "sender": _sender(agent), "content": content}


def _said_content(turn: Turn, message: Message) -> Frame | None:
    if message.kind == "text":
        whole = turn.ended or message.status == "complete"
        text = _text({"text": str(message.text)})
        return {**text, "status": "Complete"} if whole else text
    if message.kind == "thinking":
        return _thinking({**message.data, "text": str(message.text)})
    if message.kind == "tool_call":
        call = turn.tool_calls.get(str_of(message.data.get("tool_call_id")))
        return None if call is None else _call(encode(call))
    content = _CONTENT.get(message.kind)
    return None if content is None else content(message.data)
