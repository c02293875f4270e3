"""A store that fails: readers are told once, nothing that was committed is lost, and it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as listening
from sqlalchemy.pool import Pool

from cellspeak.agents import base
from cellspeak.agents.base import Output, TurnRequest
from cellspeak.agents.scripted import Say, Script, Wait
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import fold
from cellspeak.errors import CellspeakError, StoreError
from cellspeak.stores.memory import MemoryStore
from cellspeak.stores.sql import SqlStore
from tests.engine.talk import GATED, Fake, Talk, talking, words


def full() -> StoreError:
    return StoreError("the disk is full; free some space and send again")


class Flaky(MemoryStore):
    """A memory store whose appends fail when `fails(n)` says so of the n-th.

    Args:
        fails: n counts from 1.
        stored: True if what is reported as failed was kept all the same.
    """

    def __init__(self, fails: Callable[[int], bool], *, stored: bool = False) -> None:
        super().__init__()
        self.fails, self.stored, self.appends = fails, stored, 0
        self.snapshots_fail, self.refused = False, 0

    async def append(
        self, session_id: str, after: int, events: Sequence[SessionEvent], **options: Any
    ) -> None:
        self.appends += 1
        failing = self.fails(self.appends)
        if self.stored or not failing:
            await super().append(session_id, after, events, **options)
        if failing:
            raise full()

    async def save_snapshot(self, *args: Any, **options: Any) -> None:
        if self.snapshots_fail:
            self.refused += 1
            raise full()
        await super().save_snapshot(*args, **options)


async def gated_turn(talk: Talk) -> None:
    """Post, approve and wait for the end, as far as the store lets us."""
    turn_id = str((await talk.post(client_id="the-post")).turn_id)
    turn = (await talk.until(lambda c: c.turns[turn_id].idle or c.turns[turn_id].pending)).turns[
        turn_id
    ]
    for approval in turn.pending:
        await talk.answer(approval, client_id="the-answer")
    await talk.ended(turn_id)


async def appends_of_a_gated_turn() -> int:
    store = Flaky(lambda _: False)
    async with talking(GATED, store=store) as talk:
        await gated_turn(talk)
    return store.appends


async def attempt(talk: Talk) -> list[CellspeakError]:
    """Try the gated turn as a person would, with a reader beside; return what both were told."""
    told: list[CellspeakError] = []
    reading = asyncio.create_task(talk.listen(until=lambda e: e.is_turn_end))
    for _ in range(6):
        try:
            async with asyncio.timeout(5):
                await gated_turn(talk)
            break
        except CellspeakError as error:
            told.append(error)
            if (await talk.conversation()).turns and not (await talk.conversation()).turns.live:
                break
    reading.cancel()
    found = await asyncio.gather(reading, return_exceptions=True)
    told += [e for e in found if isinstance(e, CellspeakError)]
    return told


@pytest.mark.parametrize("stored", [False, True], ids=["not kept", "kept all the same"])
async def test_a_turn_survives_one_failure_of_any_append(stored: bool) -> None:
    for k in range(2, await appends_of_a_gated_turn() + 1):
        store = Flaky(k.__eq__, stored=stored)
        async with talking(GATED, store=store) as talk:
            told = await attempt(talk)
            conversation = await talk.until(lambda c: not c.turns.live)
            (turn,) = conversation.turns.values()
            assert turn.ended
            assert fold(await store.read(talk.session_id, 0)) == conversation
            assert all(str(e) for e in told)
            log = await talk.log()
            assert [e.is_complete for e in log].count(True) == 1
            assert words(log).count("Idle") == 1
            again = await talk.post("still there?")  # the session can be used again
            await talk.answer(await talk.pending())
            assert (await talk.ended(again.turn_id)).status == "complete"


async def test_a_store_that_fails_for_long_is_told_and_the_next_command_goes_on() -> None:
    told = 0
    for k in range(2, await appends_of_a_gated_turn() + 1):
        broken = [True]
        store = Flaky(partial(fails_from, k, broken))
        async with talking(GATED, store=store) as talk:
            reading = asyncio.create_task(talk.listen(until=lambda e: e.is_turn_end))
            with pytest.raises(StoreError, match="the disk is full; free some space"):
                await gated_turn(talk)
            await asyncio.sleep(0.05)
            told += reading.done() and isinstance(reading.exception(), StoreError)
            committed = list(await store.read(talk.session_id, 0))
            broken[0] = False
            after = await talk.post("next", client_id="the-next")
            conversation = await answer_all(talk)
            assert conversation.turns[str(after.turn_id)].status == "complete"
            events = await store.read(talk.session_id, 0)
            assert fold(events) == conversation
            kept = {e.seq: e for e in events}
            covered = ("message_delta",)  # these may go, their text stays in what covers them
            assert all(kept[e.seq] == e for e in committed if e.type not in covered)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    assert told > 3  # most failures stop the turn, and its readers learn why


def fails_from(first: int, broken: list[bool], n: int) -> bool:
    return broken[0] and n >= first


async def answer_all(talk: Talk) -> Conversation:
    """Approve whatever is asked until nothing runs any more; return the conversation."""

    def waits(c: Conversation) -> bool:
        return not c.turns.live or any(t.pending for t in c.turns.live)

    while (conversation := await talk.until(waits)).turns.live:
        for turn in conversation.turns.live:
            for approval in turn.pending:
                await talk.answer(approval)
    return conversation


async def test_text_that_could_not_be_kept_at_first_is_whole_in_the_end() -> None:
    store = Flaky(lambda n: n == 5)

    async def play(_request: TurnRequest) -> AsyncIterator[Output]:
        for n in range(100):
            yield base.say(f"{n} ")
            await asyncio.sleep(0.001)

    async with talking(Fake(play), store=store) as talk:
        turn = await talk.ask()
    kept = turn.text.split()
    assert kept == [str(n) for n in range(len(kept))]
    assert turn.status == "complete" if len(kept) == 100 else turn.status == "failed"


async def test_a_snapshot_that_failed_is_made_up_for_by_the_next() -> None:
    store = Flaky(lambda _: False)
    async with talking([Say("hello")], store=store) as talk:
        store.snapshots_fail = True
        await talk.ask("one")
        await asyncio.sleep(0.02)
        assert store.refused == 1
        store.snapshots_fail = False
        await talk.ask("two")
        await asyncio.sleep(0.02)
        conversation = await talk.conversation()
        snapshot = await store.snapshot(talk.session_id)
        assert snapshot is not None
        assert set(snapshot.turns) == set(conversation.turns)


async def test_a_session_that_could_not_be_created_leaves_nothing() -> None:
    store = Flaky(lambda n: n == 1)
    with pytest.raises(StoreError):
        async with talking([], store=store):
            pass
    assert await store.list() == []


@pytest.fixture
def pages() -> Iterator[list[int]]:
    """How many pages SQLite's file may grow to, on every connection that is used."""
    most = [1_000_000]

    def limit(connection: Any, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={most[0]}")
        cursor.close()

    listening.listen(Pool, "checkout", limit)
    yield most
    listening.remove(Pool, "checkout", limit)


async def test_a_full_disk_is_one_clear_sentence_and_room_lets_it_go_on(
    tmp_path: Path, pages: list[int]
) -> None:
    store = SqlStore.sqlite(tmp_path / "s.db")
    script: Script = [Say("x" * 30_000, pieces=3), Wait(0.06), Say("y" * 30_000)]
    async with talking(script, store=store) as talk:
        await talk.ask("first")
        pages[0] = 1  # none more than there are
        told = await until_told(talk)
        assert "the disk is full" in told
        assert len(told.splitlines()) == 1
        pages[0] = 1_000_000
        turn = await talk.ask("now there is room")
        conversation = await talk.conversation()
        assert turn.status == "complete"
        assert conversation.turns[f"{talk.session_id}.1"].text.startswith("xxx")
        assert not conversation.turns.live
        assert fold(await all_events(store, talk.session_id)) == conversation


async def until_told(talk: Talk) -> str:
    """Post until the store refuses; return what is said about it."""
    for n in range(50):
        try:
            turn = await talk.ask(f"more {n}")
        except StoreError as error:
            return str(error)
        if turn.status == "failed":
            return str(turn.error)
    raise AssertionError("the disk was never full")


async def all_events(store: SqlStore, session_id: str) -> list[SessionEvent]:
    found: list[SessionEvent] = []
    while more := await store.read(session_id, found[-1].seq or 0 if found else 0):
        found += more
    return found
