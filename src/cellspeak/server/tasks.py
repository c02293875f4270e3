"""Turns as the second seed's tasks: words, shapes and the events of a stream.

Pure.  A task is a turn: the same id, and what is asked of a person is a `data` part of its status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellspeak.core.conversation import Approval, Turn
from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.kinds import dict_of, int_of, list_of, opt_str, str_of, without
from cellspeak.errors import NotFoundError, ValidationError

__all__ = [
    "answer_in",
    "asked",
    "messages_in",
    "session_of",
    "state_of",
    "stream_events",
    "task_of",
]

_STATES = {
    "queued": "submitted",
    "running": "working",
    "awaiting_approval": "input_required",
    "complete": "completed",
    "failed": "failed",
    "cancelled": "canceled",
    "interrupted": "failed",
}

_ASKED = (
    "request_id",
    "tool_call_id",
    "tool_name",
    "args",
    "args_schema",
    "args_digest",
    "expires_at",
    "url",
    "reason",
)


def state_of(turn: Turn) -> str:
    """Return the task's state: submitted, working, input_required, completed, failed, canceled."""
    return "input_required" if turn.pending else _STATES.get(turn.status, "working")


def session_of(task_id: object) -> str:
    """Return the session that a task belongs to, or raise NotFoundError."""
    session_id, _, number = str_of(task_id).rpartition(".")
    if not session_id or not number.isdigit():
        raise NotFoundError(f"expected the id of a task; got {task_id!r:.80}")
    return session_id


def task_of(turn: Turn) -> dict[str, Any]:
    """Return the task as JSON."""
    said = {"message": _message([_text_part(turn.text)])} if turn.text else {}
    return {
        "task_id": turn.id,
        "session_id": session_of(turn.id),
        "status": _status(turn),
        **said,
    }


def _status(turn: Turn) -> dict[str, Any]:
    questions = [asked(approval) for approval in turn.pending]
    failed = [_text_part(turn.error)] if turn.ended and turn.error else []
    parts = questions + failed
    return {"state": state_of(turn), **({"message": _message(parts)} if parts else {})}


def asked(approval: Approval) -> dict[str, Any]:
    """Return the part that asks a person: `tool_approval`, or `sign_in` with an address."""
    kind = "tool_approval" if "tool_call_id" in approval.request else "sign_in"
    return {"type": kind, **{k: approval.request[k] for k in _ASKED if k in approval.request}}


def _message(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"role": "assistant", "parts": parts}


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


# What comes in


def messages_in(message: Data) -> tuple[Data, ...]:
    """Return what is to be posted for a message's text parts.

    Raises:
        ValidationError: if it has none.
    """
    parts = [dict_of(p) for p in list_of(message.get("parts"))]
    texts = [str_of(p.get("text")) for p in parts if isinstance(p.get("text"), str)]
    if not texts:
        raise ValidationError(
            'expected a message with parts, such as [{"type": "text", "text": "Hello"}]; '
            f"got {message!r:.120}"
        )
    return tuple({"content": text} for text in texts)


def answer_in(message: Data) -> Data | None:
    """Return the first answer to an approval among a message's parts, if there is one.

    Raises:
        ValidationError: if it is neither `approve` nor `deny`, or names no request.
    """
    parts = (dict_of(p) for p in list_of(message.get("parts")))
    part = next((p for p in parts if p.get("type") == "tool_approval"), None)
    if part is None:
        return None
    if part.get("decision") not in ("approve", "deny") or not opt_str(part.get("request_id")):
        raise ValidationError(
            "expected a tool_approval with its request_id and the decision 'approve' or 'deny'; "
            f"got {part!r:.160}"
        )
    if not isinstance(part.get("args", {}), Mapping):
        raise ValidationError("expected the args of a tool_approval to be an object")
    return part


# What goes out


def stream_events(event: SessionEvent, turn: Turn, reached: int) -> list[tuple[str, Data]]:
    """Return the stream's events `(name, data)` that tell *event*.

    Args:
        event: one of the turn.
        turn: as it is after the event.
        reached: the number that the reader has; what lies between is covered by the event.
    """
    named = {"task_id": turn.id}
    if event.type == "message_delta":
        return [("message", named | {"message": _message([_text_part(event.delta)])})]
    if _covers_missing(event, reached):
        whole = {"message": _message([_text_part(event.text)]), "replace": True}
        return [("message", named | whole)]
    if event.type in ("tool_call", "tool_progress", "tool_result"):
        progress = {"type": event.type, **without(event.data, "args")}
        return [("progress", named | {"progress": progress})]
    if event.type == "participant_status" and (turn.pending or turn.idle):
        return [("status", named | {"status": _status(turn)})]
    if event.type == "participant_status":
        return [("status", named | {"status": {"state": state_of(turn)}})]
    return []


def _covers_missing(event: SessionEvent, reached: int) -> bool:
    """Tell whether the deltas of a finished message are no longer in the log."""
    first = int_of(event.data.get("first"))
    return first is not None and event.seq is not None and event.seq > reached + 1
