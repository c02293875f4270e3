"""What only a database in a file can do, and what can go wrong with a file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import traceback
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import event as listening
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from cellspeak.core.events import SessionEvent
from cellspeak.errors import ConflictError, StoreError, ValidationError
from cellspeak.stores.base import SavedState, SessionRecord, Snapshot, Store, this_process
from cellspeak.stores.sql import SqlStore
from cellspeak.stores.sql.sqlite import is_remote

HERE = this_process("here")


def event(seq: int, text: str = "x") -> SessionEvent:
    return SessionEvent(type="message_delta", session_id="s1", seq=seq, data={"delta": text})


async def begin(store: Store, session_id: str = "s1") -> int:
    """Create a session, take its lease and return the epoch."""
    await store.create(SessionRecord(session_id=session_id, agent={}))
    lease = await store.acquire(session_id, HERE, 1000)
    assert lease is not None
    return lease.epoch


async def numbers(store: Store, session_id: str = "s1") -> list[int | None]:
    return [e.seq for e in await store.read(session_id, 0, 100_000)]


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def modes(folder: Path) -> dict[str, str]:
    return {path.name: mode(path) for path in folder.iterdir()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[SqlStore]:
    store = SqlStore.sqlite(file)
    yield store
    await store.aclose()


@pytest.fixture
async def other(file: Path) -> AsyncIterator[SqlStore]:
    """Give a second store on the same file, as a second kernel has it."""
    store = SqlStore.sqlite(file)
    yield store
    await store.aclose()


class TestTheFile:
    @pytest.fixture(params=[0o000, 0o022, 0o077])
    def umask(self, request: pytest.FixtureRequest) -> Iterator[None]:
        before = os.umask(request.param)
        yield
        os.umask(before)

    async def test_it_is_the_users_alone(self, tmp_path: Path, umask: None) -> None:
        file = tmp_path / "new" / "deeper" / "chats.db"
        store = SqlStore.sqlite(file)
        await begin(store)
        assert mode(tmp_path / "new") == mode(file.parent) == "0o700"
        assert modes(file.parent) == {
            "chats.db": "0o600",
            "chats.db-wal": "0o600",
            "chats.db-shm": "0o600",
        }
        await store.aclose()
        assert modes(file.parent) == {"chats.db": "0o600"}

    @pytest.fixture
    def open_to_all(self, file: Path) -> None:
        file.touch(mode=0o644)
        file.parent.chmod(0o755)

    async def test_a_file_that_others_could_read_is_closed_to_them(
        self, open_to_all: None, store: SqlStore, file: Path
    ) -> None:
        await begin(store)
        assert mode(file) == "0o600"
        assert mode(file.parent) == "0o755"

    async def test_opening_a_second_time_keeps_the_first_ones_lock(
        self, store: SqlStore, file: Path
    ) -> None:
        await begin(store)
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        second = SqlStore.sqlite(file, patience=0.05)
        with pytest.raises(StoreError, match="locked"):
            await second.list()
        attempt = (
            f"import sqlite3; sqlite3.connect({str(file)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
        )
        done = await run(attempt)
        assert b"locked" in done.stderr
        holder.close()
        await second.aclose()

    async def test_everything_is_there_after_closing(self, store: SqlStore, file: Path) -> None:
        epoch = await begin(store)
        await store.append("s1", 0, [event(1, "kept")], epoch=epoch)
        await store.aclose()
        again = SqlStore.sqlite(file)
        assert await again.read("s1", 0) == [event(1, "kept")]
        await again.aclose()

    async def test_ten_thousand_events(self, store: SqlStore) -> None:
        epoch = await begin(store)
        sent = [event(seq, f"word {seq} ") for seq in range(1, 10_001)]
        for first in range(0, 10_000, 500):
            await store.append("s1", first, sent[first : first + 500], epoch=epoch)
        assert await store.read("s1", 0, limit=10_000) == sent
        assert await store.read("s1", 9_990) == sent[9_990:]


class TestWhatIsDeleted:
    async def test_is_gone_from_the_files_and_not_only_from_the_tables(
        self, store: SqlStore, file: Path
    ) -> None:
        epoch = await begin(store)
        secret = "my-password-is-hunter2"
        for n in range(1, 30):
            await store.append("s1", n - 1, [event(n, secret * 50)], epoch=epoch)
        await store.label("s1", {"first_words": secret})
        await store.put_blob("s1", "0" * 64, (secret * 1000).encode())
        assert secret.encode() in contents(file)
        await store.delete("s1")
        assert secret.encode() not in contents(file)

    async def test_leaves_the_others_alone(self, store: SqlStore) -> None:
        epochs = [await begin(store, key) for key in ("s1", "s2")]
        await store.append("s1", 0, [event(1)], epoch=epochs[0])
        await store.delete("s2")
        assert await numbers(store) == [1]


def contents(file: Path) -> bytes:
    """Return the bytes of the database and of the files beside it."""
    return b"".join(path.read_bytes() for path in sorted(file.parent.iterdir()))


class TestTwoKernels:
    async def test_what_one_appends_wakes_the_other(self, store: SqlStore, other: SqlStore) -> None:
        epoch = await begin(store)
        waiting = asyncio.create_task(other.wait("s1", 0, timeout=20))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await store.append("s1", 0, [event(1)], epoch=epoch)
        assert await asyncio.wait_for(waiting, 5)
        assert await other.read("s1", 0) == [event(1)]

    async def test_what_one_deletes_the_other_stops_waiting_for(
        self, store: SqlStore, other: SqlStore
    ) -> None:
        await begin(store)
        waiting = asyncio.create_task(other.wait("s1", 0, timeout=20))
        await asyncio.sleep(0.1)
        await store.delete("s1")
        with pytest.raises(Exception, match=r"none \(any more\)"):
            await asyncio.wait_for(waiting, 5)

    async def test_the_inbox_crosses_over(self, store: SqlStore, other: SqlStore) -> None:
        await begin(store)
        number = await other.post("s1", {"type": "cancel", "client_id": "c1"})
        (left,) = await store.commands("s1")
        await store.answer("s1", left.number, {"ok": True})
        assert await other.outcome("s1", number) == {"ok": True}

    async def test_both_write_at_the_same_time(self, store: SqlStore, other: SqlStore) -> None:
        async def write(mine: SqlStore, session_id: str) -> None:
            epoch = await begin(mine, session_id)
            for after in range(20):
                await mine.append(session_id, after, [event(after + 1)], epoch=epoch)

        await asyncio.gather(*(write(s, f"{i}{s!r}") for s in (store, other) for i in range(4)))
        assert [r.end for r in await store.list()] == [20] * 8

    async def test_a_killed_process_is_replaced_at_once(self, store: SqlStore, file: Path) -> None:
        code = f"""
            async def main():
                store = SqlStore.sqlite({str(file)!r})
                await store.create(SessionRecord(session_id="s1", agent={{}}))
                lease = await store.acquire("s1", this_process("there"), 1000)
                one = SessionEvent(type="x", session_id="s1", seq=1)
                await store.append("s1", 0, [one], epoch=lease.epoch)
                print("ready", flush=True)
                await store.wait("s1", 1, 1000)
        """
        child = await start(code)
        assert child.stdout is not None
        assert await child.stdout.readline() == b"ready\n"
        assert await store.acquire("s1", HERE, 30) is None
        child.kill()
        await child.wait()
        lease = await store.acquire("s1", HERE, 30)
        assert lease is not None
        await store.append("s1", 1, [event(2)], epoch=lease.epoch)
        with pytest.raises(ConflictError):
            await store.append("s1", 2, [event(3)], epoch=lease.epoch - 1)
        assert await numbers(store) == [1, 2]

    async def test_processes_that_start_together_make_one_database(
        self, store: SqlStore, file: Path
    ) -> None:
        code = f"""
            async def main():
                store = SqlStore.sqlite({str(file)!r})
                await store.create(SessionRecord(session_id=sys.argv[1], agent={{}}))
                await store.aclose()
        """
        children = [await start(code, f"s{n}") for n in range(3)]
        assert [await child.wait() for child in children] == [0, 0, 0]
        assert {r.session_id for r in await store.list()} == {"s0", "s1", "s2"}


class TestGroups:
    async def test_appends_of_many_sessions_are_one_transaction(self, store: SqlStore) -> None:
        epochs = [await begin(store, f"s{n}") for n in range(50)]
        commits: list[Any] = []
        count = commits.append
        listening.listen(Engine, "commit", count)
        appends = [store.append(f"s{n}", 0, [event(1)], epoch=epochs[n]) for n in range(50)]
        await asyncio.gather(*appends)
        listening.remove(Engine, "commit", count)
        assert len(commits) == 1
        assert [r.end for r in await store.list()] == [1] * 50

    async def test_one_that_fails_takes_nobody_with_it(self, store: SqlStore, file: Path) -> None:
        epochs = {name: await begin(store, name) for name in ("a", "broken", "b")}
        with sqlite3.connect(file) as raw:
            raw.execute("INSERT INTO events VALUES ('broken', 1, '{}')")
        raw.close()
        appends = [store.append(name, 0, [event(1)], epoch=e) for name, e in epochs.items()]
        outcomes = await asyncio.gather(*appends, return_exceptions=True)
        assert [type(o) for o in outcomes] == [type(None), StoreError, type(None)]
        assert {r.session_id: r.end for r in await store.list()} == {"a": 1, "b": 1, "broken": 0}

    async def test_one_that_is_refused_takes_nobody_with_it(self, store: SqlStore) -> None:
        epoch = await begin(store)
        good = store.append("s1", 0, [event(1)], epoch=epoch)
        bad = store.append("s1", 7, [event(8)], epoch=epoch)
        outcomes = await asyncio.gather(bad, good, return_exceptions=True)
        assert [type(o) for o in outcomes] == [ConflictError, type(None)]

    async def test_one_whose_caller_left_before_it_began_never_happens(
        self, store: SqlStore
    ) -> None:
        epoch = await begin(store)
        append = asyncio.create_task(store.append("s1", 0, [event(1)], epoch=epoch))
        await asyncio.sleep(0)
        append.cancel()
        await asyncio.gather(append, store.label("s1", {}), return_exceptions=True)
        assert await numbers(store) == []


class TestReaders:
    async def test_those_that_leave_cost_no_connection(self, store: SqlStore) -> None:
        await begin(store)
        connections: list[Any] = []

        def count(*connection: Any) -> None:
            connections.append(connection)

        listening.listen(Pool, "connect", count)
        for pauses in range(60):
            reads = [asyncio.create_task(store.list()) for _ in range(4)]
            for _ in range(pauses % 12):
                await asyncio.sleep(0.0003)
            for read in reads:
                read.cancel()
            await asyncio.wait(reads)
        await store.list()
        listening.remove(Pool, "connect", count)
        assert len(connections) < 4


class TestAFullDisk:
    @pytest.fixture
    def pages(self) -> Iterator[list[int]]:
        """Hold the most pages that the file may have, in a list to change."""
        most = [1_000_000]

        def limit(connection: Any, *_: object) -> None:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA max_page_count={most[0]}")
            cursor.close()

        listening.listen(Pool, "checkout", limit)
        yield most
        listening.remove(Pool, "checkout", limit)

    async def test_reading_goes_on_and_writing_too_once_there_is_room(
        self, store: SqlStore, file: Path, pages: list[int]
    ) -> None:
        epoch = await begin(store)
        await store.append("s1", 0, [event(1)], epoch=epoch)
        pages[0] = 1
        big = SavedState(turn_id="s1.1", state=bytes(1_000_000))
        with pytest.raises(StoreError, match=r"the disk is full: the file .*chats\.db"):
            await store.append("s1", 1, [event(2)], epoch=epoch, state=big)
        assert await numbers(store) == [1]
        assert await store.state("s1", "s1.1") is None
        record = await store.get("s1")
        assert record is not None
        assert record.end == 1
        pages[0] = 1_000_000
        await store.append("s1", 1, [event(2)], epoch=epoch, state=big)
        assert await numbers(store) == [1, 2]
        assert await store.state("s1", "s1.1") == big.state

    async def test_small_writes_go_on_beside_a_big_one(
        self, store: SqlStore, pages: list[int]
    ) -> None:
        epochs = {name: await begin(store, name) for name in ("a", "b")}
        pages[0] = 60
        big = SavedState(turn_id="a.1", state=bytes(1_000_000))
        appends = (
            store.append("a", 0, [event(1)], epoch=epochs["a"], state=big),
            store.append("b", 0, [event(1)], epoch=epochs["b"]),
        )
        outcomes = await asyncio.gather(*appends, return_exceptions=True)
        assert [type(o) for o in outcomes] == [StoreError, type(None)]
        assert await numbers(store, "b") == [1]


class TestWhatIsSaidOfTrouble:
    async def test_a_newer_schema_names_the_way_out(self, store: SqlStore, file: Path) -> None:
        await begin(store)
        await store.aclose()
        with sqlite3.connect(file) as raw:
            raw.execute("UPDATE meta SET value = '2'")
        raw.close()
        await says(file, "chats.db was written by a newer cellspeak .*upgrade")

    @pytest.fixture
    def foreign(self, file: Path) -> bytes:
        """Put another program's database in the place; return its bytes."""
        with sqlite3.connect(file) as raw:
            raw.execute("CREATE TABLE meta (key, value)")
        raw.close()
        return file.read_bytes()

    async def test_another_programs_database_is_left_alone(
        self, file: Path, foreign: bytes
    ) -> None:
        await says(file, "chats.db is not a cellspeak database")
        assert content(file) == foreign

    async def test_a_text_file_is_left_alone(self, file: Path, notes: bytes) -> None:
        await says(file, "chats.db is not a cellspeak database")
        assert content(file) == notes

    async def test_a_file_in_the_way_of_the_folder(self, file: Path, notes: bytes) -> None:
        await says(file / "deeper.db", r"cannot be used: (Not a directory|File exists)")

    @pytest.fixture
    def notes(self, file: Path) -> bytes:
        """Put a text in the place; return its bytes."""
        file.write_text("my notes\n" * 1000, encoding="utf-8")
        return file.read_bytes()

    async def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        await says(tmp_path, "cannot be used: Is a directory")

    async def test_a_lock_is_told_and_does_not_last(self, file: Path) -> None:
        store = SqlStore.sqlite(file, patience=0.05)
        epoch = await begin(store)
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        appends = [store.append("s1", 0, [event(1)], epoch=epoch) for _ in range(3)]
        outcomes = await asyncio.gather(*appends, return_exceptions=True)
        for error in outcomes:
            assert isinstance(error, StoreError)
            assert "chats.db is locked by another process" in str(error)
        assert await numbers(store) == []
        holder.close()
        await store.append("s1", 0, [event(1)], epoch=epoch)
        await store.aclose()

    async def test_no_word_of_a_session_is_in_an_error(self, store: SqlStore, file: Path) -> None:
        # Put together here, since a traceback shows the lines of this file too.
        secret = "-".join(["what", "ada", "said"])
        epoch = await begin(store)
        with sqlite3.connect(file) as raw:
            raw.execute("DROP TABLE events")
        raw.close()
        with pytest.raises(StoreError) as caught:
            await store.append("s1", 0, [event(1, secret)], epoch=epoch)
        said = "".join(traceback.format_exception(caught.value))
        assert secret not in said
        assert "INSERT INTO" not in said

    async def test_a_closed_store_says_so(self, store: SqlStore) -> None:
        await begin(store)
        waiting = asyncio.create_task(store.wait("s1", 0, timeout=20))
        await asyncio.sleep(0.05)
        await store.aclose()
        with pytest.raises(StoreError, match="was closed"):
            await asyncio.wait_for(waiting, 5)
        with pytest.raises(StoreError, match="was closed"):
            await store.label("s1", {})
        await store.aclose()

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            ("my chats", "such as sqlite:////home"),
            ("nosql+nothing://ada:password@host/chats", "such as sqlite:////home"),
            ("sqlite+pysqlite:////chats.db", "asynchronous driver"),
            ("sqlite://", "use MemoryStore"),
            ("sqlite:///:memory:", "use MemoryStore"),
        ],
    )
    def test_an_address_that_cannot_be_used(self, url: str, sentence: str) -> None:
        with pytest.raises(ValidationError, match=sentence) as caught:
            SqlStore(url)
        assert "password" not in str(caught.value)

    async def test_an_address_keeps_its_file_private_too(self, file: Path) -> None:
        store = SqlStore(f"sqlite:///{file}")
        await begin(store)
        assert set(modes(file.parent).values()) == {"0o600"}
        await store.aclose()

    async def test_what_json_cannot_hold_is_refused(self, store: SqlStore) -> None:
        epoch = await begin(store)
        bad = SessionEvent(type="x", session_id="s1", seq=1, data={"x": float("nan")})
        with pytest.raises(ValidationError, match="JSON"):
            await store.append("s1", 0, [bad], epoch=epoch)


