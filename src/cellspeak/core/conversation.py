"""The conversation: what the events of a session add up to.

Values only, none of them ever changes; `fold.py` makes them from events.
Twin: `js/src/core/conversation.ts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .events import Data
from .kinds import str_of
from .persistent import Text, Turns

__all__ = [
    "Approval",
    "Conversation",
    "Message",
    "ToolCall",
    "Turn",
    "TurnStatus",
]

TurnStatus: TypeAlias = Literal[
    "queued", "running", "awaiting_approval", "complete", "failed", "cancelled", "interrupted"
]
_ENDED = frozenset({"complete", "failed", "cancelled", "interrupted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One authored item, in the order of its appearance within the turn."""

    id: str
    kind: str
    """`text` (the reply), `thinking`, `tool_call`, or the type of the event that made it."""
    text: Text = field(default_factory=Text)
    status: str = "open"
    """`open` while it grows, then `closed`, `complete` or `interrupted`."""
    data: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call of a tool: what was asked, where it stands, what came of it."""

    tool_call_id: str
    tool_name: str
    args: Data
    status: str
    """`running awaiting_approval done failed denied cancelled`."""
    progress: Data | None = None
    outcome: Data | None = None
    """`result` or `error`, with `mime`, `duration_ms`, `truncated` where they came."""
    began_at: str | None = None
    """When it began to run, after any approval; None where the log has no times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A question to a person; pending while `resolution` is None and its turn is open."""

    request_id: str
    request: Data
    resolution: Data | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One post by the user and all that the agent did until it was idle again."""

    id: str
    after: str | None = None
    """The turn it follows; None for a first one."""
    client_id: str | None = None
    """The post's idempotency key: by it a sender finds the turn it asked for."""
    author: str | None = None
    status: TurnStatus = "queued"
    idle: bool = False
    """True once the agent went idle: nothing but the bill changes any more."""
    posts: tuple[Data, ...] = ()
    messages: tuple[Message, ...] = ()
    tool_calls: Mapping[str, ToolCall] = field(default_factory=dict)
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    usage: Data | None = None

    @property
    def ended(self) -> bool:
        """True once it is complete, failed, cancelled or interrupted."""
        return self.status in _ENDED

    @property
    def pending(self) -> tuple[Approval, ...]:
        """The approvals that still wait for a person."""
        if self.ended:
            return ()
        return tuple(a for a in self.approvals.values() if a.resolution is None)

    @property
    def text(self) -> str:
        """What the agent said, its messages joined by blank lines."""
        return "\n\n".join(str(m.text) for m in self.messages if m.kind == "text" and m.text)

    @property
    def prompt(self) -> str:
        """What the user said, the posts joined by blank lines."""
        return "\n\n".join(str_of(p.get("content")) for p in self.posts)

    @property
    def error(self) -> str | None:
        """The line of the last `error` event, if there was one."""
        errors = [m.data.get("error") for m in self.messages if m.kind == "error"]
        return str_of(errors[-1]) if errors else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """All that a reader of the log knows.  Start with `Conversation()`, then `fold.apply`."""

    seq: int = 0
    head: str | None = None
    """The turn that is shown last and continued."""
    agent: Data | None = None
    """The spec of the agent, from `session_created`."""
    terminated: bool = False
    turns: Turns[Turn] = field(default_factory=Turns)
    grants: tuple[Data, ...] = ()
    """What `remember` has allowed: `{tool_name}` or `{tool_name, args}`."""

    @property
    def path(self) -> tuple[Turn, ...]:
        """The turns from the root to the head: what runtimes, views and `get_messages` see."""
        found: list[Turn] = []
        seen: set[str] = set()
        at = self.head
        while at is not None and at not in seen and at in self.turns:
            seen.add(at)
            found.append(self.turns[at])
            at = found[-1].after
        return tuple(reversed(found))

    @property
    def open_turn(self) -> Turn | None:
        """The turn that has started and is not idle yet, if any."""
        return next((t for t in self.turns.live if t.status != "queued"), None)

    @property
    def queued(self) -> tuple[Turn, ...]:
        """The turns that wait for their start, oldest first."""
        return tuple(t for t in self.turns.live if t.status == "queued")
