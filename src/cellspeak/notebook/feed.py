"""The kernel's end of the comm: what one hub's views get to see.

The feed is a reader like any other: it tails the log from a number.  What the views have not got
yet is in `delivery.py`.  All of it runs on the session loop.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any

from cellspeak.core.codec import decode_command, encode
from cellspeak.core.commands import Cancel, Post, Respond, SetHead
from cellspeak.core.conversation import Conversation
from cellspeak.core.fold import apply
from cellspeak.errors import CellspeakError, ProtocolError, SessionNotFoundError, to_json
from cellspeak.transport import Distant, Transport

from .assets import answer_asset
from .delivery import SNAPSHOT, Delivery, Send
from .frames import page_of

__all__ = ["Feed"]

FROM_VIEW = (Post, Respond, Cancel, SetHead)
"""What a view may ask for.  A page cannot end or create sessions."""


_log = logging.getLogger(__name__)


class Feed:
    """Serves the views of one hub model.

    Args:
        transport: where the session is.
        session_id: the session.
        send: sends a custom message to the hub's views.
        changed: told each new conversation, on the session loop.
        clock: seconds, growing.
        fill: puts the bytes of uploads into a view's command.
    """

    def __init__(
        self,
        transport: Transport,
        session_id: str,
        send: Send,
        changed: Callable[[Conversation], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        fill: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda command: command,
    ) -> None:
        self.conversation = Conversation()
        self._transport, self._session_id, self._send = transport, session_id, send
        self._changed, self._clock, self._fill = changed, clock, fill
        self._seen_at = -math.inf
        self._incarnation = uuid.uuid4().hex
        self._waiting: str | None = None
        self._ended = self._lost = False
        self._unwatch_server: Callable[[], None] = lambda: None
        self._moved = asyncio.Event()
        self._delivery = Delivery(send, clock, lambda: self.silence)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def silence(self) -> float:
        """Seconds since a view said something; infinite if none ever did."""
        return self._clock() - self._seen_at

    async def start(self) -> None:
        """Load the conversation and begin to follow it."""
        if isinstance(self._transport, Distant):
            self._unwatch_server = await self._transport.watch(self._session_id, self._told)
        self.conversation = await self._transport.conversation(self._session_id)
        if self._delivery.watched:  # a view said hello meanwhile, and was told of an empty log
            self._reset()
        self._spawn(self._follow())
        self._spawn(self._delivery.run())

    def greet(self) -> None:
        """Start the views anew from here, as if each had said hello."""
        self._seen_at = self._clock()
        self._reset()

    async def aclose(self) -> None:
        """Stop following."""
        self._unwatch_server()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def reached(self, seq: int) -> None:
        """Return when `conversation` holds the event *seq*."""
        while self.conversation.seq < seq:
            self._moved.clear()
            await self._moved.wait()

    @property
    def cell_waits(self) -> bool:
        """Whether a cell is blocked until a turn ends."""
        return self._waiting is not None

    def wait_for(self, turn_id: str | None) -> None:
        """Tell the views which turn a blocked cell waits for; None: no cell is blocked."""
        self._waiting = turn_id
        if self._delivery.watched:
            self._send({"t": "waiting", **({"turn_id": turn_id} if turn_id else {})})

    def _told(self, lost: bool) -> None:
        """Tell the views whether the server that has the session is out of reach."""
        if lost != self._lost:
            self._lost = lost
            self._say_lost()

    def _say_lost(self) -> None:
        if self._delivery.watched:
            self._send({"t": "server", "lost": self._lost})

    # Following the log

    async def _follow(self) -> None:
        while not self._ended:
            try:
                await self._follow_once()
                self._ended = self.conversation.terminated
            except SessionNotFoundError:
                self._ended = True  # its log is gone
            except CellspeakError:
                await asyncio.sleep(1)  # the next command opens the session again
        self._delivery.end()

    async def _follow_once(self) -> None:
        after = self.conversation.seq
        async with aclosing(self._transport.events(self._session_id, after)) as events:
            async for event in events:
                self.conversation = apply(self.conversation, event)
                self._moved.set()
                self._delivery.queue(event)
                self._tell()

    def _tell(self) -> None:
        try:
            self._changed(self.conversation)
        except Exception:  # noqa: BLE001 - a transcript that cannot be kept must not end the stream
            _log.exception("A chat's transcript could not be kept")

    # Sending

    def _reset(self) -> None:
        turns, more = page_of(self.conversation, None, SNAPSHOT)
        rest = {k: v for k, v in encode(self.conversation).items() if k != "turns"}
        seq = self.conversation.seq
        self._delivery.begin(seq)
        self._send(
            {
                "t": "reset",
                "incarnation": self._incarnation,
                "seq": seq,
                "conversation": {**rest, "turns": turns},
                "more": more,
            }
        )
        if self._waiting is not None:
            self.wait_for(self._waiting)
        if self._lost:
            self._say_lost()

    # Hearing

    def receive(self, message: Any) -> None:
        """Take one custom message from a view.  A malformed one changes nothing."""
        if not isinstance(message, Mapping):
            return
        self._seen_at = self._clock()
        rule = _ON_MESSAGE.get(str(message.get("t")))
        if rule is not None:
            rule(self, message)

    def _on_hello(self, message: Mapping[str, Any]) -> None:
        have = message.get("have")
        same = message.get("incarnation") == self._incarnation and self._delivery.watched
        if not same or not isinstance(have, int) or not self._delivery.reaches(have):
            self._reset()
        else:
            self._delivery.acknowledge(have)

    def _on_ack(self, message: Mapping[str, Any]) -> None:
        seq = message.get("seq")
        if isinstance(seq, int):
            self._delivery.acknowledge(seq)

    def _on_resync(self, _message: Mapping[str, Any]) -> None:
        self._reset()

    def _on_ping(self, _message: Mapping[str, Any]) -> None:
        self._send({"t": "pong"})

    def _on_page(self, message: Mapping[str, Any]) -> None:
        turns, more = page_of(self.conversation, message.get("before"), SNAPSHOT)
        self._send({"t": "page", "turns": turns, "more": more})

    def _on_blob(self, message: Mapping[str, Any]) -> None:
        self._spawn(self._answer_blob(str(message.get("sha256"))))

    async def _answer_blob(self, sha256: str) -> None:
        try:
            content = await self._transport.blob(self._session_id, sha256)
            self._send({"t": "blob", "sha256": sha256}, [content])
        except CellspeakError as error:
            self._send({"t": "blob", "sha256": sha256, "error": str(error)})

    def _on_asset(self, message: Mapping[str, Any]) -> None:
        self._send(*answer_asset(message.get("name")))

    def _on_cmd(self, message: Mapping[str, Any]) -> None:
        self._spawn(self._answer_command(message))

    async def _answer_command(self, message: Mapping[str, Any]) -> None:
        answer = {"t": "cmd_ack", "cid": message.get("cid")}
        try:
            receipt = await self._transport.send(self._command(message))
            self._send({**answer, "receipt": encode(receipt)})
        except CellspeakError as error:
            self._send({**answer, "error": to_json(error)})
        except Exception:  # noqa: BLE001 - the view would send its command again for ever
            _log.exception("A view's command failed")
            trouble = {"code": "error", "message": "the kernel could not do this; see its log"}
            self._send({**answer, "error": trouble})

    def _command(self, message: Mapping[str, Any]) -> Any:
        cid, raw = message.get("cid"), message.get("command")
        if not isinstance(cid, str) or not isinstance(raw, Mapping):
            raise ProtocolError("expected a command with a 'cid'; reload the page")
        by = {"by": {"kind": "user"}} if "by" in raw else {}  # a page is never a policy
        filled = {**self._fill(raw), **by, "client_id": cid, "session_id": self._session_id}
        command = decode_command(filled)
        if not isinstance(command, FROM_VIEW):
            raise ProtocolError(f"a view may not send the command {raw.get('type')!r}")
        return command

    def _spawn(self, coro: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coro)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_ON_MESSAGE: dict[str, Callable[[Feed, Mapping[str, Any]], None]] = {
    "hello": Feed._on_hello,
    "ack": Feed._on_ack,
    "resync": Feed._on_resync,
    "ping": Feed._on_ping,
    "page": Feed._on_page,
    "blob": Feed._on_blob,
    "asset": Feed._on_asset,
    "cmd": Feed._on_cmd,
}
