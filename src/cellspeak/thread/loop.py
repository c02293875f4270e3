"""The thread itself: made at the first use, again after a fork, ended with the process.

Its one law: nothing on it prints, for that would land in whichever cell ran last, and nothing on
it holds the exit for long: closers first, then all that is left is cancelled, then it is left.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

Closer: TypeAlias = Callable[[], Awaitable[None]]

HAS_THREADS = sys.platform != "emscripten"
"""False in Pyodide, where the loop that runs anyway serves as the session loop."""

CLOSERS_LIMIT = 1.0
"""Seconds that all closers together may take at exit."""

EXIT_LIMIT = 1.5
"""Seconds after which the exit goes on without the thread; it is a daemon."""

_log = logging.getLogger(__name__)
# Without any handler Python itself would print our warnings.
_log.addHandler(logging.NullHandler())


class _SessionThread:
    """The thread of one process; a forked child makes another."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.closers: list[Closer] = []
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(_log_error)
        self._ended = False
        self.thread = threading.Thread(target=self._live, name="cellspeak-session", daemon=True)
        self.thread.start()

    def _live(self) -> None:
        asyncio.set_event_loop(self.loop)
        while not self._ended:
            try:
                self.loop.run_forever()
            except (SystemExit, KeyboardInterrupt):
                # A task raised it, and its waiter gets it; the other sessions go on.
                _log.debug("A task of the session thread wanted to exit", exc_info=True)
        self.loop.close()

    def end(self) -> None:
        """Run the closers, cancel what is left, stop; never longer than `EXIT_LIMIT`."""
        finishing = asyncio.run_coroutine_threadsafe(self._finish(), self.loop)
        concurrent.futures.wait([finishing], timeout=EXIT_LIMIT)
        self._ended = True
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
_exiting = False


def session_loop() -> asyncio.AbstractEventLoop:
    """Return the loop that sessions live on; starts its thread if needed.

    Where threads do not exist (Pyodide) it is the loop that runs now.

    Raises:
        RuntimeError: if the process is exiting and the thread has ended.
    """
    return _current().loop if HAS_THREADS else asyncio.get_running_loop()


def submit(coro: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
    """Start `coro` on the session loop, from any thread, and do not wait for it.

    Cancelling the future cancels the coroutine.  Do not wait on the future yourself: `run` and
    `arun` do that in a way that can be interrupted.

    Raises:
        RuntimeError: if the process is exiting and the thread has ended.
    """
    future: concurrent.futures.Future[T] = concurrent.futures.Future()
    start(coro, future)
    return future


def start(coro: Coroutine[Any, Any, T], future: concurrent.futures.Future[T]) -> None:
    """Do as `submit`, for a future that exists already and may be cancelled at any moment."""
    try:
        loop = session_loop()
        loop.call_soon_threadsafe(_begin, loop, coro, future)
    except RuntimeError:
        coro.close()
        raise


def on_shutdown(closer: Closer) -> None:
    """Run `closer` on the session loop before the process ends; all share about one second."""
    if HAS_THREADS:
        _current().closers.append(closer)


def on_session_loop() -> bool:
    """Whether the caller is a task of the session loop, and has no need to cross to it."""
    if not HAS_THREADS:
        return True
    return _thread is not None and asyncio.get_running_loop() is _thread.loop


def on_session_thread() -> bool:
    """Whether the caller, task or not, runs on the session thread and must not block it."""
    return _thread is not None and threading.current_thread() is _thread.thread


def call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Call back on the loop of another thread; nothing happens if that is closed by now."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(callback)


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
    future.add_done_callback(lambda _: call_soon(loop, task.cancel))


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


async def _closed(closer: Closer) -> None:
    try:
        await closer()
    except Exception:  # noqa: BLE001 - any error of one closer must not stop the others
        _log.exception("A closer failed at exit")


def _log_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    _log.error("%s", context.get("message"), exc_info=context.get("exception"))


def _end() -> None:
    global _exiting
    with _lock:
        _exiting = True
    if _thread is not None and _thread.pid == os.getpid():
        _thread.end()


def _forget() -> None:
    """Start afresh in a forked child: threads do not follow a fork, held locks do."""
    global _thread, _lock
    _lock = threading.Lock()
    # Kept alive, and never closed: its epoll object is shared with the parent.
    _abandoned.append(_thread)
    _thread = None


_abandoned: list[_SessionThread | None] = []

atexit.register(_end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
