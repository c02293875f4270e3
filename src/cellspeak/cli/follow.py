"""Ask, and read one turn as it comes; Ctrl-C stops the turn and keeps what it said.

Its one law: the loop here ends whenever a person has to answer, so that nothing blocks it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, TypeAlias

from cellspeak import thread
from cellspeak.core.conversation import Approval, Conversation, Turn
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import apply
from cellspeak.errors import ApprovalError, SessionError
from cellspeak.session import Session
from cellspeak.waiting import unanswered

__all__ = ["Show", "Talk"]

Show: TypeAlias = "Callable[[SessionEvent, Turn], None]"
"""Told each event of a turn, with the turn as it is then."""


class Talk:
    """One session, read from where it was opened.

    Args:
        session: connected.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.stopped = False
        """Whether Ctrl-C stopped the last turn."""
        self._conversation: Conversation | None = None
        self._answered: set[str] = set()

    @property
    def conversation(self) -> Conversation:
        """What was read so far."""
        return self._conversation or Conversation()

    @property
    def open_turn(self) -> Turn | None:
        """The turn that has not ended, if there is one."""
        asyncio.run(self._begin())
        return self.conversation.open_turn

    def ask(self, text: str, show: Show, files: Sequence[Path] = (), **options: Any) -> Turn:
        """Post *text* and follow its turn; see `follow`.  Options are those of `Session.send`."""
        return asyncio.run(self._ask(text, show, files, options))

    def follow(self, turn_id: str, show: Show) -> Turn:
        """Show what comes of a turn until it has ended, or waits for a person."""
        return asyncio.run(self._follow(turn_id, show))

    def asked(self, turn: Turn) -> Sequence[Approval]:
        """Return what only a person can answer now, and has not answered here."""
        found = unanswered(self.conversation, turn.id)
        return [a for a in found if a.request_id not in self._answered]

    def answer(self, approval: Approval, **answer: Any) -> None:
        """Answer a question, unless somebody was faster; options of `Session.respond_approval`."""
        self._answered.add(approval.request_id)
        with suppress(ApprovalError):
            thread.run(self.session.respond_approval(approval.request_id, **answer))

    def stop(self, turn: Turn) -> None:
        """Stop a turn that waits for a person; `follow` shows its end."""
        self._answered.update(a.request_id for a in turn.pending)
        thread.run(self.session.cancel(turn.id, reason="interrupted"))

    async def _begin(self) -> None:
        if self._conversation is None:
            self._conversation = await self.session.conversation()

    async def _ask(
        self, text: str, show: Show, files: Sequence[Path], options: dict[str, Any]
    ) -> Turn:
        await self._begin()
        receipt = await self.session.send(text, files, **options)
        return await self._follow(str(receipt.turn_id), show)

    async def _follow(self, turn_id: str, show: Show) -> Turn:
        self.stopped = False
        while True:
            try:
                return await self._read(turn_id, show)
            except asyncio.CancelledError:  # the first Ctrl-C; a second one ends the process
                self.stopped = True
                await self.session.cancel(turn_id, reason="interrupted")

    async def _read(self, turn_id: str, show: Show) -> Turn:
        known = self.conversation.turns.get(turn_id)
        if known is not None and (known.idle or self.asked(known)):
            return known
        async with aclosing(self.session.listen(after=self.conversation.seq)) as events:
            async for event in events:
                self._conversation = apply(self.conversation, event)
                turn = self._conversation.turns.get(turn_id)
                if turn is not None and event.turn_id == turn_id:
                    show(event, turn)
                if turn is not None and (turn.idle or self.asked(turn)):
                    return turn
        raise SessionError("the session was terminated", session_id=self.session.session_id)
