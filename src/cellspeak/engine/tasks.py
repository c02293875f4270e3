"""Work that must not break off halfway because whoever asked for it went away.

Its one law: what is begun here goes on to its end; a cancelled caller only stops waiting for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

__all__ = ["Once", "finish"]

T = TypeVar("T")

_begun: set[asyncio.Task[Any]] = set()
"""The loop itself keeps its tasks only weakly."""


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Return what *work* comes to; it goes on by itself if the caller is cancelled."""
    return await asyncio.shield(_begin(work))


class Once(Generic[T]):
    """At most one piece of work at a time for each key; who comes meanwhile shares its outcome."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[T]] = {}

    async def run(self, key: str, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what the work for *key* comes to, begun by `make` unless it is on its way."""
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = _begin(make())
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return await asyncio.shield(task)

    async def settled(self, key: str) -> None:
        """Return once no work for *key* is on its way."""
        task = self._tasks.get(key)
        if task is not None:
            await asyncio.wait([task])


def _begin(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    task = asyncio.create_task(work)
    _begun.add(task)
    task.add_done_callback(_end)
    return task


def _end(task: asyncio.Task[Any]) -> None:
    _begun.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that abandoned work is no warning at exit
