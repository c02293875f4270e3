"""What a view asks for besides the conversation: other sessions, files to keep, uploads.

Each errand is one function in a table; a view sends it again with the same `cid` until it is
answered, and it is done once.  All of it runs on the session loop.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeAlias

from cellspeak.agents.offload import in_thread
from cellspeak.core import codec
from cellspeak.core.conversation import Conversation
from cellspeak.core.export import to_document, to_markdown, to_text
from cellspeak.errors import (
    CellspeakError,
    NotFoundError,
    ProtocolError,
    SessionNotFoundError,
    to_json,
)
from cellspeak.session import Session
from cellspeak.stores.base import SessionRecord

from .as_cells import to_notebook
from .current import server_of
from .folder import agent_names, default_agent, model_agent, notebook_labels
from .snippets import keep_snippet
from .uploads import Uploads

__all__ = ["Errands", "Host"]

REMEMBERED = 64
"""Newest answers that are known: a view asks again within seconds."""
LISTED = 100
"""Sessions in one list, newest first."""

_log = logging.getLogger(__name__)

Answer: TypeAlias = tuple[Any, list[bytes]]
"""A JSON value, and buffers."""
Message: TypeAlias = Mapping[str, Any]
Buffers: TypeAlias = Sequence[Any]


class Host(Protocol):
    """The chat that runs the errands."""

    session: Session

    @property
    def cell_waits(self) -> bool:
        """Whether a cell is blocked until a turn of this chat ends."""
        ...

    async def go_on_with(self, session: Session) -> None:
        """Show *session* from now on."""
        ...


class Errands:
    """Does the errands of one hub.

    Args:
        host: the chat.
        send: sends a custom message to the hub's views.
    """

    def __init__(self, host: Host, send: Callable[[dict[str, Any], list[bytes]], None]) -> None:
        self.uploads = Uploads()
        self._host, self._send = host, send
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._answers: dict[str, tuple[dict[str, Any], list[bytes]]] = {}

    def receive(self, message: Message, buffers: Buffers) -> None:
        """Take an `ask` of a view.  A malformed one changes nothing."""
        cid = message.get("cid")
        if not isinstance(cid, str):
            return
        known = self._answers.get(cid)
        if known is not None:
            self._send(*known)
        elif cid not in self._tasks:
            self._tasks[cid] = asyncio.create_task(self._answer(cid, message, buffers))

    async def _answer(self, cid: str, message: Message, buffers: Buffers) -> None:
        answer: dict[str, Any] = {"t": "answer", "cid": cid}
        out: list[bytes] = []
        try:
            value, out = await self._do(message, buffers)
            answer["value"] = value
        except CellspeakError as error:
            answer["error"] = to_json(error)
        except Exception:  # noqa: BLE001 - the view would ask again for ever
            _log.exception("A view's errand failed")
            trouble = "the kernel could not do this; see its log"
            answer["error"] = {"code": "error", "message": trouble}
        self._remember(cid, answer, out)
        self._tasks.pop(cid, None)
        self._send(answer, out)

    def _remember(self, cid: str, answer: dict[str, Any], buffers: list[bytes]) -> None:
        if buffers:
            return  # large, and asked for again at no harm
        self._answers[cid] = (answer, buffers)
        if len(self._answers) > REMEMBERED:
            del self._answers[next(iter(self._answers))]

    async def _do(self, message: Message, buffers: Buffers) -> Answer:
        rule = _ON_ASK.get(str(message.get("what")))
        if rule is None:
            raise ProtocolError("this kernel does not know what the page asks; reload the page")
        return await rule(self, message, buffers)

    # Sessions

    async def _sessions(self, _message: Message, _: Buffers) -> Answer:
        found = await _listing(self._host.session)
        records = [r for r in found if not r.labels.get("hidden")]
        current = self._host.session.session_id
        return [_row(r, current) for r in records[:LISTED]], []

    async def _resume(self, message: Message, _: Buffers) -> Answer:
        session = await self._find(message)
        await self._host.go_on_with(session)
        return {"session_id": session.session_id}, []

    async def _find(self, message: Message) -> Session:
        transport = self._host.session.transport
        return await Session(str(message.get("session_id")), transport=transport).connect()

    async def _new(self, message: Message, _: Buffers) -> Answer:
        agent, model = message.get("agent"), message.get("model")
        if isinstance(model, str) and model:
            # Its libraries may be loaded for this.
            agent = await in_thread(lambda: model_agent(model))
        name = str(agent) if agent else await self._agent_name()
        found = await in_thread(lambda: default_agent(name, server_of(self._host.session)))
        session = await found.create_session(labels=notebook_labels())
        try:
            await self._host.go_on_with(session)
        except CellspeakError:
            await session.terminate("not shown anywhere")
            raise
        return {"session_id": session.session_id}, []

    async def _agent_name(self) -> str:
        conversation = await self._host.session.conversation()
        return str((conversation.agent or {}).get("name", ""))

    async def _forget(self, message: Message, _: Buffers) -> Answer:
        with suppress(SessionNotFoundError):  # somebody was faster
            session = await self._find(message)
            await session.terminate("forgotten")
        return None, []

    async def _agents(self, _message: Message, _: Buffers) -> Answer:
        return list(agent_names()), []

    # Files

    async def _export(self, message: Message, _: Buffers) -> Answer:
        kind = str(message.get("format"))
        if kind not in _WRITERS:
            raise ProtocolError(f"expected a format of {', '.join(_WRITERS)}; got {kind!r:.40}")
        write, mime = _WRITERS[kind]
        conversation = await self._host.session.conversation()
        text = await in_thread(lambda: write(conversation))
        name = f"{_file_name(conversation)}.{kind}"
        return {"name": name, "mime": mime}, [text.encode("utf-8", "replace")]

    async def _insert(self, message: Message, _: Buffers) -> Answer:
        waits = self._host.cell_waits
        return {"number": keep_snippet(message.get("text"), waits=waits), "waits": waits}, []

    async def _part(self, message: Message, buffers: Buffers) -> Answer:
        upload, at = message.get("upload"), message.get("at")
        if not isinstance(upload, str) or not isinstance(at, int) or at < 0 or len(buffers) != 1:
            raise ProtocolError("expected a part of a file: its name, its place and its bytes")
        return {"held": self.uploads.add(upload, at, bytes(buffers[0]))}, []


_ON_ASK: dict[str, Callable[[Errands, Message, Buffers], Awaitable[Answer]]] = {
    "sessions": Errands._sessions,
    "resume": Errands._resume,
    "new": Errands._new,
    "forget": Errands._forget,
    "agents": Errands._agents,
    "export": Errands._export,
    "part": Errands._part,
    "insert": Errands._insert,
}

_WRITERS: dict[str, tuple[Callable[[Conversation], str], str]] = {
    "md": (to_markdown, "text/markdown"),
    "html": (to_document, "text/html"),
    "json": (codec.dumps, "application/json"),
    "ipynb": (to_notebook, "application/x-ipynb+json"),
    "txt": (to_text, "text/plain"),
}


async def _listing(session: Session) -> Sequence[SessionRecord]:
    sessions = getattr(session.transport, "sessions", None)
    if sessions is None:
        raise NotFoundError("whoever runs this conversation has no list of others")
    found: Sequence[SessionRecord] = await sessions()
    return found


def _row(record: SessionRecord, current: str) -> dict[str, Any]:
    labels = record.labels
    words = labels.get("title") or labels.get("name") or labels.get("first_words") or ""
    return {
        "session_id": record.session_id,
        "title": str(words),
        "agent": str(record.agent.get("name", "")),
        "notebook": str(labels.get("notebook", "")).rpartition("/")[2],
        "active_at": record.active_at,
        "current": record.session_id == current,
    }


def _file_name(conversation: Conversation) -> str:
    """A name from the first words, of letters and digits only."""
    first = next((turn.prompt for turn in conversation.path), "")
    words = re.findall(r"\w+", first, re.ASCII)[:6]
    return "-".join(words).lower()[:48] or "conversation"
