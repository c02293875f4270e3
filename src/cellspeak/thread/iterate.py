"""Iterate over something that lives on the session loop.

Its one law: one task there makes, drains and closes the iterator, because time-outs and task
groups inside it must end in the task that began them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias, TypeVar

from .loop import on_session_loop, submit
from .wait import arun, result_of

T = TypeVar("T")

_Queue: TypeAlias = "asyncio.Queue[tuple[T] | None]"
"""Items, each in a tuple of its own, and None at the end."""


async def arun_iter(factory: Callable[[], AsyncIterator[T]]) -> AsyncGenerator[T, None]:
    """Iterate on the session loop, and yield each item on the caller's; in order, one by one.

    The iterator runs at most one item ahead.  A consumer that stops early should close this
    generator (`contextlib.aclosing`); the iterator is closed with it.

    Args:
        factory: called on the session loop; returns the iterator.
    """
    if on_session_loop():
        async with _closing(factory()) as items:
            async for item in items:
                yield item
        return
    queue: _Queue[T] = asyncio.Queue()
    feeding = submit(_feed(factory, queue))
    try:
        while (crossed := await arun(_taken(queue))) is not None:
            yield crossed[0]
        result_of(feeding)
    finally:
        feeding.cancel()


async def _feed(factory: Callable[[], AsyncIterator[T]], queue: _Queue[T]) -> None:
    """Move the items into `queue`; why it ended is this task's result."""
    try:
        async with _closing(factory()) as items:
            async for item in items:
                queue.put_nowait((item,))
                await queue.join()  # until it is taken: the queue itself has no bound
    finally:
        queue.put_nowait(None)


async def _taken(queue: _Queue[T]) -> tuple[T] | None:
    crossed = await queue.get()
    queue.task_done()
    return crossed


@asynccontextmanager
async def _closing(iterator: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Do as `contextlib.aclosing`, also for an iterator that has nothing to close."""
    try:
        yield iterator
    finally:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()
