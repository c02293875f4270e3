"""Learns what other processes wrote: the database tells, or it is asked again and again.

Its one law: what is told only makes a reader look earlier; the database is looked at in any case.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial

from cellspeak.errors import StoreError
from cellspeak.stores.bells import Bells

from . import log
from .database import Database
from .postgres import Ear

__all__ = ["Watch"]

SOONEST, LATEST = 0.05, 0.25
"""Seconds between two looks: at first, and when all is quiet."""

TOLD = 2.0
"""Seconds between two looks into a database that tells: only for what might get lost."""

KNOCK = "inbox"


class Watch:
    """Rings *bells* for the appends of other processes; opens when somebody listens."""

    def __init__(self, database: Database, bells: Bells) -> None:
        self._database, self._bells = database, bells
        self._ear: Ear | None = database.ear(self._heard)
        self._knocks: dict[asyncio.Future[None], Collection[str]] = {}
        self._looking: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look after whoever listens, for as long as somebody does."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_again())

    @asynccontextmanager
    async def knocks(self, session_ids: Collection[str]) -> AsyncIterator[asyncio.Future[None]]:
        """Give a future that is done once a command is left for one of *session_ids*.

        Where the database does not tell it never is.
        """
        await self._hears()
        knocked = asyncio.get_running_loop().create_future()
        self._knocks[knocked] = session_ids
        try:
            yield knocked
        finally:
            del self._knocks[knocked]

    async def aclose(self) -> None:
        """Stop looking and listening."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        if self._ear is not None:
            await self._ear.aclose()

    def _heard(self, line: str) -> None:
        session_id, _, news = line.rpartition(" ")
        if news == KNOCK:
            for knocked, session_ids in self._knocks.items():
                if session_id in session_ids and not knocked.done():
                    knocked.set_result(None)
        else:
            self._bells.ring(session_id, float(news))

    async def _look_again(self) -> None:
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

    async def _hears(self) -> bool:
        return self._ear is not None and await self._ear.open()

    async def _look(self, session_ids: Sequence[str]) -> bool:
        try:
            found = await self._database.read(partial(log.ends, session_ids=session_ids))
        except StoreError:
            # Whoever listens meets the error itself when its time is up.
            return False
        # One that is gone rings for everybody, who then learn that it is gone.
        rung = [self._bells.ring(s, found.get(s, math.inf)) for s in session_ids]
        return any(rung)
