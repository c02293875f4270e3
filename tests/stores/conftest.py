"""A clock to turn, and the stores that the contract is tested on."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cellspeak.stores.base import Store
from cellspeak.stores.memory import MemoryStore
from cellspeak.stores.sql import SqlStore

from .servers import Server, postgres_server, redis_server


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


@pytest.fixture(scope="session")
def postgres_process() -> Iterator[Server]:
    server = postgres_server()
    yield server
    server.remove()


@pytest.fixture
async def postgres_address(postgres_process: Server) -> str:
    """Return the address of an empty database."""
    import asyncpg

    connection = await asyncpg.connect(postgres_process.address)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    return postgres_process.address


@pytest.fixture
async def postgres(clock: Clock, postgres_address: str) -> AsyncIterator[Store]:
    store = SqlStore(postgres_address, now=clock)
    yield store
    await store.aclose()


@pytest.fixture(scope="session")
def redis_process() -> Iterator[Server]:
    server = redis_server()
    yield server
    server.remove()


@pytest.fixture
async def redis_address(redis_process: Server) -> str:
    """Return the address of an empty Redis."""
    from redis.asyncio import Redis

    async with Redis.from_url(redis_process.address) as client:
        await client.flushall()
    return redis_process.address


@pytest.fixture
async def redis(clock: Clock, redis_address: str) -> AsyncIterator[Store]:
    from cellspeak.stores.redis import RedisStore

    store = RedisStore(redis_address, now=clock)
    yield store
    await store.aclose()


# Another store joins the contract with a fixture above and its name here.
@pytest.fixture(
    params=[
        "memory",
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.stores),
        pytest.param("redis", marks=pytest.mark.stores),
    ]
)
def store(request: pytest.FixtureRequest) -> Store:
    made: Store = request.getfixturevalue(request.param)
    return made
