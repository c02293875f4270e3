"""The contract of a store, the same for all of them.

A log grows only at its end, only under the lease, and whole appends at a time, with the state that
belongs to them.  What was appended is read in order, by number, from anywhere, even where covered
deltas were dropped.  A waiting reader is woken.  One owner at a time holds a session: a dead one is
replaced at once, a silent one after its time, and what a replaced one still writes is refused.
Posts are idempotent and answered once.  What is deleted is gone, and its id stays taken.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest

from cellspeak.core.events import SessionEvent
from cellspeak.errors import ConflictError, SessionNotFoundError, ValidationError
from cellspeak.stores.base import (
    Lease,
    Owner,
    SavedState,
    SessionRecord,
    Snapshot,
    Store,
    this_process,
)
from tests.stores.conftest import Clock

S = "s1"
HERE = this_process("engine-here")
ELSEWHERE = Owner(engine_id="engine-there", host="another-host", pid=7, started=1.0)


def record(session_id: str = S, **fields: object) -> SessionRecord:
    return replace(SessionRecord(session_id=session_id, agent={"name": "demo"}), **fields)  # type: ignore[arg-type]


def event(
    seq: int, session_id: str = S, type: str = "message_delta", **data: object
) -> SessionEvent:
    at = f"2026-11-22T09:30:{seq // 1000:02}.{seq % 1000:03}Z"
    return SessionEvent(
        type=type, session_id=session_id, seq=seq, turn_id=f"{session_id}.1", at=at, data=data
    )


def events(first: int, last: int, session_id: str = S) -> list[SessionEvent]:
    return [event(seq, session_id, delta=f"word {seq} ") for seq in range(first, last + 1)]


async def numbers(store: Store, after: int = 0, session_id: str = S) -> list[int | None]:
    return [e.seq for e in await store.read(session_id, after)]


@pytest.fixture
async def lease(store: Store) -> Lease:
    """Return the lease of a new session S."""
    await store.create(record())
    taken = await store.acquire(S, HERE, 30)
    assert taken is not None
    return taken


@pytest.fixture
def other_process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def kill(pid: int) -> None:
    """Kill a child of this process, and leave it listed as one that nobody asked for yet."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


class TestRecords:
    async def test_a_new_session_is_found_as_it_was_created(self, store: Store) -> None:
        await store.create(record(owner="ada", labels={"title": "Grüße 🚀"}))
        found = await store.get(S)
        assert found is not None
        assert (found.agent, found.owner, found.labels) == (
            {"name": "demo"},
            "ada",
            {"title": "Grüße 🚀"},
        )
        assert (found.end, found.terminated) == (0, False)
        assert found.incarnation
        assert found.created_at.endswith("Z")

    async def test_two_sessions_have_two_incarnations(self, store: Store) -> None:
        await store.create(record("a"))
        await store.create(record("b"))
        a, b = await store.get("a"), await store.get("b")
        assert a is not None
        assert b is not None
        assert a.incarnation != b.incarnation

    async def test_an_unknown_session_is_none(self, store: Store) -> None:
        assert await store.get("nobody") is None

    async def test_an_id_is_given_only_once(self, store: Store) -> None:
        await store.create(record(owner="ada"))
        with pytest.raises(ConflictError, match="used before"):
            await store.create(record(owner="eve"))
        found = await store.get(S)
        assert found is not None
        assert found.owner == "ada"

    async def test_the_list_begins_with_the_newest_activity(self, store: Store) -> None:
        for at, session_id in enumerate(["a", "b", "c"], 1):
            await store.create(record(session_id, created_at=f"2026-11-22T08:00:0{at}.000Z"))
        lease = await store.acquire("a", HERE, 30)
        assert lease is not None
        await store.append("a", 0, events(1, 2, "a"), epoch=lease.epoch)
        listed = await store.list()
        assert [r.session_id for r in listed] == ["a", "c", "b"]
        assert (listed[0].end, listed[0].active_at) == (2, "2026-11-22T09:30:00.002Z")

    async def test_a_list_can_be_of_one_owner(self, store: Store) -> None:
        await store.create(record("a", owner="ada"))
        await store.create(record("b", owner="bob"))
        assert [r.session_id for r in await store.list("bob")] == ["b"]
        assert await store.list("eve") == []

    async def test_labels_are_merged(self, store: Store) -> None:
        await store.create(record(labels={"title": "old", "name": "x"}))
        await store.label(S, {"title": "new", "first_words": "Hello"})
        found = await store.get(S)
        assert found is not None
        assert found.labels == {"title": "new", "name": "x", "first_words": "Hello"}

    async def test_labels_need_a_session(self, store: Store) -> None:
        with pytest.raises(SessionNotFoundError):
            await store.label("nobody", {"title": "x"})


