"""What A2A asks of one caller's desk: say something, look, stop, list.

A message without a task begins a turn in its context's session.  A message to a task that waits
answers what is asked; it also does so without naming the task, for peers that keep only a context.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace

from a2a.types import Message, Task
from a2a.utils.errors import (
    InvalidParamsError,
    TaskNotCancelableError,
    TaskNotFoundError,
    UnsupportedOperationError,
)

from cellspeak.core.commands import Cancel, Post
from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.events import Data, SessionEvent
from cellspeak.errors import NotFoundError, SessionDisconnectedError, SessionNotFoundError
from cellspeak.server.desk import Desk
from cellspeak.server.follow import Until, waits, watch
from cellspeak.server.tasks import session_of
from cellspeak.stores.base import SessionRecord
from cellspeak.waiting import asking

from . import parts
from .answers import Found, require_answer, respond, was_taken
from .contexts import Contexts, context_of
from .ending import until
from .progress import Progress, Update
from .tasks import Place, task_of

__all__ = ["Taken", "Talk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a message: its turn, and the conversation before it."""

    turn_id: str
    start: Conversation
    repeated: bool = False
    """True when it had been taken before; then *start* is the conversation as it is now."""


class Talk:
    """Serves one request.

    Args:
        desk: the caller's.
        agent: the name of the agent that was addressed.
        contexts: finds the sessions of contexts.
        base: the server's address as the caller knows it, with a slash at its end.
    """

    def __init__(self, desk: Desk, agent: str, contexts: Contexts, base: str) -> None:
        self._desk, self._agent, self._contexts, self._base = desk, agent, contexts, base

    # Looking

    async def find(self, task_id: str) -> Found:
        """Return a task of the caller's with this agent.

        Raises:
            TaskNotFoundError: if there is none, whatever the reason.
        """
        try:
            record = await self._desk.record(session_of(task_id))
            conversation = await self._desk.conversation(record.session_id)
        except (NotFoundError, SessionNotFoundError):
            raise TaskNotFoundError from None
        turn = conversation.turns.get(task_id)
        if turn is None or record.agent.get("name") != self._agent:
            raise TaskNotFoundError
        return Found(record=record, conversation=conversation, turn=turn)

    def place(self, record: SessionRecord, task_id: str) -> Place:
        """Return where a task of the session of *record* is."""
        blobs = f"{self._base}sessions/{record.session_id}/blobs/"
        return Place(task_id=task_id, context_id=context_of(record), blobs=blobs)

    def shown(self, found: Found, history: int | None = None, *, artifacts: bool = True) -> Task:
        """Return what was found as a task.

        The log's last time is that of its newest turn; of older ones it says nothing.
        """
        newest = next(reversed(list(found.conversation.turns)), None) == found.turn.id
        return task_of(
            self.place(found.record, found.turn.id),
            found.conversation,
            found.turn,
            found.record.active_at if newest else "",
            history=history,
            artifacts=artifacts,
        )

    async def of_agent(self, context_id: str) -> list[SessionRecord]:
        """Return the caller's sessions with this agent, in one context if that is given."""
        return [
            record
            for record in await self._desk.sessions()
            if record.agent.get("name") == self._agent
            and context_id in ("", record.session_id, context_of(record))
        ]

    async def conversation(self, session_id: str) -> Conversation:
        """Return what the session's log adds up to now."""
        return await self._desk.conversation(session_id)

    # Saying something

    async def say(self, message: Message) -> Taken:
        """Do what *message* says."""
        answers = parts.answers_in(message)
        decision = parts.decision_in(message)
        given = answers or ((decision,) if decision else ())
        if message.task_id:
            return await self._reply(await self._named(message), message, given)
        waiting = await self._waiting(message.context_id) if given else None
        if waiting is not None:
            return await self._reply(waiting, message, given)
        if answers:
            raise InvalidParamsError(message="nothing waits for an answer here; name its taskId")
        return await self._post(message)

    async def _named(self, message: Message) -> Found:
        found = await self.find(message.task_id)
        known = (found.record.session_id, context_of(found.record), "")
        if message.context_id not in known:
            raise InvalidParamsError(message="this task belongs to another contextId")
        return found

    async def _waiting(self, context_id: str) -> Found | None:
        """Return the task that waits for an answer in a context, if there is one."""
        if not context_id:
            return None
        session_id = await self._contexts.find(self._desk, self._agent, context_id)
        if session_id is None:
            return None
        record = await self._desk.record(session_id)
        conversation = await self._desk.conversation(session_id)
        turn = asking(conversation)
        if turn is None:
            return None
        return Found(record=record, conversation=conversation, turn=turn)

    async def _post(self, message: Message) -> Taken:
        messages = parts.posts_of(message)
        session_id = await self._contexts.open(self._desk, self._agent, message.context_id)
        start = await self._desk.conversation(session_id)
        post = Post(session_id=session_id, client_id=message.message_id, messages=messages)
        receipt = await self._desk.send(post)
        if receipt.repeated:
            start = await self._desk.conversation(session_id)
        return Taken(turn_id=str(receipt.turn_id), start=start, repeated=receipt.repeated)

    async def _reply(self, found: Found, message: Message, answers: tuple[Data, ...]) -> Taken:
        if was_taken(found.turn, message.message_id):
            return Taken(turn_id=found.turn.id, start=found.conversation, repeated=True)
        require_answer(found, answers)
        for answer in answers:
            await self._desk.send(respond(found, message.message_id, answer))
        return Taken(turn_id=found.turn.id, start=found.conversation)

    # What comes of it

    async def settled(self, taken: Taken) -> Found:
        """Return the task once it has ended or a person has to act; on this turn or before it.

        As it is then, if the server is about to stop.
        """
        if not _stands(taken):
            with suppress(SessionDisconnectedError):
                async with aclosing(self._watch(taken.turn_id, taken.start, _held_up)) as seen:
                    async for _ in seen:
                        pass
        return await self.find(taken.turn_id)

    async def updates(self, taken: Taken) -> AsyncGenerator[Update, None]:
        """Yield what changes, until the task has ended or a person has to act."""
        found = await self.find(taken.turn_id)
        if taken.repeated:
            # As it was at the number from which on the changes are told, and not as it is now.
            turn = taken.start.turns[taken.turn_id]
            yield self.shown(replace(found, conversation=taken.start, turn=turn))
        if not _stands(taken):
            place = self.place(found.record, taken.turn_id)
            async with aclosing(self._changes(place, taken.start, waits)) as changes:
                async for update in changes:
                    yield update

    async def subscribed(self, task_id: str) -> AsyncGenerator[Update, None]:
        """Yield the task as it is, then what changes until it has ended; questions go by."""
        found = await self.find(task_id)
        if found.turn.ended:
            raise UnsupportedOperationError(message="this task has ended; get it instead")
        yield self.shown(found)
        place = self.place(found.record, task_id)
        async with aclosing(self._changes(place, found.conversation, _never)) as changes:
            async for update in changes:
                yield update

    async def _changes(
        self, place: Place, start: Conversation, stop: Until
    ) -> AsyncGenerator[Update, None]:
        progress = Progress(place, start)
        try:
            async with aclosing(self._watch(place.task_id, start, stop)) as seen:
                async for event, conversation in seen:
                    for update in progress.tell(event, conversation):
                        yield update
        except SessionDisconnectedError as error:
            for update in progress.parting(str(error)):
                yield update

    def _watch(
        self, task_id: str, start: Conversation, stop: Until
    ) -> AsyncGenerator[tuple[SessionEvent, Conversation], None]:
        return until(self._desk.closing, watch(self._desk, task_id, start, stop))

    async def cancel(self, task_id: str, client_id: str) -> Found:
        """Stop a task and return it.

        Raises:
            TaskNotCancelableError: if it has ended by itself.
        """
        found = await self.find(task_id)
        if not found.turn.ended:
            session_id = found.record.session_id
            stop = Cancel(session_id=session_id, client_id=client_id, turn_id=task_id)
            await self._desk.send(stop)
            found = await self.find(task_id)
            if found.turn.status == "cancelled":
                return found
        raise TaskNotCancelableError(message="this task has ended already")


def _stands(taken: Taken) -> bool:
    """Tell whether nothing more comes by itself of a message that was taken before."""
    turn = taken.start.turns.get(taken.turn_id)
    return taken.repeated and turn is not None and (turn.idle or waits(taken.start, turn))


def _held_up(conversation: Conversation, turn: Turn) -> bool:
    """Tell whether only a person can go on, on this turn or on the one that it waits for."""
    return waits(conversation, turn) or (
        turn.status == "queued" and asking(conversation) is not None
    )


def _never(_conversation: Conversation, _turn: Turn) -> bool:
    return False
