"""Says in one sentence what went wrong in a database.

No sentence holds SQL or its parameters: those are what people said in their sessions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from cellspeak.errors import StoreError
from cellspeak.stores.base import StoreUnavailableError

__all__ = ["told"]


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
_STATES = {
    "08": "{place} cannot be reached: check that its server runs",
    "28": "{place} refused the user or the password: check the address of the store",
    "3D": "{place} does not exist: create it first (createdb), or give another one",
    "42501": "{place} does not let this user make or change tables: give it the right to",
    "53300": "{place} has no connection left: raise max_connections, or run fewer processes",
    "55P03": "{place} is locked by another process: try again, or close that one",
    "57P": "{place} is going down or coming up: try again in a moment",
    "25P": "{place} ended a transaction that took too long: try again",
    "25006": "{place} can only be read: give the address of the primary server",
}
"""What PostgreSQL's codes mean, by how they begin; all of it may pass."""

_DISK_FULL = "53100"
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
    driver: BaseException = getattr(inner, "driver_exception", inner)
    # The dialect of asyncpg wraps what its driver raised.
    return driver.__cause__ if hasattr(driver, "pgcode") and driver.__cause__ else driver


def _sentence(cause: BaseException, place: str) -> StoreError:
    if isinstance(cause, (OSError, TimeoutError)):
        return StoreUnavailableError(f"{place} cannot be used: {cause.strerror or cause}")
    state = str(getattr(cause, "sqlstate", None) or "")
    for beginning, sentence in _STATES.items():
        if state.startswith(beginning):
            return StoreUnavailableError(sentence.format(place=place))
    if type(cause).__module__.startswith("asyncpg") and not state:  # its connection is gone
        return StoreUnavailableError(_STATES["08"].format(place=place))
    # The low byte is the error, the rest tells where in SQLite it came up.
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in _SENTENCES:
        return StoreUnavailableError(_SENTENCES[code].format(place=place))
    sentence = _FULL if code == sqlite3.SQLITE_FULL or state == _DISK_FULL else _OTHER
    return StoreError(sentence.format(place=place, kind=type(cause).__name__))
