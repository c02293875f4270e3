"""What a person said to the calls that waited, in the library's words.

Its one law: every call that waited gets an answer, also one that nobody found a word for.
"""

from __future__ import annotations

from pydantic_ai import DeferredToolResults, ToolApproved, ToolDenied

from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data
from cellspeak.core.kinds import str_of

from .history import Memory

__all__ = ["answers"]


def answers(turn: Turn, memory: Memory) -> DeferredToolResults | None:
    """Return what the person said to the calls of *memory* that wait; None if none does."""
    said = {
        str_of(a.request.get("tool_call_id")): a.resolution or {} for a in turn.approvals.values()
    }
    approvals = {
        key: _answer(said.get(name, {}), turn, name) for key, name in memory.waiting.items()
    }
    return DeferredToolResults(approvals=dict(approvals)) if approvals else None


def _answer(resolution: Data, turn: Turn, name: str) -> ToolApproved | ToolDenied:
    if resolution.get("approved") is True:
        return ToolApproved(override_args=dict(turn.tool_calls[name].args))
    reason = str_of(resolution.get("deny_reason"))
    return ToolDenied(f"The user denied this call: {reason}" if reason else "The user denied it.")
