"""Makes few transactions, or few trips to a server, out of the writes of many callers.

A write that was begun is finished whatever happens to its caller; one that was not begun when its
caller was cancelled never happens.  A write that fails takes nobody with it: the others of its
transaction are done again, each by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .base import StoreUnavailableError

__all__ = ["Writes"]

J = TypeVar("J")

_MOST = 256
"""Writes in one transaction: more would keep other processes out for too long."""


@dataclass(slots=True, eq=False)
class _Write(Generic[J]):
    job: J
    done: asyncio.Future[Any]

    def settle(self, outcome: Any) -> None:
        if self.done.done():
            return
        if isinstance(outcome, Exception):
            self.done.set_exception(outcome)
        else:
            self.done.set_result(outcome)


class Writes(Generic[J]):
    """The writes that wait for their transaction, in the order they came.

    Args:
        transact: does jobs together and returns, for each, what it came to or the error with
            which it was refused; raises if they failed together.
    """

    def __init__(self, transact: Callable[[Sequence[J]], Awaitable[Sequence[Any]]]) -> None:
        self._transact = transact
        self._waiting: list[_Write[J]] = []
        self._task: asyncio.Task[None] | None = None

    async def run(self, job: J) -> Any:
        """Return what *job* came to, once it is committed."""
        write = _Write(job, asyncio.get_running_loop().create_future())
        self._waiting.append(write)
        if self._task is None:
            self._task = asyncio.create_task(self._run_waiting())
        return await write.done

    async def finish(self) -> None:
        """Wait until nothing waits."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run_waiting(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                await self._commit([write for write in batch if not write.done.done()])
        finally:
            self._task = None

    async def _commit(self, batch: Sequence[_Write[J]]) -> None:
        try:
            outcomes = await self._transact([write.job for write in batch])
        except Exception as error:  # noqa: BLE001 - whoever waits gets it, whatever it is
            await self._blame(batch, error)
        else:
            for write, outcome in zip(batch, outcomes, strict=True):
                write.settle(outcome)

    async def _blame(self, batch: Sequence[_Write[J]], error: Exception) -> None:
        # When nobody can write, trying one by one would only wait for the same lock many times.
        if len(batch) == 1 or isinstance(error, StoreUnavailableError):
            for write in batch:
                write.settle(error)
        else:
            for write in batch:
                await self._commit([write])
