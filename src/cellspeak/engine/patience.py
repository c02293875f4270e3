"""Waits for a store that is away for a moment: its server is started anew, a lock is held.

Its one law: only what does no harm when it is done twice is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cellspeak.stores.base import StoreUnavailableError

__all__ = ["AWAY", "patiently"]

T = TypeVar("T")

AWAY = 15.0
"""Seconds; a database that is started anew is back within a few."""

_FIRST, _MOST = 0.1, 1.0


async def patiently(work: Callable[[], Awaitable[T]], seconds: float = AWAY) -> T:
    """Return what *work* comes to; while the store is away it is begun again and again.

    Args:
        work: may be done twice.
        seconds: after so many the store's own error is raised, ≥ 0.

    Raises:
        StoreUnavailableError: if the store was away for longer.
    """
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + seconds, _FIRST
    while True:
        try:
            return await work()
        except StoreUnavailableError:
            if loop.time() + pause > until:
                raise
        await asyncio.sleep(pause)
        pause = min(_MOST, 2 * pause)
