"""Whether a request is worth another try, and how long to wait before it.

Its one law: it never waits longer than it was given, and never where waiting cannot help.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from pydantic_ai import exceptions as lib

__all__ = ["Patience", "is_too_long"]

_FIRST = 0.5  # seconds; doubled at each try
_MOST_TRIES = 6
_UNREACHABLE_TRIES = 2  # a wrong address does not get right
_BUSY = (lib.ModelRateLimitError, lib.ModelUnavailableError, lib.ModelServerError)


class Patience:
    """The waiting of one answer.

    Args:
        budget: seconds to wait in all, ≥ 0.
        jitter: a number from 0 to 1: who was refused together shall not come back together.
    """

    def __init__(self, budget: float, jitter: Callable[[], float] = random.random) -> None:
        self._left = budget
        self._jitter = jitter
        self._tries = 0

    def refill(self) -> None:
        """Note that the provider answered: the next refusal begins anew."""
        self._tries = 0

    def wait(self, error: Exception) -> float | None:
        """Return the seconds to wait before the next try, or None if there shall be none."""
        most = _tries(error)
        if self._tries >= most:
            return None
        seconds = _told(error)
        if seconds is None:
            seconds = _FIRST * 2**self._tries * (0.75 + self._jitter() / 2)
        if seconds > self._left:
            return None
        self._tries += 1
        self._left -= seconds
        return seconds


def _tries(error: Exception) -> int:
    if isinstance(error, _BUSY):
        return _MOST_TRIES
    unreachable = isinstance(error, lib.ModelConnectionError)
    # Who did not answer within the time-out has had it already.
    slow = isinstance(error, lib.ModelTimeoutError)
    return _UNREACHABLE_TRIES if unreachable and not slow else 0


def _told(error: Exception) -> float | None:
    """Return how long the provider asks to wait, if it says."""
    seconds = getattr(error, "retry_after", None)
    return max(0.0, float(seconds)) if isinstance(seconds, int | float) else None


def is_too_long(error: Exception) -> bool:
    """Tell whether the provider refused a request because there was too much to read."""
    if isinstance(error, lib.ModelContextWindowExceededError):
        return True
    # llama.cpp's word, which the library does not know.
    return getattr(error, "provider_error_type", None) == "exceed_context_size_error"
