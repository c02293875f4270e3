"""Turns to show: a few words each, one that waited for a person, and one of hostile text."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from cellspeak.core.conversation import Approval, Message, ToolCall, Turn, TurnStatus
from cellspeak.core.mimes import TABLE, VARIABLE
from cellspeak.core.persistent import Text

__all__ = ["everything", "gated", "message", "turn_of"]


def message(kind: str, text: str = "", status: str = "closed", **data: Any) -> Message:
    return Message(id=f"{kind}{text[:9]}", kind=kind, text=Text(text), status=status, data=data)


def turn_of(
    *messages: Message, prompt: str = "hello", status: TurnStatus = "complete", **rest: Any
) -> Turn:
    posts = ({"id": "u", "content": prompt, **rest.pop("post", {})},)
    return Turn(id="s.1", status=status, posts=posts, messages=messages, **rest)


def gated(
    resolution: Mapping[str, Any] | None, *, status: str = "done", ran: str = "a.txt"
) -> Turn:
    call = ToolCall(
        tool_call_id="t1",
        tool_name="delete_file",
        args={"path": ran},
        status=status,
        outcome={"result": {"deleted": ran}, "duration_ms": 412},
    )
    request = {"tool_call_id": "t1", "tool_name": "delete_file", "args": {"path": "a.txt"}}
    approval = Approval(request_id="r1", request=request, resolution=resolution)
    item = message("tool_call", tool_call_id="t1")
    return turn_of(item, tool_calls={"t1": call}, approvals={"r1": approval})


def _variable(text: str) -> Mapping[str, Any]:
    data = base64.b64encode(text.encode("utf-8", "replace")).decode()
    return {"name": text, "mime": VARIABLE, "data": data}


def _bundle(text: str) -> Mapping[str, Any]:
    table = {"columns": [text, text], "rows": [[text, None], text, [1, 2, 3]], "total_rows": 99}
    return {TABLE: table, "text/html": text, "image/png": text, text: text}


def everything(text: str) -> Turn:
    """A turn that has *text* wherever somebody else's text can be."""
    call = ToolCall(
        tool_call_id="t1",
        tool_name=text,
        args={text: text},
        status=text,
        outcome={"result": {text: [text]}, "mime": _bundle(text)},
        progress={"text": text},
    )
    failed = ToolCall(
        tool_call_id="t2",
        tool_name=text,
        args={},
        status="failed",
        outcome={"error": text, "traceback": text},
    )
    request = {"tool_call_id": "t1", "tool_name": text, "args": {text: 1}}
    resolution = {
        "approved": False,
        "deny_reason": text,
        "by": {"kind": text, "name": text},
        "at": text,
    }
    return turn_of(
        message("thinking", text),
        message("text", text, "interrupted"),
        message("tool_call", tool_call_id="t1"),
        message("tool_call", tool_call_id="t2"),
        message(
            "search_result", query=text, results=[{"title": text, "url": text, "snippet": text}]
        ),
        message("reauth_request", request_id="r2", url=text, reason=text),
        message("error", error=text),
        message("turn_cancelled", reason=text, by={"kind": text}),
        message(text or "x", payload=text),
        prompt=text,
        post={"files": [{"name": text, "mime": text}, _variable(text)]},
        tool_calls={"t1": call, "t2": failed},
        approvals={"r1": Approval(request_id="r1", request=request, resolution=resolution)},
        usage={"input_tokens": 3, "cost": text},
    )
