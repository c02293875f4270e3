"""A log of this process's own, for a session whose peer has none: numbers are given on arrival."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from cellspeak.core.conversation import Conversation
from cellspeak.core.events import Draft, SessionEvent
from cellspeak.core.fold import apply

__all__ = ["Numbered"]


class Numbered:
    """The log of one session, on one event loop.

    Args:
        session_id: the peer's.
    """

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.events: list[SessionEvent] = []
        """All of them: `events[n]` has the number n + 1."""
        self.conversation = Conversation()
        self._grew = asyncio.Event()

    async def wait(self, after: int) -> None:
        """Return when the log goes beyond *after*, or `wake` was called."""
        if self.conversation.seq <= after:
            await self._grew.wait()

    def wake(self) -> None:
        """Have everybody who waits look again."""
        grew, self._grew = self._grew, asyncio.Event()
        grew.set()

    def commit(self, *drafts: Draft) -> None:
        """Number *drafts* and log them."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for draft in drafts:
            event = SessionEvent(
                type=draft.type,
                session_id=self.session_id,
                seq=self.conversation.seq + 1,
                turn_id=draft.turn_id,
                message_id=draft.message_id,
                at=at,
                data=draft.data,
            )
            self.events.append(event)
            self.conversation = apply(self.conversation, event)
        self.wake()
