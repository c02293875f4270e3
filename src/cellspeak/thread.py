"""The session thread: one daemon thread with its own event loop, and the one way to wait for it.

Its one law: nobody waits for the session loop but through `run`, `arun` and `arun_iter`.  They
wait in slices, so that an interrupt acts at once and a notebook can deliver clicks meanwhile.

The thread starts at the first use, is made anew in a forked child, and ends with the process:
registered closers run first, and nothing that it does can hold the exit for long.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import logging
import os
import sys
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Turn",
    "Waiter",
    "arun",
    "arun_iter",
    "on_shutdown",
    "run",
    "session_loop",
    "set_waiter",
    "submit",
]

T = TypeVar("T")

Turn: TypeAlias = Callable[[], None]
"""What a wait calls once per slice.  It may raise KeyboardInterrupt, which ends the wait."""

Closer: TypeAlias = Callable[[], Awaitable[None]]

SLICE = 0.03
"""Seconds of one slice: an interrupt or a click waits at most this long."""

CLOSERS_LIMIT = 1.0
"""Seconds that all closers together may take at exit."""

EXIT_LIMIT = 1.5
"""Seconds after which the exit goes on without the thread; it is a daemon."""

_HAS_THREADS = sys.platform != "emscripten"

_log = logging.getLogger(__name__)
# Without any handler Python would print our warnings into the user's cell.
_log.addHandler(logging.NullHandler())


class Waiter(Protocol):
    """What a host does while somebody waits; the comm pump of a notebook is one."""

    def __call__(self, *, blocking: bool) -> AbstractContextManager[Turn]:
        """Open one wait; the context gives what is to be called once per slice.

        Args:
            blocking: True if the calling thread blocks (`run`), so that only raising
                KeyboardInterrupt ends the wait; False if a task polls (`arun`), which its loop
                can cancel.
        """
        ...


class _SessionThread:
    """The thread of one process; a forked child makes another."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.closers: list[Closer] = []
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(_log_error)
        self.thread = threading.Thread(target=self._live, name="cellspeak-session", daemon=True)
        self.thread.start()

    def _live(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    def end(self) -> None:
        """Run the closers, cancel what is left, stop; never longer than `EXIT_LIMIT`."""
        finishing = asyncio.run_coroutine_threadsafe(self._finish(), self.loop)
        concurrent.futures.wait([finishing], timeout=EXIT_LIMIT)
        self.loop.call_soon_threadsafe(self.loop.stop)
        if finishing.done():
            self.thread.join(timeout=0.2)

    async def _finish(self) -> None:
        # Together, the newest first: one that hangs must not use up the time of the others.
        closing = [asyncio.create_task(_closed(closer)) for closer in reversed(self.closers)]
        if closing:
            await asyncio.wait(closing, timeout=CLOSERS_LIMIT)
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=0.2)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await self.loop.shutdown_asyncgens()


_lock = threading.Lock()
_thread: _SessionThread | None = None
_waiter: Waiter | None = None
_exiting = False


def session_loop() -> asyncio.AbstractEventLoop:
    """Return the loop that sessions live on; starts its thread if needed.

    Where threads do not exist (Pyodide) it is the loop that runs now.

    Raises:
        RuntimeError: if the process is exiting and the thread has ended.
    """
    return _current().loop if _HAS_THREADS else asyncio.get_running_loop()


