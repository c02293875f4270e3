"""Readers: whoever starts at a number gets everything behind it, once and in order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from cellspeak.agents import base
from cellspeak.agents.base import Output, TurnRequest
from cellspeak.agents.scripted import Say, Script, Wait
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import apply, fold, leaves_gap
from cellspeak.engine import log as engine_log
from cellspeak.errors import SessionDisconnectedError
from cellspeak.stores.base import Store
from cellspeak.stores.memory import MemoryStore
from cellspeak.stores.sql import SqlStore
from tests.engine.talk import GATED, Fake, Talk, talking, words

PIECES = 2_000


async def stream(_request: TurnRequest) -> AsyncIterator[Output]:
    for n in range(PIECES):
        yield base.say(f"{n} ")


WHOLE = "".join(f"{n} " for n in range(PIECES))


def seqs(events: list[SessionEvent]) -> list[int]:
    return [e.seq or 0 for e in events]


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    made = MemoryStore() if request.param == "memory" else SqlStore.sqlite(tmp_path / "s.db")
    yield made
    await made.aclose()


async def test_live_late_and_concurrent_readers_get_the_same(store: Store) -> None:
    async with talking([Say("one two three"), Wait(0.03), Say(" four")], store=store) as talk:
        ended = lambda e: e.is_turn_end  # noqa: E731 - one word used in five places
        live = [asyncio.create_task(talk.listen(until=ended)) for _ in range(5)]
        await talk.ask()
        found = [await reader for reader in live]
        late = await talk.listen(until=ended)
        assert all(events == late for events in found)
        assert seqs(late) == list(range(1, len(late) + 1))
        for after in range(len(late)):
            assert await talk.listen(until=ended, after=after) == late[after:]


async def test_a_slow_reader_gets_every_event(store: Store) -> None:
    found: list[SessionEvent] = []

    async def read(talk: Talk) -> None:
        async for event in talk.engine.events(talk.session_id):
            found.append(event)
            await asyncio.sleep(0.005)
            if event.is_turn_end:
                return

    async with talking(
        [Say("a b c d e f g h", pieces=15), Wait(0.02), Say(" i j")], store=store
    ) as talk:
        reading = asyncio.create_task(read(talk))
        await talk.ask()
        await reading
        assert fold(found) == await talk.conversation()


async def test_a_reader_behind_the_ring_gets_everything_from_the_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_log, "RING", 4)
    async with talking(GATED) as talk:
        reader = talk.engine.events(talk.session_id)
        first = await anext(reader)
        turn_id = (await talk.post()).turn_id
        await talk.answer(await talk.pending())
        await talk.ended(turn_id)
        end = (await talk.conversation()).seq
        rest = [await anext(reader) for _ in range(end - 1)]
        await reader.aclose()
        assert seqs([first, *rest]) == list(range(1, end + 1))


async def test_a_reader_inside_deltas_that_were_dropped_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_log, "RING", 1)
    store = MemoryStore()
    async with talking(
        [Say("one two three", pieces=13), Wait(0.02), Say(" four")], store=store
    ) as talk:
        receipt = await talk.post()
        reader = talk.engine.events(talk.session_id)
        conversation = Conversation()
        while not conversation.turns or not conversation.turns[str(receipt.turn_id)].messages:
            conversation = apply(conversation, await anext(reader))
        inside = conversation.seq
        await talk.ended(receipt.turn_id)
        await talk.engine._live[talk.session_id].aclose()  # its snapshot is written
        kept = seqs(list(await store.read(talk.session_id, 0)))
        assert inside + 1 not in kept
        for event in await store.read(talk.session_id, inside):
            assert not leaves_gap(conversation, event)
            conversation = apply(conversation, event)
        assert conversation.turns[str(receipt.turn_id)].text == "one two three four"
        await reader.aclose()


async def test_two_thousand_pieces_make_few_events_and_whole_text(store: Store) -> None:
    async with talking(Fake(stream), store=store) as talk:
        turn = await talk.ask()
        log = await talk.log()
    assert turn.text == WHOLE
    deltas = [e for e in log if e.type == "message_delta"]
    assert "".join(e.delta for e in deltas) == WHOLE
    assert [e.data["index"] for e in deltas] == list(range(len(deltas)))
    assert len(deltas) < PIECES / 10
    assert deltas[0].delta == "0 "  # the first goes at once


async def test_the_first_delta_goes_before_the_second_is_there() -> None:
    async with talking([Say("first "), Wait(60), Say("second")]) as talk:
        receipt = await talk.post()
        turn = await talk.until(lambda c: c.turns[str(receipt.turn_id)].text)
        assert turn.turns[str(receipt.turn_id)].text == "first "
        await talk.cancel()


async def test_a_delta_that_waits_goes_without_another_one_behind_it() -> None:
    async with talking([Say("one two ", pieces=8), Wait(60)]) as talk:
        receipt = await talk.post()
        await talk.until(lambda c: c.turns[str(receipt.turn_id)].text == "one two ")
        await talk.cancel()


async def test_batching_keeps_the_order_of_text_thoughts_and_calls() -> None:
    async def play(_request: TurnRequest) -> AsyncIterator[Output]:
        for n in range(20):
            yield base.think(f"{n}")
            yield base.say(f"{n}")
            if n % 5 == 4:
                yield base.tool(f"t{n}", "step", {})
                yield base.progress(f"t{n}", 0.5)
                yield base.result(f"t{n}", "step", n)

    async with talking(Fake(play)) as talk:
        turn = await talk.ask()
    kinds = [(m.kind, str(m.text)) for m in turn.messages]
    expected = []
    for n in range(20):
        expected += [("thinking", f"{n}"), ("text", f"{n}")]
        expected += [("tool_call", "")] if n % 5 == 4 else []
    assert kinds == expected


async def test_sixty_times_random_callers_are_cancelled_and_the_log_stays_whole() -> None:
    script: Script = [Say("one two three four "), Wait(0.002), *GATED]
    chance = random.Random(7)
    for _ in range(60):
        async with talking(script) as talk:
            await careless(talk, chance)
            async with asyncio.timeout(5):
                await talk.until(lambda c: not c.turns.live)
            log = await talk.log()
            conversation = await talk.conversation()
            assert seqs(log) == list(range(1, conversation.seq + 1))
            assert fold(log) == conversation
            stored = await talk.engine.store.read(talk.session_id, 0)
            assert fold(stored) == conversation
            assert words(log).count("complete") + words(log).count("interrupted") == len(
                conversation.turns
            )


async def careless(talk: Talk, chance: random.Random) -> None:
    """Send posts, answers and stops, and cancel half of the senders somewhere on their way."""

    async def answer() -> None:
        await talk.answer(await talk.pending(), approved=chance.random() < 0.5)

    acts: list[Callable[[], Coroutine[Any, Any, object]]] = [
        talk.post,
        talk.post,
        talk.cancel,
        answer,
        answer,
    ]
    senders = [asyncio.create_task(act()) for act in chance.sample(acts, len(acts))]
    for sender in senders:
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
        if chance.random() < 0.5:
            sender.cancel()
    await asyncio.sleep(0.02)
    for sender in senders:
        sender.cancel()
    await asyncio.gather(*senders, return_exceptions=True)
    while live := (await talk.conversation()).turns.live:
        await talk.cancel(live[0].id)


async def test_a_post_whose_caller_went_away_is_answered_all_the_same() -> None:
    for steps in range(12):
        async with talking([Say("hello")]) as talk:
            sender = asyncio.create_task(talk.post())
            for _ in range(steps):
                await asyncio.sleep(0)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            async with asyncio.timeout(5):
                conversation = await talk.until(lambda c: not c.turns.live)
            assert all(t.status == "complete" for t in conversation.turns.values())


async def test_closing_the_engine_tells_its_readers() -> None:
    async with talking(GATED) as talk:
        await talk.post()
        await talk.pending()
        reading = asyncio.create_task(talk.listen(until=lambda _: False))
        await asyncio.sleep(0)
        await talk.engine.aclose()
        with pytest.raises(SessionDisconnectedError, match=r"was closed at event \d+; resume"):
            await reading
        with pytest.raises(SessionDisconnectedError):
            await talk.post()
