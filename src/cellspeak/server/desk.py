"""The engine as one caller may use it: a `Transport` that knows only the caller's own sessions.

Its one law: a session of somebody else is *not found*, in the very words of one that never was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from cellspeak.core.commands import Command, Create, Post, Receipt, Respond
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.kinds import str_of
from cellspeak.engine import Engine
from cellspeak.errors import SessionNotFoundError
from cellspeak.stores.base import SessionRecord

from .catalogue import Catalogue
from .life import Quota

__all__ = ["Desk"]


class Desk:
    """Serves one caller.

    Args:
        engine: runs the sessions.
        catalogue: the agents that may be asked for.
        quota: counts the sessions of all owners.
        owner: the name of the caller's token; empty where none is needed.
        closing: set when the server is about to stop.
    """

    def __init__(
        self,
        engine: Engine,
        catalogue: Catalogue,
        quota: Quota,
        owner: str,
        closing: asyncio.Event,
    ) -> None:
        self.catalogue, self.owner, self.closing = catalogue, owner, closing
        self._engine, self._quota = engine, quota

    async def send(self, command: Command) -> Receipt:
        """Have *command* taken in the caller's name; see `Transport.send`."""
        if isinstance(command, Create):
            return await self._create(command)
        await self.record(command.session_id)
        if isinstance(command, Respond):
            command = replace(command, by=self._by(command.by))
        elif isinstance(command, Post):
            command = replace(command, author="user")
        return await self._engine.send(command)

    async def events(self, session_id: str, after: int = 0) -> AsyncGenerator[SessionEvent, None]:
        """Yield events after a number; see `Transport.events`."""
        await self.record(session_id)
        async with aclosing(self._engine.events(session_id, after)) as events:
            async for event in events:
                yield event

    async def conversation(self, session_id: str) -> Conversation:
        """Return what the log adds up to now."""
        await self.record(session_id)
        return await self._engine.conversation(session_id)

    async def blob(self, session_id: str, sha256: str) -> bytes:
        """Return the bytes of a blob, or raise NotFoundError."""
        await self.record(session_id)
        return await self._engine.blob(session_id, sha256)

    async def sessions(self) -> Sequence[SessionRecord]:
        """Return the caller's sessions, newest activity first."""
        return await self._engine.sessions(self.owner)

    async def record(self, session_id: str) -> SessionRecord:
        """Return the record of one of the caller's sessions.

        Raises:
            SessionNotFoundError: if there is none, it was terminated, or it is somebody else's.
        """
        record = await self._engine.store.get(session_id)
        if record is None or record.terminated or record.owner != self.owner:
            gone = record is not None and record.owner == self.owner
            raise SessionNotFoundError(
                f"the session {session_id!r:.80} was terminated; create a new one"
                if gone
                else f"expected the id of a session; there is none called {session_id!r:.80}",
                session_id=session_id,
            )
        return record

    async def known(self, session_id: str) -> bool:
        """Tell whether there is or was a session of that id, whoever's it is."""
        return await self._engine.store.get(session_id) is not None

    async def aclose(self) -> None:
        """Nothing to let go of: the engine belongs to the server."""

    async def _create(self, command: Create) -> Receipt:
        agent = self.catalogue.find(command.agent.get("name"), command.agent.get("kind"))
        await self._quota.check(self.owner)
        # Resends are known by the client's id: two owners may have made the same one.
        known = f"{self.owner}/{command.client_id}"
        receipt = await self._engine.send(
            replace(command, agent=agent.spec, owner=self.owner, client_id=known)
        )
        if not receipt.repeated:
            self._quota.made(self.owner)
        return receipt

    def _by(self, by: Data) -> Data:
        """Say who answered: a person or a policy of the caller; never the clock, that is ours."""
        kind = "policy" if by.get("kind") == "policy" else "user"
        name = self.owner or str_of(by.get("name"))
        return {"kind": kind, "name": name} if name else {"kind": kind}
