"""Peers as they are met, each a real server on loopback: by fasta2a, by a2a-sdk, and like Hector.

The one like Hector knows only the shapes of its replies: what it says depends on the prompt.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from a2a.helpers import new_task_from_user_message
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_rest_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, Part
from fasta2a import FastA2A, Worker
from fasta2a.broker import InMemoryBroker
from fasta2a.storage import InMemoryStorage
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from cellspeak.server.run import listen

__all__ = ["Hector", "fasta2a_app", "sdk_app", "up"]


@contextmanager
def up(make: Callable[[str], ASGIApp]) -> Iterator[str]:
    """Serve what *make* returns for its own address; the value is that address."""
    with listen("127.0.0.1", 0) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(make(address), log_level="critical", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join(15)


# Like Hector


@dataclass
class Hector:
    """What it was asked, and what it does."""

    calls: list[tuple[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    hosts: str = ""
    card: dict[str, Any] = field(default_factory=dict)
    """What its card says instead."""

    def app(self, address: str) -> ASGIApp:
        self.hosts = self.hosts or address
        return Starlette(
            routes=[
                Route("/agents/ada", self._card),
                Route("/agents/ada", self._rpc, methods=["POST"]),
            ]
        )

    @property
    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]

    async def _card(self, _request: Request) -> Response:
        """Its card says 1.0, and is one of 0.3."""
        card = {
            "name": "ada",
            "protocolVersion": "1.0",
            "url": f"{self.hosts}/agents/ada",
            "preferredTransport": "JSONRPC",
            "capabilities": {"streaming": True},
            "skills": [{"id": "x", "security": "of an unknown shape"}],
        }
        return JSONResponse(self.card or card)

    async def _rpc(self, request: Request) -> Response:
        body = await request.json()
        self.calls.append((body["method"], body["params"]))
        self.headers.append(dict(request.headers))
        match body["method"]:
            case "message/stream":
                frames = self._told(body["params"]["message"])
            case "tasks/resubscribe":
                frames = self._rest(body["params"]["id"])
            case "tasks/cancel":
                self.cancelled.append(body["params"]["id"])
                return _answer(body, _status("task-1", "canceled")["result"])
            case _:
                error = {"code": -32601, "message": "no such method: panic in /srv/hector.go"}
                return JSONResponse({"jsonrpc": "2.0", "id": body["id"], "error": error})
        return StreamingResponse(_sse(frames, body["id"]), media_type="text/event-stream")

    async def _told(self, message: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        part = message["parts"][0]
        yield _status("task-1", "submitted")
        yield _status("task-1", "working")
        if part["kind"] == "data":
            yield _said(f"You said {part['data']['decision']}.", partial=False)
            yield _status("task-1", "completed")
            return
        for frame in _PLAYS[part["text"]]:
            if frame == "wait":
                await self.gate.wait()
            elif frame == "cut":
                raise ConnectionResetError
            else:
                yield frame

    async def _rest(self, task_id: str) -> AsyncIterator[dict[str, Any]]:
        yield _said("three.", partial=True)
        yield _said("One, two, three.", partial=False)
        yield _status(task_id, "completed")


def _answer(body: dict[str, Any], result: Any) -> Response:
    return JSONResponse({"jsonrpc": "2.0", "id": body["id"], "result": result})


async def _sse(frames: AsyncIterator[dict[str, Any]], number: Any) -> AsyncIterator[str]:
    yield ": keep-alive\n\n"
    async for frame in frames:
        yield f"id: 5f\ndata: {json.dumps({'jsonrpc': '2.0', 'id': number, **frame})}\n\n"


def _status(task: str, state: str, text: str = "", **metadata: Any) -> dict[str, Any]:
    final = state in ("completed", "failed", "canceled", "input-required")
    status: dict[str, Any] = {"state": state, "timestamp": "2026-11-22T04:00:00.1"}
    if text:
        parts = [{"kind": "text", "text": text}]
        status["message"] = {"kind": "message", "messageId": "q", "role": "agent", "parts": parts}
    about = {"taskId": task, "contextId": "context-1", "final": final, "metadata": metadata}
    return {"result": {"kind": "status-update", "status": status, **about}}


def _said(*parts: Any, **metadata: Any) -> dict[str, Any]:
    made = [{"kind": "text", "text": p} if isinstance(p, str) else p for p in parts]
    artifact = {"artifactId": "a1", "parts": made}
    about = {"taskId": "task-1", "contextId": "context-1", "append": True}
    update = {"kind": "artifact-update", "artifact": artifact, **about, "metadata": metadata}
    return {"result": update}


_RESULT = {"tool_call_id": "c1", "content": "sunny", "status": "success", "is_error": False}
_PENDING = {
    "kind": "data",
    "data": {
        "type": "tool_result",
        "tool_call_id": "c7",
        "tool_name": "rm",
        "requires_approval": True,
        "content": "waiting",
        "is_error": False,
    },
}
_PLAYS: dict[str, list[Any]] = {
    "hello": [
        _said(thinking={"id": "t", "status": "active", "content": "hm"}),
        _said(thinking={"id": "t", "status": "completed", "content": "hm"}),
        _said("I look. ", partial=True),
        _said("I look. ", partial=False),
        _said(tool_calls=[{"id": "c1", "name": "weather", "args": {"at": 1}, "status": "working"}]),
        _said(tool_results=[_RESULT]),
        _said("It is ", partial=True),
        _said("sunny.", partial=True),
        _said("It is sunny.", partial=False),
        _status("task-1", "completed"),
    ],
    "delete": [
        _status(
            "task-1",
            "input-required",
            'Tool \'rm\' requires approval.\nArguments: {"path": "a.txt"}',
            input_required=True,
            long_running_tool_ids=["c7"],
        )
    ],
    "remove": [
        _said(tool_calls=[{"id": "c7", "name": "rm", "args": {"path": "b"}, "status": "pending"}]),
        _said(_PENDING),
        _status("task-1", "input-required", input_required=True, long_running_tool_ids=["c7"]),
    ],
    "ask": [_status("task-1", "input-required")],
    "wait": [_said("on and ", partial=True), "wait"],
    "count": [_said("One, two, ", partial=True), "cut"],
    "fail": [_status("task-1", "failed", "agent run failed: no route to model")],
}


# By fasta2a


class _Echo(Worker[Any]):  # type: ignore[misc]  # of a package without types
    """Says what it was told; only its storage hears of it."""

    async def run_task(self, params: Any) -> None:
        await self.storage.update_task(params["id"], state="working")
        text = params["message"]["parts"][0]["text"]
        artifact = {"artifact_id": "result", "parts": [{"text": f"You said {text}."}]}
        await self.storage.update_task(
            params["id"], state="completed", new_artifacts=[artifact], new_messages=[]
        )

    async def cancel_task(self, params: Any) -> None:
        raise NotImplementedError

    def build_message_history(self, history: list[Any]) -> list[Any]:
        return history

    def build_artifacts(self, result: Any) -> list[Any]:
        return [result]


def fasta2a_app(_address: str) -> ASGIApp:
    """Return a server by fasta2a; its card names another host, as it does unless it is told."""
    broker, storage = InMemoryBroker(), InMemoryStorage[Any]()
    worker = _Echo(broker, storage)

    @asynccontextmanager
    async def lifespan(app: FastA2A) -> AsyncIterator[None]:
        async with app.task_manager, worker.run():
            yield

    app: ASGIApp = FastA2A(storage=storage, broker=broker, lifespan=lifespan)
    return app


# By a2a-sdk


class _Executor(AgentExecutor):
    """Asks in words and for a sign-in, sends files, and says a bare message."""

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        assert context.message is not None
        if context.current_task is None:
            await event_queue.enqueue_event(new_task_from_user_message(context.message))
        task, place = str(context.task_id), str(context.context_id)
        known = context.current_task
        updater = TaskUpdater(event_queue, task, known.context_id if known else place)
        await _ACTS.get(context.get_user_input(), _repeat)(context, updater)

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        await TaskUpdater(event_queue, str(context.task_id), str(context.context_id)).cancel()


async def _ask(_context: RequestContext, updater: TaskUpdater) -> None:
    text = Part(text="Which colour?")
    await updater.requires_input(updater.new_agent_message([text]))


async def _sign(_context: RequestContext, updater: TaskUpdater) -> None:
    text = Part(text="Sign in at https://login.example/x first.")
    await updater.requires_auth(updater.new_agent_message([text]))


async def _draw(_context: RequestContext, updater: TaskUpdater) -> None:
    parts = [
        Part(raw=b"\x89PNG", media_type="image/png", filename="p.png"),
        Part(url="http://127.0.0.1:1/never-fetched", filename="far.txt"),
    ]
    await updater.add_artifact(parts, name="drawing")
    await updater.complete(updater.new_agent_message([Part(text="Here.")]))


async def _repeat(context: RequestContext, updater: TaskUpdater) -> None:
    await updater.start_work()
    await updater.add_artifact([Part(text=f"You said {context.get_user_input()}.")])
    await updater.complete()


_Act = Callable[[RequestContext, TaskUpdater], Awaitable[None]]
_ACTS: dict[str, _Act] = {"ask": _ask, "sign": _sign, "draw": _draw}


def sdk_app(address: str) -> ASGIApp:
    """Return a server by a2a-sdk that speaks REST alone."""
    face = AgentInterface(url=address, protocol_binding="HTTP+JSON", protocol_version="1.0")
    card = AgentCard(
        name="sdk",
        description="",
        version="1",
        supported_interfaces=[face],
        capabilities=AgentCapabilities(streaming=True),
    )
    handler = DefaultRequestHandler(
        agent_executor=_Executor(), task_store=InMemoryTaskStore(), agent_card=card
    )
    return Starlette(routes=[*create_agent_card_routes(card), *create_rest_routes(handler)])
