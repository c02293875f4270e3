"""Learns what other processes wrote: the store's server tells, or it is asked again and again.

Its one law: what is told only makes a reader look earlier; the store itself is looked at in any
case, so that what gets lost on the way costs seconds and no event.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from cellspeak.errors import StoreError

from .bells import Bells
from .rules import not_found

__all__ = ["GONE", "KNOCK", "Ear", "Watch"]

SOONEST, LATEST = 0.05, 0.25
"""Seconds between two looks: at first, and when all is quiet."""

TOLD = 2.0
"""Seconds between two looks into a store that tells: only for what might get lost."""

KNOCK = "inbox"
"""The news of a session that a command was left for its owner; any other is the new end."""

GONE = "inf"
"""The end of a session that was deleted."""


class Ear(Protocol):
    """Hears the news of all processes: a server's way to tell them."""

    async def open(self, heard: Callable[[str, str], None]) -> bool:
        """Call *heard* with session and news from now on; tell whether that works right now."""
        ...

    async def aclose(self) -> None:
        """Hear no more."""
        ...


class Watch:
    """Wakes who waits for the events or commands of other processes.

    Args:
        ends: returns the ends of those sessions that live.
        ear: None where nobody tells.
    """

    def __init__(
        self,
        ends: Callable[[Sequence[str]], Awaitable[Mapping[str, int]]],
        ear: Ear | None = None,
    ) -> None:
        self._ends, self._ear = ends, ear
        self._bells = Bells()
        self._knocks: dict[asyncio.Future[None], Collection[str]] = {}
        self._looking: asyncio.Task[None] | None = None

    def ring(self, session_id: str, end: float = math.inf) -> None:
        """Wake who waits in this process."""
        self._bells.ring(session_id, end)

    async def wait(self, session_id: str, after: int, timeout: float) -> bool:
        """Wait for an end above *after*; see `Store.wait`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            with self._bells.listen(session_id, after) as rung:
                found = await self._ends([session_id])
                if session_id not in found:
                    raise not_found(session_id)
                left = deadline - loop.time()
                if found[session_id] > after or left <= 0:
                    return found[session_id] > after
                if self._looking is None:
                    self._looking = asyncio.create_task(self._look_again())
                await asyncio.wait([rung], timeout=left)

    async def inboxes(
        self,
        look: Callable[[], Awaitable[Sequence[str]]],
        session_ids: Collection[str],
        timeout: float,
    ) -> Sequence[str]:
        """Return what *look* finds, now or once somebody knocks; see `Store.inboxes`."""
        async with self._knocked(session_ids) as knocked:
            found = await look()
            if not found and (await asyncio.wait([knocked], timeout=timeout))[0]:
                found = await look()
        return found

    async def aclose(self) -> None:
        """Stop looking and listening."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        if self._ear is not None:
            await self._ear.aclose()

    def wake_all(self) -> None:
        """Wake everybody: the store was closed, and says so to who asks."""
        for session_id in self._bells.listened():
            self._bells.ring(session_id)

    @asynccontextmanager
    async def _knocked(self, session_ids: Collection[str]) -> AsyncIterator[asyncio.Future[None]]:
        await self._hears()
        knocked = asyncio.get_running_loop().create_future()
        self._knocks[knocked] = session_ids
        try:
            yield knocked
        finally:
            del self._knocks[knocked]

    def _heard(self, session_id: str, news: str) -> None:
        if news != KNOCK:
            self._bells.ring(session_id, float(news))
            return
        for knocked, session_ids in self._knocks.items():
            if session_id in session_ids and not knocked.done():
                knocked.set_result(None)

    async def _hears(self) -> bool:
        return self._ear is not None and await self._ear.open(self._heard)

    async def _look_again(self) -> None:
        """Look after whoever listens, for as long as somebody does."""
        pause, told = SOONEST, False
        try:
            while listened := self._bells.listened():
                before, told = told, await self._hears()
                # What came before it could hear is looked for at once.
                await asyncio.sleep(pause if not told else TOLD if before else 0)
                rung = await self._look(listened)
                pause = SOONEST if rung else min(pause * 1.5, LATEST)
        finally:
            self._looking = None

    async def _look(self, session_ids: Sequence[str]) -> bool:
        try:
            found = await self._ends(session_ids)
        except StoreError:
            # Whoever listens meets the error itself when its time is up.
            return False
        # One that is gone rings for everybody, who then learn that it is gone.
        rung = [self._bells.ring(s, found.get(s, math.inf)) for s in session_ids]
        return any(rung)
