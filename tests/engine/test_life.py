"""How long a session lives: at rest when nothing happens, gone when old, handed over in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cellspeak.agents.scripted import Say, Script, ScriptedAgent, Wait
from cellspeak.core.fold import fold
from cellspeak.engine import Engine
from cellspeak.errors import SessionDisconnectedError, SessionNotFoundError
from cellspeak.stores.base import Store, this_process
from cellspeak.stores.memory import MemoryStore
from cellspeak.stores.sql import SqlStore
from tests.engine.talk import GATED, Clock, Talk, talking, words

SOON = 0.05
HELLO: Script = [Say("Hello.")]


class Counted(MemoryStore):
    """A memory store that says it is shared, and counts what it is asked."""

    shared = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if name in ("acquire", "commands", "get", "inboxes", "read", "release", "renew"):
            object.__getattribute__(self, "asked").append(name)
        return super().__getattribute__(name)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SqlStore.sqlite(tmp_path / "s.db")


async def until(done: Callable[[], Awaitable[object]]) -> None:
    for _ in range(1000):
        if await done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")


async def rested(talk: Talk) -> None:
    """Wait until nothing of the session lives in its engine, nor its lease."""

    async def resting() -> bool:
        return not talk.engine._live

    await until(resting)
    await talk.engine._resting.settled(talk.session_id)


async def gone(store: Store, session_id: str) -> bool:
    return session_id not in {r.session_id for r in await store.list()}


async def test_a_session_in_which_nothing_happens_gives_its_lease_back(store: Store) -> None:
    async with talking(HELLO, store=store, idle_timeout=SOON, retention=1000) as talk:
        await talk.ask()
        await rested(talk)
        other = this_process("another engine")
        lease = await store.acquire(talk.session_id, other, 30)
        assert lease is not None
        assert lease.owner == other
        await store.release(lease)


async def test_the_next_command_wakes_it_and_its_readers_miss_nothing(store: Store) -> None:
    async with talking(HELLO, store=store, idle_timeout=SOON, retention=1000) as talk:
        third = f"{talk.session_id}.3"
        reading = asyncio.create_task(
            talk.listen(until=lambda e: e.turn_id == third and e.is_turn_end)
        )
        for _ in range(3):
            await talk.ask()
            await rested(talk)
        events = await asyncio.wait_for(reading, 10)
        assert [e.seq for e in events] == list(range(1, len(events) + 1))
        conversation = await talk.conversation()
        assert [t.text for t in conversation.turns.values()] == ["Hello."] * 3
        assert fold(await talk.log()) == conversation


async def test_commands_that_meet_its_going_to_rest_are_taken_once() -> None:
    async with talking(HELLO, idle_timeout=1000) as talk:
        for n in range(30):
            live = talk.engine._live.get(talk.session_id)
            if live is not None:
                resting = asyncio.create_task(talk.engine._rest(live))
            for _ in range(n % 4):
                await asyncio.sleep(0)
            await talk.ask(str(n))
            await resting
        conversation = await talk.conversation()
        assert [t.prompt for t in conversation.turns.values()] == [str(n) for n in range(30)]
        assert all(t.status == "complete" for t in conversation.turns.values())


async def test_a_session_at_rest_asks_nothing_of_its_store() -> None:
    store = Counted()
    async with talking(HELLO, store=store, idle_timeout=SOON, lease=0.3) as talk:
        await talk.ask()
        await rested(talk)
        await asyncio.sleep(SOON)
        store.asked.clear()
        await asyncio.sleep(0.4)
        assert store.asked == []


async def test_a_session_that_waits_for_an_answer_does_not_rest() -> None:
    async with talking(GATED, idle_timeout=SOON) as talk:
        await talk.post()
        approval = await talk.pending()
        await asyncio.sleep(3 * SOON)
        assert talk.session_id in talk.engine._live
        await talk.answer(approval)
        await rested(talk)


async def test_a_turn_that_is_silent_for_long_is_not_taken_for_idle() -> None:
    script: Script = [Say("a"), Wait(4 * SOON), Say("b")]
    async with talking(script, idle_timeout=SOON) as talk:
        assert (await talk.ask()).text == "ab"


async def test_old_sessions_go_and_say_so_but_not_those_that_ask(tmp_path: Path) -> None:
    clock = Clock()
    store = SqlStore.sqlite(tmp_path / "s.db", now=clock)
    async with talking(HELLO, store=store, now=clock, retention=1.0) as old:
        await old.ask()
        reading = asyncio.create_task(old.listen(until=lambda e: e.type == "session_terminated"))
        gated = Engine(store, lambda _: ScriptedAgent(GATED), now=clock)
        asking = await Talk(gated).create()
        await asking.post()
        await asking.pending()
        clock.now += 10
        assert words(await asyncio.wait_for(reading, 10))[-1] == "session_terminated"
        await until(lambda: gone(store, old.session_id))
        await rested(old)
        with pytest.raises(SessionNotFoundError, match="terminated"):
            await old.conversation()
        assert [r.session_id for r in await store.list()] == [asking.session_id]
        await gated.aclose()


async def test_what_is_only_in_memory_goes_when_it_has_been_idle_for_long() -> None:
    clock = Clock()
    async with talking(HELLO, now=clock, idle_timeout=0.1) as talk:
        await talk.ask()
        clock.now += 1
        await until(lambda: gone(talk.engine.store, talk.session_id))


async def test_a_turn_may_end_within_the_grace_and_the_queue_is_handed_over(
    tmp_path: Path,
) -> None:
    file = tmp_path / "s.db"
    script: Script = [Say("a"), Wait(0.2), Say("b")]
    async with talking(script, store=SqlStore.sqlite(file)) as talk:
        first = (await talk.post()).turn_id
        await talk.post("queued")
        await talk.until(lambda c: c.turns[str(first)].text == "a")
        reading = asyncio.create_task(talk.listen(until=lambda e: False))
        await talk.engine.aclose(grace=20)
        with pytest.raises(SessionDisconnectedError, match="resume the session by its id"):
            await reading
    heir = Talk(Engine(SqlStore.sqlite(file), lambda _: ScriptedAgent(HELLO)), talk.session_id)
    conversation = await heir.until(lambda c: not c.turns.live)
    assert [(t.status, t.text) for t in conversation.turns.values()] == [
        ("complete", "ab"),
        ("complete", "Hello."),
    ]
    await heir.engine.aclose()


async def test_the_grace_waits_for_no_person_and_no_longer_than_it_says() -> None:
    async with asyncio.timeout(10):
        async with talking(GATED) as asking:
            await asking.post()
            await asking.pending()
            await asking.engine.aclose(grace=1000)
        async with talking([Say("a"), Wait(1000)]) as endless:
            await endless.post()
            await endless.engine.aclose(grace=0.05)
