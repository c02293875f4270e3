"""How far many sessions that stream at once lag behind, through the server and its sockets.

    python benchmarks/server.py [--quick] [--write]

Each session has a socket of its own (native events) and an agent that says 20 words a second.
Every word is the time at which it was said, so a reader knows how late it comes, and counts that
none is missing.  The server is a process of its own; the readers share another.  PostgreSQL and
Redis are started beside it where they are there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from report import ROOT, load_note, percentile, table, write
from websockets.asyncio.client import ClientConnection, connect

from cellspeak.agent import Agent
from cellspeak.agents import base
from cellspeak.agents.base import Output, TurnRequest
from cellspeak.local import open_store
from cellspeak.server.app import make_app
from cellspeak.server.run import Server, listen, uvicorn_config
from cellspeak.stores.memory import MemoryStore

sys.path.insert(0, str(ROOT))  # the stores' servers are those of the tests

from tests.stores.servers import postgres_server, redis_server

PACE = 0.05
"""Seconds between two words of a session: 20 a second, a fast reader's speed three times over."""
BUDGET = 0.25
"""Seconds of lag, the 95th percentile, with 1,000 sessions in memory."""
HEADS = ("store", "sessions", "words", "missing", "p50 ms", "p95 ms", "max ms", "server CPU")


class Clock:
    """An agent that says what time it is, `words` times."""

    def __init__(self, words: int) -> None:
        self.words = words

    async def answer(self, _request: TurnRequest) -> AsyncIterator[Output]:
        """Speak on time: what comes late does not slow down what follows."""
        start = asyncio.get_running_loop().time()
        for n in range(self.words):
            await asyncio.sleep(start + n * PACE - asyncio.get_running_loop().time())
            yield base.say(f"{time.time():.4f} ")


def serve(store: str, words: int) -> None:
    """Serve until told to stop; says its port first."""
    app = make_app(
        MemoryStore if store == "memory" else lambda: open_store(store),
        [Agent("clock", runtime=Clock(words))],
    )
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        print(port, flush=True)
        Server(app, uvicorn_config(app, "127.0.0.1", port)).run([listening])


@contextmanager
def server(store: str, words: int) -> Iterator[tuple[str, psutil.Process]]:
    """Start the server in a process of its own; give its socket's address and the process."""
    command = [sys.executable, __file__, "--serve", store, "--words", str(words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            yield f"ws://127.0.0.1:{port}/ws/session", psutil.Process(process.pid)
        finally:
            process.terminate()


@dataclass
class Heard:
    """What the readers of one run got: when each word was said, and how late it came."""

    lags: list[tuple[float, float]] = field(default_factory=list)
    begins: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    gaps: int = 0
    busy: float = 0.0
    """Cores that the server used while all spoke."""

    def steady(self) -> list[float]:
        """Return the lags of what was said while all sessions spoke."""
        start, end = max(self.begins), min(self.ends)
        return [lag for said, lag in self.lags if start <= said <= end]


async def open_session(address: str) -> tuple[ClientConnection, str]:
    """Open a session on a socket of its own."""
    for patience in (0.1, 0.5, 2.0):
        with suppress(OSError):
            socket = await connect(address, compression=None, max_queue=None, ping_interval=None)
            break
        await asyncio.sleep(patience)
    ask = {"type": "create_session", "object_type": "agent", "object_id": "clock"}
    await socket.send(json.dumps({**ask, "events": 1, "client_id": f"c{id(socket)}"}))
    session = json.loads(await socket.recv())["session_id"]
    follow = {"type": "connect_session", "session_id": session, "events": 1, "after": 0}
    await socket.send(json.dumps(follow))
    await socket.recv()
    return socket, session


async def listen_to(socket: ClientConnection, session: str, heard: Heard) -> None:
    """Ask once and read the whole answer."""
    post = {"type": "post_messages", "session_id": session, "messages": [{"content": "go"}]}
    await socket.send(json.dumps({**post, "events": 1, "client_id": f"p{session}"}))
    seq, said = 0, []
    async for frame in socket:
        now = time.time()
        event = json.loads(frame).get("event")
        if event is None:
            continue
        heard.gaps += event["seq"] != seq + 1
        seq = event["seq"]
        if event["type"] == "message_delta":
            words = [float(word) for word in event["data"]["delta"].split()]
            heard.lags += [(word, now - word) for word in words]
            said += words
        elif event["data"].get("status") == "Idle":
            break
    heard.begins.append(said[0])
    heard.ends.append(said[-1])
    await socket.close()


async def measure(store: str, sessions: int, words: int) -> Heard:
    """Have *sessions* sessions speak at once."""
    heard = Heard()
    with server(store, words) as (address, process):
        opened = [await open_session(address) for _ in range(sessions)]
        async with asyncio.timeout(60 + 4 * words * PACE), asyncio.TaskGroup() as group:
            group.create_task(watch(process, words * PACE, heard))
            for socket, session in opened:
                group.create_task(listen_to(socket, session, heard))
    return heard


async def watch(process: psutil.Process, seconds: float, heard: Heard) -> None:
    """Measure the server's CPU in the middle half of a run."""
    await asyncio.sleep(seconds / 4)
    process.cpu_percent()
    await asyncio.sleep(seconds / 2)
    heard.busy = process.cpu_percent() / 100


def row(store: str, sessions: int, words: int, heard: Heard) -> tuple[object, ...]:
    """Return one line of the table."""
    missing = sessions * words - len(heard.lags) + heard.gaps
    lags = heard.steady()
    late = [f"{1000 * percentile(lags, share):.0f}" for share in (0.5, 0.95, 1.0)]
    said = f"{sessions * words:,}"
    return (store, f"{sessions:,}", said, missing, *late, f"{heard.busy:.2f} cores")


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, str]]:
    """Give the address of each store that this machine has."""
    made = {"memory": "memory", "sqlite": f"sqlite:///{folder}/sessions.db"}
    starts: dict[str, Callable[[], object]] = {"postgresql": postgres_server, "redis": redis_server}
    with ExitStack() as stack:
        for name, start in starts.items():
            with suppress(pytest.skip.Exception):
                started = start()
                stack.callback(started.remove)
                made[name] = started.address
        yield made


def plan(quick: bool, made: dict[str, str]) -> list[tuple[str, int]]:
    """Return which store is asked for how many sessions."""
    many = {"memory": (1000,)} if quick else {"memory": (100, 500, 1000)}
    return [(s, n) for s in made for n in many.get(s, (50,) if quick else (50, 200))]


def main() -> None:
    """Measure, print, and perhaps write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer sessions, shorter")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--store", help="only this one of memory, sqlite, postgresql, redis")
    parser.add_argument("--sessions", type=int, help="only this many")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--words", type=int, default=0, help="words per session")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.words)
        return
    words = options.words or (100 if options.quick else 240)
    rows = []
    with tempfile.TemporaryDirectory() as folder, stores(Path(folder)) as made:
        for name, sessions in plan(options.quick, made):
            if options.store in (None, name) and options.sessions in (None, sessions):
                heard = asyncio.run(measure(made[name], sessions, words))
                rows.append(row(name, sessions, words, heard))
                print(*rows[-1], sep="  ", flush=True)
    text = f"{load_note()} at the end.\n\n{table(HEADS, rows)}"
    if options.write:
        write("server", text)
    print(text)


if __name__ == "__main__":
    main()
