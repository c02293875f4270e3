"""Let clicks reach Python while a cell runs: the comm pump, a notebook's way of waiting.

Its one law: only messages that cannot touch the user's work are answered early – those of our own
comms, of the widget manager's control comm, and what a reloaded page asks first.  All others stay
queued in their order, and no cell ever runs inside another.

ipykernel has no public way to do this.  Any surprise among its private parts switches the pump
off for this process, and waiting then only sleeps.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from cellspeak.thread import Tick

from .early import Early
from .host import kernel
from .interrupt import HeldInterrupt

if TYPE_CHECKING:
    from .inbox import Frames, Inbox

__all__ = ["CommPump"]

SHUTDOWN_FOLLOWS = 0.4
"""Seconds after an interrupt in which a request to shut down shows that it was a part of it."""

_log = logging.getLogger(__name__)


class CommPump:
    """A `cellspeak.thread.Waiter` that answers our comm messages once per slice.

    Make one per process and give it to `cellspeak.thread.set_waiter`.  Only waits on the main
    thread are served, for nobody else may touch the kernel's sockets; and only while the cell
    that began them runs, for a task that outlives it would hold back the next cell.

    Args:
        ours: whether a comm id belongs to one of our widgets; called on the main thread.
    """

    def __init__(self, ours: Callable[[str], bool]) -> None:
        self._kernel = kernel()
        self._inbox: Inbox | None = None
        self._waits = 0
        self._answering = False
        self._context = contextvars.copy_context()
        self._reason = "this code does not run in a Jupyter kernel"
        if self._kernel is not None:
            try:
                from .inbox import open_inbox  # needs ipykernel, which is not everywhere

                self._early = Early(self._kernel, ours)
                self._inbox = open_inbox(self._kernel)
            except Exception as error:  # noqa: BLE001 - another kernel's parts may be anything
                self._switch_off(error)

    @property
    def available(self) -> bool:
        """Whether clicks can arrive while a cell runs; `reason` says why not."""
        return self._inbox is not None

    @property
    def reason(self) -> str:
        """Why clicks wait for the end of the cell; empty while `available`."""
        return "" if self.available else self._reason

    def __call__(self, *, blocking: bool) -> AbstractContextManager[Tick]:
        """Open one wait, as `cellspeak.thread.Waiter` says."""
        if self._inbox is None or threading.current_thread() is not threading.main_thread():
            return nullcontext(_only_sleep)
        if blocking:
            return self._block()
        cell = _running_cell()
        return nullcontext(_only_sleep) if cell is None else self._poll(cell)

    def ending(self) -> bool:
        """Whether the interrupt that came is the first half of a restart; see `thread.ending`.

        jupyter_client interrupts a kernel before it asks it to shut down, and the request comes
        on a thread of its own.
        """
        deadline = time.monotonic() + SHUTDOWN_FOLLOWS
        while not getattr(getattr(self._kernel, "shell", None), "exit_now", False):
            if self._kernel is None or time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    @contextmanager
    def _block(self) -> Iterator[Tick]:
        # Held for the whole wait: a KeyboardInterrupt between taking the kernel's callback and
        # giving it back would leave a kernel that never answers again.
        with HeldInterrupt() as interrupt, _Share(self) as share:

            def tick() -> None:
                share.tick()
                if interrupt.taken():
                    raise KeyboardInterrupt

            yield tick

    @contextmanager
    def _poll(self, cell: asyncio.Task[Any]) -> Iterator[Tick]:
        # While a cell awaits, ipykernel's own SIGINT handler cancels the cell's task and raises
        # nothing.  It may stay, and waits only while the kernel's parts are in our hands.
        share = _Share(self)

        def tick() -> None:
            with HeldInterrupt():
                if cell.done():
                    share.leave()
                else:
                    share.tick()

        try:
            tick()
            yield tick
        finally:
            with HeldInterrupt():
                share.leave()

    def _join(self) -> None:
        self._waits += 1
        if self._waits == 1:
            # Messages may come in from the loop itself, whose context knows no cell: what they
            # cause would be sent as if no cell were running.
            self._context = contextvars.copy_context()
            self._guarded(lambda inbox: inbox.begin(self._take))

    def _leave(self) -> None:
        self._waits -= 1
        if self._waits == 0:
            self._guarded(lambda inbox: inbox.end())

    def _tick(self) -> None:
        # A handler that waits itself must not be overtaken by the message behind its own.
        if not self._answering:
            self._guarded(lambda inbox: inbox.tick())

    def _guarded(self, use: Callable[[Inbox], None]) -> None:
        if self._inbox is None:
            return
        try:
            use(self._inbox)
        except Exception as error:  # noqa: BLE001 - private parts may fail in any way
            self._switch_off(error)

    def _switch_off(self, error: Exception) -> None:
        inbox, self._inbox = self._inbox, None
        self._reason = f"this kernel's messages cannot be read early ({error!r})"
        _log.debug("The comm pump is off", exc_info=error)
        if inbox is not None and self._waits:
            with suppress(Exception):
                inbox.end()

    def _take(self, frames: Frames) -> bool:
        """Answer one message if it may be answered early."""
        try:
            wanted = self._early.may_be(frames)
        except Exception:  # noqa: BLE001 - what cannot be read is for the kernel to complain about
            return False
        if wanted:
            self._answering = True
            stream = None if self._inbox is None else self._inbox.reply_stream
            try:
                self._context.run(self._early.answer, frames, stream)
            finally:
                self._answering = False
        return wanted


class _Share:
    """One wait's share of the pump: the first redirects the messages, the last gives them back."""

    def __init__(self, pump: CommPump) -> None:
        self._pump = pump
        self._joined = False

    def __enter__(self) -> _Share:
        self.tick()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def tick(self) -> None:
        if not self._joined:
            self._joined = True
            self._pump._join()
        self._pump._tick()

    def leave(self) -> None:
        if self._joined:
            self._joined = False
            self._pump._leave()


def _running_cell() -> asyncio.Task[Any] | None:
    """The task of the cell that runs on this loop: ipykernel makes one for `run_cell_async`."""
    from IPython.core.interactiveshell import InteractiveShell

    code = InteractiveShell.run_cell_async.__code__
    tasks = asyncio.all_tasks()
    return next((task for task in tasks if getattr(task.get_coro(), "cr_code", None) is code), None)


def _only_sleep() -> None:
    pass
