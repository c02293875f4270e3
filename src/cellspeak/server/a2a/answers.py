"""What a message answers: the question it is for, and whether it was taken before.

Pure.  Plain words answer the first question that is shown, and no other: nobody says yes to what
they have not seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from a2a.utils.errors import InvalidParamsError, UnsupportedOperationError

from cellspeak.core.commands import Respond
from cellspeak.core.conversation import Approval, Conversation, Turn
from cellspeak.core.events import Data
from cellspeak.core.kinds import opt_dict, opt_str
from cellspeak.stores.base import SessionRecord
from cellspeak.waiting import unanswered

__all__ = ["Found", "require_answer", "respond", "was_taken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A task of the caller's, as it is now."""

    record: SessionRecord
    conversation: Conversation
    turn: Turn


def was_taken(turn: Turn, message_id: str) -> bool:
    """Tell whether a message's answers were taken before."""
    ids = ((a.resolution or {}).get("client_id") for a in turn.approvals.values())
    return any(str(i).startswith(f"{message_id}/") for i in ids)


def require_answer(found: Found, answers: tuple[Data, ...]) -> None:
    """Raise unless the task waits for an answer, and there is one."""
    if found.turn.ended:
        raise UnsupportedOperationError(
            message="this task has ended; send without taskId and with its contextId to go on"
        )
    if not unanswered(found.conversation, found.turn.id):
        raise UnsupportedOperationError(
            message="this task is at work and asks nothing; send without taskId to ask more"
        )
    if not answers:
        raise InvalidParamsError(
            message="this task waits for an answer; reply `approve`, `deny: your reason`, or the "
            "data part of its status with a decision"
        )


def respond(found: Found, message_id: str, answer: Data) -> Respond:
    """Return the command that *answer* is; sent again under its message it is the same."""
    approval = _answered(found, answer)
    request_id = opt_str(answer.get("request_id")) or approval.request_id
    return Respond(
        session_id=found.record.session_id,
        client_id=f"{message_id}/{request_id}",
        request_id=request_id,
        approved=answer["decision"] == "approve",
        args=opt_dict(answer.get("args")),
        args_digest=opt_str(answer.get("args_digest")),
        deny_reason=opt_str(answer.get("reason")),
    )


def _answered(found: Found, answer: Data) -> Approval:
    """Return the question that *answer* is for; plain words are for the first that is shown."""
    waiting = unanswered(found.conversation, found.turn.id)
    call = opt_str(answer.get("tool_call_id"))
    return next((a for a in waiting if a.request.get("tool_call_id") == call), waiting[0])
