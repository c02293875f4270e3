"""What an append costs: memory against SQLite, one session against fifty.

Run it with `python benchmarks/stores.py [appends]`.  Each append carries four deltas, as the engine
batches them.  Read the ratios: the figures are those of this machine and its disk.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cellspeak.core.events import SessionEvent
from cellspeak.stores.base import SessionRecord, Store, this_process
from cellspeak.stores.memory import MemoryStore
from cellspeak.stores.sql import SqlStore

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
            await store.aclose()


def memory(path: Path) -> Store:
    return MemoryStore()


def sqlite(path: Path) -> Store:
    return SqlStore.sqlite(path)


async def main(appends: int) -> None:
    print(f"{'store':<8}{'sessions':>9}{'appends/s':>11}{'CPU µs':>8}{'× memory, one':>15}")
    base = await in_a_new(memory, 1, appends)
    for make in (memory, sqlite):
        for sessions in (1, 50):
            cost = await in_a_new(make, sessions, appends)
            ratio = cost.cpu / base.cpu
            figures = f"{1 / cost.elapsed:>11,.0f}{cost.cpu * 1e6:>8.0f}{ratio:>15.1f}"
            print(f"{make.__name__:<8}{sessions:>9}{figures}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