class TestAppending:
    async def test_what_was_appended_is_read_as_it_was(self, store: Store, lease: Lease) -> None:
        sent = [
            event(1, type="message_posted", messages=[{"id": "m1", "content": "a\x00b \u2028 ✓"}]),
            event(2, type="a_word_of_tomorrow", deep={"list": [1, 2.5, None, True], "": {}}),
            SessionEvent(type="usage", session_id=S, seq=3),
        ]
        await store.append(S, 0, sent, epoch=lease.epoch)
        assert await store.read(S, 0) == sent

    async def test_half_a_character_of_a_model_is_kept(self, store: Store, lease: Lease) -> None:
        sent = [event(1, delta="broken \ud83d emoji")]
        await store.append(S, 0, sent, epoch=lease.epoch)
        assert await store.read(S, 0) == sent

    async def test_the_record_tells_the_end(self, store: Store, lease: Lease) -> None:
        await store.append(S, 0, events(1, 3), epoch=lease.epoch)
        await store.append(S, 3, events(4, 5), epoch=lease.epoch)
        found = await store.get(S)
        assert found is not None
        assert (found.end, found.active_at) == (5, "2026-11-22T09:30:00.005Z")

    @pytest.mark.parametrize("after", [0, 1, 3])
    async def test_only_the_end_is_appended_to(
        self, store: Store, lease: Lease, after: int
    ) -> None:
        await store.append(S, 0, events(1, 2), epoch=lease.epoch)
        with pytest.raises(ConflictError, match="after event 2"):
            await store.append(S, after, events(after + 1, after + 1), epoch=lease.epoch)
        assert await numbers(store) == [1, 2]

    async def test_numbers_must_follow(self, store: Store, lease: Lease) -> None:
        with pytest.raises(ValidationError, match="number 1 next; got 2"):
            await store.append(S, 0, events(2, 3), epoch=lease.epoch)
        with pytest.raises(ValidationError, match="number 2 next; got 3"):
            await store.append(S, 0, [event(1), event(3)], epoch=lease.epoch)
        assert await numbers(store) == []

    @pytest.mark.parametrize("wrong", [-1, 1])
    async def test_another_epoch_is_refused(self, store: Store, lease: Lease, wrong: int) -> None:
        with pytest.raises(ConflictError, match="lease"):
            await store.append(S, 0, events(1, 1), epoch=lease.epoch + wrong)
        assert await numbers(store) == []

    async def test_without_a_lease_nobody_appends(self, store: Store) -> None:
        await store.create(record())
        with pytest.raises(ConflictError, match="nobody holds it"):
            await store.append(S, 0, events(1, 1), epoch=0)

    async def test_an_unknown_session_is_not_begun(self, store: Store) -> None:
        with pytest.raises(SessionNotFoundError) as caught:
            await store.append("nobody", 0, events(1, 1, "nobody"), epoch=1)
        assert caught.value.session_id == "nobody"
        assert await store.get("nobody") is None

    async def test_a_state_comes_with_its_events(self, store: Store, lease: Lease) -> None:
        state = SavedState(turn_id="s1.1", state=b"\x00memory\xff")
        await store.append(S, 0, events(1, 1), epoch=lease.epoch, state=state)
        assert await store.state(S, "s1.1") == b"\x00memory\xff"
        assert await store.state(S, "s1.2") is None
        assert await store.state("nobody", "s1.1") is None

    async def test_a_refused_append_leaves_the_old_state(self, store: Store, lease: Lease) -> None:
        first = SavedState(turn_id="s1.1", state=b"first")
        await store.append(S, 0, events(1, 1), epoch=lease.epoch, state=first)
        late = replace(first, state=b"second")
        with pytest.raises(ConflictError):
            await store.append(S, 0, events(1, 1), epoch=lease.epoch, state=late)
        assert await store.state(S, "s1.1") == b"first"

    async def test_a_state_can_come_alone_and_replaces(self, store: Store, lease: Lease) -> None:
        for state in (b"first", b"second"):
            saved = SavedState(turn_id="s1.1", state=state)
            await store.append(S, 0, [], epoch=lease.epoch, state=saved)
        assert await store.state(S, "s1.1") == b"second"
        assert await numbers(store) == []


