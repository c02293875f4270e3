"""Tickets: how a browser opens a socket, whose handshake cannot carry a header of a page's own.

Its one law: a ticket opens one socket, within 30 seconds.  It stands in an address, where a token
must never be, because addresses end up in logs.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from cellspeak.errors import RateLimitError

__all__ = ["LASTS", "Tickets"]

LASTS = 30.0
"""Seconds."""

MOST = 10_000
"""Unused tickets at a time, of all owners."""


class Tickets:
    """The unused tickets of one server process.

    Args:
        clock: seconds, growing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._unused: dict[str, tuple[str, float]] = {}
        """Ticket → owner and when it ends; in the order of issue, so the oldest end first."""

    def issue(self, owner: str) -> str:
        """Return a new ticket for *owner*.

        Raises:
            RateLimitError: if too many wait for their use.
        """
        self._drop_old()
        if len(self._unused) >= MOST:
            raise RateLimitError(f"there are {MOST} unused tickets; try again in {LASTS:g} seconds")
        ticket = secrets.token_urlsafe(32)
        self._unused[ticket] = (owner, self._clock() + LASTS)
        return ticket

    def redeem(self, ticket: str) -> str | None:
        """Return the owner, once; None for a ticket that is unknown, used or too old."""
        self._drop_old()
        owner, _ = self._unused.pop(ticket, (None, 0.0))
        return owner

    def _drop_old(self) -> None:
        now = self._clock()
        while self._unused:
            oldest = next(iter(self._unused))
            if self._unused[oldest][1] > now:
                return
            del self._unused[oldest]
