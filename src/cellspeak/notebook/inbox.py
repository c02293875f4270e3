"""The shell messages that wait for a busy ipykernel, and how to look among them.

Its one law: all private names of ipykernel that say where messages wait are here, and a message
is either answered by `take` or reaches the kernel's own callback, in the order of arrival.

6.31 reads its socket on the main thread into a queue.  7 reads it on a thread of its own and
passes the main shell's messages on through a pair of sockets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import zmq
from ipykernel._version import version_info
from tornado.ioloop import PeriodicCallback

__all__ = ["Frames", "Inbox", "Take", "open_inbox"]

Frames: TypeAlias = list[Any]
"""One message as it came from the socket: identities, delimiter, signature, four parts, buffers."""

Take: TypeAlias = Callable[[Frames], bool]
"""Answers a message that may be answered early; False: it has to wait.  It never raises."""

PER_TICK = 100
"""Messages read at most in one turn, so that a flood cannot keep a wait from ending."""


LOOK_AGAIN = 250.0
"""Milliseconds after which a request that was left unread is found."""


class Inbox(Protocol):
    """Where messages wait while a cell runs.  All calls come from the main thread."""

    @property
    def reply_stream(self) -> Any:
        """What the kernel's own handlers send their replies to."""
        ...

    def begin(self, take: Take) -> None:
        """Offer arriving messages to `take` from now on."""
        ...

    def tick(self) -> None:
        """Offer all that arrived since the last turn, and send what was answered."""
        ...

    def end(self) -> None:
        """Give the kernel its messages back, in their order."""
        ...


def open_inbox(kernel: Any) -> Inbox:
    """Return the inbox of a running ipykernel.

    Raises:
        AttributeError: if this kernel keeps its messages somewhere else.
    """
    if getattr(kernel, "shell_channel_thread", None) is None:
        return _Queue(kernel)
    if version_info < (7, 4):
        _keep_reading(kernel)
    return _SocketPair(kernel)


class _SocketPair:
    """ipykernel 7: the stream's callback is ours during a wait, and keeps what has to wait."""

    def __init__(self, kernel: Any) -> None:
        subshells = kernel.shell_channel_thread.manager
        self._stream = subshells._shell_channel_to_main.to_stream
        self.reply_stream = subshells.get_subshell_to_shell_channel_socket(None)
        self._kept: list[Frames] = []
        self._theirs = self._stream._recv_callback

    def begin(self, take: Take) -> None:
        def receive(frames: Frames) -> None:
            if not take(frames):
                self._kept.append(frames)

        self._theirs = self._stream._recv_callback
        self._stream.on_recv(receive, copy=False)

    def tick(self) -> None:
        self._stream.flush(zmq.POLLIN, limit=PER_TICK)

    def end(self) -> None:
        self._stream.on_recv(self._theirs, copy=False)
        kept, self._kept = self._kept, []
        for frames in kept:
            # Each becomes a task at once, so they reach the kernel's lock before any newer one.
            self._stream._run_callback(self._theirs, frames)


class _Queue:
    """ipykernel 6: messages are taken out of the kernel's own queue."""

    def __init__(self, kernel: Any) -> None:
        self._waiting = kernel.msg_queue._queue
        self.reply_stream = kernel.shell_stream
        self._flush = kernel.shell_stream.flush
        self._take: Take = _none
        self._offered = -1

    def begin(self, take: Take) -> None:
        self._take = take
        self._offered = -1

    def tick(self) -> None:
        self._flush(zmq.POLLIN, limit=PER_TICK)
        # Each is offered once: a long queue is not read again in every slice.
        for entry in [entry for entry in self._waiting if entry[0] > self._offered]:
            self._offered = entry[0]
            frames = _frames_of(entry)
            if frames is not None and self._take(frames):
                self._waiting.remove(entry)
        self._flush(zmq.POLLOUT)

    def end(self) -> None:
        self._take = _none


def _keep_reading(kernel: Any) -> None:
    """Free the requests that ipykernel 7.0 to 7.3 leave unread, and the kernel stuck with them.

    They send replies past the stream that reads the same socket.  A request that arrives in that
    moment, such as a widget's acknowledgement at the end of its cell, is not noticed, nor is any
    later one (about once in 300 such cells).  7.4 sends through the stream.
    """
    loop, stream = kernel.shell_channel_thread.io_loop, kernel.shell_stream
    again = PeriodicCallback(lambda: stream.flush(zmq.POLLIN), LOOK_AGAIN)
    loop.add_callback(again.start)


def _frames_of(entry: Any) -> Frames | None:
    """The message in an entry `(number, dispatch, arguments)`; None if it is no message."""
    arguments = entry[2]
    return arguments[0] if arguments else None


def _none(_frames: Frames) -> bool:
    return False
