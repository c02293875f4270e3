"""What an append costs in each store, one session against fifty.

Run it with `python benchmarks/stores.py [appends]` from the root of the repository: PostgreSQL and
Redis are started beside it where they are there.  Each append carries four deltas, as the engine
batches them.  Read the ratios: the figures are those of this machine and its disk, the CPU is that
of this process without the servers.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from cellspeak.core.events import SessionEvent
from cellspeak.local import open_store
from cellspeak.stores.base import SessionRecord, Store, this_process
from cellspeak.stores.memory import MemoryStore
from cellspeak.stores.sql import SqlStore

sys.path.insert(0, str(Path(__file__).parents[1]))  # the servers are those of the tests

from tests.stores.servers import postgres_server, redis_server

EVENTS = 4


@dataclass(frozen=True)
class Cost:
    """Of one append, in seconds."""

    elapsed: float
    cpu: float


async def measure(store: Store, sessions: int, appends: int) -> Cost:
    names = [f"s{n}" for n in range(sessions)]
    epochs = [await begin(store, name) for name in names]
    started, used = time.perf_counter(), cpu()
    each = appends // sessions
    await asyncio.gather(
        *(write(store, name, epoch, each) for name, epoch in zip(names, epochs, strict=True))
    )
    total = each * sessions
    return Cost((time.perf_counter() - started) / total, (cpu() - used) / total)


async def begin(store: Store, name: str) -> int:
    await store.create(SessionRecord(session_id=name, agent={}))
    lease = await store.acquire(name, this_process("bench"), 1000)
    assert lease is not None
    return lease.epoch


async def write(store: Store, name: str, epoch: int, appends: int) -> None:
    for after in range(0, appends * EVENTS, EVENTS):
        await store.append(name, after, deltas(name, after), epoch=epoch)


def deltas(name: str, after: int) -> list[SessionEvent]:
    return [
        SessionEvent(
            type="message_delta",
            session_id=name,
            seq=seq,
            turn_id=f"{name}.1",
            message_id=f"{name}.1.m2",
            at="2026-11-22T09:30:00.000Z",
            data={"delta": f"word {seq} ", "index": seq},
        )
        for seq in range(after + 1, after + EVENTS + 1)
    ]


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def in_a_new(make: Callable[[Path], Store], sessions: int, appends: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        store = make(Path(folder) / "chats.db")
        try:
            return await measure(store, sessions, appends)
        finally:
            for record in await store.list():
                await store.delete(record.session_id, tombstone=False)
            await store.aclose()


@contextmanager
def stores() -> Iterator[dict[str, Callable[[Path], Store]]]:
    """Give how to make each store that this machine has."""
    made: dict[str, Callable[[Path], Store]] = {
        "memory": lambda _: MemoryStore(),
        "sqlite": SqlStore.sqlite,
    }
    with ExitStack() as stack:
        for name, start in (("postgres", postgres_server), ("redis", redis_server)):
            with suppress(pytest.skip.Exception):
                server = start()
                stack.callback(server.remove)
                made[name] = lambda _, address=server.address: open_store(address)
        yield made


async def main(appends: int) -> None:
    print(f"{'store':<9}{'sessions':>9}{'appends/s':>11}{'CPU µs':>8}{'× memory, one':>15}")
    with stores() as made:
        base = await in_a_new(made["memory"], 1, appends)
        for name, make in made.items():
            for sessions in (1, 50):
                cost = await in_a_new(make, sessions, appends)
                figures = f"{1 / cost.elapsed:>11,.0f}{cost.cpu * 1e6:>8.0f}"
                print(f"{name:<9}{sessions:>9}{figures}{cost.cpu / base.cpu:>15.1f}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
