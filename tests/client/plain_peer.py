"""A server that speaks the plain frames of the session contract (§4) and no more.

No `events`, no numbers, nothing told again after a loss, no word on what it does not know.  By its
chance it cuts connections: before it looks at a frame, before it answers, or while it tells.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

__all__ = ["PlainPeer", "plain_peer"]

FIRST = "I will delete the file that you have named, once you have said that I may. "
LAST = "Done, and nothing else was touched. "
AGENT = {"object_id": "id-of-keeper", "object_type": "agent"}


@dataclass
class Kept:
    """One session."""

    id: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    readers: set[ServerConnection] = field(default_factory=set)
    answer: asyncio.Future[dict[str, Any]] | None = None
    turns: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class PlainPeer:
    """What it knows; tests look into it."""

    chance: random.Random
    cuts: float = 0.0
    """How likely a connection is cut at each place, 0 to 1."""
    address: str = ""
    cut: int = 0
    places: int = 0
    """Where it could have been cut; one of the first is, for certain."""
    sessions: dict[str, Kept] = field(default_factory=dict)
    ran: list[dict[str, Any]] = field(default_factory=list)
    """The arguments of the calls that ran."""
    unknown: list[str] = field(default_factory=list)
    """Words of frames that it did not understand."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def http(self, socket: ServerConnection, request: Request) -> Response | None:
        where = urlsplit(request.path)
        if where.path == "/v1/ws/session":
            return None
        name = parse_qs(where.query).get("name", [""])[0]
        if where.path == "/v1/agent" and name == "Keeper":
            key = {"provider": "other", "model_id": "m"}
            found = {"_id": AGENT["object_id"], "name": name, "llm_client_key": key}
            return socket.respond(HTTPStatus.OK, json.dumps({"object": found}))
        return socket.respond(HTTPStatus.NOT_FOUND, "nothing here\n")

    async def serve(self, socket: ServerConnection) -> None:
        try:
            async for text in socket:
                self._perhaps_cut(socket)
                frame = json.loads(text)
                await getattr(self, "on_" + frame["type"], self.on_unknown)(socket, frame)
                self._perhaps_cut(socket)
        except ConnectionClosed:
            pass
        finally:
            for kept in self.sessions.values():
                kept.readers.discard(socket)

    def _perhaps_cut(self, socket: ServerConnection) -> None:
        self.places += 1
        if self.cuts and (self.places == 12 or self.chance.random() < self.cuts):
            self.cut += 1
            socket.transport.abort()

    async def on_unknown(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        self.unknown.append(frame["type"])
        await self._error(socket, frame, "unknown frame")

    async def on_create_session(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        if frame["object_id"] != AGENT["object_id"]:
            await self._error(socket, frame, "no such object")
            return
        kept = Kept(f"s{len(self.sessions) + 1}")
        self.sessions[kept.id] = kept
        await self._tell(socket, type="session_created", session_id=kept.id)

    async def on_connect_session(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        kept = self.sessions.get(frame["session_id"])
        ack = {"type": "connect_session", "session_id": frame["session_id"]}
        if kept is None:
            await self._tell(socket, **ack, success=False, error="no such session")
            return
        kept.readers.add(socket)
        await self._tell(socket, **ack, success=True)

    async def on_get_messages(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        kept = self.sessions[frame["session_id"]]
        found = [{"session_id": kept.id, **message} for message in kept.messages]
        await self._tell(socket, type="get_messages", session_id=kept.id, messages=found)

    async def on_post_message(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        kept, content = self.sessions[frame["session_id"]], frame["content"]
        if not isinstance(content, str) and content["type_string"] == "response_message":
            asked = kept.answer
            if asked is None or asked.done():
                await self._tell(socket, type="post_message", success=False, error="not asked")
                return
            asked.set_result(content["value"]["tool_call_approval"])
            message_id = frame["parent_message_id"]
        else:
            message_id = self._posted(kept, [content])[0]
        self._perhaps_cut(socket)
        facts = {"session_id": kept.id, "success": True, "message_id": message_id}
        await self._tell(socket, type="post_message", **facts)

    async def on_post_messages(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        kept = self.sessions[frame["session_id"]]
        self._posted(kept, frame["messages"])
        self._perhaps_cut(socket)
        await self._tell(socket, type="post_messages", session_id=kept.id, success=True)

    async def on_ping_session(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        await self._tell(socket, type="pong", session_id=frame["session_id"])

    async def on_terminate_session(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        del self.sessions[frame["session_id"]]
        await self._tell(socket, type="terminate_session", session_id=frame["session_id"])
        await socket.close()

    async def _error(self, socket: ServerConnection, frame: dict[str, Any], why: str) -> None:
        await self._tell(socket, type="error", error=why, request_type=frame["type"])

    async def _tell(self, socket: ServerConnection, **frame: Any) -> None:
        with suppress(ConnectionClosed):
            await socket.send(json.dumps(frame))

    # The agent

    def _posted(self, kept: Kept, contents: list[Any]) -> list[str]:
        ids = []
        for content in contents:
            named = isinstance(content, dict) and content["value"]["metadata"]["name"]
            said = {"type": "data_type_message", "value": named or content, "status": "Complete"}
            self._keep(kept, said, {"user_id": "u"})
            ids.append(kept.messages[-1]["id"])
        task = asyncio.create_task(self._turn(kept))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return ids

    def _keep(self, kept: Kept, content: dict[str, Any], sender: dict[str, str] = AGENT) -> int:
        message_id = f"m{len(kept.messages) + 1}"
        kept.messages.append({"id": message_id, "sender": sender, "content": content})
        return len(kept.messages) - 1

    async def _notify(self, kept: Kept, at: int, **content: Any) -> None:
        kept.messages[at]["content"].update(content)
        message = json.loads(json.dumps(kept.messages[at]))
        await self._broadcast(kept, type="message_notification", message=message)

    async def _broadcast(self, kept: Kept, **frame: Any) -> None:
        for reader in tuple(kept.readers):
            await self._tell(reader, session_id=kept.id, **frame)
            self._perhaps_cut(reader)
        await asyncio.sleep(0.001)

    async def _status(self, kept: Kept, status: str) -> None:
        await self._broadcast(kept, type="participant_status", message={"status": status})

    async def _text(self, kept: Kept, text: str, status: str) -> None:
        at = self._keep(kept, {"type": "data_type_message", "value": "", "status": "Streaming"})
        for index, word in enumerate(text.split(" ")):
            kept.messages[at]["content"]["value"] += (piece := ("" if not index else " ") + word)
            facts = {"message_id": kept.messages[at]["id"], "value": piece, "index": index}
            await self._broadcast(kept, type="message_delta", **facts)
        await self._notify(kept, at, status=status)

    async def _turn(self, kept: Kept) -> None:
        async with kept.turns:
            await self._status(kept, "Processing")
            thought = self._keep(kept, {"type": "thinking", "content": "Is it safe?"})
            await self._notify(kept, thought)
            await self._text(kept, FIRST, "Streaming")
            call = {"type": "tool_call", "tool_name": "delete_file", "tool_id": f"t{thought}"}
            at = self._keep(kept, {**call, "status": "awaiting_approval"})
            await self._notify(kept, at)
            approved = await self._ask(kept, f"t{thought}")
            await self._notify(kept, at, status="running" if approved is not None else "denied")
            if approved is not None:
                self.ran.append(approved)
                await self._notify(kept, at, status="done")
            await self._status(kept, "Processing")
            await self._text(kept, LAST if approved is not None else "Then not. ", "Complete")
            await self._status(kept, "Idle")

    async def _ask(self, kept: Kept, tool_id: str) -> dict[str, Any] | None:
        """Return the arguments to run; None if it was denied."""
        args = {"path": "report.txt", "force": False}
        kept.answer = asyncio.get_running_loop().create_future()
        about = {"tool_call_id": tool_id, "tool_name": "delete_file", "args": args}
        at = self._keep(kept, {"type": "tool_call_approval", **about})
        await self._notify(kept, at)
        await self._status(kept, "AwaitingApproval")
        said = await kept.answer
        return {**args, **said["confirm"]} if "confirm" in said else None


@asynccontextmanager
async def plain_peer(seed: int = 0, cuts: float = 0.0) -> AsyncIterator[PlainPeer]:
    """Open one on a free port."""
    peer = PlainPeer(random.Random(seed), cuts)
    async with serve(peer.serve, "127.0.0.1", 0, process_request=peer.http) as server:
        peer.address = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        try:
            yield peer
        finally:
            for task in tuple(peer.tasks):
                task.cancel()