class TestReading:
    async def test_a_reader_starts_anywhere(self, store: Store, lease: Lease) -> None:
        await store.append(S, 0, events(1, 9), epoch=lease.epoch)
        assert await numbers(store, after=6) == [7, 8, 9]
        assert await numbers(store, after=9) == []
        assert await numbers(store, after=100) == []

    async def test_a_limit_gives_the_first_ones(self, store: Store, lease: Lease) -> None:
        await store.append(S, 0, events(1, 9), epoch=lease.epoch)
        page = await store.read(S, 2, limit=3)
        assert [e.seq for e in page] == [3, 4, 5]

    async def test_pages_make_the_whole_log(self, store: Store, lease: Lease) -> None:
        sent = events(1, 2500)
        await store.append(S, 0, sent, epoch=lease.epoch)
        got: list[SessionEvent] = []
        while page := await store.read(S, len(got)):
            assert len(page) <= 1000
            got += page
        assert got == sent

    async def test_a_page_stays_what_it_is(self, store: Store, lease: Lease) -> None:
        await store.append(S, 0, events(1, 1), epoch=lease.epoch)
        page = await store.read(S, 0)
        await store.append(S, 1, events(2, 2), epoch=lease.epoch)
        assert len(page) == 1

    async def test_an_unknown_session_cannot_be_read(self, store: Store) -> None:
        with pytest.raises(SessionNotFoundError):
            await store.read("nobody", 0)


class TestWaiting:
    async def test_there_is_no_wait_for_what_is_there(self, store: Store, lease: Lease) -> None:
        await store.append(S, 0, events(1, 2), epoch=lease.epoch)
        assert await store.wait(S, 1, timeout=0)

    async def test_an_append_wakes_all_who_wait(self, store: Store, lease: Lease) -> None:
        waiting = [asyncio.create_task(store.wait(S, 0, timeout=20)) for _ in range(5)]
        await asyncio.sleep(0.02)
        await store.append(S, 0, events(1, 1), epoch=lease.epoch)
        assert await asyncio.wait_for(asyncio.gather(*waiting), 30) == [True] * 5

    async def test_another_session_wakes_nobody(self, store: Store, lease: Lease) -> None:
        await store.create(record("b"))
        other = await store.acquire("b", HERE, 30)
        assert other is not None
        waiting = asyncio.create_task(store.wait(S, 0, timeout=0.1))
        await asyncio.sleep(0.02)
        await store.append("b", 0, events(1, 1, "b"), epoch=other.epoch)
        assert not await waiting

    async def test_patience_ends(self, store: Store, lease: Lease) -> None:
        assert not await store.wait(S, 0, timeout=0.02)

    async def test_a_number_beyond_the_end_is_waited_for(self, store: Store, lease: Lease) -> None:
        waiting = asyncio.create_task(store.wait(S, 3, timeout=20))
        await asyncio.sleep(0.02)
        await store.append(S, 0, events(1, 3), epoch=lease.epoch)
        await asyncio.sleep(0.02)
        assert not waiting.done()
        await store.append(S, 3, events(4, 4), epoch=lease.epoch)
        assert await asyncio.wait_for(waiting, 30)

    async def test_who_waits_learns_of_the_end_of_the_session(
        self, store: Store, lease: Lease
    ) -> None:
        waiting = asyncio.create_task(store.wait(S, 0, timeout=20))
        await asyncio.sleep(0.02)
        await store.delete(S)
        with pytest.raises(SessionNotFoundError):
            await asyncio.wait_for(waiting, 30)

    async def test_a_cancelled_wait_is_over(self, store: Store, lease: Lease) -> None:
        waiting = asyncio.create_task(store.wait(S, 0, timeout=20))
        await asyncio.sleep(0.02)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await store.append(S, 0, events(1, 1), epoch=lease.epoch)
        assert await store.wait(S, 0, timeout=1)


