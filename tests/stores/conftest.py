"""A clock to turn, and the stores that the contract is tested on."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cellspeak.stores.base import Store
from cellspeak.stores.memory import MemoryStore
from cellspeak.stores.sql import SqlStore


@dataclass
class Clock:
    """Seconds since 1970, moved on by hand."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def memory(clock: Clock) -> AsyncIterator[Store]:
    store = MemoryStore(now=clock)
    yield store
    await store.aclose()


@pytest.fixture
async def sqlite(clock: Clock, tmp_path: Path) -> AsyncIterator[Store]:
    store = SqlStore.sqlite(tmp_path / "chats.db", now=clock)
    yield store
    await store.aclose()


# Another store joins the contract with a fixture above and its name here.
@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Store:
    made: Store = request.getfixturevalue(request.param)
    return made
