"""Fold the event log into a conversation.

`apply` is total: it never raises and never mutates.  An event at or below `Conversation.seq`
changes nothing; one that leaves a gap is not applied, and `leaves_gap` says so beforehand.
Twin: `js/src/core/fold.ts`; both are held to `conformance/fold.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from .conversation import Approval, Conversation, Message, ToolCall, Turn, TurnStatus
from .events import Data, SessionEvent
from .persistent import Text

__all__ = ["apply", "fold", "leaves_gap"]

_CALL_OPEN = frozenset({"running", "awaiting_approval"})
_LIVE_STATUS: dict[str, TurnStatus] = {
    "Processing": "running",
    "AwaitingApproval": "awaiting_approval",
}


def fold(events: Iterable[SessionEvent], start: Conversation | None = None) -> Conversation:
    """Return the conversation after *events*, read in ascending `seq`, from *start* on."""
    return reduce(apply, events, start if start is not None else Conversation())


def leaves_gap(conversation: Conversation, event: SessionEvent) -> bool:
    """Tell whether events are missing between *conversation* and *event*.

    An event may cover the deltas before it (`first`): then their absence is no gap.
    """
    if event.seq is None:
        return False
    first = _int(event.data.get("first"), event.seq)
    return min(first, event.seq) > conversation.seq + 1


def apply(conversation: Conversation, event: SessionEvent) -> Conversation:
    """Return *conversation* with one more event taken into account."""
    if event.seq is None or event.seq <= conversation.seq or leaves_gap(conversation, event):
        return conversation
    conversation = replace(conversation, seq=event.seq)
    change = _ON_SESSION.get(event.type)
    return change(conversation, event) if change else _apply_to_turn(conversation, event)


def _apply_to_turn(conversation: Conversation, event: SessionEvent) -> Conversation:
    turn = conversation.turns.get(event.turn_id or "")
    if turn is None or (conversation.turns.is_settled(turn.id) and event.type != "usage"):
        return conversation  # after Idle nothing changes but the bill
    changed = _ON_TURN.get(event.type, _add_item)(turn, event)
    settled = changed.ended and (event.type == "participant_status" or turn.status == "queued")
    settled = settled or conversation.turns.is_settled(turn.id)
    turns = conversation.turns.put(turn.id, changed, settled=settled)
    return _granted(replace(conversation, turns=turns), turn, event)


def _created(c: Conversation, event: SessionEvent) -> Conversation:
    agent = event.data.get("agent")
    return replace(c, agent=agent) if isinstance(agent, Mapping) else c


def _terminated(c: Conversation, _event: SessionEvent) -> Conversation:
    return replace(c, terminated=True)


def _posted(c: Conversation, event: SessionEvent) -> Conversation:
    if event.turn_id is None or event.turn_id in c.turns:
        return c
    turn = Turn(
        id=event.turn_id,
        after=_opt(event.data.get("after_turn")),
        client_id=_opt(event.data.get("client_id")),
        author=_opt(event.data.get("author")),
        posts=tuple(_dict(m) for m in _list(event.data.get("messages"))),
    )
    return replace(c, head=turn.id, turns=c.turns.put(turn.id, turn))


def _head_changed(c: Conversation, event: SessionEvent) -> Conversation:
    target = event.data.get("turn_id")
    return replace(c, head=target) if isinstance(target, str) and target in c.turns else c


def _granted(c: Conversation, turn: Turn, event: SessionEvent) -> Conversation:
    remember = event.data.get("remember")
    approval = turn.approvals.get(str(event.data.get("request_id")))
    if event.type != "approval_resolved" or not event.data.get("approved"):
        return c
    if approval is None or approval.resolution is not None:
        return c
    grant = {"tool_name": approval.request.get("tool_name")}
    if remember == "args":
        grant["args"] = event.data.get("args")
    return replace(c, grants=(*c.grants, grant)) if remember in ("tool", "args") else c


def _status(turn: Turn, event: SessionEvent) -> Turn:
    status = event.data.get("status")
    if status == "Idle":
        return _closed(turn)
    live = _LIVE_STATUS.get(_str(status))
    return replace(turn, status=live) if live and not turn.ended else turn


def _closed(turn: Turn) -> Turn:
    """After Idle nothing is open, whatever the log forgot to close."""
    calls = {
        k: replace(c, status="cancelled") if c.status in _CALL_OPEN else c
        for k, c in turn.tool_calls.items()
    }
    messages = tuple(
        replace(m, status="interrupted") if m.status == "open" else m for m in turn.messages
    )
    status = turn.status if turn.ended else _how_it_broke(turn)
    return replace(turn, status=status, messages=messages, tool_calls=calls)


def _how_it_broke(turn: Turn) -> TurnStatus:
    kinds = {m.kind for m in turn.messages}
    if "turn_cancelled" in kinds:
        return "cancelled"
    return "failed" if "error" in kinds else "interrupted"


def _delta(turn: Turn, event: SessionEvent) -> Turn:
    piece = _str(event.data.get("delta"))
    return _edit(turn, event, "text", lambda m: replace(m, text=m.text + piece))


def _streaming(turn: Turn, event: SessionEvent) -> Turn:
    status = "closed" if event.data.get("closed") else "open"
    text = Text(_str(event.data.get("text")))
    return _edit(turn, event, "text", lambda m: replace(m, text=text, status=status))


def _complete(turn: Turn, event: SessionEvent) -> Turn:
    whole = event.data.get("status", "complete") == "complete"
    status = "complete" if whole else "interrupted"
    turn = replace(turn, status="complete" if whole else _how_it_broke(turn))
    text = Text(_str(event.data.get("text")))
    if not text and not _has(turn, event.message_id):
        return turn  # a turn may end without a word
    return _edit(turn, event, "text", lambda m: replace(m, text=text, status=status), always=True)


def _thinking(turn: Turn, event: SessionEvent) -> Turn:
    piece = _str(event.data.get("text"))
    done = bool(event.data.get("done"))
    extra = {k: v for k, v in event.data.items() if k not in ("text", "done")}

    def grow(m: Message) -> Message:
        status = "closed" if done else "open"
        return replace(m, text=m.text + piece, status=status, data={**m.data, **extra})

    return _edit(turn, event, "thinking", grow)


def _tool_call(turn: Turn, event: SessionEvent) -> Turn:
    key = _str(event.data.get("tool_call_id"))
    call = turn.tool_calls.get(key)
    if call is None:
        item = Message(
            id=event.message_id or key,
            kind="tool_call",
            status="closed",
            data={"tool_call_id": key},
        )
        turn = replace(turn, messages=(*turn.messages, item))
        call = ToolCall(tool_call_id=key, tool_name="", args={}, status="running")
    call = replace(
        call,
        tool_name=_str(event.data.get("tool_name"), call.tool_name),
        args=_dict(event.data.get("args", call.args)),
        status=_str(event.data.get("status"), call.status),
    )
    return replace(turn, tool_calls={**turn.tool_calls, key: call})


def _tool_progress(turn: Turn, event: SessionEvent) -> Turn:
    progress = {k: v for k, v in event.data.items() if k != "tool_call_id"}
    return _edit_call(turn, event, lambda c: replace(c, progress=progress))


def _tool_result(turn: Turn, event: SessionEvent) -> Turn:
    outcome = {k: v for k, v in event.data.items() if k not in ("tool_call_id", "tool_name")}
    return _edit_call(turn, event, lambda c: replace(c, outcome=outcome))


def _requested(turn: Turn, event: SessionEvent) -> Turn:
    key = _str(event.data.get("request_id"))
    if key in turn.approvals:
        return turn
    if event.type == "reauth_request":
        turn = _add_item(turn, event)
    approval = Approval(request_id=key, request=event.data)
    return replace(turn, approvals={**turn.approvals, key: approval})


def _resolved(turn: Turn, event: SessionEvent) -> Turn:
    approval = turn.approvals.get(_str(event.data.get("request_id")))
    if approval is None or approval.resolution is not None:
        return turn
    resolution = {k: v for k, v in event.data.items() if k not in ("request_id", "tool_call_id")}
    resolution["at"] = event.at
    changed = replace(approval, resolution=resolution)
    turn = replace(turn, approvals={**turn.approvals, approval.request_id: changed})
    if turn.status == "awaiting_approval" and not turn.pending:
        turn = replace(turn, status="running")  # the last answer sets the turn going again
    if not event.data.get("approved") or not isinstance(event.data.get("args"), Mapping):
        return turn
    return _edit_call(turn, event, lambda c: replace(c, args=event.data["args"]))


def _usage(turn: Turn, event: SessionEvent) -> Turn:
    return replace(turn, usage={**(turn.usage or {}), **event.data})


def _add_item(turn: Turn, event: SessionEvent) -> Turn:
    """Keep what has no rule of its own as an item, so that a newer type is shown, not lost."""
    key = event.message_id or f"e{event.seq}"
    if _has(turn, key):
        return turn
    item = Message(id=key, kind=event.type, status="closed", data=event.data)
    return replace(turn, messages=(*turn.messages, item))


_ON_SESSION: dict[str, Callable[[Conversation, SessionEvent], Conversation]] = {
    "session_created": _created,
    "session_terminated": _terminated,
    "message_posted": _posted,
    "messages_posted": _posted,
    "head_changed": _head_changed,
}
_ON_TURN: dict[str, Callable[[Turn, SessionEvent], Turn]] = {
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


def _edit(
    turn: Turn,
    event: SessionEvent,
    kind: str,
    change: Callable[[Message], Message],
    *,
    always: bool = False,
) -> Turn:
    """Change the event's message, or add it; a closed one stays as it is unless `always`."""
    messages = turn.messages
    for i in reversed(range(len(messages))):  # the open message is nearly always the last one
        if messages[i].id == event.message_id:
            if messages[i].status != "open" and not always:
                return turn
            changed = (*messages[:i], change(messages[i]), *messages[i + 1 :])
            return replace(turn, messages=changed)
    if event.message_id is None:
        return turn
    return replace(turn, messages=(*messages, change(Message(id=event.message_id, kind=kind))))


def _edit_call(turn: Turn, event: SessionEvent, change: Callable[[ToolCall], ToolCall]) -> Turn:
    call = turn.tool_calls.get(_str(event.data.get("tool_call_id")))
    if call is None:
        return turn
    return replace(turn, tool_calls={**turn.tool_calls, call.tool_call_id: change(call)})


def _has(turn: Turn, message_id: str | None) -> bool:
    return any(m.id == message_id for m in turn.messages)


def _str(value: Any, default: str = "") -> str:
    return value if isinstance(value, str) else default


def _opt(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _int(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _dict(value: Any) -> Data:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
