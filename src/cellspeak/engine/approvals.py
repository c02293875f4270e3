"""What an answer to an approval does to the log.

Answers come from a person, from a policy (a grant, or the post's own `on_approval`) or from time;
all three are the same command and leave the same event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from cellspeak.core import rules
from cellspeak.core.commands import Respond
from cellspeak.core.conversation import Approval, Conversation, Turn
from cellspeak.core.events import Draft

__all__ = ["by_policy", "by_time", "next_expiry", "resolution"]

DENIED = "denied"


def resolution(conversation: Conversation, command: Respond, now: str) -> Sequence[Draft]:
    """Return the drafts that *command* leaves; none if it was taken before.

    Raises:
        ApprovalError: if it cannot count.
    """
    found = rules.find_approval(conversation, command, now)
    if found is None:
        return []
    turn, approval = found
    return [_resolved(turn, approval, command), *_denied(turn, approval, command)]


def _resolved(turn: Turn, approval: Approval, command: Respond) -> Draft:
    request = approval.request
    args = request.get("args") if command.args is None else command.args
    optional = {
        "tool_call_id": request.get("tool_call_id"),
        "args": args if command.approved else None,
        "deny_reason": None if command.approved else command.deny_reason,
        "remember": command.remember if command.approved else None,
    }
    data = {
        "request_id": approval.request_id,
        "approved": command.approved,
        **{k: v for k, v in optional.items() if v is not None},
        "by": command.by,
        "client_id": command.client_id,
    }
    return Draft(type="approval_resolved", turn_id=turn.id, data=data)


def _denied(turn: Turn, approval: Approval, command: Respond) -> Sequence[Draft]:
    """A denied call has its result too: without one the history would be broken for models."""
    call_id = approval.request.get("tool_call_id")
    if command.approved or call_id is None:
        return []
    call = {"tool_call_id": call_id, "tool_name": approval.request.get("tool_name", "")}
    reason = f": {command.deny_reason}" if command.deny_reason else ""
    error = {**call, "error": f"{DENIED}{reason}"}
    return [
        Draft(type="tool_result", turn_id=turn.id, data=error),
        Draft(type="tool_call", turn_id=turn.id, data={**call, "status": "denied"}),
    ]


def by_policy(
    conversation: Conversation, turn: Turn, new_id: Callable[[], str]
) -> Sequence[Respond]:
    """Return the answers that nobody needs to give: by grants, else by the post's own policy."""
    answers = []
    for approval in turn.pending:
        answer = rules.answer_of_policy(conversation, turn, approval)
        if answer is None:
            continue
        approved, name = answer
        answers.append(
            Respond(
                session_id="",
                client_id=new_id(),
                request_id=approval.request_id,
                approved=approved,
                by={"kind": "policy", "name": name},
            )
        )
    return answers


def by_time(turn: Turn, now: str, new_id: Callable[[], str]) -> Sequence[Respond]:
    """Return the denials of what has expired at *now*."""
    return [
        Respond(
            session_id="",
            client_id=new_id(),
            request_id=a.request_id,
            approved=False,
            deny_reason="nobody answered in time",
            by={"kind": "timeout"},
        )
        for a in turn.pending
        if a.request.get("expires_at", "9999") <= now
    ]


def next_expiry(turn: Turn, now: float) -> float | None:
    """Return the seconds from *now* (since 1970) until the next approval expires, or None."""
    dates = [a.request["expires_at"] for a in turn.pending if "expires_at" in a.request]
    if not dates:
        return None
    return max(0.0, datetime.fromisoformat(min(dates)).timestamp() - now)
