"""End what is being followed when the server is about to stop: with a reason, and not by force."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TypeVar

from cellspeak.errors import SessionDisconnectedError

__all__ = ["until"]

T = TypeVar("T")

GOING = "the server is about to stop; subscribe to the task again"


async def until(closing: asyncio.Event, found: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """Yield what is *found* until *closing* is set.

    Raises:
        SessionDisconnectedError: as soon as it is.
    """
    stop = asyncio.create_task(closing.wait())
    try:
        async with aclosing(found):
            while (one := await _next(stop, found)) is not None:
                yield one
    finally:
        stop.cancel()


async def _next(stop: asyncio.Task[bool], found: AsyncGenerator[T, None]) -> T | None:
    coming = asyncio.create_task(_one(found))
    try:
        await asyncio.wait([coming, stop], return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            return coming.result()
        raise SessionDisconnectedError(GOING)
    finally:
        if not coming.done():
            coming.cancel()
            with suppress(asyncio.CancelledError):
                await coming


async def _one(found: AsyncGenerator[T, None]) -> T | None:
    return await anext(found, None)
