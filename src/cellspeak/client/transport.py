"""The network client: a `Transport` over the native frames of a server's session socket.

A server that answers in plain frames is met in `foreign.py`.

Its one law: a reader goes on behind the number it has reached, over as many connections as it
takes, so each event comes once and in order.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

import httpx

from cellspeak.core import wire
from cellspeak.core.codec import decode_conversation
from cellspeak.core.commands import Command, Receipt
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.fold import leaves_gap
from cellspeak.core.kinds import dict_of, list_of
from cellspeak.errors import (
    ConnectError,
    NotFoundError,
    ProtocolError,
    SessionDisconnectedError,
    from_json,
)
from cellspeak.stores.base import SessionRecord

from .address import Server
from .catalogue import problem_of, record_of
from .foreign import Foreign, Unnumbered
from .link import CommandLink
from .retries import Patience, Retries
from .socket import LOST, open_socket, read_frame, send_frame

__all__ = ["SocketTransport"]


class SocketTransport:
    """Reaches the sessions of one server.  Use it on one event loop, and close it there.

    Args:
        server: where it is.
        patience: how long to go on after a loss.
    """

    def __init__(self, server: Server, patience: Patience | None = None) -> None:
        self.server, self._patience = server, patience or Patience()
        self._link = CommandLink(server, self._patience)
        self._foreign: Foreign | None = None
        self._watchers: dict[str, list[Callable[[bool], None]]] = defaultdict(list)
        self._http = httpx.AsyncClient(
            base_url=server.base_url, headers=dict(server.headers), timeout=30
        )

    async def send(self, command: Command) -> Receipt:
        """Have *command* taken, sent again after a loss; see `Transport.send`."""
        made = ""
        if self._foreign is None:
            try:
                return await self._link.send(command)
            except Unnumbered as answer:
                made = answer.session_id
        return await self._plainly().send(command, made)

    def _plainly(self) -> Foreign:
        if self._foreign is None:
            self._foreign = Foreign(
                self.server, self._patience, lambda s, lost: self._tell(s, lost=lost)
            )
        return self._foreign

    async def events(self, session_id: str, after: int = 0) -> AsyncGenerator[SessionEvent, None]:
        """Yield events after a number, over any number of connections; see `Transport.events`."""
        try:
            found = self._plain_events if self._foreign else self._native_events
            async with aclosing(found(session_id, after)) as events:
                async for event in events:
                    yield event
        except Unnumbered:
            async with aclosing(self._plain_events(session_id, after)) as events:
                async for event in events:
                    yield event

    def _plain_events(self, session_id: str, after: int) -> AsyncGenerator[SessionEvent, None]:
        return self._plainly().session(session_id).events(after)

    async def _native_events(
        self, session_id: str, after: int
    ) -> AsyncGenerator[SessionEvent, None]:
        retries, reached = Retries(self._patience), after
        while True:
            try:
                async with aclosing(self._tail(session_id, reached)) as events:
                    async for event in events:
                        retries.succeed()
                        reached = event.seq or reached
                        yield event
                        if event.type == "session_terminated":
                            return
            except (*LOST, ProtocolError, SessionDisconnectedError) as error:
                self._tell(session_id, lost=True)
                if not await retries.pause():
                    raise SessionDisconnectedError(
                        f"the connection to {self.server.base_url} is lost at event {reached} "
                        f"({type(error).__name__}); listen(after={reached}) goes on from there",
                        session_id=session_id,
                        seq=reached,
                    ) from error

    async def _tail(self, session_id: str, reached: int) -> AsyncGenerator[SessionEvent, None]:
        """Yield what one connection gives behind *reached*: nothing twice, nothing left out."""
        async with await open_socket(self.server) as socket:
            await send_frame(socket, _hello(session_id, reached))
            while True:
                frame = await read_frame(socket)
                event = wire.event_of(frame)
                if event is None:
                    _check_ack(frame)
                    if not _knows_numbers(frame):
                        raise Unnumbered
                    self._tell(session_id, lost=False)
                elif leaves_gap(Conversation(seq=reached), event):
                    raise ProtocolError(f"expected event {reached + 1}; got {event.seq}")
                elif (event.seq or 0) > reached:
                    reached = event.seq or reached
                    yield event

    async def watch(self, session_id: str, told: Callable[[bool], None]) -> Callable[[], None]:
        """Tell of losses and returns of the session's tails; see `Distant.watch`."""
        watchers = self._watchers[session_id]
        watchers.append(told)
        return partial(watchers.remove, told)

    def _tell(self, session_id: str, *, lost: bool) -> None:
        for told in tuple(self._watchers.get(session_id, ())):
            told(lost)

    async def sessions(self) -> Sequence[SessionRecord]:
        """Return the records of the caller's sessions, newest activity first.

        Of a server without numbers: those that this process has met.
        """
        if self._foreign is not None:
            known = self._foreign.sessions.values()
            return [s.record() for s in known]
        try:
            found = dict_of(json.loads(await self._get("/v1/sessions")))
        except ValueError:
            raise ProtocolError("expected a list of sessions as JSON from the server") from None
        return [record_of(dict_of(r)) for r in list_of(found.get("sessions"))]

    async def conversation(self, session_id: str) -> Conversation:
        """Return what the log adds up to now."""
        if self._foreign is None:
            try:
                return await self._conversation(session_id)
            except (NotFoundError, ProtocolError):  # not what our servers say
                if not await self._is_plain(session_id):
                    raise
        session = self._plainly().session(session_id)
        await session.connected()
        return session.heard.conversation

    async def _conversation(self, session_id: str) -> Conversation:
        path = f"/v1/sessions/{session_id}/conversation"
        try:
            return decode_conversation(json.loads(await self._get(path)))
        except ValueError:
            raise ProtocolError("expected a conversation as JSON from the server") from None

    async def _is_plain(self, session_id: str) -> bool:
        try:
            async with await open_socket(self.server) as socket:
                await send_frame(socket, _hello(session_id, 0))
                frame = dict_of(await read_frame(socket))
        except LOST:
            return False
        return not _knows_numbers(frame)

    async def blob(self, session_id: str, sha256: str) -> bytes:
        """Return the bytes of a blob, or raise NotFoundError."""
        if self._foreign is not None:
            raise NotFoundError("this server speaks the plain frames only: they bring no files")
        return await self._get(f"/v1/sessions/{session_id}/blobs/{sha256}")

    async def aclose(self) -> None:
        """Close the connections.  Sessions stay."""
        await self._link.aclose()
        if self._foreign is not None:
            await self._foreign.aclose()
        await self._http.aclose()

    async def _get(self, path: str) -> bytes:
        retries = Retries(self._patience)
        while True:
            try:
                response = await self._http.get(path)
            except httpx.TransportError as error:
                problem: Exception = error
            else:
                if response.status_code == 200:
                    return response.content
                problem = problem_of(response, self.server)
                if not isinstance(problem, ConnectError):
                    raise problem
            if not await retries.pause():
                raise ConnectError(
                    f"{self.server.base_url} could not be reached ({type(problem).__name__}); "
                    "is it running?"
                ) from problem


def _hello(session_id: str, after: int) -> dict[str, Any]:
    return {"type": "connect_session", "session_id": session_id, "events": 1, "after": after}


def _knows_numbers(frame: Data) -> bool:
    """Tell whether an answer to our hello is of a server that has understood it."""
    return "events" in frame or "detail" in frame


def _check_ack(frame: Any) -> None:
    """Raise the reason why the server does not give the session."""
    if frame.get("success") is False or frame.get("type") == "error":
        raise from_json({"message": str(frame.get("error")), **dict_of(frame.get("detail"))})
