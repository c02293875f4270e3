"""Commands: the wishes a reader sends to the engine.

Each is idempotent by its own `client_id`: sending it twice is sending it once.  The engine answers
with a `Receipt`; what came of the wish is in the log.  Twin: `js/src/core/commands.ts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from .events import Data

__all__ = [
    "COMMANDS",
    "Cancel",
    "Command",
    "Create",
    "OnApproval",
    "Post",
    "Receipt",
    "Respond",
    "SetHead",
    "Terminate",
]

OnApproval: TypeAlias = Literal["ask", "deny", "allow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Make a session; its id is in the receipt.  `session_id` is empty: the engine makes it."""

    agent: Data
    """The agent's spec: `name`, `model`, `instructions`, tool names; never keys."""
    client_id: str
    owner: str = ""
    session_id: str = ""
    labels: Data = field(default_factory=dict)
    """What hosts note about the session, such as `title` or `notebook`; kept in its record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Ask something: one or more messages that make one turn."""

    session_id: str
    client_id: str
    messages: tuple[Data, ...]
    """Each `{content: str, files?: [{name, mime, data: base64}]}`; ids are given by the engine."""
    author: str = "user"
    after_turn: str | None = None
    """The turn this one follows.  None: the head.  An older one starts a branch."""
    root: bool = False
    """True starts a new root (a branch of the very first turn); `after_turn` is then ignored."""
    on_approval: OnApproval = "ask"
    """What to do when a tool needs approval; `deny` and `allow` are logged as policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Respond:
    """Answer an approval (or a sign-in request)."""

    session_id: str
    client_id: str
    request_id: str
    approved: bool
    args: Data | None = None
    """The whole arguments that shall run; None runs those that were asked for."""
    args_digest: str | None = None
    """Echo of the request's digest; when it comes, it must match."""
    deny_reason: str | None = None
    remember: Literal["tool", "args"] | None = None
    by: Data = field(default_factory=lambda: {"kind": "user"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Stop a turn, running or queued.  `turn_id` None: the running one."""

    session_id: str
    client_id: str
    turn_id: str | None = None
    reason: str = "cancelled"
    by: Data = field(default_factory=lambda: {"kind": "user"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SetHead:
    """Show and continue another branch."""

    session_id: str
    client_id: str
    turn_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminate:
    """End the session for good; only a tombstone stays."""

    session_id: str
    client_id: str
    reason: str = "terminated"


Command: TypeAlias = Create | Post | Respond | Cancel | SetHead | Terminate

COMMANDS: dict[str, type[Any]] = {
    "create": Create,
    "post": Post,
    "respond": Respond,
    "cancel": Cancel,
    "set_head": SetHead,
    "terminate": Terminate,
}
"""The wire word of each command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The engine's word that a command was taken: nothing is lost from here on."""

    session_id: str
    seq: int = 0
    """The log's end when the command had taken effect."""
    turn_id: str | None = None
    message_ids: tuple[str, ...] = ()
    repeated: bool = False
    """True when this command had been taken before; nothing changed."""
