"""What goes wrong with a peer, in one sentence of ours.

Its one law: no word of the other side is in it, for it may hold the other side's insides; its HTTP
status may be.
"""

from __future__ import annotations

import httpx
from a2a.client.errors import A2AClientError, A2AClientTimeoutError
from a2a.utils.errors import (
    A2AError,
    ContentTypeNotSupportedError,
    InvalidParamsError,
    MethodNotFoundError,
    TaskNotFoundError,
    UnsupportedOperationError,
    VersionNotSupportedError,
)

from cellspeak.errors import (
    AuthenticationError,
    CellspeakError,
    ConnectError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitError,
    RequestTimeoutError,
    TurnFailedError,
    ValidationError,
)

__all__ = ["is_cut", "is_other_dialect", "is_unknown_task", "told"]

_OTHER_DIALECT = (404, 405, 501)
_PASSING = (502, 503, 504)


def is_other_dialect(error: Exception) -> bool:
    """Tell whether the peer did nothing, because it speaks another version or transport."""
    known = isinstance(error, MethodNotFoundError | VersionNotSupportedError)
    return known or _status(error) in _OTHER_DIALECT


def is_cut(error: Exception) -> bool:
    """Tell whether a connection broke: what was asked may go on at the other side."""
    if isinstance(error, A2AClientTimeoutError | httpx.RequestError):
        return True
    return isinstance(error.__cause__, httpx.RequestError) or _status(error) in _PASSING


def is_unknown_task(error: Exception) -> bool:
    """Tell whether a task cannot be subscribed to: it ended, or the peer has no such thing."""
    known = (TaskNotFoundError, UnsupportedOperationError, NotImplementedError)
    return isinstance(error, known) or is_other_dialect(error)


def told(error: Exception, host: str) -> CellspeakError:
    """Return *error* as one of ours."""
    if isinstance(error, CellspeakError):
        return error
    status = _status(error)
    if status is not None:
        return _of_status(status, host)
    if isinstance(error, A2AClientTimeoutError | httpx.TimeoutException):
        return RequestTimeoutError(f"the agent at {host} did not answer in time")
    if is_cut(error):
        return ConnectError(f"the agent at {host} cannot be reached; look whether it runs there")
    if isinstance(error, TaskNotFoundError):
        return TurnFailedError(f"the agent at {host} does not know the task any more; ask again")
    if isinstance(error, ContentTypeNotSupportedError):
        return ValidationError(f"the agent at {host} does not take a file of this kind")
    if isinstance(error, InvalidParamsError | UnsupportedOperationError):
        return TurnFailedError(f"the agent at {host} refused the message")
    if isinstance(error, A2AError) and not isinstance(error, A2AClientError):
        return TurnFailedError(f"the agent at {host} failed ({type(error).__name__})")
    return ProtocolError(f"the agent at {host} answered with something that is not A2A")


def _of_status(status: int, host: str) -> CellspeakError:
    if status == 401:
        return AuthenticationError(
            f"the agent at {host} wants a token; give Agent(a2a=…, token=…), or another one"
        )
    if status == 403:
        return PermissionDeniedError(f"the agent at {host} does not allow this with this token")
    if status == 429:
        return RateLimitError(f"the agent at {host} is busy (HTTP 429); ask again later")
    if status >= 500:
        return ConnectError(f"the agent at {host} failed (HTTP {status}); ask again later")
    return ProtocolError(f"expected an A2A agent at {host}; got HTTP {status}")


def _status(error: Exception) -> int | None:
    for found in (error, error.__cause__):
        if isinstance(found, httpx.HTTPStatusError):
            return found.response.status_code
    return None
