"""Run blocking code off the loop: on daemon threads of our own, or on the host's main thread.

Its one law: what runs here never holds up the process's exit, as the default executor would.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias, TypeVar

from cellspeak.errors import ValidationError

__all__ = ["Submit", "cell_waiting", "cell_waits", "in_thread", "on_main_thread", "set_main_thread"]

T = TypeVar("T")

Submit: TypeAlias = Callable[[Callable[[], None]], None]
"""Takes a job from any thread and runs it once on the main thread, at a moment that is safe."""

_submit: Submit | None = None
_cell_waits = False


def set_main_thread(submit: Submit | None) -> None:
    """Say how a job reaches the main thread; a notebook does.  None: it cannot."""
    global _submit
    _submit = submit


@contextmanager
def cell_waiting(waiting: bool) -> Iterator[None]:
    """Say for the jobs that run inside whether a cell waits for them; its host does."""
    global _cell_waits
    before, _cell_waits = _cell_waits, waiting
    try:
        yield
    finally:
        _cell_waits = before


def cell_waits() -> bool:
    """Tell a job on the main thread whether a cell waits for it, so that it has an end to come."""
    return _cell_waits


async def in_thread(function: Callable[[], T]) -> T:
    """Return what *function* returns, called on a thread of its own.

    A thread cannot be stopped: when this is cancelled the function runs on, and nobody hears of it.
    """

    def start(job: Callable[[], None]) -> None:
        threading.Thread(target=job, name="cellspeak-tool", daemon=True).start()

    return await _elsewhere(function, start)


async def on_main_thread(function: Callable[[], T]) -> T:
    """Return what *function* returns, called on the main thread; not at all if cancelled before.

    Raises:
        ValidationError: if nothing here could run it there.
    """
    if _submit is None:
        raise ValidationError(
            "this tool runs on the main thread of a notebook's kernel, and there is none here; "
            "ask in a notebook, or define it without main_thread=True"
        )
    return await _elsewhere(function, _submit)


async def _elsewhere(function: Callable[[], T], start: Submit) -> T:
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

    def job() -> None:
        if future.cancelled():
            return
        result: T | None = None
        failure: BaseException | None = None
        try:
            result = context.run(function)
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
            failure = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, failure)
        if isinstance(failure, KeyboardInterrupt):
            raise failure  # the main thread's host is to know

    start(job)
    return await future


def _fit(error: BaseException) -> Exception:
    """Return *error* as a future can carry it, and so that it ends no loop."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    fit = RuntimeError(f"{type(error).__name__}: {error}".removesuffix(": "))
    return fit.with_traceback(error.__traceback__)