class TestSnapshots:
    async def test_there_is_none_at_first(self, store: Store, lease: Lease) -> None:
        assert await store.snapshot(S) is None
        assert await store.snapshot("nobody") is None

    async def test_turns_are_merged_and_the_rest_is_replaced(
        self, store: Store, lease: Lease
    ) -> None:
        await store.append(S, 0, events(1, 9), epoch=lease.epoch)
        turns = {f"s1.{n}": {"id": f"s1.{n}", "status": "done"} for n in range(1, 12)}
        first = Snapshot(seq=5, rest={"head": "s1.1", "grants": ["a"]}, turns=turns)
        await store.save_snapshot(S, first, epoch=lease.epoch)
        changed = {"s1.12": {"id": "s1.12"}, "s1.2": {"id": "s1.2", "status": "changed"}}
        second = Snapshot(seq=9, rest={"head": "s1.12"}, turns=changed)
        await store.save_snapshot(S, second, epoch=lease.epoch)
        found = await store.snapshot(S)
        assert found is not None
        assert (found.seq, found.rest) == (9, {"head": "s1.12"})
        assert found.turns == {**turns, **changed}
        assert list(found.turns) == [f"s1.{n}" for n in range(1, 13)]

    async def test_a_snapshot_stays_what_it_is(self, store: Store, lease: Lease) -> None:
        before = Snapshot(seq=0, rest={}, turns={"s1.1": {}})
        await store.save_snapshot(S, before, epoch=lease.epoch)
        found = await store.snapshot(S)
        after = replace(before, turns={"s1.2": {}})
        await store.save_snapshot(S, after, epoch=lease.epoch)
        assert found is not None
        assert list(found.turns) == ["s1.1"]

    async def test_another_epoch_is_refused(self, store: Store, lease: Lease) -> None:
        late = Snapshot(seq=0, rest={}, turns={})
        with pytest.raises(ConflictError):
            await store.save_snapshot(S, late, epoch=lease.epoch + 1)
        assert await store.snapshot(S) is None

    async def test_a_reader_inside_dropped_deltas_goes_on(self, store: Store, lease: Lease) -> None:
        await store.append(S, 0, events(1, 20), epoch=lease.epoch)
        shorter = Snapshot(seq=20, rest={}, turns={}, covered=[(3, 8), (12, 15)])
        await store.save_snapshot(S, shorter, epoch=lease.epoch)
        assert await numbers(store) == [1, 2, 9, 10, 11, 16, 17, 18, 19, 20]
        assert await numbers(store, after=5) == [9, 10, 11, 16, 17, 18, 19, 20]
        page = await store.read(S, 2, limit=4)
        assert [e.seq for e in page] == [9, 10, 11, 16]

    async def test_dropping_moves_no_end_and_loses_nothing_else(
        self, store: Store, lease: Lease
    ) -> None:
        await store.append(S, 0, events(1, 9), epoch=lease.epoch)
        before = await store.get(S)
        everything = Snapshot(seq=9, rest={}, turns={}, covered=[(1, 9)])
        await store.save_snapshot(S, everything, epoch=lease.epoch)
        assert await store.get(S) == before
        assert await numbers(store) == [9]
        await store.append(S, 9, events(10, 10), epoch=lease.epoch)
        assert await numbers(store) == [9, 10]


