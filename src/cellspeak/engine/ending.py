"""How a turn ends in the log, and what its end says about the reason.

Its one law: after `end_of_turn` nothing of the turn is open, and it is never ended twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from cellspeak.core import rules
from cellspeak.core.commands import Cancel
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import Draft
from cellspeak.errors import (
    CellspeakError,
    ConnectError,
    RateLimitError,
    RequestTimeoutError,
    StoreError,
)

from .writer import status_draft

__all__ = ["AGENT_FAILED", "CLOSING", "cancelled", "end_of_turn", "failed", "outcome"]

_log = logging.getLogger(__name__)

AGENT_FAILED = "the agent failed ({})"
"""What is told of an exception that is not ours: the name of its class."""

_PASSING = (ConnectError, RateLimitError, RequestTimeoutError, StoreError)
"""Errors that may be gone when the same is asked again."""

CLOSING = Cancel(
    session_id="", client_id="", reason="the process that ran it ended", by={"kind": "engine"}
)


def end_of_turn(
    conversation: Conversation,
    turn_id: str,
    note: Draft | None = None,
    timings: dict[str, int] | None = None,
) -> Sequence[Draft]:
    """Return the drafts that end the turn *turn_id*; none if it has ended.

    Args:
        conversation: as it is now.
        turn_id: the turn to end.
        note: the `error` or `turn_cancelled` that ended it; None: it is complete.
        timings: `duration_ms` and `ttft_ms` for its `usage`.
    """
    turn = conversation.turns[turn_id]
    if turn.idle:
        return []
    if turn.ended:  # whoever wrote its end was cut off
        return [status_draft(turn_id, "Idle")]
    last = next((m for m in reversed(turn.messages) if m.kind == "text"), None)
    drafts = [*rules.closing(turn), *([note] if note else [])]
    used = len(turn.posts) + len(turn.messages) + len(turn.approvals)
    number = turn_id.rpartition(".")[2]
    complete = {
        "text": str(last.text) if last else "",
        "status": "complete" if note is None else "interrupted",
    }
    drafts.append(
        Draft(
            type="message_complete",
            message_id=last.id if last else f"{number}.{used + 1}",
            data=complete,
        )
    )
    if timings is not None:
        drafts.append(Draft(type="usage", data=timings))
    never_began = turn.status == "queued" and note is not None and note.type == "turn_cancelled"
    if not never_began:  # else nobody was busy with it
        drafts.append(status_draft(turn_id, "Idle"))
    return [replace(d, turn_id=turn_id) for d in drafts]


def cancelled(command: Cancel) -> Draft:
    """Return the note on a turn that was stopped."""
    return Draft(type="turn_cancelled", data={"reason": command.reason, "by": command.by})


def outcome(task: asyncio.Task[None]) -> Draft | None:
    """Return the note on how *task* ended the turn, or None if nothing went wrong."""
    # Nobody told it to stop, so a cancellation is the agent's own.
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    return None if error is None else failed(error)


def failed(error: BaseException) -> Draft:
    """Return the note on *error*.

    An agent's own exception may carry secrets or paths: only our errors show their text.
    """
    known = isinstance(error, CellspeakError)
    if not known:
        _log.error("the agent failed", exc_info=error)
    line = str(error) if known else AGENT_FAILED.format(type(error).__name__)
    code = error.code if isinstance(error, CellspeakError) else "agent_failed"
    retryable = isinstance(error, _PASSING)
    data = {"error": line.splitlines()[0] if line else code, "code": code, "retryable": retryable}
    return Draft(type="error", data=data)
