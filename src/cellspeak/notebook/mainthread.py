"""Run jobs on the kernel's main thread: while a cell waits for a chat, or when the kernel is idle.

Its one law: a job runs once and in nobody's way: in a slice of a wait, or between two messages of
the kernel.  An interrupt ends the job, and then reaches whoever waits.
"""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeAlias

from cellspeak.agents import offload
from cellspeak.thread import Tick, Waiter

__all__ = ["MainThread"]

Job: TypeAlias = Callable[[], None]


class MainThread:
    """A `cellspeak.thread.Waiter` around another one, and the way for tools to the main thread.

    Give it to `cellspeak.thread.set_waiter`, and its `submit` to `offload.set_main_thread`.

    Args:
        inner: what happens in the slices of a wait besides; None: nothing.
        kernel: an ipykernel, whose loop runs jobs when no cell waits; None: they wait for a wait.
    """

    def __init__(self, inner: Waiter | None = None, kernel: Any = None) -> None:
        self._inner = inner
        self._kernel = kernel
        self._jobs: deque[Job] = deque()

    def submit(self, job: Job) -> None:
        """Run *job* soon; from any thread."""
        self._jobs.append(job)
        if self._kernel is not None:
            self._kernel.io_loop.add_callback(self._run_all)

    def __call__(self, *, blocking: bool) -> AbstractContextManager[Tick]:
        """Open one wait, as `cellspeak.thread.Waiter` says."""
        inner = nullcontext(_only_sleep) if self._inner is None else self._inner(blocking=blocking)
        on_main = threading.current_thread() is threading.main_thread()
        return self._wait(inner, blocking) if on_main else inner

    def ending(self) -> bool:
        """Whether the interrupt that came is the first half of a restart."""
        return self._inner is not None and self._inner.ending()

    @contextmanager
    def _wait(self, inner: AbstractContextManager[Tick], blocking: bool) -> Iterator[Tick]:
        with inner as tick_inside:

            def tick() -> None:
                tick_inside()
                if self._jobs:
                    with offload.cell_waiting(blocking):
                        self._run_all()

            yield tick

    def _run_all(self) -> None:
        while self._jobs:
            _run(self._jobs.popleft())


def _run(job: Job) -> None:
    """Run *job* so that Ctrl-C ends it; then tell the handler that was there before."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupted = False
    try:
        job()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted:
        signal.raise_signal(signal.SIGINT)


def _only_sleep() -> None:
    pass
