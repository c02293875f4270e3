"""A session at a peer that speaks only the plain frames: one socket, which comes back by itself.

Its one law: after each loss the history is asked for before anything else is believed, so that
nothing said is lost, said twice or run twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from websockets.asyncio.client import ClientConnection

from cellspeak.core import rules
from cellspeak.core.commands import Command, Post, Receipt, Respond, Terminate
from cellspeak.core.conversation import Approval, Turn
from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.kinds import dict_of, list_of, str_of
from cellspeak.errors import (
    ApprovalError,
    CellspeakError,
    ConnectError,
    ProtocolError,
    SessionDisconnectedError,
    SessionError,
    SessionNotFoundError,
    ValidationError,
)
from cellspeak.stores.base import SessionRecord

from .address import Server
from .heard import Heard
from .plain import CANNOT, answer_frame, post_frame
from .retries import Patience, Retries
from .socket import LOST, open_socket, read_frame, send_frame, too_large

__all__ = ["PlainSession"]

ALIVE = 5.0
"""Seconds between pings, as the first seed has them."""

SETTLES = 1.0
"""Seconds to wait for the word that a turn has ended whose end was missed with a connection."""


class PlainSession:
    """One session at one peer.

    Args:
        server: where the peer is.
        session_id: the peer's.
        agent: `{kind, name, model}` of who answers, as far as it is known.
        patience: how long to go on after a loss.
        told: called with True when the connection is lost, with False when it is back.
    """

    def __init__(
        self,
        server: Server,
        session_id: str,
        agent: Data,
        patience: Patience,
        told: Callable[[bool], None],
    ) -> None:
        self.session_id, self.heard = session_id, Heard(session_id, agent)
        self._server, self._patience, self._tell = server, patience, told
        self._one_at_a_time = asyncio.Lock()
        self._ready = asyncio.Event()
        self._run: asyncio.Task[None] | None = None
        self._socket: ClientConnection | None = None
        self._answer: tuple[str, asyncio.Future[Data]] | None = None
        self._held: list[Data] | None = None
        """Frames that came while it is open which turn they belong to; None: it is not."""
        self._failure: CellspeakError | None = None
        self._looking: asyncio.Task[None] | None = None
        self._settling: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[Receipt]] = set()
        self._taken: dict[str, Receipt] = {}

    async def events(self, after: int) -> AsyncGenerator[SessionEvent, None]:
        """Yield events after a number, for ever; see `Transport.events`."""
        await self.connected()
        while True:
            for event in self.heard.events[after:]:
                after = event.seq or after
                yield event
                if event.type == "session_terminated":
                    return
            if self._failure is not None and after >= len(self.heard.events):
                raise self._lost(after)
            await self.heard.wait(after)

    async def send(self, command: Command) -> Receipt:
        """Have *command* taken; see `Transport.send`.

        Raises:
            ValidationError: if the plain frames cannot say it.
        """
        # By itself: the peer's answer must be noted, whatever becomes of who asked.
        task = asyncio.create_task(self._send(command))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return await asyncio.shield(task)

    async def connected(self) -> None:
        """Return once the session is connected and its history known.

        Raises:
            SessionNotFoundError: if the peer has no such session.
            SessionDisconnectedError: if it cannot be reached.
        """
        if self._run is None or self._run.done():
            self._failure = None
            self._run = asyncio.create_task(self._stay())
        ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait([ready, self._run], return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if self._failure is not None:
            raise self._lost(len(self.heard.events))

    def record(self) -> SessionRecord:
        """Return what is known of the session."""
        events, heard = self.heard.events, self.heard.conversation
        return SessionRecord(
            session_id=self.session_id,
            agent=heard.agent or {},
            labels={"first_words": turn.prompt[:80]}
            if (turn := next(iter(heard.path), None))
            else {},
            created_at=events[0].at,
            active_at=events[-1].at,
            end=heard.seq,
        )

    async def aclose(self) -> None:
        """Close the socket.  The session stays."""
        for task in (*self._sending, self._run, self._settling, self._looking):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])

    def _lost(self, reached: int) -> CellspeakError:
        why = self._failure
        if not isinstance(why, SessionDisconnectedError):
            return why or SessionError("the session has ended", session_id=self.session_id)
        text = f"{why}; listen(after={reached}) goes on from there"
        return SessionDisconnectedError(text, session_id=self.session_id, seq=reached)

    # Commands

    async def _send(self, command: Command) -> Receipt:
        if command.client_id in self._taken:
            return self._taken[command.client_id]
        async with self._one_at_a_time:
            match command:
                case Post():
                    frame = post_frame(command)
                    await self._post(command, frame)
                case Respond():
                    await self._respond(command)
                case Terminate():
                    await self._ask({"type": "terminate_session", "session_id": self.session_id})
                    self.heard.terminated(command.reason)
                case _:
                    word = type(command).__name__.lower().replace("sethead", "show a branch")
                    raise ValidationError(CANNOT.format(word))
        return self._receipt(command)

    def _receipt(self, command: Command) -> Receipt:
        turn = self._turn_of(command.client_id)
        facts: dict[str, Any] = {}
        if turn is not None:
            facts = {"turn_id": turn.id, "message_ids": tuple(str(p["id"]) for p in turn.posts)}
        seq = len(self.heard.events)
        receipt = Receipt(session_id=self.session_id, seq=seq, **facts)
        self._taken[command.client_id] = replace(receipt, repeated=True)
        return receipt

    async def _post(self, post: Post, frame: Data) -> None:
        def known() -> bool:
            return self._turn_of(post.client_id) is not None

        try:
            answer = await self._ask(frame, post, known)
            if answer is not None and not known():
                message_id = str_of(answer.get("message_id"))
                self.heard.posted(post.messages, [message_id] if message_id else [], post.client_id)
        finally:
            self.heard.expected = None
            self._release()

    def _turn_of(self, client_id: str) -> Turn | None:
        return rules.turn_of_client(self.heard.conversation, client_id)

    async def _respond(self, command: Respond) -> None:
        await self.connected()
        message_id, asked, turn_id = self._asked(command.request_id)

        def known() -> bool:
            turn = self.heard.conversation.turns[turn_id]
            return turn.ended or turn.approvals[command.request_id].resolution is not None

        if known():
            raise ApprovalError(
                "this was answered already", problem="already_resolved", session_id=self.session_id
            )
        self.heard.answering = command
        try:
            await self._ask(answer_frame(command, message_id, asked), known=known)
            self.heard.answered(command)
        finally:
            self.heard.answering = None

    def _asked(self, request_id: str) -> tuple[str, Approval, str]:
        """Return the message, the question and the turn of a request."""
        for event in reversed(self.heard.events):
            if event.requires_action and event.data.get("request_id") == request_id:
                turn = self.heard.conversation.turns[event.turn_id or ""]
                return event.message_id or "", turn.approvals[request_id], turn.id
        raise ApprovalError(
            f"expected the id of an open request; got {request_id!r:.80}",
            problem="unknown",
            session_id=self.session_id,
        )

    async def _ask(
        self, frame: Data, post: Post | None = None, known: Callable[[], bool] = lambda: False
    ) -> Data | None:
        """Return the peer's answer; None if a history told meanwhile that it had taken *frame*."""
        retries, again = Retries(self._patience), False
        while True:
            await self.connected()
            if self._settling is not None:
                await asyncio.wait([self._settling])
            if known():
                return None
            if post is not None:
                self._held, self.heard.expected = self._held or [], post
            try:
                return _checked(await self._answer_to(frame))
            except SessionError:
                if again and post is None:
                    return None  # an answer counts once: the one that was cut off has come through
                raise
            except LOST as error:
                again = True
                if frame["type"] == "terminate_session":
                    return None  # it closes with its answer, perhaps before it
                await self._pause(error, retries)

    async def _pause(self, error: BaseException, retries: Retries) -> None:
        """Wait before asking again, or raise what makes that useless."""
        if (refused := too_large(error)) is not None:
            raise refused from None
        if not await retries.pause():
            raise ConnectError(
                f"{self._server.base_url} closes the connection whenever it is asked this"
            ) from None

    async def _answer_to(self, frame: Data) -> Data:
        socket = self._socket
        if socket is None:
            raise ConnectError("the connection was closed")
        answer: asyncio.Future[Data] = asyncio.get_running_loop().create_future()
        self._answer = str(frame["type"]), answer
        try:
            await send_frame(socket, frame)
            return await answer
        finally:
            self._answer = None

    # The connection

    async def _stay(self) -> None:
        """Keep the session connected until the budget is spent."""
        retries = Retries(self._patience)
        while self._failure is None and not self.heard.conversation.terminated:
            try:
                async with await open_socket(self._server) as socket:
                    await self._serve(socket, retries)
            except (*LOST, ProtocolError) as error:
                self._gone(error)
                if not await retries.pause():
                    self._failure = SessionDisconnectedError(
                        f"the connection to {self._server.base_url} is lost "
                        f"({type(error).__name__})"
                    )
            except CellspeakError as error:
                self._failure = error
        self._gone(ConnectError("the connection was closed"))
        self.heard.wake()

    def _gone(self, error: Exception) -> None:
        self._socket, self._held = None, None
        self._ready.clear()
        if self._settling is not None:
            self._settling.cancel()
        if self._answer is not None and not self._answer[1].done():
            self._answer[1].set_exception(
                error if isinstance(error, LOST) else ConnectError(str(error))
            )
        self._tell(True)

    async def _serve(self, socket: ClientConnection, retries: Retries) -> None:
        await self._greet(socket)
        retries.succeed()
        self._socket = socket
        self._ready.set()
        self._tell(False)
        pinging = asyncio.create_task(self._ping(socket))
        try:
            while True:
                self._take(dict_of(await read_frame(socket)))
        finally:
            pinging.cancel()

    async def _greet(self, socket: ClientConnection) -> None:
        """Connect the session and catch up with its history."""
        self.heard.begin()
        await send_frame(socket, {"type": "connect_session", "session_id": self.session_id})
        await send_frame(socket, {"type": "get_messages", "session_id": self.session_id})
        self._held = []
        while True:
            frame = dict_of(await read_frame(socket))
            if frame.get("type") == "get_messages":
                self._caught_up(frame)
                return
            if _is_failure(frame, "connect_session"):
                raise SessionNotFoundError(
                    str_of(frame.get("error"), "the server does not have this session"),
                    session_id=self.session_id,
                )
            self._held.append(frame)

    def _caught_up(self, frame: Data) -> None:
        looks_finished = self.heard.reconcile(map(dict_of, list_of(frame.get("messages"))))
        if looks_finished and self._settling is None:
            self._start_settling()
        self._release(covered=True)

    def _release(self, *, covered: bool = False) -> None:
        held, self._held = self._held or [], None
        for frame in held:
            if not self.heard.hear(frame, covered=covered):
                self.heard.adopt()
                self.heard.hear(frame, covered=covered)

    def _start_settling(self) -> None:
        self._settling = asyncio.create_task(self._settle(len(self.heard.events)))
        self._settling.add_done_callback(lambda _: setattr(self, "_settling", None))

    async def _settle(self, end: int) -> None:
        """End the open turn unless more of it comes."""
        await asyncio.sleep(SETTLES)
        if len(self.heard.events) == end:
            self.heard.end()

    def _take(self, frame: Data) -> None:
        kind = str_of(frame.get("type"))
        if kind == "get_messages":
            self._caught_up(frame)
        elif self._answer is not None and _answers(frame, self._answer[0]):
            if not self._answer[1].done():
                self._answer[1].set_result(frame)
        elif self._held is not None:
            self._held.append(frame)
        elif not self.heard.hear(frame):
            self._held = [frame]  # somebody else has posted: the history tells what
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        with suppress(*LOST):
            if self._socket is not None:
                look = {"type": "get_messages", "session_id": self.session_id}
                await send_frame(self._socket, look)

    async def _ping(self, socket: ClientConnection) -> None:
        with suppress(*LOST):
            while True:
                await asyncio.sleep(ALIVE)
                await send_frame(socket, {"type": "ping_session", "session_id": self.session_id})


def _is_failure(frame: Data, asked: str) -> bool:
    kind = frame.get("type")
    if kind == "error":
        return frame.get("request_type") in (asked, None)
    return kind == asked and frame.get("success") is False


def _answers(frame: Data, asked: str) -> bool:
    return frame.get("type") == asked or (
        frame.get("type") == "error" and frame.get("request_type") == asked
    )


def _checked(answer: Data) -> Data:
    if answer.get("type") == "error" or answer.get("success") is False:
        raise SessionError(str_of(answer.get("error"), "the server refused and gave no reason"))
    return answer
