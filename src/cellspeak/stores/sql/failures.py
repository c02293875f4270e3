"""Says in one sentence what went wrong in a database.

No sentence holds SQL or its parameters: those are what people said in their sessions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from cellspeak.errors import StoreError

__all__ = ["StoreUnavailableError", "told"]


class StoreUnavailableError(StoreError):
    """Nobody can use the store right now; the same write may succeed later."""


_SENTENCES = {
    sqlite3.SQLITE_BUSY: "{place} is locked by another process: try again, or close that one",
    sqlite3.SQLITE_LOCKED: "{place} is locked by another process: try again, or close that one",
    sqlite3.SQLITE_CANTOPEN: "{place} cannot be opened: check that its folder is there and yours",
    sqlite3.SQLITE_READONLY: "{place} cannot be written: check its permissions",
    sqlite3.SQLITE_PERM: "{place} cannot be opened: check its permissions",
    sqlite3.SQLITE_IOERR: "{place} cannot be read or written: check the disk it is on",
    sqlite3.SQLITE_NOTADB: "{place} is not a cellspeak database: give another place",
    sqlite3.SQLITE_CORRUPT: "{place} is damaged: move it away, or put back a copy of it",
}
_FULL = "the disk is full: {place} could not be written; what is kept can still be read"
_OTHER = "{place} could not do what was asked: its driver raised {kind}"


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turn what a driver raises inside into a StoreError about *place*."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        cause = _cause(error)
        raise _sentence(cause, place) from cause


def _cause(error: Exception) -> BaseException:
    """Return the driver's own error, which names no parameters."""
    inner: BaseException = error
    if isinstance(error, DBAPIError) and error.orig is not None:
        inner = error.orig
    return getattr(inner, "driver_exception", inner)


def _sentence(cause: BaseException, place: str) -> StoreError:
    if isinstance(cause, OSError):
        return StoreUnavailableError(f"{place} cannot be used: {cause.strerror or cause}")
    # The low byte is the error, the rest tells where in SQLite it came up.
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in _SENTENCES:
        return StoreUnavailableError(_SENTENCES[code].format(place=place))
    sentence = _FULL if code == sqlite3.SQLITE_FULL else _OTHER
    return StoreError(sentence.format(place=place, kind=type(cause).__name__))