def submit(coro: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
    """Start `coro` on the session loop, from any thread, and do not wait for it.

    Cancelling the future cancels the coroutine.  Do not wait on the future yourself: `run` and
    `arun` do that in a way that can be interrupted.

    Raises:
        RuntimeError: if the process is exiting and the thread has ended.
    """
    future: concurrent.futures.Future[T] = concurrent.futures.Future()
    _start(coro, future)
    return future


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
    with _open_wait(blocking=True) as turn:
        try:
            _start(coro, future)
            while not _settled(future, deadline):
                turn()
            return future.result()
        finally:
            future.cancel()


async def arun(coro: Coroutine[Any, Any, T]) -> T:
    """Run `coro` on the session loop from a task of any loop, for instance a notebook cell's.

    On the session loop itself this is a plain await.  Cancelling the caller cancels `coro`.
    """
    if _on_session_loop():
        return await coro
    with _open_wait(blocking=False) as turn:
        future = submit(coro)
        try:
            await _poll(future, turn)
            return _result(future)
        finally:
            future.cancel()


async def arun_iter(factory: Callable[[], AsyncIterator[T]]) -> AsyncGenerator[T, None]:
    """Iterate on the session loop, and yield each item on the caller's; in order, one by one.

    One task makes, drains and closes the iterator, so that it may hold time-outs and task groups
    over a `yield`.  It runs at most one item ahead.  A consumer that stops early should close
    this generator (`contextlib.aclosing`); the iterator is closed with it.

    Args:
        factory: called on the session loop; returns the iterator.
    """
    if _on_session_loop():
        async for item in factory():
            yield item
        return
    queue: _Queue[T] = asyncio.Queue()
    feeding = submit(_feed(factory, queue))
    try:
        while (crossed := await arun(_taken(queue))) is not None:
            yield crossed[0]
        _result(feeding)
    finally:
        feeding.cancel()


def set_waiter(waiter: Waiter | None) -> None:
    """Say what happens while somebody waits; None: nothing but sleeping.  A fork resets it."""
    global _waiter
    _waiter = waiter


def on_shutdown(closer: Closer) -> None:
    """Run `closer` on the session loop before the process ends; all share about one second."""
    if _HAS_THREADS:
        _current().closers.append(closer)


def _current() -> _SessionThread:
    global _thread
    with _lock:
        if _exiting:
            raise RuntimeError(
                "The session thread has ended because the process is exiting: "
                "end conversations before the program's last line."
            )
        if _thread is None or _thread.pid != os.getpid():
            _thread = _SessionThread()
        return _thread


def _start(coro: Coroutine[Any, Any, T], future: concurrent.futures.Future[T]) -> None:
    try:
        loop = session_loop()
        loop.call_soon_threadsafe(_begin, loop, coro, future)
    except RuntimeError:
        coro.close()
        raise


def _begin(
    loop: asyncio.AbstractEventLoop,
    coro: Coroutine[Any, Any, T],
    future: concurrent.futures.Future[T],
) -> None:
    """Make the task on its loop, and tie its end to the end of `future`."""
    if future.cancelled():
        coro.close()
        return
    task = loop.create_task(coro)
    task.add_done_callback(lambda task: _settle(future, task))
    future.add_done_callback(lambda _: _call_soon(loop, task.cancel))


def _settle(future: concurrent.futures.Future[T], task: asyncio.Task[T]) -> None:
    if task.cancelled():
        future.cancel()
    # An error is looked at in any case: nobody else can when the future is cancelled already.
    error = None if task.cancelled() else task.exception()
    if not future.set_running_or_notify_cancel():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(task.result())


def _on_session_loop() -> bool:
    if not _HAS_THREADS:
        return True
    thread = _thread
    return thread is not None and asyncio.get_running_loop() is thread.loop


def _refuse_to_block(coro: Coroutine[Any, Any, Any]) -> None:
    if not _HAS_THREADS:
        problem = "This Python has no threads, so nothing can block here"
    elif _thread is not None and threading.current_thread() is _thread.thread:
        problem = "A call that blocks was made on the session thread, which would wait for itself"
    else:
        return
    coro.close()
    raise RuntimeError(f"{problem}: await the asynchronous method instead.")


@contextmanager
def _open_wait(*, blocking: bool) -> Iterator[Turn]:
    if _waiter is None:
        yield _only_sleep
    else:
        with _waiter(blocking=blocking) as turn:
            yield turn


def _only_sleep() -> None:
    pass


def _settled(future: concurrent.futures.Future[Any], deadline: float | None) -> bool:
    """Wait for one slice; True if the future is done."""
    left = SLICE if deadline is None else min(SLICE, deadline - time.monotonic())
    done, _ = concurrent.futures.wait([future], timeout=max(0.0, left))
    if not done and deadline is not None and time.monotonic() >= deadline:
        raise TimeoutError("The time-out is over: the call was cancelled before it was done.")
    return bool(done)


async def _poll(future: concurrent.futures.Future[Any], turn: Turn) -> None:
    # A bare `await wrap_future(…)` leaves an idle loop asleep, and ipykernel acts on an
    # interrupt only when its loop wakes: hence the time-out.
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    future.add_done_callback(lambda _: _call_soon(loop, lambda: _mark(ready)))
    while not ready.done():
        await asyncio.wait([ready], timeout=SLICE)
        turn()


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    with suppress(RuntimeError):  # the loop may be closed by now
        loop.call_soon_threadsafe(callback)


def _mark(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _result(future: concurrent.futures.Future[T]) -> T:
    try:
        return future.result()
    except concurrent.futures.CancelledError:  # which is not asyncio's class of that name
        raise asyncio.CancelledError from None


_Queue: TypeAlias = "asyncio.Queue[tuple[T] | None]"


async def _feed(factory: Callable[[], AsyncIterator[T]], queue: _Queue[T]) -> None:
    """Move the items into `queue`, and None at the end; why it ended is this task's result."""
    try:
        async with _closing(factory()) as iterator:
            async for item in iterator:
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
    """`contextlib.aclosing`, also for an iterator that has nothing to close."""
    try:
        yield iterator
    finally:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()


async def _closed(closer: Closer) -> None:
    try:
        await closer()
    except Exception:  # noqa: BLE001 - any error of one closer must not stop the others
        _log.exception("A closer failed at exit")


def _log_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # The default handler prints, and what this thread prints lands in whichever cell ran last.
    _log.error("%s", context.get("message"), exc_info=context.get("exception"))


def _end() -> None:
    global _exiting
    with _lock:
        _exiting = True
    if _thread is not None and _thread.pid == os.getpid():
        _thread.end()


def _forget() -> None:
    """Start afresh in a forked child: threads do not follow a fork, held locks do."""
    global _thread, _waiter, _lock
    _lock = threading.Lock()
    # Kept alive, and never closed: its epoll object is shared with the parent.
    _abandoned.append(_thread)
    _thread = _waiter = None


_abandoned: list[_SessionThread | None] = []

atexit.register(_end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
