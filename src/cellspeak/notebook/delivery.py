"""What is on its way to the views of one hub: when a frame leaves, and who has it.

Its one law: nothing is sent faster than views take it, and nothing is kept for views that are gone.
A frame that is not acknowledged slows the next ones down; it never holds them back for good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from cellspeak.core.events import SessionEvent

from .frames import Packer, split

__all__ = ["SNAPSHOT", "Delivery", "Send"]

FRAME = 1 / 60
"""Seconds between two frames at least: Jupyter drops messages above 1,000 a second."""
SLOW = 0.1
"""Seconds between two frames while the last one is not acknowledged."""
IN_FLIGHT = 2.0
"""Seconds after which a frame that did not arrive counts as lost."""
ENDS = (1.5, 3.0, 6.0)
"""Seconds of silence after which views are told how far the log goes: a last frame that was lost
leaves no gap for them to see.  The first is said in any case, the others until one has it all."""
FORGOTTEN = 120.0
"""Seconds without a word from any view until nothing is sent any more; a view speaks every ten,
but a long cell keeps its words from arriving."""
BACKLOG = 4096
"""Events that may wait for a slow view; beyond that it gets a new start instead."""
SNAPSHOT = 256 * 1024
"""Bytes of one frame, and of the turns in one `reset` or `page`."""


class Send(Protocol):
    """Sends one custom message to the browser."""

    def __call__(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Send *content*; called on the session loop."""
        ...


class Delivery:
    """Sends events to views, as long as one speaks.

    Args:
        send: sends a custom message to the hub's views.
        clock: seconds, growing.
        silence: seconds since a view said something.
    """

    def __init__(
        self, send: Send, clock: Callable[[], float], silence: Callable[[], float]
    ) -> None:
        self.watched = False
        """True from a `begin` on until nobody takes what is sent."""
        self._send, self._clock, self._silence = send, clock, silence
        self._backlog: list[SessionEvent] = []
        self._sent = self._acked = 0
        self._sent_at = 0.0
        self._ended = False
        self._wake, self._acks = asyncio.Event(), asyncio.Event()
        self._packer = Packer()

    def begin(self, seq: int) -> None:
        """Start anew behind *seq*, up to which a `reset` tells everything."""
        self.watched, self._backlog, self._packer = True, [], Packer()
        self._sent = self._acked = seq
        self._acks.set()

    def queue(self, event: SessionEvent) -> None:
        """Have *event* sent, if anybody is there."""
        if not self.watched:
            return
        self._backlog.append(event)
        if len(self._backlog) > BACKLOG:
            self._unwatch()
        self._wake.set()

    def end(self) -> None:
        """Let `run` return once everything is sent: the log goes no further."""
        self._ended = True
        self._wake.set()

    def acknowledge(self, seq: int) -> None:
        """Take note that a view has everything up to *seq*."""
        self._acked = max(self._acked, min(seq, self._sent))
        self._acks.set()

    def reaches(self, have: int) -> bool:
        """Tell whether a view that holds *have* needs nothing but what is sent already."""
        lately = self._clock() - self._sent_at < IN_FLIGHT
        return have >= self._sent or (lately and have >= self._acked)

    async def run(self) -> None:
        """Send what is queued until the log has ended."""
        while not self._ended:
            await self._until_more()
            self._wake.clear()
            while self._backlog and self._is_watched():
                self._send_frame()
                await self._until_next_frame()

    def _unwatch(self) -> None:
        """Nobody takes what is sent: keep nothing until a view asks again."""
        self.watched = False
        self._backlog = []

    async def _until_more(self) -> None:
        for number, pause in enumerate(ENDS):
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
                    return
            if not self.watched or (number and self._acked >= self._sent):
                break
            self._send({"t": "end", "seq": self._sent})
        await self._wake.wait()

    def _is_watched(self) -> bool:
        if self._silence() > FORGOTTEN:
            self._unwatch()
        return self.watched

    def _send_frame(self) -> None:
        run, *rest = split(self._backlog, SNAPSHOT)
        self._backlog = [event for later in rest for event in later]
        self._sent, self._sent_at = run[-1].seq or self._sent, self._clock()
        self._send(self._packer.pack(run))

    async def _until_next_frame(self) -> None:
        """Wait a frame's time; longer while nothing is acknowledged, but never for good.

        A view that is slow gets fewer, larger frames.  One whose kernel runs a long cell cannot
        acknowledge anything, and yet has to stream.
        """
        await asyncio.sleep(FRAME)
        if self._sent > self._acked and self.watched:
            self._acks.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(SLOW - FRAME):
                    await self._acks.wait()
