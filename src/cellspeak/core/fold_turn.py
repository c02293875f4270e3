"""What one event does to its turn.

Each rule is total: what is missing or of a wrong kind is read as nothing.  A type without a rule is
kept as an item, so that a newer one is shown, not lost.  Twin: `js/src/core/foldTurn.ts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .conversation import Approval, Message, ToolCall, Turn, TurnStatus
from .events import Data, SessionEvent
from .kinds import str_of, without
from .persistent import Text, evolve

__all__ = ["closed", "step"]

_CALL_OPEN = frozenset({"running", "awaiting_approval"})
_LIVE_STATUS: dict[str, TurnStatus] = {
    "Processing": "running",
    "AwaitingApproval": "awaiting_approval",
}


def step(turn: Turn, event: SessionEvent) -> Turn:
    """Return *turn* after *event*, which names it and is newer than all it has seen."""
    return _RULES.get(event.type, _add_item)(turn, event)


def closed(turn: Turn) -> Turn:
    """Return *turn* as it is after Idle: nothing is open, whatever the log forgot to close."""
    calls = {
        k: evolve(c, status="cancelled") if c.status in _CALL_OPEN else c
        for k, c in turn.tool_calls.items()
    }
    messages = tuple(
        evolve(m, status="interrupted") if m.status == "open" else m for m in turn.messages
    )
    status = turn.status if turn.ended else _how_it_broke(turn)
    return evolve(turn, status=status, idle=True, messages=messages, tool_calls=calls)


def _how_it_broke(turn: Turn) -> TurnStatus:
    kinds = {m.kind for m in turn.messages}
    if "turn_cancelled" in kinds:
        return "cancelled"
    return "failed" if "error" in kinds else "interrupted"


def _status(turn: Turn, event: SessionEvent) -> Turn:
    status = str_of(event.data.get("status"))
    if status == "Idle":
        return closed(turn)
    live = _LIVE_STATUS.get(status)
    return evolve(turn, status=live) if live and not turn.ended else turn


def _delta(turn: Turn, event: SessionEvent) -> Turn:
    message = _open_message(turn, event, "text")
    if message is None:
        return turn
    text = message.text + str_of(event.data.get("delta"))
    return _with_message(turn, evolve(message, text=text))


def _streaming(turn: Turn, event: SessionEvent) -> Turn:
    message = _open_message(turn, event, "text")
    if message is None:
        return turn
    text = Text(str_of(event.data.get("text")))
    status = "closed" if event.data.get("closed") is True else "open"
    return _with_message(turn, evolve(message, text=text, status=status))


def _complete(turn: Turn, event: SessionEvent) -> Turn:
    whole = event.data.get("status", "complete") == "complete"
    turn = evolve(turn, status="complete" if whole else _how_it_broke(turn))
    text = str_of(event.data.get("text"))
    known = _find(turn, event.message_id)
    if event.message_id is None or (not text and known is None):
        return turn  # a turn may end without a word
    message = known or Message(id=event.message_id, kind="text")
    status = "complete" if whole else "interrupted"
    return _with_message(turn, evolve(message, text=Text(text), status=status))


def _thinking(turn: Turn, event: SessionEvent) -> Turn:
    message = _open_message(turn, event, "thinking")
    if message is None:
        return turn
    changed = evolve(
        message,
        text=message.text + str_of(event.data.get("text")),
        status="closed" if event.data.get("done") is True else "open",
        data={**message.data, **without(event.data, "text", "done")},
    )
    return _with_message(turn, changed)


def _tool_call(turn: Turn, event: SessionEvent) -> Turn:
    key = str_of(event.data.get("tool_call_id"))
    known = call = turn.tool_calls.get(key)
    if call is None:
        turn = _with_item(turn, event, {"tool_call_id": key})
        call = ToolCall(tool_call_id=key, tool_name="", args={}, status="running")
    args = event.data.get("args")
    ran = known is not None and known.status == "running"
    begins = event.data.get("status") == "running" and not ran and event.at
    call = evolve(
        call,
        tool_name=str_of(event.data.get("tool_name"), call.tool_name),
        args=args if isinstance(args, Mapping) else call.args,
        status=str_of(event.data.get("status"), call.status),
        began_at=event.at if begins else call.began_at,
    )
    return evolve(turn, tool_calls={**turn.tool_calls, key: call})


def _tool_progress(turn: Turn, event: SessionEvent) -> Turn:
    progress = without(event.data, "tool_call_id")
    return _with_call(turn, event.data.get("tool_call_id"), progress=progress)


def _tool_result(turn: Turn, event: SessionEvent) -> Turn:
    outcome = without(event.data, "tool_call_id", "tool_name")
    return _with_call(turn, event.data.get("tool_call_id"), outcome=outcome)


def _requested(turn: Turn, event: SessionEvent) -> Turn:
    key = str_of(event.data.get("request_id"))
    if key in turn.approvals:
        return turn
    if event.type == "reauth_request":
        turn = _add_item(turn, event)
    approval = Approval(request_id=key, request=event.data)
    return evolve(turn, approvals={**turn.approvals, key: approval})


def _resolved(turn: Turn, event: SessionEvent) -> Turn:
    approval = turn.approvals.get(str_of(event.data.get("request_id")))
    if approval is None or approval.resolution is not None:
        return turn
    resolution = {**without(event.data, "request_id", "tool_call_id"), "at": event.at}
    answered = evolve(approval, resolution=resolution)
    turn = evolve(turn, approvals={**turn.approvals, approval.request_id: answered})
    args = event.data.get("args")
    if event.data.get("approved") is not True or not isinstance(args, Mapping):
        return turn
    # The call is the one that was asked about, whatever the answer names.
    return _with_call(turn, approval.request.get("tool_call_id"), args=args)


def _usage(turn: Turn, event: SessionEvent) -> Turn:
    return evolve(turn, usage={**(turn.usage or {}), **event.data})


def _add_item(turn: Turn, event: SessionEvent) -> Turn:
    return _with_item(turn, event, event.data)


_RULES: dict[str, Callable[[Turn, SessionEvent], Turn]] = {
    "participant_status": _status,
    "message_delta": _delta,
    "message_streaming": _streaming,
    "message_complete": _complete,
    "thinking": _thinking,
    "tool_call": _tool_call,
    "tool_progress": _tool_progress,
    "tool_result": _tool_result,
    "approval_request": _requested,
    "reauth_request": _requested,
    "approval_resolved": _resolved,
    "usage": _usage,
}


def _find(turn: Turn, message_id: str | None) -> Message | None:
    for message in reversed(turn.messages):  # what grows is nearly always the last one
        if message.id == message_id:
            return message
    return None


def _open_message(turn: Turn, event: SessionEvent, kind: str) -> Message | None:
    """Return the event's message, made if need be; None if it has no id or is closed."""
    message = _find(turn, event.message_id)
    if message is None and event.message_id is not None:
        return Message(id=event.message_id, kind=kind)
    return message if message is not None and message.status == "open" else None


def _with_message(turn: Turn, message: Message) -> Turn:
    old = turn.messages
    for i in range(len(old) - 1, -1, -1):
        if old[i].id == message.id:
            return evolve(turn, messages=(*old[:i], message, *old[i + 1 :]))
    return evolve(turn, messages=(*old, message))


def _with_item(turn: Turn, event: SessionEvent, data: Data) -> Turn:
    own = event.message_id
    key = f"e{event.seq}" if own is None or _find(turn, own) else own
    item = Message(id=key, kind=event.type, status="closed", data=data)
    return evolve(turn, messages=(*turn.messages, item))


def _with_call(turn: Turn, tool_call_id: object, **changes: Any) -> Turn:
    call = turn.tool_calls.get(str_of(tool_call_id))
    if call is None:
        return turn
    calls = {**turn.tool_calls, call.tool_call_id: evolve(call, **changes)}
    return evolve(turn, tool_calls=calls)
