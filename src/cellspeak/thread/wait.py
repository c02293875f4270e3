"""Wait for a coroutine on the session loop: `run` blocks, `arun` awaits.

Its one law: a wait goes in slices.  After each an interrupt acts, and the host takes its turn:
in a notebook it delivers clicks.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, TypeAlias, TypeVar

from . import loop as session

T = TypeVar("T")

Tick: TypeAlias = Callable[[], None]
"""What a wait calls once per slice.  It may raise KeyboardInterrupt, which ends the wait."""

SLICE = 0.03
"""Seconds of one slice: an interrupt or a click waits at most this long."""


class Waiter(Protocol):
    """What a host does while somebody waits; the comm pump of a notebook is one."""

    def __call__(self, *, blocking: bool) -> AbstractContextManager[Tick]:
        """Open one wait; the context gives what is to be called once per slice.

        Args:
            blocking: True if the calling thread blocks (`run`), so that only raising
                KeyboardInterrupt ends the wait; False if a task polls (`arun`), which its loop
                can cancel.
        """
        ...

    def ending(self) -> bool:
        """Tell whether an interrupt that just came is a part of the process's end; may block."""
        ...


_waiter: Waiter | None = None


def ending() -> bool:
    """Tell whether an interrupt that just came is a part of the process's end.

    Then whatever waits shall outlive the process, and nothing is to be stopped.  May block for
    some tenths of a second.
    """
    return _waiter is not None and _waiter.ending()


def set_waiter(waiter: Waiter | None) -> None:
    """Say what happens while somebody waits; None: nothing but sleeping.  A fork resets it."""
    global _waiter
    _waiter = waiter


def run(coro: Coroutine[Any, Any, T], *, timeout: float | None = None) -> T:
    """Run `coro` on the session loop and block until it is done; for code that cannot await.

    A KeyboardInterrupt cancels the coroutine and comes out at once.

    Args:
        coro: what to run; it is closed if it cannot be started.
        timeout: seconds, ≥ 0; None waits for ever.

    Raises:
        TimeoutError: if `timeout` is over; the coroutine is cancelled.
        RuntimeError: if called on the session thread, or where threads do not exist.
    """
    _refuse_to_block(coro)
    deadline = None if timeout is None else time.monotonic() + timeout
    # The future is there first, so that an interrupt while the coroutine starts cancels it too.
    future: concurrent.futures.Future[T] = concurrent.futures.Future()
    with _open_wait(blocking=True) as tick:
        try:
            session.start(coro, future)
            while not _settled(future, deadline):
                tick()
            return future.result()
        finally:
            future.cancel()


async def arun(coro: Coroutine[Any, Any, T]) -> T:
    """Run `coro` on the session loop from a task of any loop, for instance a notebook cell's.

    On the session loop itself this is a plain await.  Cancelling the caller cancels `coro`.
    """
    if session.on_session_loop():
        return await coro
    with _open_wait(blocking=False) as tick:
        future = session.submit(coro)
        try:
            await _poll(future, tick)
            return result_of(future)
        finally:
            future.cancel()


def result_of(future: concurrent.futures.Future[T]) -> T:
    """Return what a settled future holds; if it was cancelled, raise asyncio's class for that."""
    try:
        return future.result()
    except concurrent.futures.CancelledError:
        raise asyncio.CancelledError from None


def _refuse_to_block(coro: Coroutine[Any, Any, Any]) -> None:
    if not session.HAS_THREADS:
        problem = "This Python has no threads, so nothing can block here"
    elif session.on_session_thread():
        problem = "A call that blocks was made on the session thread, which would wait for itself"
    else:
        return
    coro.close()
    raise RuntimeError(f"{problem}: await the asynchronous method instead.")


def _open_wait(*, blocking: bool) -> AbstractContextManager[Tick]:
    return nullcontext(_only_sleep) if _waiter is None else _waiter(blocking=blocking)


def _only_sleep() -> None:
    pass


def _settled(future: concurrent.futures.Future[Any], deadline: float | None) -> bool:
    """Wait for one slice; True if the future is done."""
    left = SLICE if deadline is None else min(SLICE, deadline - time.monotonic())
    done, _ = concurrent.futures.wait([future], timeout=max(0.0, left))
    if not done and deadline is not None and time.monotonic() >= deadline:
        raise TimeoutError("The time-out is over: the call was cancelled before it was done.")
    return bool(done)


async def _poll(future: concurrent.futures.Future[Any], tick: Tick) -> None:
    # A bare `await wrap_future(…)` leaves an idle loop asleep, and ipykernel acts on an
    # interrupt only when its loop wakes: hence the time-out.
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    future.add_done_callback(lambda _: session.call_soon(loop, lambda: _mark(ready)))
    while not ready.done():
        await asyncio.wait([ready], timeout=SLICE)
        tick()


def _mark(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


if hasattr(os, "register_at_fork"):
    # The parent's host, such as a kernel and its sockets, is not the child's.
    os.register_at_fork(after_in_child=lambda: set_waiter(None))
