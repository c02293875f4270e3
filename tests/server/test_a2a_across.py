"""One engine under all: what is begun over one way in is heard and decided over the others."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import pytest

from cellspeak.client import SocketTransport
from cellspeak.client.address import Server
from cellspeak.core.codec import encode
from cellspeak.core.commands import Cancel, Create, Post, Respond

from .a2a_wire import agents, message, said, state
from .serving import serving

HEADERS = {"A2A-Version": "1.0"}


class Way(Protocol):
    """A way in: it begins a task, answers it, stops it."""

    async def begin(self, agent: str) -> str: ...
    async def approve(self, agent: str, task_id: str) -> None: ...
    async def cancel(self, agent: str, task_id: str) -> None: ...


@dataclass
class Rest:
    client: httpx.AsyncClient

    async def post(self, path: str, body: Any = None) -> Any:
        answer = await self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def begin(self, agent: str) -> str:
        body = {"message": {"role": "user", "parts": [{"type": "text", "text": "go"}]}}
        return str((await self.post(f"/agents/{agent}/message/send", body))["task_id"])

    async def approve(self, agent: str, task_id: str) -> None:
        task = (await self.client.get(f"/agents/{agent}/tasks/{task_id}")).json()
        (asked,) = task["status"]["message"]["parts"]
        answer = {"type": "tool_approval", "decision": "approve", "request_id": asked["request_id"]}
        body = {"message": {"role": "user", "parts": [answer]}, "taskId": task_id}
        await self.post(f"/agents/{agent}/message/send", body)

    async def cancel(self, agent: str, task_id: str) -> None:
        await self.post(f"/agents/{agent}/tasks/{task_id}/cancel")


@dataclass
class A2A:
    client: httpx.AsyncClient

    async def call(self, agent: str, method: str, params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = (await self.client.post(f"/a2a/{agent}/", json=body, headers=HEADERS)).json()
        assert "result" in answer, answer
        return answer["result"]

    async def begin(self, agent: str) -> str:
        params = {**message("go"), "configuration": {"returnImmediately": True}}
        return str((await self.call(agent, "SendMessage", params))["task"]["id"])

    async def approve(self, agent: str, task_id: str) -> None:
        params = {
            **message("approve", mid="m-2", taskId=task_id),
            "configuration": {"returnImmediately": True},
        }
        await self.call(agent, "SendMessage", params)

    async def cancel(self, agent: str, task_id: str) -> None:
        assert state(await self.call(agent, "CancelTask", {"id": task_id})) == "CANCELED"


@dataclass
class Socket:
    transport: SocketTransport

    async def begin(self, agent: str) -> str:
        create = Create(agent={"name": agent}, client_id=uuid.uuid4().hex)
        session_id = (await self.transport.send(create)).session_id
        post = Post(
            session_id=session_id, client_id=uuid.uuid4().hex, messages=({"content": "go"},)
        )
        return str((await self.transport.send(post)).turn_id)

    async def approve(self, agent: str, task_id: str) -> None:
        session_id = task_id.rpartition(".")[0]
        turn = (await self.transport.conversation(session_id)).turns[task_id]
        (asked,) = turn.pending
        answer = Respond(
            session_id=session_id,
            client_id=uuid.uuid4().hex,
            request_id=asked.request_id,
            approved=True,
        )
        await self.transport.send(answer)

    async def cancel(self, agent: str, task_id: str) -> None:
        stop = Cancel(session_id=task_id.rpartition(".")[0], client_id="c", turn_id=task_id)
        await self.transport.send(stop)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(agents()) as address:
        yield address


@pytest.fixture
async def ways(address: str) -> AsyncIterator[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=address, timeout=20) as client:
        transport = SocketTransport(Server(base_url=address))
        try:
            yield {"rest": Rest(client), "a2a": A2A(client), "socket": Socket(transport)}
        finally:
            await transport.aclose()


# Listening


class Reader:
    """Listens to one task, and tells when it has heard that nothing more comes by itself."""

    def __init__(self, events: AsyncIterator[Any], stands: Callable[[Any], bool]) -> None:
        self.reached = asyncio.Event()
        self.heard = asyncio.create_task(self._listen(events, stands))

    async def _listen(self, events: AsyncIterator[Any], stands: Callable[[Any], bool]) -> list[Any]:
        found = []
        async for event in events:
            found.append(event)
            if stands(event):
                self.reached.set()
        return found


async def lines(client: httpx.AsyncClient, method: str, path: str, body: Any) -> AsyncIterator[Any]:
    async with client.stream(method, path, json=body, headers=HEADERS) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line[6:])


async def over_rest(ways: dict[str, Any], session_id: str) -> AsyncIterator[Any]:
    path = f"/sessions/{session_id}/events"
    async for event in lines(ways["rest"].client, "GET", path, None):
        yield event
        if event["data"].get("status") == "Idle":
            return


async def over_socket(ways: dict[str, Any], session_id: str) -> AsyncIterator[Any]:
    async with aclosing(ways["socket"].transport.events(session_id)) as events:
        async for event in events:
            yield encode(event)
            if event.is_turn_end:
                return


async def over_a2a(ways: dict[str, Any], agent: str, task_id: str) -> AsyncIterator[Any]:
    body = {"jsonrpc": "2.0", "id": 1, "method": "SubscribeToTask", "params": {"id": task_id}}
    async for frame in lines(ways["a2a"].client, "POST", f"/a2a/{agent}/", body):
        yield frame["result"]


def asks_in_log(event: Any) -> bool:
    return bool(event["data"].get("status") == "AwaitingApproval")


def asks_in_a2a(frame: Any) -> bool:
    status = frame.get("task") or frame.get("statusUpdate")
    return status is not None and state(status) == "INPUT_REQUIRED"


def speaks_in_log(event: Any) -> bool:
    return bool(event["type"] == "message_delta")


def speaks_in_a2a(frame: Any) -> bool:
    return "artifactUpdate" in frame or "artifacts" in frame.get("task", {})


STANDS = {"gated": (asks_in_log, asks_in_a2a), "slow": (speaks_in_log, speaks_in_a2a)}


async def heard(
    ways: dict[str, Any], agent: str, task_id: str, act: Callable[[str, str], Any]
) -> list[list[Any]]:
    """Do *act* once three readers wait with the task; return what each of them has heard."""
    session_id = task_id.rpartition(".")[0]
    in_log, in_a2a = STANDS[agent]
    readers = [
        Reader(over_rest(ways, session_id), in_log),
        Reader(over_socket(ways, session_id), in_log),
        Reader(over_a2a(ways, agent, task_id), in_a2a),
    ]
    async with asyncio.timeout(30):
        await asyncio.gather(*(reader.reached.wait() for reader in readers))
        await act(agent, task_id)
        return [await reader.heard for reader in readers]


def lasting(events: list[Any]) -> list[Any]:
    """Return what stays in the log: deltas may go once the whole message is there."""
    return [e for e in events if e["type"] != "message_delta"]


WAYS = ("rest", "a2a", "socket")


@pytest.mark.parametrize("begun", WAYS)
@pytest.mark.parametrize("decided", WAYS)
async def test_a_question_of_one_way_is_answered_over_another(
    ways: dict[str, Any], begun: str, decided: str
) -> None:
    first: Way = ways[begun]
    second: Way = ways[decided]
    task_id = await first.begin("gated")
    rest, socket, a2a = await heard(ways, "gated", task_id, second.approve)
    assert lasting(rest) == lasting(socket)
    assert [e["seq"] for e in rest] == sorted({e["seq"] for e in rest})
    task = await ways["a2a"].call("gated", "GetTask", {"id": task_id})
    assert (state(task), task["id"]) == ("COMPLETED", task_id)
    before = a2a[0]["task"].get("artifacts", [{"parts": [{"text": ""}]}])[0]["parts"][0]["text"]
    assert before + said(a2a) == task["artifacts"][0]["parts"][0]["text"]
    assert before + said(a2a) == "I will delete it.\n\nDone."


@pytest.mark.parametrize("begun", WAYS)
@pytest.mark.parametrize("decided", WAYS)
async def test_what_runs_over_one_way_is_stopped_over_another(
    ways: dict[str, Any], begun: str, decided: str
) -> None:
    first: Way = ways[begun]
    second: Way = ways[decided]
    task_id = await first.begin("slow")
    rest, socket, a2a = await heard(ways, "slow", task_id, second.cancel)
    assert lasting(rest) == lasting(socket)
    assert [e["seq"] for e in rest] == sorted({e["seq"] for e in rest})
    assert state(a2a[-1]["statusUpdate"]) == "CANCELED"


@pytest.mark.parametrize("begun", WAYS)
async def test_a_session_of_one_way_goes_on_over_a2a(ways: dict[str, Any], begun: str) -> None:
    first: Way = ways[begun]
    session_id = (await first.begin("talker")).rpartition(".")[0]
    more = message("and on", mid="m-9", contextId=session_id)
    task = (await ways["a2a"].call("talker", "SendMessage", more))["task"]
    assert (task["id"], state(task)) == (f"{session_id}.2", "COMPLETED")
    listed = await ways["a2a"].call("talker", "ListTasks", {"contextId": session_id})
    assert [t["id"] for t in listed["tasks"]] == [f"{session_id}.2", f"{session_id}.1"]
