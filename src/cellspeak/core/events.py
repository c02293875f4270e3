"""Events: the numbered, immutable facts that a session is made of.

`seq` counts from 1 per session without gaps; it is None only on what belongs to a connection
(`session_connected`, `pong`) and is never logged.  Twin: `js/src/core/events.ts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from .kinds import opt_str, str_of

__all__ = ["Data", "Draft", "ParticipantStatus", "SessionEvent", "SessionEventType"]

Data: TypeAlias = Mapping[str, Any]
"""A JSON object.  Never changed after it was put into an event."""


class SessionEventType(StrEnum):
    """The words of the log, the wire and the view.  An unknown word is kept, never a crash."""

    SESSION_CREATED = "session_created"
    SESSION_CONNECTED = "session_connected"
    MESSAGE_POSTED = "message_posted"
    MESSAGES_POSTED = "messages_posted"
    PARTICIPANT_STATUS = "participant_status"
    MESSAGE_DELTA = "message_delta"
    MESSAGE_STREAMING = "message_streaming"
    MESSAGE_COMPLETE = "message_complete"
    THINKING = "thinking"
    TOOL_CALL = "tool_call"
    TOOL_PROGRESS = "tool_progress"
    TOOL_RESULT = "tool_result"
    SEARCH_RESULT = "search_result"
    APPROVAL_REQUEST = "approval_request"
    APPROVAL_RESOLVED = "approval_resolved"
    REAUTH_REQUEST = "reauth_request"
    TURN_CANCELLED = "turn_cancelled"
    HEAD_CHANGED = "head_changed"
    USAGE = "usage"
    NOTE = "note"
    ERROR = "error"
    SESSION_TERMINATED = "session_terminated"
    PONG = "pong"


class ParticipantStatus(StrEnum):
    """What the agent is doing, as `participant_status` tells it."""

    IDLE = "Idle"
    PROCESSING = "Processing"
    OFFLINE = "Offline"
    CONNECTED = "Connected"
    TYPING = "Typing"
    AWAITING_APPROVAL = "AwaitingApproval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event before it has its number: what runtimes yield and the engine commits."""

    type: str
    data: Data = field(default_factory=dict)
    turn_id: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvent:
    """One fact about a session: what `Session.listen` yields and what the log keeps."""

    type: str
    """A value of `SessionEventType`, or a word this version does not know."""
    session_id: str
    seq: int | None = None
    """1, 2, 3, … within the session; None on what belongs to a connection."""
    turn_id: str | None = None
    message_id: str | None = None
    at: str = ""
    """UTC, ISO 8601 with milliseconds, such as `2026-11-22T09:30:00.000Z`."""
    data: Data = field(default_factory=dict)

    @property
    def delta(self) -> str:
        """The streamed text of a `message_delta`, else an empty string."""
        return str_of(self.data.get("delta")) if self.type == "message_delta" else ""

    @property
    def text(self) -> str:
        """The text this event carries: the full reply of a `message_complete`."""
        return str_of(self.data.get("text"), str_of(self.data.get("delta")))

    @property
    def tool_name(self) -> str | None:
        """The tool that the event is about, if any."""
        return opt_str(self.data.get("tool_name"))

    @property
    def error(self) -> str | None:
        """One line for a person, on `error` events and failed tool results."""
        return opt_str(self.data.get("error"))

    @property
    def status(self) -> str | None:
        """The event's own status word, such as `complete` or `awaiting_approval`."""
        return opt_str(self.data.get("status"))

    @property
    def participant_status(self) -> str | None:
        """What the agent is doing, on `participant_status` events."""
        return self.status if self.type == "participant_status" else None

    @property
    def is_complete(self) -> bool:
        """True on the one `message_complete` of a turn: `text` is the whole reply."""
        return self.type == "message_complete"

    @property
    def is_turn_end(self) -> bool:
        """True when the agent went idle: nothing more comes for this turn."""
        return self.participant_status == "Idle"

    @property
    def requires_action(self) -> bool:
        """True when a person has to answer before the turn goes on."""
        return self.type in ("approval_request", "reauth_request")
