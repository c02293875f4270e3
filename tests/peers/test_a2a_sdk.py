"""a2a-sdk's own client works against our server: both transports, both versions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from a2a.client import A2ACardResolver, Client, ClientConfig, ClientFactory
from a2a.types import (
    CancelTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    Message,
    Part,
    Role,
    SendMessageRequest,
    StreamResponse,
    SubscribeToTaskRequest,
    TaskState,
)
from a2a.utils.errors import (
    A2AError,
    TaskNotCancelableError,
    TaskNotFoundError,
    UnsupportedOperationError,
)
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Value

from tests.server.a2a_wire import agents
from tests.server.serving import serving

pytestmark = pytest.mark.peer

VARIANTS = [(b, v) for v in ("1.0", "0.3") for b in ("JSONRPC", "HTTP+JSON")]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(agents()) as address:
        yield address


class Peer:
    """a2a-sdk's clients, one for each agent, over one transport and version."""

    def __init__(self, address: str, http: httpx.AsyncClient, binding: str, version: str) -> None:
        self.address, self.http, self.binding, self.version = address, http, binding, version

    def error(self, kind: type[A2AError]) -> type[A2AError]:
        """Return what it raises; over REST its 0.3 client does not read its own server's errors."""
        return A2AError if (self.binding, self.version) == ("HTTP+JSON", "0.3") else kind

    async def client(self, agent: str, *, streaming: bool = True) -> Client:
        card = await A2ACardResolver(self.http, f"{self.address}/a2a/{agent}").get_agent_card()
        fit = [
            i
            for i in card.supported_interfaces
            if (i.protocol_binding, i.protocol_version) == (self.binding, self.version)
        ]
        assert len(fit) == 1
        del card.supported_interfaces[:]
        card.supported_interfaces.extend(fit)
        config = ClientConfig(
            httpx_client=self.http,
            streaming=streaming,
            supported_protocol_bindings=[self.binding],
        )
        return ClientFactory(config).create(card)

    async def say(
        self, agent: str, *parts: Part | str, streaming: bool = True, **about: str
    ) -> list[StreamResponse]:
        made = [Part(text=p) if isinstance(p, str) else p for p in parts]
        about.setdefault("message_id", "m-1")
        message = Message(role=Role.ROLE_USER, parts=made, **about)
        client = await self.client(agent, streaming=streaming)
        return [r async for r in client.send_message(SendMessageRequest(message=message))]


@pytest.fixture(params=VARIANTS, ids="-".join)
async def peer(address: str, request: pytest.FixtureRequest) -> AsyncIterator[Peer]:
    async with httpx.AsyncClient(timeout=20) as http:
        yield Peer(address, http, *request.param)


def reply(found: list[StreamResponse]) -> str:
    text = ""
    for one in found:
        if one.HasField("artifact_update") and one.artifact_update.artifact.artifact_id == "reply":
            piece = "".join(p.text for p in one.artifact_update.artifact.parts)
            text = text + piece if one.artifact_update.append else piece
    return text


def last_state(found: list[StreamResponse]) -> str:
    last = found[-1]
    status = last.status_update.status if last.HasField("status_update") else last.task.status
    return str(TaskState.Name(status.state)).removeprefix("TASK_STATE_")


def task_id(found: list[StreamResponse]) -> str:
    return str(found[0].task.id or found[0].status_update.task_id)


def answer(found: list[StreamResponse], **more: Any) -> Part:
    parts = found[-1].status_update.status.message.parts
    asked = next(MessageToDict(p.data) for p in parts if p.HasField("data"))
    told = {"type": "tool_approval", "request_id": asked["request_id"], **more}
    return Part(data=ParseDict(told, Value()))


async def test_it_sends(peer: Peer) -> None:
    (found,) = await peer.say("talker", "hi", streaming=False)
    assert TaskState.Name(found.task.status.state) == "TASK_STATE_COMPLETED"
    assert found.task.artifacts[0].parts[0].text == "Hello there."


async def test_its_deltas_add_up(peer: Peer) -> None:
    found = await peer.say("talker", "hi")
    assert (reply(found), last_state(found)) == ("Hello there.", "COMPLETED")
    task = await (await peer.client("talker")).get_task(GetTaskRequest(id=task_id(found)))
    assert task.artifacts[0].parts[0].text == "Hello there."
    assert task.history[0].message_id == "m-1"


