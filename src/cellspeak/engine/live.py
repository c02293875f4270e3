"""A session that this engine runs: takes commands, runs its turns one after the other.

Everything that changes the session goes through `log.commit`, so a rule is checked and its event
stored under one lock.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
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
from cellspeak.core.persistent import Turns, evolve
from cellspeak.errors import CellspeakError, SessionDisconnectedError, SessionError, StoreError
from cellspeak.stores.base import Snapshot

from . import plans
from .approvals import resolution
from .ending import cancelled, end_of_turn
from .log import SessionLog, iso
from .tasks import finish
from .turn import PATIENCE, Tools, TurnRun

__all__ = ["LiveSession"]

_log = logging.getLogger(__name__)

STOP_PATIENCE = PATIENCE + 1.0
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
        self._closing = False
        self._taking = 0

    @property
    def busy(self) -> bool:
        """True while a turn runs, waits for its start or for a person, or a command is taken."""
        return bool(self._taking or self.log.conversation.turns.live)

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
        """Do what *command* wants, or raise the reason why not; then nothing was changed.

        A caller that is cancelled meanwhile does not undo it.
        """
        return await finish(self._take(command))

    async def _take(self, command: Command) -> Receipt:
        self._taking += 1
        try:
            return await self._do(command)
        finally:
            self._taking -= 1

    async def _do(self, command: Command) -> Receipt:
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
                await self.log.commit(lambda c: plans.head_changed(c, command))
                receipt = self._receipt(turn_id=command.turn_id)
            case Terminate():
                receipt = await self._terminate(command)
            case Create():
                receipt = self._receipt(repeated=True)
        self._work()
        return receipt

    async def drain(self) -> None:
        """Begin no further turn, and return once the one that runs has ended or waits."""
        self._closing = True
        while (run := self._run) is not None and self.log.failure is None:
            turn = self.log.conversation.turns[run.turn_id]
            if turn.idle or turn.pending:
                return
            await self.log.wait(self.log.conversation.seq)

    async def aclose(self) -> None:
        """Stop working.  A running turn ends as interrupted, a waiting one is left as it is."""
        self._closing = True
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])
        await self.log.settled()
        with suppress(CellspeakError):
            await self._snapshot()
        seq = self.log.conversation.seq
        text = f"the engine of this process was closed at event {seq}; resume the session by its id"
        self.log.fail(SessionDisconnectedError(text, session_id=self.log.session_id, seq=seq))

    def _receipt(self, **facts: Any) -> Receipt:
        conversation = self.log.conversation
        return Receipt(session_id=self.log.session_id, seq=conversation.seq, **facts)

    async def _post(self, post: Post) -> Receipt:
        messages, blobs = plans.split_all(post.messages, self._tools.limits.blob_bytes)
        if rules.turn_of_client(self.log.conversation, post.client_id) is None:
            rules.check_post(self.log.conversation, post, self._tools.limits)
        for sha256, content in blobs.items():
            await self._tools.store.put_blob(self.log.session_id, sha256, content)
        events = await self.log.commit(
            lambda c: plans.posted(c, post, messages, self.log.session_id, self._tools.limits)
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
        if self._run is None or self._run.turn_id != turn.id:
            await self.log.commit(lambda c: end_of_turn(c, turn.id, cancelled(command)))
        if self._run is not None and self._run.turn_id == turn.id:  # perhaps only just
            self._run.stop(command)
            await self._until_ended(turn.id)
        return self._receipt(turn_id=turn.id)

    async def _until_ended(self, turn_id: str) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_PATIENCE):
                while not self.log.conversation.turns[turn_id].ended and not self.log.failure:
                    await self.log.wait(self.log.conversation.seq)

    async def _terminate(self, command: Terminate) -> Receipt:
        self._closing = True  # no queued turn starts any more
        try:
            if self._run is not None:
                self._run.stop(_stop_for(command))
                await self._until_ended(self._run.turn_id)
            await self.log.commit(lambda c: plans.terminated(c, command))
        except CellspeakError:
            self._closing = False
            raise
        receipt = self._receipt()
        await self._tools.store.delete(self.log.session_id)
        self._closed(self)
        return receipt

    # Turns, one after the other

    def _work(self) -> None:
        idle = self._worker is None or self._worker.done()
        if idle and self._next() is not None and self.log.failure is None:
            self._worker = asyncio.create_task(self._run_turns())

    def _next(self) -> Turn | None:
        conversation = self.log.conversation
        if conversation.terminated or self._closing:
            return None
        return conversation.open_turn or next(iter(conversation.queued), None)

    async def _run_turns(self) -> None:
        try:
            while (turn := self._next()) is not None:
                self._run = TurnRun(self.log, turn.id, self._runtime(), self._tools)
                await self._run.run()
                await self._snapshot()
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
            self.log.fail(_as_ours(error))
            self._closed(self)
        finally:
            self._run = None

    def _runtime(self) -> AgentRuntime:
        try:
            return self._resolve(self.log.conversation.agent or {})
        except Exception as error:  # noqa: BLE001 - it is the turn that fails, with this reason
            return _Unresolved(error)

    async def _snapshot(self) -> None:
        conversation, unsaved = self.log.conversation, self.log.take_unsaved()
        if not unsaved.turns or conversation.terminated:
            return
        snapshot = Snapshot(
            seq=conversation.seq,
            rest={k: v for k, v in encode(_without_turns(conversation)).items() if k != "turns"},
            turns={t: encode(conversation.turns[t]) for t in unsaved.turns},
            covered=unsaved.covered,
        )
        epoch = self.log.lease.epoch
        try:
            await self._tools.store.save_snapshot(self.log.session_id, snapshot, epoch=epoch)
        except StoreError:
            self.log.put_back(unsaved)
            _log.warning("no snapshot of %s was kept; the log has it all", self.log.session_id)


def _without_turns(conversation: Conversation) -> Conversation:
    """Return *conversation* alone: writing all its turns would cost more with every turn."""
    return evolve(conversation, turns=Turns())


def _as_ours(error: Exception) -> CellspeakError:
    if isinstance(error, CellspeakError):
        return error
    _log.error("a session stopped", exc_info=error)
    return SessionError(f"this session stopped ({type(error).__name__}); send again to go on")


class _Unresolved:
    """Stands in for an agent that is not there: its turns fail with the reason."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def answer(self, _request: TurnRequest) -> AsyncIterator[Output]:
        """Fail."""
        for error in (self._error,):
            raise error
        yield Draft(type="error")  # never reached: it makes this an async generator


def _stop_for(command: Terminate) -> Cancel:
    return Cancel(session_id=command.session_id, client_id=command.client_id, reason=command.reason)