class TestLeases:
    async def test_one_owner_at_a_time(self, store: Store, lease: Lease) -> None:
        assert lease.owner == HERE
        assert await store.acquire(S, ELSEWHERE, 30) is None
        assert await store.acquire(S, this_process("another engine"), 30) is None

    async def test_the_same_owner_gets_the_same_epoch(self, store: Store, lease: Lease) -> None:
        again = await store.acquire(S, HERE, 60)
        assert again == replace(lease, expires_at=lease.expires_at + 30)

    async def test_an_unknown_session_has_no_lease(self, store: Store) -> None:
        with pytest.raises(SessionNotFoundError):
            await store.acquire("nobody", HERE, 30)

    async def test_a_silent_owner_is_replaced_after_its_time(
        self, store: Store, clock: Clock
    ) -> None:
        await store.create(record())
        there = await store.acquire(S, ELSEWHERE, 30)
        assert there is not None
        clock.now += 29
        assert await store.acquire(S, HERE, 30) is None
        clock.now += 2
        here = await store.acquire(S, HERE, 30)
        assert here is not None
        assert here.epoch > there.epoch
        assert here.expires_at == clock.now + 30

    async def test_a_dead_process_is_replaced_at_once(
        self, store: Store, other_process: subprocess.Popen[bytes]
    ) -> None:
        started = round(psutil.Process(other_process.pid).create_time(), 2)
        dying = Owner(
            engine_id="dying", host=os.uname().nodename, pid=other_process.pid, started=started
        )
        await store.create(record())
        first = await store.acquire(S, dying, 1000)
        assert first is not None
        assert await store.acquire(S, HERE, 30) is None
        kill(other_process.pid)
        here = await store.acquire(S, HERE, 30)
        assert here is not None
        assert here.epoch > first.epoch

    async def test_an_owner_that_paused_too_long_cannot_write(
        self, store: Store, lease: Lease, clock: Clock
    ) -> None:
        await store.append(S, 0, events(1, 1), epoch=lease.epoch)
        clock.now += 31
        there = await store.acquire(S, ELSEWHERE, 30)
        assert there is not None
        with pytest.raises(ConflictError):
            await store.append(S, 1, events(2, 2), epoch=lease.epoch)
        assert await store.renew(lease, 30) is None
        await store.release(lease)
        await store.append(S, 1, events(2, 2), epoch=there.epoch)
        assert await numbers(store) == [1, 2]

    async def test_an_owner_whom_nobody_replaced_goes_on(
        self, store: Store, lease: Lease, clock: Clock
    ) -> None:
        clock.now += 31
        await store.append(S, 0, events(1, 1), epoch=lease.epoch)
        renewed = await store.renew(lease, 30)
        assert renewed == replace(lease, expires_at=clock.now + 30)

    async def test_a_renewed_lease_lasts_longer(
        self, store: Store, lease: Lease, clock: Clock
    ) -> None:
        clock.now += 20
        assert await store.renew(lease, 30) is not None
        clock.now += 20
        assert await store.acquire(S, ELSEWHERE, 30) is None

    async def test_a_released_lease_is_free(self, store: Store, lease: Lease) -> None:
        await store.release(lease)
        with pytest.raises(ConflictError):
            await store.append(S, 0, events(1, 1), epoch=lease.epoch)
        assert await store.renew(lease, 30) is None
        there = await store.acquire(S, ELSEWHERE, 30)
        assert there is not None
        assert there.epoch > lease.epoch

    async def test_a_lease_of_a_deleted_session_is_lost(self, store: Store, lease: Lease) -> None:
        await store.delete(S)
        assert await store.renew(lease, 30) is None
        await store.release(lease)
        with pytest.raises(SessionNotFoundError):
            await store.append(S, 0, events(1, 1), epoch=lease.epoch)


