"""A session that this engine runs: takes commands, runs its turns one after the other.

Everything that changes the session goes through `log.commit`, so a rule is checked and its event
stored under one lock.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any

from cellspeak.agents.base import AgentRuntime, Output, TurnRequest
from cellspeak.core import rules
from cellspeak.core.codec import encode
from cellspeak.core.commands import (
    Cancel,
    Command,
    Create,
    Post,
    Receipt,
    Respond,
    SetHead,
    Terminate,
)
from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.events import Data, Draft
from cellspeak.errors import CellspeakError, ConflictError, StoreError
from cellspeak.stores.base import Snapshot

from .approvals import resolution
from .blobs import split_message
from .log import SessionLog, iso
from .turn import Tools, TurnRun, end_of_turn

__all__ = ["LiveSession"]

_log = logging.getLogger(__name__)

STOP_PATIENCE = 2.0
"""Seconds that a stop waits for its turn to end before it is acknowledged anyway."""


class LiveSession:
    """Runs one session.  `closed` is called when it cannot go on here."""

    def __init__(
        self,
        log: SessionLog,
        resolve: Callable[[Data], AgentRuntime],
        tools: Tools,
        closed: Callable[[LiveSession], None],
    ) -> None:
        self.log = log
        self._resolve, self._tools, self._closed = resolve, tools, closed
        self._run: TurnRun | None = None
        self._worker: asyncio.Task[None] | None = None

    async def recover(self) -> None:
        """Go on where a predecessor stopped: end what it left running, wait where it waited."""
        turn = self.log.conversation.open_turn
        if turn is not None and not turn.pending:
            note = Draft(
                type="error",
                data={
                    "error": "the process that ran this turn stopped before it was done; ask again",
                    "code": "interrupted",
                    "retryable": True,
                },
            )
            await self.log.commit(lambda c: end_of_turn(c, turn.id, note))
        self._work()

    async def take(self, command: Command) -> Receipt:
        """Do what *command* wants, or raise the reason why not; then nothing was changed."""
        match command:
            case Post():
                receipt = await self._post(command)
            case Respond():
                now = iso(self._tools.now())
                events = await self.log.commit(lambda c: resolution(c, command, now))
                receipt = self._receipt(repeated=not events)
            case Cancel():
                receipt = await self._cancel(command)
            case SetHead():
                await self.log.commit(lambda c: _head_changed(c, command))
                receipt = self._receipt(turn_id=command.turn_id)
            case Terminate():
                receipt = await self._terminate(command)
            case Create():
                receipt = self._receipt(repeated=True)
        self._work()
        return receipt

    async def aclose(self) -> None:
        """Stop working.  A running turn ends as interrupted, a waiting one is left as it is."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])
        with suppress(CellspeakError):
            await self._snapshot()

    def _receipt(self, **facts: Any) -> Receipt:
        conversation = self.log.conversation
        return Receipt(session_id=self.log.session_id, seq=conversation.seq, **facts)

    async def _post(self, post: Post) -> Receipt:
        messages, blobs = _split_all(post.messages, self._tools.limits.blob_bytes)
        rules.check_post(self.log.conversation, post, self._tools.limits)
        for sha256, content in blobs.items():
            await self._tools.store.put_blob(self.log.session_id, sha256, content)
        events = await self.log.commit(
            lambda c: _posted(c, post, messages, self.log.session_id, self._tools.limits)
        )
        turn = rules.turn_of_client(self.log.conversation, post.client_id)
        assert turn is not None  # the commit put it there, or it was there before
        if turn.after is None:
            await self._note_first_words(turn)
        ids = tuple(str(p["id"]) for p in turn.posts)
        return self._receipt(turn_id=turn.id, message_ids=ids, repeated=not events)

    async def _note_first_words(self, turn: Turn) -> None:
        words = " ".join(turn.prompt.split())[:80]
        with suppress(StoreError):  # a nicety of the session list
            await self._tools.store.label(self.log.session_id, {"first_words": words})

    async def _cancel(self, command: Cancel) -> Receipt:
        turn = rules.find_cancel(self.log.conversation, command)
        if turn is None:
            return self._receipt(turn_id=command.turn_id, repeated=True)
        if self._run is not None and self._run.turn_id == turn.id:
            self._run.stop(command)
            await self._until_ended(turn.id)
        else:
            data = {"reason": command.reason, "by": command.by}
            note = Draft(type="turn_cancelled", data=data)
            await self.log.commit(lambda c: end_of_turn(c, turn.id, note))
        return self._receipt(turn_id=turn.id)

    async def _until_ended(self, turn_id: str) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_PATIENCE):
                while not self.log.conversation.turns[turn_id].ended and not self.log.failure:
                    await self.log.wait(self.log.conversation.seq)

    async def _terminate(self, command: Terminate) -> Receipt:
        if self._run is not None:
            by = {"kind": "user"}
            stop = Cancel(
                session_id=command.session_id,
                client_id=command.client_id,
                reason=command.reason,
                by=by,
            )
            self._run.stop(stop)
            await self._until_ended(self._run.turn_id)
        await self.log.commit(lambda c: _terminated(c, command))
        receipt = self._receipt()
        await self._tools.store.delete(self.log.session_id)
        self._closed(self)
        return receipt

    # Turns, one after the other

    def _work(self) -> None:
        idle = self._worker is None or self._worker.done()
        if idle and _next(self.log.conversation) is not None and self.log.failure is None:
            self._worker = asyncio.create_task(self._run_turns())

    async def _run_turns(self) -> None:
        try:
            while (turn := _next(self.log.conversation)) is not None:
                self._run = TurnRun(self.log, turn.id, self._runtime(), self._tools)
                await self._run.run()
                await self._snapshot()
        except (StoreError, ConflictError) as error:
            self.log.fail(error)
            self._closed(self)
        finally:
            self._run = None

    def _runtime(self) -> AgentRuntime:
        try:
            return self._resolve(self.log.conversation.agent or {})
        except CellspeakError as error:
            return _Unresolved(error)

    async def _snapshot(self) -> None:
        conversation, touched = self.log.conversation, self.log.take_touched()
        if not touched or conversation.terminated:
            return
        snapshot = Snapshot(
            seq=conversation.seq,
            rest={k: v for k, v in encode(conversation).items() if k != "turns"},
            turns={t: encode(conversation.turns[t]) for t in touched},
            covered=self.log.take_covered(),
        )
        epoch = self.log.lease.epoch
        try:
            await self._tools.store.save_snapshot(self.log.session_id, snapshot, epoch=epoch)
        except StoreError:
            _log.warning("no snapshot of %s was kept; the log has it all", self.log.session_id)


