"""The errors of cellspeak, one tree.

Facts are attributes, not only text; each message says what was expected, what came and what to
do now.  An agent's own exception is never one of these: it becomes an `error` event in the log.

    CellspeakError
    ├── AuthenticationError      the key is missing or wrong
    ├── PermissionDeniedError    the key is good but may not do this
    ├── NotFoundError            no such agent, turn or file
    ├── RateLimitError           too much at once: queue full, quota spent
    ├── ValidationError          the input cannot be used as it is
    ├── ConnectError             the other side cannot be reached
    ├── RequestTimeoutError      the other side did not answer in time
    ├── TurnFailedError          the agent's turn ended with an error
    ├── ActionRequiredError      the turn waits for a person, and nobody is there
    ├── StoreError               the store could not keep or read something
    ├── ConflictError            somebody else wrote first, or owns the session now
    ├── ProtocolError            a frame that breaks the contract
    └── SessionError
        ├── SessionDisconnectedError
        ├── SessionNotFoundError
        └── ApprovalError
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

__all__ = [
    "ActionRequiredError",
    "ApprovalError",
    "ApprovalProblem",
    "AuthenticationError",
    "CellspeakError",
    "ConflictError",
    "ConnectError",
    "NotFoundError",
    "PermissionDeniedError",
    "ProtocolError",
    "RateLimitError",
    "RequestTimeoutError",
    "SessionDisconnectedError",
    "SessionError",
    "SessionNotFoundError",
    "StoreError",
    "TurnFailedError",
    "ValidationError",
    "from_json",
    "to_json",
]

ApprovalProblem: TypeAlias = Literal[
    "unknown", "already_resolved", "expired", "digest_differs", "invalid_args", "always_asks"
]
"""The first four end the question for who asked; after the last two it can be answered again."""


class CellspeakError(Exception):
    """Whatever cellspeak raises on purpose.  Catch this to catch them all."""

    code = "error"
    """Short machine word of the class; the `code` of `error` events and acknowledgements."""


class AuthenticationError(CellspeakError):
    """The API key is missing or was refused."""

    code = "authentication"


class PermissionDeniedError(CellspeakError):
    """The key is known but may not do this."""

    code = "permission"


class NotFoundError(CellspeakError):
    """No agent, turn, message or blob of that name or id."""

    code = "not_found"


class RateLimitError(CellspeakError):
    """Too much at once: the session's queue is full, or a quota is spent."""

    code = "rate_limit"


class ValidationError(CellspeakError):
    """The input cannot be used as it is; nothing was changed."""

    code = "validation"


class ConnectError(CellspeakError):
    """The other side could not be reached."""

    code = "connection"


class RequestTimeoutError(CellspeakError):
    """The other side did not answer in time; whether it acted is unknown."""

    code = "timeout"


class TurnFailedError(CellspeakError):
    """The turn ended with an error.  `turn_id` names it; what it said so far is in the session."""

    code = "turn_failed"

    def __init__(self, message: str, *, turn_id: str | None = None) -> None:
        super().__init__(message)
        self.turn_id = turn_id


class ActionRequiredError(CellspeakError):
    """A turn waits for a person.  Resume the session named by `session_id` to answer."""

    code = "action_required"

    def __init__(self, message: str, *, session_id: str) -> None:
        super().__init__(message)
        self.session_id = session_id


class StoreError(CellspeakError):
    """The store could not keep or read something: disk full, file locked, server gone."""

    code = "store"


class ConflictError(CellspeakError):
    """Another writer was first: the log's end moved, or the lease has a new owner."""

    code = "conflict"


class ProtocolError(CellspeakError):
    """A frame or command that breaks the session contract."""

    code = "protocol"


class SessionError(CellspeakError):
    """Something is wrong with one session; `session_id` names it."""

    code = "session"

    def __init__(self, message: str, *, session_id: str | None = None) -> None:
        super().__init__(message)
        self.session_id = session_id


class SessionDisconnectedError(SessionError):
    """The connection is gone and the retry budget is spent.  `seq` is the last number reached."""

    code = "disconnected"

    def __init__(self, message: str, *, session_id: str | None = None, seq: int = 0) -> None:
        super().__init__(message, session_id=session_id)
        self.seq = seq


class SessionNotFoundError(SessionError):
    """No such session, or it was terminated."""

    code = "session_not_found"


class ApprovalError(SessionError):
    """An answer to an approval that cannot count; `problem` says why."""

    code = "approval"

    def __init__(
        self, message: str, *, problem: ApprovalProblem, session_id: str | None = None
    ) -> None:
        super().__init__(message, session_id=session_id)
        self.problem = problem


def to_json(error: CellspeakError) -> dict[str, Any]:
    """Return *error* as `{code, message, …}`, to be sent to another process or the browser."""
    facts = {k: v for k, v in vars(error).items() if v is not None}
    return {"code": error.code, "message": str(error), **facts}


def from_json(raw: dict[str, Any]) -> CellspeakError:
    """Return the error that `to_json` wrote; a code of a newer version is a CellspeakError."""
    # The base class wins over what others derive from it without a code of their own.
    classes = {c.code: c for c in reversed(_all_classes(CellspeakError))}
    cls = classes.get(str(raw.get("code")), CellspeakError)
    message = str(raw.get("message", ""))
    facts = {k: v for k, v in raw.items() if k not in ("code", "message")}
    if cls is ApprovalError and facts.get("problem") not in get_args(ApprovalProblem):
        facts["problem"] = "unknown"
    try:
        return cls(message, **facts)
    except TypeError:
        return CellspeakError(message)


def _all_classes(cls: type[CellspeakError]) -> list[type[CellspeakError]]:
    return [cls, *(c for sub in cls.__subclasses__() for c in _all_classes(sub))]
