"""The session socket: `/ws/session`, native frames and plain ones on the same connection.

A frame with `"events": 1` is native, see `core/wire.py`; any other is the first seed's, see
`plain.py`.  A tail owns no queue: a reader that does not read stops its own tail, nothing else.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from cellspeak.core import wire
from cellspeak.core.codec import dumps
from cellspeak.core.commands import Cancel, Create, Post, Respond, Terminate
from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.kinds import dict_of, int_of, list_of, opt_str, str_of
from cellspeak.errors import ApprovalError, CellspeakError, ProtocolError
from cellspeak.transport import end_of_last_turn

from . import plain
from .desk import Desk

__all__ = ["Connection"]

_log = logging.getLogger(__name__)

MOST_AT_ONCE = 32
"""Native commands and tails that one connection may have under way; more wait."""

FAILED = "the server could not do this; try again, and look into its log if it stays so"

GOING_AWAY = 1001


class Connection:
    """Serves one socket until either side closes it."""

    def __init__(self, socket: WebSocket, desk: Desk) -> None:
        self._socket, self._desk = socket, desk
        self._tails: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._requests: dict[tuple[str, str], Data] = {}
        """Plain frames answer an approval by its message's id: what was shown here under it."""

    async def run(self) -> None:
        """Accept the socket and serve it."""
        await self._socket.accept()
        try:
            while (text := await self._next()) is not None and await self._take(text):
                pass
            with suppress(WebSocketDisconnect, RuntimeError):
                await self._socket.close()
        finally:
            tasks = [*self._tails.values(), *self._tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _next(self) -> str | None:
        """Return the next frame, also of a peer that has gone since it sent it; None: no more."""
        # Not `receive_text`: it refuses what came before a send that failed, a last farewell.
        message = await self._socket.receive()
        return None if message["type"] == "websocket.disconnect" else message.get("text") or ""

    async def _send(self, frame: Data) -> None:
        # A peer that went away meanwhile: the reader of the socket ends the connection.
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._socket.send_text(dumps(frame))

    async def _take(self, text: str) -> bool:
        """Do what one frame asks for; False if the connection is over."""
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            frame = None
        if not isinstance(frame, Mapping) or not isinstance(frame.get("type"), str):
            await self._fail({}, ProtocolError("expected a JSON object with a string `type`"))
            return True
        if frame.get("events") and frame["type"] != "connect_session":
            await self._slots.acquire()
            self._start(self._command(frame))
            return True
        await self._guarded(frame, _PLAIN.get(frame["type"], Connection._unknown))
        return frame["type"] not in ("disconnect_session", "terminate_session")

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(
        self, frame: Data, do: Callable[[Connection, Data], Awaitable[None]]
    ) -> None:
        try:
            await do(self, frame)
        except CellspeakError as error:
            await self._fail(frame, error)
        except Exception as error:  # noqa: BLE001 - one bad frame must not end the connection
            _log.error("a frame of type %.80r failed", frame["type"], exc_info=error)
            await self._fail(frame, CellspeakError(FAILED))

    async def _fail(self, frame: Data, error: CellspeakError) -> None:
        kind = str_of(frame.get("type"))
        if kind in _ACKED or frame.get("events"):
            failure = wire.encode_failure(kind, error, str_of(frame.get("client_id")))
            await self._send({**failure, "session_id": str_of(frame.get("session_id"))})
        else:
            await self._send({"type": "error", "error": str(error), "request_type": kind})

    # Native

    async def _command(self, frame: Data) -> None:
        try:
            await self._guarded(frame, Connection._native)
        finally:
            self._slots.release()

    async def _native(self, frame: Data) -> None:
        command = wire.decode_frame(frame)
        receipt = await self._desk.send(command)
        await self._send(wire.encode_ack(str(frame["type"]), command.client_id, receipt))

    # Tails

    async def _connect(self, frame: Data) -> None:
        session_id = _session_of(frame)
        native = bool(frame.get("events"))
        after = int_of(frame.get("after")) if native else None
        if after is None:
            after = await end_of_last_turn(self._desk, session_id)
        agent = (await self._desk.record(session_id)).agent
        await self._untail(session_id)
        if len(self._tails) >= MOST_AT_ONCE:
            raise ProtocolError(f"expected at most {MOST_AT_ONCE} sessions on one connection")
        # By the mark a client sees that its hello was understood, and that numbers come.
        mark = {"events": 1} if native else {}
        ack = {"type": "connect_session", "session_id": session_id, "success": True}
        await self._send(ack | mark)
        frames = _event_frames if native else self._plain_frames
        self._tails[session_id] = asyncio.create_task(
            self._tail(session_id, after, lambda event: frames(event, agent))
        )

    async def _tail(
        self, session_id: str, after: int, frames: Callable[[SessionEvent], list[plain.Frame]]
    ) -> None:
        try:
            async with aclosing(self._desk.events(session_id, after)) as events:
                async for event in events:
                    for frame in frames(event):
                        await self._send(frame)
        except CellspeakError as error:
            await self._fail({"type": "connect_session", "session_id": session_id}, error)
        except Exception as error:  # noqa: BLE001 - the peer must learn that nothing more comes
            _log.error("a tail of %s ended", session_id, exc_info=error)
            with suppress(WebSocketDisconnect, RuntimeError):
                await self._socket.close(GOING_AWAY)

    async def _untail(self, session_id: str) -> None:
        tail = self._tails.pop(session_id, None)
        if tail is not None:
            tail.cancel()
            await asyncio.wait([tail])

    def _plain_frames(self, event: SessionEvent, agent: Data) -> list[plain.Frame]:
        if event.type == "approval_request" and event.message_id is not None:
            self._requests[event.session_id, event.message_id] = event.data
        return plain.frames_of(event, agent)

    # Plain

    async def _create(self, frame: Data) -> None:
        spec = {"kind": frame.get("object_type"), "name": frame.get("object_id")}
        receipt = await self._desk.send(Create(agent=spec, client_id=_new_id()))
        await self._send({"type": "session_created", "session_id": receipt.session_id})

    async def _post(self, frame: Data) -> None:
        answer = plain.approval_answer(frame.get("content"))
        if answer is not None:
            await self._answer(frame, answer)
        else:
            await self._post_all(frame, [frame.get("content")])

    async def _posts(self, frame: Data) -> None:
        await self._post_all(frame, list(list_of(frame.get("messages"))))

    async def _post_all(self, frame: Data, contents: list[object]) -> None:
        session_id = _session_of(frame)
        post = Post(
            session_id=session_id,
            client_id=opt_str(frame.get("client_id")) or _new_id(),
            messages=tuple(plain.message_of(c) for c in contents),
        )
        receipt = await self._desk.send(post)
        ids = {"message_id": receipt.message_ids[0]} if frame["type"] == "post_message" else {}
        await self._ack(frame, **ids)

    async def _answer(self, frame: Data, answer: Data) -> None:
        session_id, key = _session_of(frame), str_of(frame.get("parent_message_id"))
        request = self._requests.get((session_id, key))
        if request is None:
            raise ApprovalError(
                f"expected parent_message_id to name an approval request; got {key!r:.80}",
                problem="unknown",
                session_id=session_id,
            )
        extra = dict_of(answer.get("confirm"))
        command = Respond(
            session_id=session_id,
            client_id=_new_id(),
            request_id=str(request["request_id"]),
            approved="confirm" in answer,
            args={**dict_of(request.get("args")), **extra} if extra else None,
            deny_reason=opt_str(answer.get("deny")),
        )
        await self._desk.send(command)
        await self._ack(frame, message_id=key)

    async def _messages(self, frame: Data) -> None:
        session_id = _session_of(frame)
        found = plain.history(await self._desk.conversation(session_id), session_id)
        await self._send({"type": "get_messages", "session_id": session_id, "messages": found})

    async def _cancel(self, frame: Data) -> None:
        session_id, turn = _session_of(frame), opt_str(frame.get("turn_id"))
        await self._desk.send(Cancel(session_id=session_id, client_id=_new_id(), turn_id=turn))
        await self._ack(frame)

    async def _ping(self, frame: Data) -> None:
        await self._send({"type": "pong", "session_id": str_of(frame.get("session_id"))})

    async def _disconnect(self, frame: Data) -> None:
        await self._untail(str_of(frame.get("session_id")))
        await self._ack(frame)

    async def _terminate(self, frame: Data) -> None:
        session_id = _session_of(frame)
        await self._desk.send(Terminate(session_id=session_id, client_id=_new_id()))
        await self._ack(frame)

    async def _ack(self, frame: Data, **facts: object) -> None:
        session_id = str_of(frame.get("session_id"))
        await self._send({"type": frame["type"], "session_id": session_id, "success": True} | facts)

    async def _unknown(self, frame: Data) -> None:
        words = ", ".join(_PLAIN)
        raise ProtocolError(f"expected a frame of type {words}; got {frame['type']!r:.80}")


_PLAIN: dict[str, Callable[[Connection, Data], Awaitable[None]]] = {
    "create_session": Connection._create,
    "connect_session": Connection._connect,
    "post_message": Connection._post,
    "post_messages": Connection._posts,
    "get_messages": Connection._messages,
    "cancel_turn": Connection._cancel,
    "ping_session": Connection._ping,
    "disconnect_session": Connection._disconnect,
    "terminate_session": Connection._terminate,
}
_ACKED = {"connect_session", "post_message", "post_messages"}
"""Frames whose failure comes in their own word; that of others comes as `error`."""


def _event_frames(event: SessionEvent, _agent: Data) -> list[plain.Frame]:
    return [wire.encode_event_frame(event)]


def _session_of(frame: Data) -> str:
    session_id = frame.get("session_id")
    if not isinstance(session_id, str) or not session_id:
        raise ProtocolError(f"expected a string `session_id` in {frame['type']!r:.80}")
    return session_id


def _new_id() -> str:
    return uuid.uuid4().hex
