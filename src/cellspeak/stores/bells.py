"""Wakes the readers of a session when somebody in this process made its log longer.

A reader listens first and looks at the log second, so that nothing falls in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

__all__ = ["Bells"]


class Bells:
    """One bell per session, kept only while somebody listens to it; belongs to one loop."""

    def __init__(self) -> None:
        self._listening: dict[str, set[asyncio.Future[None]]] = {}

    @contextmanager
    def listen(self, session_id: str) -> Iterator[asyncio.Future[None]]:
        """Give a future that is done at the next `ring` of *session_id*."""
        rung = asyncio.get_running_loop().create_future()
        self._listening.setdefault(session_id, set()).add(rung)
        try:
            yield rung
        finally:
            self._leave(session_id, rung)

    def ring(self, session_id: str) -> None:
        """Wake all who listen to *session_id*."""
        for rung in self._listening.get(session_id, ()):
            if not rung.done():
                rung.set_result(None)

    def listened(self) -> Sequence[str]:
        """Return the sessions that somebody listens to."""
        return list(self._listening)

    def _leave(self, session_id: str, rung: asyncio.Future[None]) -> None:
        rest = self._listening[session_id]
        rest.discard(rung)
        if not rest:
            del self._listening[session_id]
