"""Servers that are told to stop, as processes: turns end or are handed over, streams say why."""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from cellspeak.core.conversation import Turn
from tests.engine.fleet import Member, fleet, in_a_thread
from tests.stores.conftest import postgres_process  # noqa: F401 - a fixture


@asynccontextmanager
async def sse(client: httpx.AsyncClient, session_id: str) -> AsyncIterator[AsyncIterator[Any]]:
    """Give the events of a session, each as its name and data."""
    async with client.stream("GET", f"/sessions/{session_id}/events") as stream:

        async def events() -> AsyncIterator[Any]:
            name = ""
            async for line in stream.aiter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    yield name, json.loads(line[6:])

        yield events()


def web(member: Member) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=member.transport.server.base_url, timeout=40)


async def until_it_speaks(events: AsyncIterator[Any]) -> None:
    async for _, event in events:
        if event["type"] == "message_delta":
            return


async def test_a_turn_that_ends_within_the_grace_is_seen_to_its_end(tmp_path: Path) -> None:
    async with fleet(f"sqlite:///{tmp_path / 's.db'}", 1) as (one,), web(one) as client:
        session_id = await one.create("brisk")
        async with sse(client, session_id) as events:
            await one.post(session_id)
            await until_it_speaks(events)
            one.terminate()
            rest = [(name, event) async for name, event in events]
        assert await in_a_thread(lambda: one.process.wait(20)) in (0, -signal.SIGTERM)
    said = [event.get("type") for _, event in rest]
    assert "message_complete" in said
    assert rest[-2][1]["data"] == {"status": "Idle"}
    assert (rest[-1][0], rest[-1][1]["detail"]["code"]) == ("error", "disconnected")


async def test_a_turn_that_does_not_ends_as_interrupted_and_every_stream_says_why(
    tmp_path: Path,
) -> None:
    store = f"sqlite:///{tmp_path / 's.db'}"
    async with fleet(store, 1) as (one,), web(one) as client:
        session_id = await one.create("endless")
        url = "ws" + one.transport.server.base_url.removeprefix("http") + "/ws/session"
        async with sse(client, session_id) as events, connect(url) as plain:
            await plain.send(json.dumps({"type": "connect_session", "session_id": session_id}))
            await one.post(session_id)
            await until_it_speaks(events)
            one.terminate()
            rest = [(name, event) async for name, event in events]
            closed = await until_closed(plain)
        await in_a_thread(lambda: one.process.wait(20))
    assert closed == 1012  # service restart
    assert (rest[-1][0], rest[-1][1]["detail"]["code"]) == ("error", "disconnected")
    async with fleet(store, 1) as (next_one,):
        (turn,) = (await next_one.conversation(session_id)).path
    assert interrupted(turn)


async def until_closed(socket: ClientConnection) -> int | None:
    with suppress(ConnectionClosed):
        async for _ in socket:  # what is not read keeps the end from coming
            pass
    return socket.close_code


def interrupted(turn: Turn) -> bool:
    notes = [m.data["by"]["kind"] for m in turn.messages if m.kind == "turn_cancelled"]
    return turn.idle and turn.text.startswith("word0") and notes == ["engine"]


@pytest.mark.stores
async def test_with_a_shared_store_another_server_goes_on(request: pytest.FixtureRequest) -> None:
    store = request.getfixturevalue("postgres_process").address
    async with fleet(store, 2) as (one, other):
        session_id = await one.create("endless")
        first = await one.post(session_id, "first")
        second = await one.post(session_id, "second")
        await one.read(session_id, lambda e: e.type == "message_delta")
        one.terminate()
        # Whoever listens at the other one sees the end, and that the queue goes on there.
        seen = await other.read(session_id, lambda e: e.turn_id == second and e.delta)
        turn = (await other.conversation(session_id)).turns[first]
        await other.cancel(session_id)
    assert interrupted(turn)
    assert [e.seq for e in seen] == list(range(1, len(seen) + 1))