@pytest.mark.parametrize(
    ("decision", "said", "ran"),
    [
        ({"decision": "approve"}, "Done.", "report.txt"),
        ({"decision": "approve", "args": {"path": "b.txt"}}, "Done.", "b.txt"),
        ({"decision": "deny", "reason": "no"}, "Then not.", None),
        ("approve", "Done.", "report.txt"),
        ("deny: no", "Then not.", None),
    ],
)
async def test_it_answers_an_approval(peer: Peer, decision: Any, said: str, ran: Any) -> None:
    found = await peer.say("gated", "go")
    assert last_state(found) == "INPUT_REQUIRED"
    given = decision if isinstance(decision, str) else answer(found, **decision)
    rest = await peer.say("gated", given, task_id=task_id(found), message_id="m-2")
    assert last_state(rest) == "COMPLETED"
    assert reply(found) + reply(rest) == f"I will delete it.\n\n{said}"
    task = await (await peer.client("gated")).get_task(GetTaskRequest(id=task_id(found)))
    told = MessageToDict(task.history[-1].parts[0].data)
    assert told.get("args", {}).get("path") == ran


async def test_it_comes_back_after_a_disconnect_and_stops_the_task(peer: Peer) -> None:
    client = await peer.client("slow")
    message = Message(role=Role.ROLE_USER, parts=[Part(text="hi")], message_id="m-1")
    stream = client.send_message(SendMessageRequest(message=message))
    async for first in stream:
        task = first.task.id or first.artifact_update.task_id
        if first.HasField("artifact_update"):
            break
    await stream.aclose()  # type: ignore[attr-defined]  # an async generator
    seen = []
    async for update in client.subscribe(SubscribeToTaskRequest(id=task)):
        seen.append(update)
        if len(seen) == 1:
            stopped = await client.cancel_task(CancelTaskRequest(id=task))
            assert TaskState.Name(stopped.status.state) == "TASK_STATE_CANCELED"
    assert seen[0].task.artifacts[0].parts[0].text == "on and "
    assert last_state(seen) == "CANCELED"
    with pytest.raises(peer.error(TaskNotCancelableError)):
        await client.cancel_task(CancelTaskRequest(id=task))


async def test_its_files_and_data_reach_the_agent(peer: Peer) -> None:
    file = Part(raw=b"the cat sat", filename="cat.txt", media_type="text/plain")
    data = Part(data=ParseDict({"rows": [1, 2.5]}, Value()))
    found = await peer.say("demo", "What is in them?", file, data)
    assert "the cat sat" in reply(found)
    assert '{"rows":[1,2.5]}' in reply(found)


async def test_it_is_given_files_and_data(peer: Peer) -> None:
    (found,) = await peer.say("painter", "go", streaming=False)
    parts = {p.WhichOneof("content"): p for p in found.task.artifacts[1].parts}
    assert parts["raw"].raw == b"\x89PNG picture"
    assert parts["text"].text == "a plot"
    assert MessageToDict(parts["data"].data) == {"x": [1, 2]}


async def test_it_lists_page_by_page(peer: Peer) -> None:
    if peer.version == "0.3":  # it has no list
        with pytest.raises(NotImplementedError):
            await (await peer.client("busy")).list_tasks(ListTasksRequest())
        return
    context = f"paged-{peer.binding}"
    for n in range(3):
        await peer.say("busy", "hi", message_id=f"m-{n}", context_id=context)
    client = await peer.client("busy")
    first = await client.list_tasks(ListTasksRequest(context_id=context, page_size=2))
    token = first.next_page_token
    rest = await client.list_tasks(
        ListTasksRequest(context_id=context, page_size=2, page_token=token)
    )
    assert [len(first.tasks), len(rest.tasks), rest.total_size] == [2, 1, 3]
    assert rest.next_page_token == ""


async def test_it_is_told_what_is_wrong(peer: Peer) -> None:
    client = await peer.client("talker")
    with pytest.raises(peer.error(TaskNotFoundError)):
        await client.get_task(GetTaskRequest(id="none.1"))
    with pytest.raises(peer.error(TaskNotFoundError)):
        await client.cancel_task(CancelTaskRequest(id="none.1"))
    found = await peer.say("talker", "hi")
    with pytest.raises(peer.error(UnsupportedOperationError)):
        await peer.say("talker", "more", task_id=task_id(found), message_id="m-2")


async def test_a_failed_task_says_why(peer: Peer) -> None:
    found = await peer.say("broken", "go")
    assert last_state(found) == "FAILED"
    assert found[-1].status_update.status.message.parts[0].text == "it broke"


async def test_the_root_has_the_default_agents_card(peer: Peer) -> None:
    card = await A2ACardResolver(peer.http, peer.address).get_agent_card()
    assert card.name == "talker"
