"""Record what cells ask and get: `%%chat --record FILE`.

A file holds the conversation up to the cell that was run last.  Its one law: it is written when a
turn has ended, whole; a turn that is still open leaves the file as it was.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from cellspeak import thread
from cellspeak.agents.recording import RecordedTurn, Recording, load, save
from cellspeak.agents.taping import taped
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent
from cellspeak.errors import CellspeakError, ValidationError
from cellspeak.session import Session

__all__ = ["Tape"]

_log = logging.getLogger(__name__)


class Tape:
    """Records one turn of *session* into the file at *path*; make it before the turn is posted.

    Raises:
        ValidationError: if there is a file that is no recording: it is not overwritten.
    """

    def __init__(self, session: Session, path: Path) -> None:
        self._session, self._path = session, path
        self._before = load(path) if path.exists() else Recording()
        self._after = thread.run(session.conversation()).seq
        self._written: concurrent.futures.Future[None] | None = None

    def start(self, turn_id: str) -> None:
        """Follow the turn, to its end."""
        self._written = thread.submit(self._record(turn_id))

    def finish(self) -> None:
        """Return when the file is written; call it when the turn has ended.

        Raises:
            ValidationError: if it cannot be written.
        """
        if self._written is not None:
            thread.run(_result(self._written))

    async def _record(self, turn_id: str) -> None:
        try:
            heard = await self._until_idle(turn_id)
            turn = await taped(heard, self._session.blob)
            conversation = await self._session.conversation()
            save(self._path, await self._whole(conversation, turn_id, turn))
        except ValidationError:
            raise
        except CellspeakError as error:  # the session went away: there is nothing to record
            _log.warning("nothing was recorded: %s", error)

    async def _until_idle(self, turn_id: str) -> list[SessionEvent]:
        heard: list[SessionEvent] = []
        events = self._session.transport.events(self._session.session_id, self._after)
        async with aclosing(events):
            async for event in events:
                if event.turn_id == turn_id:
                    heard.append(event)
                    if event.is_turn_end:
                        break
        return heard

    async def _whole(
        self, conversation: Conversation, turn_id: str, turn: RecordedTurn
    ) -> Recording:
        """Return the conversation up to *turn*: from the file, else from the log."""
        ids = [t.id for t in replace(conversation, head=turn_id).path][:-1]
        earlier = list(self._before.turns[: len(ids)])
        if len(earlier) < len(ids):
            earlier += await self._from_log(ids[len(earlier) :])
        agent = conversation.agent or {}
        return Recording(
            agent=str(agent.get("name", "")),
            model=str(agent.get("model", "")),
            turns=[*earlier, turn],
        )

    async def _from_log(self, ids: Sequence[str]) -> list[RecordedTurn]:
        found: dict[str, list[SessionEvent]] = {i: [] for i in ids}
        open_ids = set(ids)
        events = self._session.transport.events(self._session.session_id, 0)
        async with aclosing(events):
            async for event in events:
                if event.turn_id in found:
                    found[event.turn_id].append(event)
                    if event.is_turn_end:
                        open_ids.discard(event.turn_id)
                if not open_ids:
                    break
        return [await taped(found[i], self._session.blob) for i in ids]


async def _result(written: concurrent.futures.Future[None]) -> None:
    await asyncio.wrap_future(written)