class TestInbox:
    async def test_commands_wait_in_order_until_they_are_answered(
        self, store: Store, lease: Lease
    ) -> None:
        first = await store.post(S, {"type": "post", "client_id": "c1", "messages": ["é"]})
        second = await store.post(S, {"type": "cancel", "client_id": "c2"})
        assert first < second
        waiting = await store.commands(S)
        assert [(i.number, i.command["type"]) for i in waiting] == [
            (first, "post"),
            (second, "cancel"),
        ]
        await store.answer(S, first, {"turn_id": "s1.1"})
        assert [i.number for i in await store.commands(S)] == [second]
        assert await store.outcome(S, first) == {"turn_id": "s1.1"}
        assert await store.outcome(S, second) is None

    async def test_a_resent_command_is_not_left_twice(self, store: Store, lease: Lease) -> None:
        command = {"type": "post", "client_id": "c1"}
        number = await store.post(S, command)
        assert await store.post(S, command) == number
        await store.answer(S, number, {})
        assert await store.post(S, command) == number
        assert await store.commands(S) == []

    async def test_commands_without_an_id_are_all_different(
        self, store: Store, lease: Lease
    ) -> None:
        assert await store.post(S, {"type": "ping"}) != await store.post(S, {"type": "ping"})

    async def test_the_first_answer_counts(self, store: Store, lease: Lease) -> None:
        number = await store.post(S, {"type": "post", "client_id": "c1"})
        await store.answer(S, number, {"first": True})
        await store.answer(S, number, {"first": False})
        assert await store.outcome(S, number) == {"first": True}

    async def test_an_answer_to_nothing_changes_nothing(self, store: Store, lease: Lease) -> None:
        await store.answer(S, 9, {})
        assert await store.outcome(S, 9) is None
        assert await store.outcome("nobody", 1) is None
        assert await store.commands("nobody") == []

    async def test_each_session_has_its_own(self, store: Store, lease: Lease) -> None:
        await store.create(record("b"))
        await store.post(S, {"type": "post", "client_id": "same"})
        await store.post("b", {"type": "post", "client_id": "same"})
        assert len(await store.commands("b")) == 1

    async def test_an_unknown_session_takes_no_post(self, store: Store) -> None:
        with pytest.raises(SessionNotFoundError):
            await store.post("nobody", {"type": "post"})

    async def test_the_inboxes_with_something_in_them_are_told(
        self, store: Store, lease: Lease
    ) -> None:
        for name in ("b", "c"):
            await store.create(record(name))
        assert await store.inboxes([S, "b", "c", "nobody"], timeout=0.01) == []
        assert await store.inboxes([], timeout=0) == []
        number = await store.post(S, {"type": "post", "client_id": "c1"})
        await store.post("b", {"type": "post", "client_id": "c1"})
        assert sorted(await store.inboxes([S, "b", "c"], timeout=20)) == ["b", S]
        await store.answer(S, number, {})
        assert await store.inboxes([S, "c"], timeout=0.01) == []


def hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class TestBlobs:
    async def test_ten_megabytes_come_back(self, store: Store, lease: Lease) -> None:
        content = random.Random(1).randbytes(10_000_000)
        await store.put_blob(S, hashed(content), content)
        await store.put_blob(S, hashed(content), content)
        assert await store.get_blob(S, hashed(content)) == content

    async def test_a_session_sees_only_its_own(self, store: Store, lease: Lease) -> None:
        await store.create(record("b"))
        await store.put_blob("b", hashed(b"x"), b"x")
        assert await store.get_blob(S, hashed(b"x")) is None
        assert await store.get_blob("nobody", hashed(b"x")) is None

    async def test_a_shared_one_stays_until_the_last_session_goes(
        self, store: Store, lease: Lease
    ) -> None:
        await store.create(record("b"))
        for session_id in (S, "b"):
            await store.put_blob(session_id, hashed(b"x"), b"x")
        await store.delete(S)
        assert await store.get_blob(S, hashed(b"x")) is None
        assert await store.get_blob("b", hashed(b"x")) == b"x"

    async def test_an_unknown_session_takes_none(self, store: Store) -> None:
        with pytest.raises(SessionNotFoundError):
            await store.put_blob("nobody", hashed(b"x"), b"x")


class TestDeleting:
    @pytest.fixture
    async def full(self, store: Store, lease: Lease) -> int:
        """Leave something of every kind in S; give the number of a post."""
        state = SavedState(turn_id="s1.1", state=b"x")
        await store.append(S, 0, events(1, 3), epoch=lease.epoch, state=state)
        await store.label(S, {"first_words": "a secret"})
        snapshot = Snapshot(seq=3, rest={}, turns={"s1.1": {}})
        await store.save_snapshot(S, snapshot, epoch=lease.epoch)
        await store.put_blob(S, hashed(b"x"), b"x")
        return await store.post(S, {"type": "post", "client_id": "c1"})

    @pytest.mark.parametrize("tombstone", [True, False])
    async def test_nothing_of_the_content_stays(
        self, store: Store, full: int, tombstone: bool
    ) -> None:
        await store.delete(S, tombstone=tombstone)
        with pytest.raises(SessionNotFoundError):
            await store.read(S, 0)
        with pytest.raises(SessionNotFoundError):
            await store.wait(S, 0, timeout=0)
        assert await store.state(S, "s1.1") is None
        assert await store.snapshot(S) is None
        assert await store.commands(S) == []
        assert await store.outcome(S, full) is None
        assert await store.get_blob(S, hashed(b"x")) is None
        assert await store.list() == []

    async def test_a_tombstone_keeps_the_id_and_the_owner(self, store: Store, full: int) -> None:
        await store.delete(S)
        stone = await store.get(S)
        assert stone is not None
        assert (stone.terminated, stone.end, stone.labels, stone.agent) == (True, 0, {}, {})
        with pytest.raises(ConflictError):
            await store.create(record())
        for refused in (store.label(S, {}), store.post(S, {}), store.acquire(S, HERE, 1)):
            with pytest.raises(SessionNotFoundError):
                await refused

    async def test_without_a_tombstone_the_id_is_free_again(self, store: Store, full: int) -> None:
        await store.delete(S)
        await store.delete(S)
        await store.delete(S, tombstone=False)
        assert await store.get(S) is None
        await store.create(record())
        assert await numbers(store) == []
        assert await store.post(S, {"type": "post", "client_id": "c1"}) == 1

    async def test_deleting_nothing_is_no_error(self, store: Store) -> None:
        await store.delete("nobody")
        assert await store.get("nobody") is None


