"""Keeps what an engine owns: leases, inboxes, rest for the idle, an end for the old.

Its one law: the trouble of one session is not that of the others, and nothing is looked at once a
second for ever: who is idle rests, and one look is for all inboxes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from cellspeak.stores.base import Store

from .inbox import POLL, QUIET, serve
from .live import LiveSession

__all__ = ["Duties", "Keeper"]

_log = logging.getLogger(__name__)

MOST = 60.0
"""Seconds between two looks for the idle and the old, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What an engine does with a session when it is time."""

    renew: Callable[[LiveSession], Awaitable[None]]
    rest: Callable[[LiveSession], Awaitable[None]]
    sweep: Callable[[], Awaitable[None]]
    """Delete what is too old."""
    lease: float
    """Seconds that a lease lasts."""
    idle_timeout: float | None
    retention: float | None


class Keeper:
    """Tends the sessions in *lives*, from `begin` to `aclose`."""

    def __init__(self, store: Store, lives: Mapping[str, LiveSession], duties: Duties) -> None:
        self._store, self._lives, self._duties = store, lives, duties
        self._served: set[str] = set()
        self._quiet: dict[str, tuple[int, float]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Begin, unless it has begun."""
        if self._tasks:
            return
        duties = self._duties
        self._every(duties.lease / 3, self._renew_all)
        if self._store.shared:
            self._every(0.0, self._serve_all)
        if duties.idle_timeout is not None:
            self._every(min(MOST, duties.idle_timeout / 4), self._rest_all)
        if duties.retention is not None:
            self._every(min(MOST, duties.retention / 4), duties.sweep)

    async def aclose(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _every(self, pause: float, tend: Callable[[], Awaitable[None]]) -> None:
        async def again() -> None:
            while True:
                await asyncio.sleep(pause)
                try:
                    await tend()
                except Exception as error:  # noqa: BLE001 - it goes on with the next look
                    _log.warning("%s: %s", type(error).__name__, error)
                    await asyncio.sleep(QUIET)

        self._tasks.append(asyncio.create_task(again()))

    async def _renew_all(self) -> None:
        await self._each(self._duties.renew)

    async def _each(self, tend: Callable[[LiveSession], Awaitable[None]]) -> None:
        lives = list(self._lives.values())
        found = await asyncio.gather(*(tend(live) for live in lives), return_exceptions=True)
        for live, error in zip(lives, found, strict=True):
            if error is not None:
                _log.warning("session %s: %s", live.log.session_id, error)

    # Inboxes

    async def _serve_all(self) -> None:
        ids = [session_id for session_id in self._lives if session_id not in self._served]
        if not ids:
            await asyncio.sleep(POLL)
            return
        busy = any(live.busy for live in self._lives.values())
        for session_id in await self._store.inboxes(ids, POLL if busy else QUIET):
            live = self._lives.get(session_id)
            if live is not None:
                self._serve(live)

    def _serve(self, live: LiveSession) -> None:
        """Serve one inbox beside the others: a stop may take seconds."""
        session_id = live.log.session_id
        self._served.add(session_id)
        task = asyncio.create_task(serve(self._store, live))
        self._tasks.append(task)

        def done(ended: asyncio.Task[None]) -> None:
            self._served.discard(session_id)
            self._tasks.remove(ended)
            if not ended.cancelled() and (error := ended.exception()) is not None:
                _log.warning("session %s: %s", session_id, error)

        task.add_done_callback(done)

    # Rest

    async def _rest_all(self) -> None:
        now = asyncio.get_running_loop().time()
        before, self._quiet = self._quiet, {}
        idle = []
        for session_id, live in self._lives.items():
            seq, since = before.get(session_id, (0, now))
            if live.busy or live.log.conversation.seq != seq:
                since = now
            self._quiet[session_id] = (live.log.conversation.seq, since)
            if now - since >= (self._duties.idle_timeout or 0):
                idle.append(live)
        for live in idle:
            await self._duties.rest(live)
