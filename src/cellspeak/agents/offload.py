"""Run blocking code off the loop, on daemon threads of our own.

Its one law: what runs here never holds up the process's exit, as the default executor would.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

__all__ = ["in_thread"]

T = TypeVar("T")


async def in_thread(function: Callable[[], T]) -> T:
    """Return what *function* returns, called on a thread of its own.

    A thread cannot be stopped: when this is cancelled the function runs on, and nobody hears of it.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)  # type: ignore[arg-type]  # None is what it returned
        else:
            future.set_exception(_fit(error))

    def run() -> None:
        result: T | None = None
        failure: BaseException | None = None
        try:
            result = context.run(function)
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
            failure = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="cellspeak-tool", daemon=True).start()
    return await future


def _fit(error: BaseException) -> Exception:
    """Return *error* as a future can carry it, and so that it ends no loop."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")