class _Unresolved:
    """Stands in for an agent that is not there: its turns fail with the reason."""

    def __init__(self, error: CellspeakError) -> None:
        self._error = error

    async def answer(self, _request: TurnRequest) -> AsyncIterator[Output]:
        """Fail."""
        for error in (self._error,):
            raise error
        yield Draft(type="error")  # never reached: it makes this an async generator


def _next(conversation: Conversation) -> Turn | None:
    if conversation.terminated:
        return None
    return conversation.open_turn or next(iter(conversation.queued), None)


def _split_all(messages: Sequence[Data], limit: int) -> tuple[list[Data], dict[str, bytes]]:
    out, blobs = [], {}
    for message in messages:
        kept, found = split_message(message, limit)
        out.append(kept)
        blobs.update(found)
    return out, blobs


def _posted(
    conversation: Conversation,
    post: Post,
    messages: Sequence[Data],
    session_id: str,
    limits: rules.Limits,
) -> Sequence[Draft]:
    if rules.turn_of_client(conversation, post.client_id) is not None:
        return []
    rules.check_post(conversation, post, limits)
    number = len(conversation.turns) + 1
    after = None if post.root else post.after_turn or conversation.head
    optional = {"after_turn": after, "queued": conversation.open_turn is not None or None}
    policy = {} if post.on_approval == "ask" else {"on_approval": post.on_approval}
    data = {
        "messages": [{**m, **policy, "id": f"{number}.{k}"} for k, m in enumerate(messages, 1)],
        "author": post.author,
        "client_id": post.client_id,
        **{k: v for k, v in optional.items() if v is not None},
    }
    kind = "message_posted" if len(messages) == 1 else "messages_posted"
    turn_id = f"{session_id}.{number}"
    return [Draft(type=kind, turn_id=turn_id, message_id=f"{number}.1", data=data)]


def _head_changed(conversation: Conversation, command: SetHead) -> Sequence[Draft]:
    rules.check_open(conversation, command.session_id)
    turn = rules.find_turn(conversation, command)
    if conversation.head == turn.id:
        return []
    return [Draft(type="head_changed", data={"turn_id": turn.id})]


def _terminated(conversation: Conversation, command: Terminate) -> Sequence[Draft]:
    if conversation.terminated:
        return []
    queued = [d for t in conversation.queued for d in end_of_turn(conversation, t.id, _GONE)]
    return [*queued, Draft(type="session_terminated", data={"reason": command.reason})]


_GONE = Draft(
    type="turn_cancelled", data={"reason": "the session was terminated", "by": {"kind": "user"}}
)
