"""Readers that do not read, peers that are dead, and a server that stops."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from cellspeak.agents.scripted import Say, Wait
from cellspeak.server.app import make_app
from cellspeak.server.run import Server
from cellspeak.stores.memory import MemoryStore

from .serving import agent_of, running, serving

PIECE = "x" * 50_000
MANY = 300
"""Pieces of 50 KB: 15 MB in all, far more than sockets and buffers on the way hold."""


def handshake(address: str, path: str = "/ws/session") -> socket.socket:
    """Open a session socket and then do nothing: no pong, no read."""
    where = urlsplit(address)
    opened = socket.create_connection((str(where.hostname), where.port or 0), timeout=20)
    key = base64.b64encode(os.urandom(16)).decode()
    opened.sendall(
        (
            f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()
    )
    assert b" 101 " in opened.recv(4096)
    return opened


def masked(frame: dict[str, object]) -> bytes:
    """Return *frame* as a client's text message."""
    body = json.dumps(frame).encode()
    assert len(body) < 65536
    head = (
        b"\x81\xfe" + len(body).to_bytes(2, "big")
        if len(body) > 125
        else (b"\x81" + bytes([0x80 | len(body)]))
    )
    return head + b"\0\0\0\0" + body


def held(server: Server) -> list[int]:
    """Return the bytes that wait in the server for each of its connections."""
    return [c.transport.get_write_buffer_size() for c in list(server.server_state.connections)]


def test_a_reader_that_does_not_read_costs_the_server_no_memory_and_nobody_else_any_time() -> None:
    agent = agent_of([Say(PIECE) for _ in range(MANY)], "talker")
    with running(make_app(MemoryStore, [agent])) as (address, server):
        made = httpx.post(f"{address}/sessions", json={"agentId": "talker"}).json()
        lazy = [handshake(address) for _ in range(3)]
        for reader in lazy:
            asked = {"type": "connect_session", "events": 1, "after": 0}
            reader.sendall(masked({**asked, "session_id": made["sessionId"]}))
        path = f"{address}/sessions/{made['sessionId']}/tasks"
        done = httpx.post(path, json={"input": {"content": "go"}}, timeout=40)
        assert len(done.json()["output"]["content"]) == len(PIECE) * MANY
        until = time.monotonic() + 20
        while sum(size > 0 for size in held(server)) < len(lazy):  # the tails come after the turn
            assert time.monotonic() < until, "15 MB fit on the way: send more"
            time.sleep(0.01)
        full = sum(held(server))
        httpx.post(path, json={"input": {"content": "again"}}, timeout=40)
        # It would be another turn for each of them if what nobody reads were sent.
        assert sum(held(server)) < full + len(PIECE) * MANY
        for reader in lazy:
            reader.close()


def test_a_dead_peer_is_noticed() -> None:
    app = make_app(MemoryStore, [agent_of([Say("Hello.")], "Ada")])
    with running(app, alive=0.2) as (address, _):
        dead = handshake(address)
        came = bytearray()
        while chunk := dead.recv(4096):  # pings, a close, and the end: 20 s at most
            came += chunk
        assert came[:1] == b"\x89"
        dead.close()


async def test_streams_end_with_a_reason_when_the_server_stops() -> None:
    stack = ExitStack()
    address = stack.enter_context(serving([agent_of([Say("on"), Wait(60)], "slow")]))
    url = "ws" + address.removeprefix("http") + "/ws/session"
    async with httpx.AsyncClient(base_url=address, timeout=20) as client, connect(url) as opened:
        made = (await client.post("/sessions", json={"agentId": "slow"})).json()
        path = f"/sessions/{made['sessionId']}/events"
        async with client.stream("GET", path) as stream:
            said = stream.aiter_lines()
            assert await anext(said) == "id: 1"
            loop = asyncio.get_running_loop()
            closing = loop.run_in_executor(None, stack.close)
            rest = [line async for line in said if line]
        assert rest[-2] == "event: error"
        assert json.loads(rest[-1].removeprefix("data: "))["detail"]["code"] == "disconnected"
        with pytest.raises(ConnectionClosed) as closed:
            await opened.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012  # service restart
        await closing