class TestTheJournal:
    def journal(self, file: Path) -> str:
        raw = sqlite3.connect(file)
        (mode,) = raw.execute("PRAGMA journal_mode").fetchone()
        raw.close()
        return str(mode)

    async def test_it_is_written_ahead(self, store: SqlStore, file: Path) -> None:
        await begin(store)
        assert self.journal(file) == "wal"

    async def test_it_is_rolled_back_on_a_network_file_system(
        self, store: SqlStore, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mounted = psutil.disk_partitions(all=True)[0]._replace(mountpoint="/", fstype="nfs4")
        monkeypatch.setattr(psutil, "disk_partitions", lambda all: [mounted])
        epoch = await begin(store)
        await store.append("s1", 0, [event(1)], epoch=epoch)
        assert self.journal(file) == "delete"
        assert await numbers(store) == [1]

    async def test_it_is_rolled_back_where_there_is_no_shared_memory(self, file: Path) -> None:
        """The dotfile VFS cannot share memory: it stands for all that refuse to write ahead."""
        url = f"sqlite+aiosqlite:///file:{file}?vfs=unix-dotfile&uri=true"
        store = SqlStore(url)
        epoch = await begin(store)
        await store.append("s1", 0, [event(1)], epoch=epoch)
        assert await numbers(store) == [1]
        await store.aclose()
        assert self.journal(file) == "delete"

    @pytest.mark.parametrize(
        ("path", "remote"),
        [
            ("/home/ada/chats.db", True),
            ("/home/ada/local/chats.db", False),
            ("/homely/chats.db", False),
            ("/mnt/c/chats.db", True),
        ],
    )
    def test_the_nearest_mount_tells(self, path: str, remote: bool) -> None:
        mounts = [("/", "ext4"), ("/home", "nfs4"), ("/home/ada/local", "xfs"), ("/mnt/c", "9P")]
        assert is_remote(Path(path), mounts) is remote

    def test_without_mounts_it_is_here(self) -> None:
        assert not is_remote(Path("/x"), [])


class TestALostTail:
    async def lose(self, store: SqlStore, file: Path, kept: int) -> int:
        """Append ten events with all that belongs to them, and lose those after *kept*."""
        epoch = await begin(store)
        state = SavedState(turn_id="s1.1", state=b"x")
        sent = [event(seq) for seq in range(1, 11)]
        await store.append("s1", 0, sent, epoch=epoch, state=state)
        snapshot = Snapshot(seq=8, rest={}, turns={"s1.1": {}}, covered=[(3, 4)])
        await store.save_snapshot("s1", snapshot, epoch=epoch)
        with sqlite3.connect(file) as raw:
            raw.execute("DELETE FROM events WHERE seq > ?", (kept,))
        raw.close()
        return epoch

    async def test_the_record_begins_a_new_incarnation(self, store: SqlStore, file: Path) -> None:
        await begin(store, "untouched")
        before = await store.get("untouched")
        await self.lose(store, file, kept=6)
        torn = (await store.list())[0]
        found = await store.get("s1")
        assert found is not None
        assert found.end == 6
        assert found.incarnation != torn.incarnation
        assert await store.get("s1") == found
        assert await store.get("untouched") == before

    async def test_the_log_goes_on_at_what_is_left(self, store: SqlStore, file: Path) -> None:
        epoch = await self.lose(store, file, kept=6)
        await store.get("s1")
        with pytest.raises(ConflictError, match="after event 6"):
            await store.append("s1", 10, [event(11)], epoch=epoch)
        await store.append("s1", 6, [event(7)], epoch=epoch)
        assert await numbers(store) == [1, 2, 5, 6, 7]

    async def test_what_was_saved_of_the_lost_is_forgotten(
        self, store: SqlStore, file: Path
    ) -> None:
        await self.lose(store, file, kept=6)
        await store.get("s1")
        assert await store.snapshot("s1") is None
        assert await store.state("s1", "s1.1") is None

    async def test_a_snapshot_of_what_is_left_stays(self, store: SqlStore, file: Path) -> None:
        await self.lose(store, file, kept=9)
        await store.get("s1")
        snapshot = await store.snapshot("s1")
        assert snapshot is not None
        assert snapshot.seq == 8

    async def test_a_log_can_lose_everything(self, store: SqlStore, file: Path) -> None:
        epoch = await self.lose(store, file, kept=0)
        found = await store.get("s1")
        assert found is not None
        assert found.end == 0
        await store.append("s1", 0, [event(1)], epoch=epoch)


class TestLeaving:
    async def test_closing_leaves_no_thread(self, file: Path) -> None:
        before = set(threading.enumerate())
        store = SqlStore.sqlite(file)
        await begin(store)
        await asyncio.gather(*(store.list() for _ in range(10)))
        made = set(threading.enumerate()) - before
        assert made
        await store.aclose()
        for thread in made:
            thread.join(timeout=5)
            assert not thread.is_alive()

    async def test_closing_finishes_what_was_begun(self, file: Path) -> None:
        store = SqlStore.sqlite(file)
        epoch = await begin(store)
        append = asyncio.create_task(store.append("s1", 0, [event(1)], epoch=epoch))
        await asyncio.sleep(0)
        await store.aclose()
        await append
        again = SqlStore.sqlite(file)
        assert await numbers(again) == [1]
        await again.aclose()

    async def test_a_store_that_was_never_used_makes_no_file(self, file: Path) -> None:
        await SqlStore.sqlite(file).aclose()
        assert modes(file.parent) == {}

    @pytest.mark.parametrize("waiting", ["", "; await asyncio.sleep(0.2)"])
    async def test_a_script_that_forgets_to_close_ends(self, file: Path, waiting: str) -> None:
        code = f"""
            async def main():
                store = SqlStore.sqlite({str(file)!r})
                await store.create(SessionRecord(session_id="s1", agent={{}}))
                asyncio.create_task(store.wait("s1", 0, 1000)){waiting}
        """
        child = await start(code)
        assert await asyncio.wait_for(child.wait(), 20) == 0

    async def test_nothing_of_it_is_loaded_before_it_is_wanted(self) -> None:
        done = await run(
            "import cellspeak, cellspeak.stores, cellspeak.stores.memory, sys;"
            "print([m for m in sys.modules if m.startswith(('sqlalchemy', 'aiosqlite'))])"
        )
        assert done.stdout == b"[]\n"


def content(file: Path) -> bytes:
    return file.read_bytes()


async def says(file: Path, sentence: str) -> None:
    """Check that a store in *file* cannot be used, and what it says twice."""
    store = SqlStore.sqlite(file)
    for attempt in (store.list(), begin(store)):
        with pytest.raises(StoreError, match=sentence):
            await attempt
    await store.aclose()


async def start(main: str, *args: str) -> asyncio.subprocess.Process:
    """Start a process that runs *main*, the source of a coroutine function of that name."""
    imports = (
        "import asyncio, sys\n"
        "from cellspeak.core.events import SessionEvent\n"
        "from cellspeak.stores.base import SessionRecord, this_process\n"
        "from cellspeak.stores.sql import SqlStore\n"
    )
    code = f"{imports}{textwrap.dedent(main)}\nasyncio.run(main())\n"
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, "-c", code, *args, stdout=pipe)


async def run(code: str) -> subprocess.CompletedProcess[bytes]:
    """Run *code* in a process of its own."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=pipe, stderr=pipe
    )
    out, err = await child.communicate()
    return subprocess.CompletedProcess(code, child.returncode or 0, out, err)
