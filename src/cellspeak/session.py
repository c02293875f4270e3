"""The session: what people hold of a conversation.

A handle over a `Transport`; it keeps nothing but the number it has read up to.  Any number of
handles, widgets and processes may hold the same session and all see the same.
"""

from __future__ import annotations

import uuid
import weakref
from collections.abc import AsyncGenerator, Callable, Collection, Generator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from cellspeak import thread, waiting
from cellspeak.context import Variables, attached
from cellspeak.core.commands import (
    Cancel,
    Create,
    OnApproval,
    Post,
    Receipt,
    Respond,
    SetHead,
    Terminate,
)
from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.fold import apply
from cellspeak.errors import (
    SessionError,
    TurnFailedError,
    ValidationError,
)
from cellspeak.files import Content, as_message
from cellspeak.history import Reply, SessionMessage, messages_of
from cellspeak.remote import default_transport
from cellspeak.transport import Transport, end_of_last_turn

__all__ = ["Session"]


@dataclass(slots=True)
class _Place:
    """How far one `listen` has come."""

    reached: int = 0


class Session:
    """A live, multi-turn handle over an agent's session.

    Use it as an async context manager, or `await` it, or call `connect`; the sync `ask` connects
    by itself.  Leaving it keeps the session alive: resume it by `session_id`.

    Args:
        session_id: the session to resume; None makes a new one on connect.
        agent: the agent's spec for a new session, as `Agent.spec` gives it.
        transport: who runs the session; default: the server in CELLSPEAK_BASE_URL, else this
            process.
        labels: notes kept in a new session's record, such as `title`.
    """

    def __init__(
        self,
        session_id: str | None = None,
        *,
        agent: Data | None = None,
        transport: Transport | None = None,
        labels: Data | None = None,
    ) -> None:
        if session_id is None and agent is None:
            raise ValidationError(
                "expected a session_id to resume; for a new session use "
                "`await Agent(...).create_session()`"
            )
        self._session_id = session_id
        self._agent, self._labels = agent, labels or {}
        self._transport = transport or default_transport()
        self._create_id = _new_id()
        self._cursor: int | None = None

    @property
    def session_id(self) -> str:
        """The engine's id for the session; known once it is connected."""
        if self._session_id is None:
            raise SessionError("this session has no id yet; `await session.connect()` first")
        return self._session_id

    @property
    def has_id(self) -> bool:
        """True once the session exists on its engine."""
        return self._session_id is not None

    @property
    def is_connected(self) -> bool:
        """True between `connect` and `disconnect`."""
        return self._cursor is not None

    @property
    def transport(self) -> Transport:
        """The other side: commands go there, events come from there."""
        return self._transport

    # Life

    async def connect(self) -> Self:
        """Create or find the session.  Calling it again changes nothing.

        Raises:
            SessionNotFoundError: if there is no such session, or it was terminated.
        """
        if self._cursor is not None:
            return self
        if self._session_id is None:
            agent = self._agent or {}
            command = Create(agent=agent, client_id=self._create_id, labels=self._labels)
            self._session_id = (await self._transport.send(command)).session_id
        self._cursor = await end_of_last_turn(self._transport, self._session_id)
        return self

    async def disconnect(self) -> None:
        """Let go of the session; it lives on and can be resumed by its id."""
        self._cursor = None

    async def terminate(self, reason: str = "terminated") -> None:
        """End the session for good and delete what it holds."""
        await self.connect()
        command = Terminate(session_id=self.session_id, client_id=_new_id(), reason=reason)
        await self._transport.send(command)
        await self.disconnect()

    async def __aenter__(self) -> Self:
        return await self.connect()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.disconnect()

    def __await__(self) -> Generator[Any, None, Self]:
        return self.connect().__await__()

    # Saying things

    async def send(
        self,
        content: Content,
        files: Sequence[Content] = (),
        mime_type: str | None = None,
        filename: str | None = None,
        *,
        client_id: str | None = None,
        after_turn: str | None = None,
        root: bool = False,
        on_approval: OnApproval = "ask",
        output: Data | None = None,
        vars: Variables = (),
    ) -> Receipt:
        """Post one message, which makes one turn; follow it with `listen`.

        Args:
            content: text, or a Path, bytes or open binary file to attach.
            files: more Paths, bytes or open binary files to attach.
            mime_type: of a file given as *content*; default: by its name.
            filename: of a file given as *content*; default: its own name.
            client_id: makes a resend harmless; default: a new id.
            after_turn: the turn to go on from; default: the newest shown one.
            root: True to start a branch of the very first turn.
            on_approval: `ask` a person, or `deny` or `allow` by itself (logged as policy).
            output: `{name, schema}` of the type to answer with; see `Agent.run`.
            vars: names of variables whose summaries go with it, or names with their values.

        Raises:
            ValidationError: if there is nothing to send, or too much.
            RateLimitError: if eight messages wait already.
        """
        message = as_message(content, files, mime_type, filename)
        if vars:
            message = {**message, "files": [*message.get("files", ()), *attached(vars)]}
        if output is not None:
            message = {**message, "output": output}
        return await self._post(
            [message],
            client_id=client_id,
            after_turn=after_turn,
            root=root,
            on_approval=on_approval,
        )

    async def send_many(self, contents: Sequence[Content]) -> Receipt:
        """Post several messages that make one turn."""
        return await self._post([as_message(c) for c in contents])

    async def _post(
        self, messages: Sequence[Data], *, client_id: str | None = None, **options: Any
    ) -> Receipt:
        await self.connect()
        post = Post(
            session_id=self.session_id,
            client_id=client_id or _new_id(),
            messages=tuple(messages),
            **options,
        )
        return await self._transport.send(post)

    async def respond(
        self,
        event: SessionEvent,
        *,
        approved: bool | None = None,
        confirm: Data | None = None,
        deny_reason: str | None = None,
        remember: Literal["tool", "args"] | None = None,
        by: Data | None = None,
    ) -> Receipt:
        """Answer an `approval_request` or `reauth_request` event.

        Args:
            event: the request.
            approved: True or False; default: True if *confirm* is given, else it is required.
            confirm: arguments to change before the call runs; the others stay.
            deny_reason: what the agent is told about a denial.
            remember: `tool` allows every later call of this tool, `args` the same call again.
            by: who answers; default `{"kind": "user"}`.

        Raises:
            ApprovalError: unknown, already answered, or expired.
            ValidationError: if *event* asks for nothing, or the answer is missing.
        """
        if not event.requires_action:
            raise ValidationError(
                f"expected an event that requires an action; got a {event.type} event"
            )
        if approved is None and confirm is None:
            raise ValidationError("expected approved=True or approved=False; got neither")
        args = {**event.data.get("args", {}), **confirm} if confirm else None
        return await self.respond_approval(
            str(event.data["request_id"]),
            approved=approved is not False,
            args=args,
            deny_reason=deny_reason,
            remember=remember,
            by=by,
        )

    async def respond_approval(
        self,
        request_id: str,
        *,
        approved: bool,
        args: Data | None = None,
        deny_reason: str | None = None,
        remember: Literal["tool", "args"] | None = None,
        by: Data | None = None,
    ) -> Receipt:
        """Answer the request *request_id*; `args` are the whole arguments that shall run."""
        await self.connect()
        command = Respond(
            session_id=self.session_id,
            client_id=_new_id(),
            request_id=request_id,
            approved=approved,
            args=args,
            deny_reason=deny_reason,
            remember=remember,
            by=by or {"kind": "user"},
        )
        return await self._transport.send(command)

    async def cancel(self, turn_id: str | None = None, *, reason: str = "cancelled") -> Receipt:
        """Stop a turn, running or queued; default: the running one.  What was said stays."""
        await self.connect()
        command = Cancel(
            session_id=self.session_id, client_id=_new_id(), turn_id=turn_id, reason=reason
        )
        return await self._transport.send(command)

    async def set_head(self, turn_id: str) -> Receipt:
        """Show and continue the branch that ends with *turn_id*."""
        await self.connect()
        command = SetHead(session_id=self.session_id, client_id=_new_id(), turn_id=turn_id)
        return await self._transport.send(command)

    # Hearing things

    def listen(
        self, event_types: Collection[str] | None = None, after: int | None = None
    ) -> AsyncGenerator[SessionEvent, None]:
        """Yield the session's events in order, each once, and wait for more; `break` to stop.

        The first `listen` starts where the last finished turn ended before `connect`, so nothing
        between `send` and `listen` is lost; each later one goes on where an earlier one stopped.

        Args:
            event_types: only these; default: all.
            after: start behind this number instead; 0 replays everything.

        Raises:
            SessionDisconnectedError: if the other side is lost for good.
        """
        place = _Place()
        listening = self._listen(place, event_types, after)
        # A `break` closes the generator some time later; the next `listen` needs to know now.
        weakref.finalize(listening, self._move_to, place).atexit = False
        return listening

    async def _listen(
        self, place: _Place, event_types: Collection[str] | None, after: int | None
    ) -> AsyncGenerator[SessionEvent, None]:
        await self.connect()
        place.reached = self._cursor or 0 if after is None else after
        try:
            async with aclosing(self._events(place.reached)) as events:
                async for event in events:
                    place.reached = event.seq or place.reached
                    if event_types is None or event.type in event_types:
                        yield event
        finally:
            self._move_to(place)

    def _move_to(self, place: _Place) -> None:
        if self._cursor is not None:
            self._cursor = max(self._cursor, place.reached)

    async def _events(self, after: int) -> AsyncGenerator[SessionEvent, None]:
        async with aclosing(self._transport.events(self.session_id, after)) as events:
            async for event in events:
                yield event

    async def conversation(self) -> Conversation:
        """Return the whole conversation as it is now."""
        await self.connect()
        return await self._transport.conversation(self.session_id)

    async def get_messages(self) -> list[SessionMessage]:
        """Return the messages of the shown branch, oldest first."""
        return [m for turn in (await self.conversation()).path for m in messages_of(turn)]

    async def blob(self, sha256: str) -> bytes:
        """Return the bytes that an event names by `blob`."""
        return await self._transport.blob(self.session_id, sha256)

    async def until(self, done: Callable[[Conversation], bool]) -> Conversation:
        """Return the conversation as soon as *done* says so of it."""
        conversation = await self.conversation()
        if done(conversation):
            return conversation
        async with aclosing(self._events(conversation.seq)) as events:
            async for event in events:
                conversation = apply(conversation, event)
                if done(conversation):
                    return conversation
        raise SessionError("the session was terminated", session_id=self._session_id)

    async def settled(self, turn_id: str) -> Turn:
        """Return the turn when it has ended, or else the turn that a person must answer first."""
        conversation = await self.until(lambda c: waiting.stops(c, turn_id))
        turn = conversation.turns[turn_id]
        return turn if turn.ended else waiting.asking(conversation) or turn

    # Asking and waiting

    def ask(self, content: Content, files: Sequence[Content] = (), **options: Any) -> Reply:
        """Post *content*, block until its turn has ended, and return the reply.

        For cells and scripts that do not await; clicks in the notebook arrive meanwhile.  An
        interrupt stops the turn and keeps what there was.  Options are those of `send`.

        Raises:
            TurnFailedError: if the turn failed.
            ActionRequiredError: if a person must answer and nobody can be asked here.
        """
        options.setdefault("client_id", _new_id())
        # Looked at on this thread, where they live.
        options["vars"] = attached(options.get("vars", ()))
        try:
            receipt = thread.run(self.send(content, files, **options))
        except KeyboardInterrupt:
            waiting.stop_post(self, options["client_id"])
            raise
        turn = self.wait(str(receipt.turn_id))
        if turn.status == "failed":
            raise TurnFailedError(turn.error or "the turn failed", turn_id=turn.id)
        return Reply(turn, self)

    def wait(self, turn_id: str, show: Callable[[Turn], None] | None = None) -> Turn:
        """Block until the turn has ended; an interrupt stops it first.

        Args:
            turn_id: the turn.
            show: called on this thread with the turn whenever it has changed.

        Raises:
            ActionRequiredError: if a person must answer and nobody can be asked here.
        """
        return waiting.wait(self, turn_id, show)


def _new_id() -> str:
    return uuid.uuid4().hex
