"""Fold the event log into a conversation.

`apply` is total: it never raises and never mutates.  An event at or below `Conversation.seq`
changes nothing; one that leaves a gap is not applied, and `leaves_gap` says so beforehand.
What an event does within its turn is in `fold_turn.py`.
Twin: `js/src/core/fold.ts`; both are held to `conformance/fold.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import TypedDict

from .conversation import Conversation, Turn
from .events import Data, SessionEvent
from .fold_turn import closed, step
from .kinds import dict_of, int_of, list_of, opt_str, str_of
from .persistent import Turns, evolve

__all__ = ["apply", "fold", "leaves_gap"]

_COVERS = frozenset({"message_streaming", "message_complete"})
"""These carry the whole text of a message, so the deltas before them may be missing."""


class _Changes(TypedDict, total=False):
    """What an event changes in a conversation, besides its `seq`."""

    head: str
    agent: Data
    terminated: bool
    turns: Turns[Turn]
    grants: tuple[Data, ...]


def fold(events: Iterable[SessionEvent], start: Conversation | None = None) -> Conversation:
    """Return the conversation after *events*, read in ascending `seq`, from *start* on."""
    return reduce(apply, events, start if start is not None else Conversation())


def leaves_gap(conversation: Conversation, event: SessionEvent) -> bool:
    """Tell whether events are missing between *conversation* and *event*.

    A message's whole text may cover the deltas before it (`first`): then their absence is no gap.
    """
    if event.seq is None or event.seq <= conversation.seq + 1:
        return False
    first = int_of(event.data.get("first")) if event.type in _COVERS else None
    return first is None or first > conversation.seq + 1


def apply(conversation: Conversation, event: SessionEvent) -> Conversation:
    """Return *conversation* with one more event taken into account."""
    if event.seq is None or event.seq <= conversation.seq or leaves_gap(conversation, event):
        return conversation
    change = _ON_SESSION.get(event.type, _in_turn)
    return evolve(conversation, seq=event.seq, **change(conversation, event))


def _in_turn(c: Conversation, event: SessionEvent) -> _Changes:
    turn = c.turns.get(event.turn_id or "")
    if turn is None or (turn.idle and event.type != "usage"):
        return {}  # after Idle nothing changes but the bill
    changed = step(turn, event)
    if turn.status == "queued" and changed.status == "cancelled":
        changed = closed(changed)  # it has not begun, so there is no Idle to come
    turns = c.turns.put(turn.id, changed, settled=changed.idle)
    if event.type != "approval_resolved":
        return {"turns": turns}
    return {"turns": turns, "grants": (*c.grants, *_granted(turn, event))}


def _granted(before: Turn, event: SessionEvent) -> tuple[Data, ...]:
    """Return what the first answer to an approval allows from now on."""
    approval = before.approvals.get(str_of(event.data.get("request_id")))
    if approval is None or approval.resolution is not None:
        return ()
    tool_name = approval.request.get("tool_name")
    if event.data.get("approved") is not True or not isinstance(tool_name, str):
        return ()
    remember = event.data.get("remember")
    if remember == "tool":
        return ({"tool_name": tool_name},)
    ran = event.data.get("args")
    args = ran if isinstance(ran, Mapping) else dict_of(approval.request.get("args"))
    return ({"tool_name": tool_name, "args": args},) if remember == "args" else ()


def _created(_c: Conversation, event: SessionEvent) -> _Changes:
    agent = event.data.get("agent")
    return {"agent": agent} if isinstance(agent, Mapping) else {}


def _terminated(_c: Conversation, _event: SessionEvent) -> _Changes:
    return {"terminated": True}


def _posted(c: Conversation, event: SessionEvent) -> _Changes:
    if not event.turn_id or event.turn_id in c.turns:
        return {}
    turn = Turn(
        id=event.turn_id,
        after=opt_str(event.data.get("after_turn")),
        client_id=opt_str(event.data.get("client_id")),
        author=opt_str(event.data.get("author")),
        posts=tuple(dict_of(m) for m in list_of(event.data.get("messages"))),
    )
    return {"head": turn.id, "turns": c.turns.put(turn.id, turn)}


def _head_changed(c: Conversation, event: SessionEvent) -> _Changes:
    target = event.data.get("turn_id")
    return {"head": target} if isinstance(target, str) and target in c.turns else {}


_ON_SESSION: dict[str, Callable[[Conversation, SessionEvent], _Changes]] = {
    "session_created": _created,
    "session_terminated": _terminated,
    "message_posted": _posted,
    "messages_posted": _posted,
    "head_changed": _head_changed,
}
