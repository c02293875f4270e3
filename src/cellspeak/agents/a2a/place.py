"""Where a turn stands at the other side: its context, its task, and what was heard of it.

This is the runtime's state: a cache.  Without it the next turn begins a new context, and an answer
is sent where its question, which is in the log, says that it came from.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cellspeak.agents.base import TurnRequest
from cellspeak.core.conversation import Approval, Turn
from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, str_of

__all__ = ["REMOTE", "Place", "answered", "asked", "message_id", "place_of"]

REMOTE = "remote"
"""The field of a question that says where its answer goes: `{task, context, key, way, round}`."""
_MOST = 512 * 1024  # bytes of a state


@dataclass(slots=True, kw_only=True)
class Place:
    """Where a turn stands."""

    context: str = ""
    task: str = ""
    """Empty: none is known."""
    heard: dict[str, str] = field(default_factory=dict)
    """The texts of the task's artifacts, as far as they were said here."""

    def dump(self, turn_id: str) -> bytes:
        """Return the state to keep with the turn *turn_id*."""
        facts: dict[str, Any] = {"turn": turn_id, "context": self.context, "task": self.task}
        whole = json.dumps({**facts, "heard": self.heard}).encode()
        return whole if len(whole) <= _MOST else json.dumps(facts).encode()


def place_of(request: TurnRequest) -> Place:
    """Return where the turn of *request* stands."""
    questions = asked(request.turn)
    remote = dict_of(questions[-1].request.get(REMOTE)) if questions else {}
    kept = _read(request.state)
    if str_of(kept.get("turn")) != request.turn.id:
        return Place(
            context=str_of(remote.get("context")) or str_of(kept.get("context")),
            task=str_of(remote.get("task")),
        )
    heard = {str(k): str_of(v) for k, v in dict_of(kept.get("heard")).items()}
    task = str_of(kept.get("task"))
    return Place(context=str_of(kept.get("context")), task=task, heard=heard)


def _read(state: bytes | None) -> Data:
    try:
        return dict_of(json.loads(state or b"{}"))
    except ValueError:
        return {}


def asked(turn: Turn) -> list[Approval]:
    """Return the questions of the turn's newest round; none if it has not asked."""
    found = [a for a in turn.approvals.values() if REMOTE in a.request]
    newest = max((_round(a) for a in found), default=0)
    return [a for a in found if _round(a) == newest]


def answered(turn: Turn) -> set[str]:
    """Return the keys of all questions that the turn has asked before."""
    return {str_of(dict_of(a.request.get(REMOTE)).get("key")) for a in turn.approvals.values()}


def _round(approval: Approval) -> int:
    number = dict_of(approval.request.get(REMOTE)).get("round")
    return number if isinstance(number, int) else 0


def message_id(turn: Turn) -> str:
    """Return the id of what is sent now; sent again it is the same, and says nothing of ours."""
    number = max(map(_round, asked(turn)), default=0)
    return hashlib.sha256(f"{turn.id}/{number}".encode()).hexdigest()[:32]
