"""What went wrong, in A2A's words.

Its one law: a peer is told what cellspeak says on purpose, and never the text of an exception.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from a2a.utils.errors import (
    A2AError,
    InternalError,
    InvalidParamsError,
    TaskNotFoundError,
    UnsupportedOperationError,
)

from cellspeak.errors import CellspeakError

__all__ = ["told"]

_log = logging.getLogger(__name__)

_BY_CODE: dict[str, type[A2AError]] = {
    "not_found": TaskNotFoundError,
    "session_not_found": TaskNotFoundError,
    "validation": InvalidParamsError,
    "protocol": InvalidParamsError,
    "approval": InvalidParamsError,
    "rate_limit": UnsupportedOperationError,
}


@contextmanager
def told() -> Iterator[None]:
    """Raise whatever comes out of the block as an error of A2A."""
    try:
        yield
    except A2AError:
        raise
    except CellspeakError as error:
        raise _BY_CODE.get(error.code, InternalError)(message=str(error)) from None
    except Exception as error:  # noqa: BLE001 - its text would tell internals
        _log.error("an A2A request failed", exc_info=error)
        raise InternalError(message="the server could not do this; try again") from None
