"""Says in one sentence what went wrong with Redis.

No sentence holds what was sent to it: that is what people said in their sessions.
"""

from __future__ import annotations

from redis import exceptions

from cellspeak.errors import StoreError
from cellspeak.stores.base import StoreUnavailableError

__all__ = ["told"]

_SENTENCES = {
    "MISCONF": "the disk is full or failing: {place} takes no writes; what is kept can be read",
    "OOM": "the memory is full: {place} takes no writes; what is kept can be read",
    "READONLY": "{place} can only be read: give the address of the primary server",
    "LOADING": "{place} is reading its data from the disk: try again in a moment",
    "NOAUTH": "{place} wants a password: put it into the address of the store",
    "WRONGPASS": "{place} refused the user or the password: check the address of the store",
    "NOPERM": "{place} does not let this user do what a store needs: EVAL, streams and channels",
}
"""What Redis's own errors begin with."""

_GONE = "{place} cannot be reached: check that its server runs"
_OTHER = "{place} could not do what was asked: it answered {kind}"
_PASSING = ("LOADING", "READONLY")


def told(error: Exception, place: str) -> StoreError:
    """Return what *error* means for who uses the store at *place*."""
    for word, sentence in _SENTENCES.items():
        if _begins(error, word):
            kind = StoreUnavailableError if word in _PASSING else StoreError
            return kind(sentence.format(place=place))
    if isinstance(error, (exceptions.ConnectionError, exceptions.TimeoutError, OSError)):
        return StoreUnavailableError(_GONE.format(place=place))
    return StoreError(_OTHER.format(place=place, kind=type(error).__name__))


def _begins(error: Exception, word: str) -> bool:
    # A script's own words come behind the name of the command that failed.
    text = str(error)
    by_class = {
        "LOADING": exceptions.BusyLoadingError,
        "OOM": exceptions.OutOfMemoryError,
        "READONLY": exceptions.ReadOnlyError,
        "NOPERM": exceptions.NoPermissionError,
    }
    return word in text.split() or (word in by_class and isinstance(error, by_class[word]))