class TestManyAtOnce:
    async def test_a_hundred_appends_to_twenty_sessions(self, store: Store) -> None:
        async def write(session_id: str) -> None:
            await store.create(record(session_id))
            lease = await store.acquire(session_id, HERE, 30)
            assert lease is not None
            for after in range(0, 10, 2):
                page = events(after + 1, after + 2, session_id)
                await store.append(session_id, after, page, epoch=lease.epoch)

        names = [f"s{n}" for n in range(20)]
        await asyncio.gather(*map(write, names))
        for name in names:
            assert await numbers(store, session_id=name) == list(range(1, 11))

    async def test_of_two_writers_of_one_place_one_wins(self, store: Store, lease: Lease) -> None:
        both = (store.append(S, 0, events(1, 2), epoch=lease.epoch) for _ in range(10))
        outcomes = await asyncio.gather(*both, return_exceptions=True)
        assert outcomes.count(None) == 1
        assert sum(isinstance(o, ConflictError) for o in outcomes) == 9
        assert await numbers(store) == [1, 2]

    async def test_of_two_owners_one_wins(self, store: Store) -> None:
        await store.create(record())
        owners = [this_process(f"engine {n}") for n in range(10)]
        leases = await asyncio.gather(*(store.acquire(S, owner, 30) for owner in owners))
        assert len([lease for lease in leases if lease]) == 1

    @pytest.mark.parametrize("seed", range(3))
    async def test_cancelling_leaves_a_log_without_gaps(
        self, store: Store, lease: Lease, seed: int
    ) -> None:
        """Sixty trials in all: an append happened whole or not at all, and the next one works."""
        chance = random.Random(seed)
        end = 0
        for trial in range(20):
            state = SavedState(turn_id=f"s1.{trial}", state=b"x")
            page = events(end + 1, end + 5)
            append = store.append(S, end, page, epoch=lease.epoch, state=state)
            task = asyncio.create_task(append)
            for _ in range(chance.randrange(12)):
                await asyncio.sleep(chance.choice([0, 0, 0.0005]))
            task.cancel()
            await asyncio.wait([task])
            # The next write comes after whatever the cancelled one still did.
            await store.label(S, {"trial": trial})
            found = await store.get(S)
            assert found is not None
            assert found.end in (end, end + 5)
            assert (await store.state(S, state.turn_id) is None) == (found.end == end)
            assert task.cancelled() or found.end == end + 5
            end = found.end
        assert await numbers(store) == list(range(1, end + 1))

    async def test_readers_that_leave_in_the_middle_leave_nothing_behind(
        self, store: Store, lease: Lease
    ) -> None:
        chance = random.Random(7)
        sent = events(1, 200)
        await store.append(S, 0, sent, epoch=lease.epoch)
        for _ in range(60):
            reads = [asyncio.create_task(store.read(S, 0)) for _ in range(4)]
            for _ in range(chance.randrange(12)):
                await asyncio.sleep(chance.choice([0, 0, 0.0005]))
            for read in reads:
                read.cancel()
            await asyncio.wait(reads)
        assert await asyncio.wait_for(store.read(S, 0), 30) == sent
