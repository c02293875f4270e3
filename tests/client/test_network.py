"""The client on bad networks: nothing lost, nothing twice, and a clear end when it is over."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from cellspeak.agents.scripted import Ask, Call, Say, Script
from cellspeak.client import Patience, Server, SocketTransport
from cellspeak.client.retries import Retries
from cellspeak.core.codec import dumps
from cellspeak.core.commands import Create, Post, Respond
from cellspeak.core.events import SessionEvent
from cellspeak.core.wire import encode_event_frame
from cellspeak.errors import (
    ConnectError,
    ProtocolError,
    SessionDisconnectedError,
    ValidationError,
)
from tests.server.serving import agent_of, serving

from .network import bad_network

SEEDS = range(500 if os.environ.get("CELLSPEAK_ALL") else 20)
QUICK = Patience(budget=20, first=0.002, most=0.005)
SPENT = Patience(budget=0.05, first=0.01, most=0.02)

LONG: Script = [
    Say(" ".join(f"word{n}" for n in range(120)), pieces=120),
    Ask(Call("delete_file", {"path": "a"}, result="ok"), then=[Say("Done. " * 40, pieces=40)]),
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving([agent_of(LONG, "long")]) as address:
        yield address


@asynccontextmanager
async def client(address: str, patience: Patience = QUICK) -> AsyncIterator[SocketTransport]:
    transport = SocketTransport(Server(address), patience)
    try:
        yield transport
    finally:
        await transport.aclose()


async def read(
    transport: SocketTransport, session_id: str, until: Callable[[SessionEvent], bool]
) -> list[SessionEvent]:
    found = []
    async with aclosing(transport.events(session_id)) as events:
        async for event in events:
            found.append(event)
            if until(event):
                break
    return found


async def converse(transport: SocketTransport, seed: int) -> str:
    """Post and approve, from afar; return the session."""
    spec = {"kind": "agent", "name": "long"}
    made = await transport.send(Create(agent=spec, client_id=f"{id(transport)}-{seed}"))
    session_id = made.session_id
    await transport.send(Post(session_id=session_id, client_id="p", messages=({"content": "go"},)))
    asked = (await read(transport, session_id, lambda e: e.requires_action))[-1]
    request_id = str(asked.data["request_id"])
    await transport.send(
        Respond(session_id=session_id, client_id="r", request_id=request_id, approved=True)
    )
    return session_id


@pytest.mark.parametrize("seed", SEEDS)
async def test_however_a_network_cuts_each_event_comes_once_and_in_order(
    server: str, seed: int
) -> None:
    async with bad_network(server, seed) as network, client(network.address) as far:
        session_id = await converse(far, seed)
        readers = [read(far, session_id, lambda e: e.is_turn_end) for _ in range(3)]
        lists = await asyncio.gather(*readers)
        conversation = await far.conversation(session_id)
        async with client(server) as near:
            expected = await read(near, session_id, lambda e: e.is_turn_end)
            assert (await near.conversation(session_id)).turns.keys() == conversation.turns.keys()
    assert network.cuts > 0
    assert [e.seq for e in expected] == list(range(1, len(expected) + 1))
    assert all(found == expected for found in lists)
    assert sum(e.type == "message_posted" for e in expected) == 1
    assert sum(e.type == "tool_result" for e in expected) == 1


async def test_a_server_that_is_not_there_is_a_clear_error_once_the_budget_is_spent() -> None:
    async with client("http://127.0.0.1:9", SPENT) as transport:
        with pytest.raises(ConnectError, match=r"127\.0\.0\.1:9 could not be reached.*running\?"):
            await transport.send(Create(agent={"name": "x"}, client_id="c"))
        with pytest.raises(ConnectError, match="could not be reached"):
            await transport.conversation("s")
        with pytest.raises(SessionDisconnectedError, match=r"listen\(after=0\)") as lost:
            await read(transport, "s", lambda _: True)
        assert (lost.value.seq, lost.value.session_id) == (0, "s")


async def test_a_reader_whose_server_goes_for_good_is_told_the_number_it_reached() -> None:
    with serving([agent_of([Say("hi")], "short")]) as address:
        transport = SocketTransport(Server(address), SPENT)
        made = await transport.send(Create(agent={"name": "short"}, client_id="c"))
        post = Post(session_id=made.session_id, client_id="p", messages=({"content": "go"},))
        await transport.send(post)
        events = transport.events(made.session_id)
        reached = 0
        async for event in events:
            reached = event.seq or 0
            if event.is_turn_end:
                break
    with pytest.raises(SessionDisconnectedError, match=f"lost at event {reached}") as lost:
        await anext(events)
    assert lost.value.seq == reached
    await transport.aclose()


@asynccontextmanager
async def peer(serve_one: Callable[[ServerConnection], object]) -> AsyncIterator[str]:
    """Open a server of other people's making."""
    async with serve(serve_one, "127.0.0.1", 0) as opened:  # type: ignore[arg-type]  # is awaited
        port = next(iter(opened.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"


def frame(seq: int, kind: str = "message_delta") -> str:
    event = SessionEvent(type=kind, session_id="s", seq=seq, data={"delta": "x"})
    return dumps(encode_event_frame(event))


async def test_doubled_and_missing_frames_are_dropped_and_asked_for_again() -> None:
    asked: list[int] = []

    async def careless(socket: ServerConnection) -> None:
        after = json.loads(await socket.recv())["after"]
        asked.append(after)
        await socket.send(json.dumps({"type": "connect_session", "success": True, "events": 1}))
        for seq in (after + 1, after + 1, after + 2, after, after + 4):
            await socket.send(frame(seq))
        await socket.wait_closed()

    async with peer(careless) as address, client(address) as transport:
        events = await read(transport, "s", lambda e: e.seq == 6)
    assert [e.seq for e in events] == [1, 2, 3, 4, 5, 6]
    assert asked == [0, 2, 4]


async def test_a_peer_that_sends_no_json_ends_as_a_lost_connection() -> None:
    async def silly(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send("]")

    async with peer(silly) as address, client(address, SPENT) as transport:
        with pytest.raises(SessionDisconnectedError, match="ProtocolError"):
            await read(transport, "s", lambda _: True)
        with pytest.raises(ProtocolError, match="expected JSON from the server; got ']'"):
            await transport.send(Create(agent={}, client_id="c"))


async def test_a_message_too_large_for_the_server_is_not_sent_again(server: str) -> None:
    async with client(server) as transport:
        made = await transport.send(Create(agent={"name": "long"}, client_id="big"))
        file = {"name": "big.bin", "mime": "x/y", "data": "A" * (17 << 20)}
        message = {"content": "look", "files": [file]}
        post = Post(session_id=made.session_id, client_id="p", messages=(message,))
        with pytest.raises(ValidationError, match="larger than the server takes"):
            await transport.send(post)


async def test_the_pauses_grow_and_stay_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    clock = [0.0]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr("cellspeak.client.retries.asyncio.sleep", sleep)
    monkeypatch.setattr("cellspeak.client.retries.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("cellspeak.client.retries.random.uniform", lambda _low, high: high)
    retries = Retries(Patience(budget=10, first=1, most=4))
    while await retries.pause():
        pass
    assert slept == [1, 2, 4, 3]
    retries.succeed()
    assert await retries.pause()
    assert slept[-1] == 1
