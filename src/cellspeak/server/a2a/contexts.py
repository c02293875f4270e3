"""Which session a context is.

A session's id is a context's id.  An id that a client makes up stands for a session of its own:
per owner and agent, for one client may talk with several agents about one thing.
"""

from __future__ import annotations

import uuid
from collections import OrderedDict

from cellspeak.core.commands import Create
from cellspeak.core.kinds import str_of
from cellspeak.engine.tasks import Once
from cellspeak.errors import SessionNotFoundError, ValidationError
from cellspeak.server.desk import Desk
from cellspeak.stores.base import SessionRecord

__all__ = ["Contexts", "context_of"]

LABEL = "a2a_context"
LONGEST = 256
REMEMBERED = 4096

_Key = tuple[str, str, str]


def context_of(record: SessionRecord) -> str:
    """Return the context id that the session's client knows it by."""
    return str_of(record.labels.get(LABEL)) or record.session_id


class Contexts:
    """Finds and makes the sessions of contexts; the labels in the store are the truth."""

    def __init__(self) -> None:
        self._known: OrderedDict[_Key, str] = OrderedDict()
        self._opening: Once[str] = Once()

    async def open(self, desk: Desk, agent: str, context_id: str) -> str:
        """Return the id of the context's session; make it if there is none.  Empty: a new one.

        Raises:
            SessionNotFoundError: if the id is that of a session that is gone or somebody else's.
            ValidationError: if it is that of a session with another agent, or too long.
        """
        if not context_id:
            return await _create(desk, agent, {})
        key = (desk.owner, agent, context_id)
        return await self._opening.run(repr(key), lambda: self._open(desk, key))

    async def _open(self, desk: Desk, key: _Key) -> str:
        _, agent, context_id = key
        session_id = await self.find(desk, agent, context_id)
        if session_id is None:
            session_id = await _create(desk, agent, {LABEL: context_id})
            self._remember(key, session_id)
        return session_id

    async def find(self, desk: Desk, agent: str, context_id: str) -> str | None:
        """Return the id of the context's session, or None; raises as `open` does."""
        if len(context_id) > LONGEST:
            raise ValidationError(f"expected a contextId of at most {LONGEST} characters")
        if await desk.known(context_id):
            record = await desk.record(context_id)
            if record.agent.get("name") != agent:
                raise ValidationError("this context belongs to another agent; start a new one")
            return context_id
        return await self._by_alias(desk, (desk.owner, agent, context_id))

    async def _by_alias(self, desk: Desk, key: _Key) -> str | None:
        if await self._remembered(desk, key):
            return self._known[key]
        _, agent, alias = key
        for record in reversed(await desk.sessions()):  # the oldest wins, should there be two
            if record.labels.get(LABEL) == alias and record.agent.get("name") == agent:
                self._remember(key, record.session_id)
                return record.session_id
        return None

    async def _remembered(self, desk: Desk, key: _Key) -> bool:
        try:
            await desk.record(self._known[key])
        except (KeyError, SessionNotFoundError):
            self._known.pop(key, None)
            return False
        return True

    def _remember(self, key: _Key, session_id: str) -> None:
        self._known[key] = session_id
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


async def _create(desk: Desk, agent: str, labels: dict[str, str]) -> str:
    command = Create(agent={"name": agent}, client_id=uuid.uuid4().hex, labels=labels)
    return (await desk.send(command)).session_id
