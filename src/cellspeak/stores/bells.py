"""Wakes the readers of a session when its log became longer.

A reader listens first and looks at the log second, so that nothing falls in between.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

__all__ = ["Bells"]


class Bells:
    """One bell per session, kept only while somebody listens to it; belongs to one loop."""

    def __init__(self) -> None:
        self._listening: dict[str, dict[asyncio.Future[None], int]] = {}

    @contextmanager
    def listen(self, session_id: str, after: int) -> Iterator[asyncio.Future[None]]:
        """Give a future that is done when a `ring` tells of an end above *after*."""
        rung = asyncio.get_running_loop().create_future()
        self._listening.setdefault(session_id, {})[rung] = after
        try:
            yield rung
        finally:
            self._leave(session_id, rung)

    def ring(self, session_id: str, end: float = math.inf) -> bool:
        """Wake all who wait for less than *end*; tell whether there was anybody.

        Without *end* it wakes everybody: the session is gone.
        """
        waiting = self._listening.get(session_id, {}).items()
        woken = [rung for rung, after in waiting if after < end and not rung.done()]
        for rung in woken:
            rung.set_result(None)
        return bool(woken)

    def listened(self) -> Sequence[str]:
        """Return the sessions that somebody listens to."""
        return list(self._listening)

    def _leave(self, session_id: str, rung: asyncio.Future[None]) -> None:
        rest = self._listening[session_id]
        del rest[rung]
        if not rest:
            del self._listening[session_id]
