"""A transport that lives on the session loop, reached from any thread and loop.

Its one law: every wait goes in slices through `thread`, so that it can be interrupted.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from cellspeak import thread
from cellspeak.core.commands import Command, Receipt
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent
from cellspeak.transport import Transport

__all__ = ["Crossing"]


class Crossing:
    """A `Transport`; who derives from it says by `_inner` which one it leads to."""

    async def _inner(self) -> Transport:
        """Return the transport that belongs to the session loop; called there only."""
        raise NotImplementedError

    async def send(self, command: Command) -> Receipt:
        """Have *command* taken; see `Transport.send`."""

        async def send() -> Receipt:
            return await (await self._inner()).send(command)

        return await thread.arun(send())

    async def events(self, session_id: str, after: int = 0) -> AsyncGenerator[SessionEvent, None]:
        """Yield events after a number; see `Transport.events`."""

        async def events() -> AsyncGenerator[SessionEvent, None]:
            inner = await self._inner()
            async with aclosing(inner.events(session_id, after)) as found:
                async for event in found:
                    yield event

        async with aclosing(thread.arun_iter(events)) as outer:
            async for event in outer:
                yield event

    async def conversation(self, session_id: str) -> Conversation:
        """Return what the log adds up to now."""

        async def conversation() -> Conversation:
            return await (await self._inner()).conversation(session_id)

        return await thread.arun(conversation())

    async def blob(self, session_id: str, sha256: str) -> bytes:
        """Return the bytes of a blob."""

        async def blob() -> bytes:
            return await (await self._inner()).blob(session_id, sha256)

        return await thread.arun(blob())

    async def aclose(self) -> None:
        """Nothing to let go of: what it leads to belongs to the process."""
