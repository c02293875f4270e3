"""What only a database server or Redis can do to a store: tell, die, refuse, be shared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from redis import exceptions as redis_errors

from cellspeak.core.events import SessionEvent
from cellspeak.errors import SessionNotFoundError, StoreError, ValidationError
from cellspeak.local import open_store
from cellspeak.stores import watch
from cellspeak.stores.base import (
    SavedState,
    SessionRecord,
    Store,
    StoreUnavailableError,
    this_process,
)
from cellspeak.stores.redis.failures import told

from .servers import Server

HERE = this_process("here")
KINDS = [pytest.param(kind, marks=pytest.mark.stores) for kind in ("postgres", "redis")]


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"{request.param}_address")
    return found


@pytest.fixture
def server(request: pytest.FixtureRequest, address: str) -> Server:
    name = address.partition(":")[0].removesuffix("ql")
    found: Server = request.getfixturevalue(f"{name}_process")
    return found


@pytest.fixture
async def stores(address: str) -> AsyncIterator[list[Store]]:
    """Two stores at one address, as two processes have them."""
    made = [open_store(address), open_store(address)]
    yield made
    for store in made:
        await store.aclose()


def event(seq: int, session_id: str = "s1") -> SessionEvent:
    return SessionEvent(type="x", session_id=session_id, seq=seq, data={"n": seq})


async def begin(store: Store, session_id: str = "s1") -> int:
    await store.create(SessionRecord(session_id=session_id, agent={}))
    lease = await store.acquire(session_id, HERE, 1000)
    assert lease is not None
    return lease.epoch


async def settled(store: Store) -> None:
    """Return when what was begun in *store* is done, and only waiting is left."""
    for _ in range(3):
        await store.inboxes(["s1"], 0.05)
        await store.list()


class TestTelling:
    async def test_appends_and_posts_of_another_process_are_heard_and_not_looked_for(
        self, stores: list[Store], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watch, "TOLD", 1000.0)
        writer, reader = stores
        epoch = await begin(writer)
        assert await reader.inboxes(["s1"], 0.01) == []  # it listens from now on
        waiting = asyncio.create_task(reader.wait("s1", 0, 1000))
        knocked = asyncio.create_task(reader.inboxes(["s0", "s1"], 1000))
        await asyncio.sleep(0.2)
        await writer.append("s1", 0, [event(1)], epoch=epoch)
        await writer.post("s1", {"type": "cancel"})
        assert await asyncio.wait_for(waiting, 20)
        assert await asyncio.wait_for(knocked, 20) == ["s1"]

    async def test_what_is_not_heard_is_found_by_looking(
        self, stores: list[Store], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watch.Watch, "_heard", lambda *_: None)
        monkeypatch.setattr(watch, "TOLD", 0.05)
        writer, reader = stores
        epoch = await begin(writer)
        waiting = asyncio.create_task(reader.wait("s1", 0, 1000))
        await asyncio.sleep(0.2)
        await writer.append("s1", 0, [event(1)], epoch=epoch)
        assert await asyncio.wait_for(waiting, 20)

    async def test_the_end_of_a_session_is_heard(self, stores: list[Store]) -> None:
        writer, reader = stores
        await begin(writer)
        waiting = asyncio.create_task(reader.wait("s1", 0, 1000))
        await settled(reader)
        await writer.delete("s1")
        with pytest.raises(SessionNotFoundError):
            await asyncio.wait_for(waiting, 20)


class TestDying:
    async def test_a_killed_server_is_one_sentence_and_comes_back_with_everything(
        self, stores: list[Store], server: Server
    ) -> None:
        writer, reader = stores
        epoch = await begin(writer)
        state = SavedState(turn_id="s1.1", state=b"x")
        await writer.append("s1", 0, [event(1)], epoch=epoch, state=state)
        waiting = asyncio.create_task(reader.wait("s1", 1, 1000))
        await settled(reader)
        server.kill()
        for asked in (writer.append("s1", 1, [event(2)], epoch=epoch), writer.list()):
            with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1") as caught:
                await asked
            assert len(str(caught.value).splitlines()) == 1
        await asyncio.get_running_loop().run_in_executor(None, server.start)
        assert list(await writer.read("s1", 0)) == [event(1)]
        assert await writer.state("s1", "s1.1") == b"x"
        await writer.append("s1", 1, [event(2)], epoch=epoch)
        assert await asyncio.wait_for(waiting, 20)  # who listened is told again

    @pytest.mark.stores
    async def test_a_stopped_process_holds_no_row_for_ever(self, postgres_address: str) -> None:
        import asyncpg

        from cellspeak.stores.sql import SqlStore

        store = SqlStore(postgres_address, patience=1.0)
        epoch = await begin(store)
        holder = await asyncpg.connect(
            postgres_address, server_settings={"idle_in_transaction_session_timeout": "300"}
        )
        await holder.execute("BEGIN; SELECT 1 FROM sessions FOR UPDATE")
        await store.append("s1", 0, [event(1)], epoch=epoch)
        assert await store.read("s1", 0) == [event(1)]
        holder.terminate()
        await store.aclose()


class TestSharing:
    async def test_processes_that_start_together_make_one_database(self, address: str) -> None:
        made = [open_store(address) for _ in range(4)]
        await asyncio.gather(*(begin(s, f"s{n}") for n, s in enumerate(made)))
        assert {r.session_id for r in await made[0].list()} == {"s0", "s1", "s2", "s3"}
        for store in made:
            await store.aclose()

    async def test_writers_of_the_same_sessions_never_wait_for_each_other(
        self, stores: list[Store]
    ) -> None:
        """In two orders, as two processes write: a deadlock would cost PostgreSQL a second."""
        names = [f"s{n}" for n in range(12)]
        for name in names:
            await begin(stores[0], name)
        async with asyncio.timeout(20):
            for k in range(15):
                ups = [stores[0].label(name, {"up": k}) for name in names]
                downs = [stores[1].label(name, {"down": k}) for name in reversed(names)]
                await asyncio.gather(*ups, *downs)
        labels = [r.labels for r in await stores[0].list()]
        assert labels == [{"up": 14, "down": 14}] * len(names)

    async def test_a_blob_is_put_and_removed_at_the_same_time(self, stores: list[Store]) -> None:
        for k in range(10):
            for name in (f"a{k}", f"b{k}"):
                await begin(stores[0], name)
            sha = f"{k:064}"
            await stores[0].put_blob(f"a{k}", sha, b"x")
            await asyncio.gather(stores[0].delete(f"a{k}"), stores[1].put_blob(f"b{k}", sha, b"x"))
            assert await stores[0].get_blob(f"b{k}", sha) == b"x"


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("address", "missing", "line"),
        [
            ("postgresql://h/x", "asyncpg", r"pip install 'cellspeak\[postgres\]'"),
            ("redis://h", "redis", r"pip install 'cellspeak\[redis\]'"),
        ],
    )
    def test_a_missing_driver_is_named_with_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch, address: str, missing: str, line: str
    ) -> None:
        found: Callable[[str], Any] = lambda name: None if name == missing else object()  # noqa: E731
        monkeypatch.setattr("cellspeak.local.find_spec", found)
        monkeypatch.setattr("cellspeak.stores.sql.store.find_spec", found)
        with pytest.raises(ValidationError, match=line):
            open_store(address)

    @pytest.mark.parametrize(
        "address", ["redis://:hunter2@h:port/0", "postgres://u:hunter2@h:port/x", "x://hunter2"]
    )
    def test_a_wrong_address_is_refused_without_its_password(self, address: str) -> None:
        with pytest.raises(ValidationError) as caught:
            open_store(address)
        assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize("scheme", ["redis", "postgresql"])
    async def test_a_server_that_is_not_there_is_named_without_the_password(
        self, scheme: str
    ) -> None:
        store = open_store(f"{scheme}://ada:hunter2@127.0.0.1:9/0")
        with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1") as caught:
            await store.list()
        assert "hunter2" not in str(caught.value)
        await store.aclose()

    @pytest.mark.parametrize(
        ("error", "sentence"),
        [
            (redis_errors.ResponseError("MISCONF Errors writing to the AOF file"), "disk is full"),
            (redis_errors.OutOfMemoryError("command not allowed"), "memory is full"),
            (redis_errors.ReadOnlyError("You can't write"), "primary server"),
            (redis_errors.BusyLoadingError("Redis is loading"), "try again"),
            (redis_errors.AuthenticationError("WRONGPASS invalid"), "password"),
            (redis_errors.ResponseError("ERR what ada said"), "it answered ResponseError"),
        ],
    )
    def test_each_trouble_of_redis_is_one_sentence(self, error: Exception, sentence: str) -> None:
        text = str(told(error, "the Redis at h:6379"))
        assert sentence in text
        assert "ada" not in text

    @pytest.mark.stores
    async def test_a_database_that_does_not_exist_says_what_to_do(
        self, postgres_address: str
    ) -> None:
        store = open_store(postgres_address.rpartition("/")[0] + "/nobodys")
        with pytest.raises(StoreError, match="createdb"):
            await store.list()
        await store.aclose()

    async def test_a_closed_store_says_so(self, stores: list[Store]) -> None:
        await begin(stores[0])
        waiting = asyncio.create_task(stores[0].wait("s1", 0, timeout=1000))
        await settled(stores[0])
        await stores[0].aclose()
        with pytest.raises(StoreError, match="was closed"):
            await asyncio.wait_for(waiting, 20)
