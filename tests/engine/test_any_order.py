"""Whatever people do, in whatever order: no gap in the log, one conversation for all readers."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellspeak.agents.scripted import Ask, Call, Say, Script, ScriptedAgent, Wait
from cellspeak.core.commands import Post
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import apply, leaves_gap
from cellspeak.engine import Engine
from cellspeak.errors import CellspeakError
from cellspeak.stores.base import Store
from cellspeak.stores.memory import MemoryStore
from cellspeak.stores.sql import SqlStore
from tests.engine.talk import Talk

MANY = bool(os.environ.get("CELLSPEAK_ALL"))
SCRIPT: Script = [
    Say("one two three", pieces=3),
    Wait(0.002),
    Ask(Call("drop", {"n": 1}, result="ok"), then=[Say("Done.")], denied=[Say("Not then.")]),
]
READERS = 3

OPS = st.one_of(
    st.tuples(st.just("post"), st.integers(0, 3)),
    st.tuples(st.just("answer"), st.booleans()),
    st.tuples(st.just("cancel"), st.none()),
    st.tuples(st.just("disconnect"), st.integers(0, READERS - 1)),
    st.tuples(st.just("connect"), st.integers(0, READERS - 1)),
    st.tuples(st.just("pause"), st.sampled_from([0.0, 0.001, 0.004])),
    st.tuples(st.just("rest"), st.none()),
)


@dataclass
class Reader:
    """Folds what it hears; goes on behind it after a disconnect."""

    talk: Talk
    conversation: Conversation = field(default_factory=Conversation)
    task: asyncio.Task[None] | None = None
    gaps: int = 0

    def connect(self) -> None:
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._read())

    async def disconnect(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    async def until(self, seq: int) -> None:
        self.connect()
        for _ in range(2000):
            if self.conversation.seq >= seq:
                return
            await asyncio.sleep(0.002)
        raise AssertionError(f"a reader stayed at {self.conversation.seq} of {seq}")

    async def _read(self) -> None:
        await self.talk.listen(until=self._take, after=self.conversation.seq)

    def _take(self, event: SessionEvent) -> bool:
        assert (event.seq or 0) > self.conversation.seq
        self.gaps += leaves_gap(self.conversation, event)
        self.conversation = apply(self.conversation, event)
        return False


@dataclass
class Play:
    """What people do to one session, each with an engine that is chosen in turn."""

    talks: list[Talk]
    readers: list[Reader]
    turn: int = 0

    def talk(self) -> Talk:
        self.turn += 1
        return self.talks[self.turn % len(self.talks)]

    async def do(self, op: str, value: Any) -> None:
        with suppress(CellspeakError):  # a queue that is full, an answer that came too late
            await getattr(self, op)(value)

    async def post(self, key: int) -> None:
        talk = self.talk()
        message = {"content": f"say {key}"}
        await talk.engine.send(
            Post(session_id=talk.session_id, client_id=f"post-{key}", messages=(message,))
        )

    async def answer(self, approved: bool) -> None:
        talk = self.talk()
        for turn in (await talk.conversation()).turns.live:
            for approval in turn.pending:
                await talk.answer(approval, approved=approved)

    async def cancel(self, _: None) -> None:
        await self.talk().cancel()

    async def disconnect(self, number: int) -> None:
        await self.readers[number].disconnect()

    async def connect(self, number: int) -> None:
        self.readers[number].connect()

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def rest(self, _: None) -> None:
        engine = self.talk().engine
        for live in list(engine._live.values()):
            await engine._rest(live)

    async def settle(self) -> Conversation:
        """Answer whatever is asked until nothing runs any more."""
        while (conversation := await self.talks[0].conversation()).turns.live:
            await self.do("answer", True)
            await asyncio.sleep(0.002)
        return conversation


async def check(store: Store, engines: list[Engine], ops: list[tuple[str, Any]]) -> None:
    first = await Talk(engines[0]).create()
    talks = [first, *(Talk(engine, first.session_id) for engine in engines[1:])]
    readers = [Reader(talks[n % len(talks)]) for n in range(READERS)]
    play = Play(talks, readers)
    for op, value in ops:
        await play.do(op, value)
    conversation = await play.settle()
    for reader in readers:
        await reader.until(conversation.seq)
        await reader.disconnect()
        assert reader.gaps == 0
        assert reader.conversation == conversation
    assert all(turn.idle for turn in conversation.turns.values())
    assert [await talk.conversation() for talk in talks] == [conversation] * len(talks)
    end = await store.get(first.session_id)
    assert end is not None
    assert end.end == conversation.seq


async def in_one_engine(ops: list[tuple[str, Any]]) -> None:
    store = MemoryStore()
    engine = Engine(store, lambda _: ScriptedAgent(SCRIPT))
    async with asyncio.timeout(30):
        await check(store, [engine], ops)
        await engine.aclose()


async def in_two_engines(file: Path, ops: list[tuple[str, Any]]) -> None:
    stores = [SqlStore.sqlite(file), SqlStore.sqlite(file)]
    engines = [Engine(store, lambda _: ScriptedAgent(SCRIPT), lease=0.6) for store in stores]
    async with asyncio.timeout(50):
        await check(stores[0], engines, ops)
        await asyncio.gather(*(engine.aclose() for engine in engines))


slowly = settings(
    deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


@settings(slowly, max_examples=1000 if MANY else 60)
@given(st.lists(OPS, max_size=25))
def test_in_one_engine(ops: list[tuple[str, Any]]) -> None:
    asyncio.run(in_one_engine(ops))


@pytest.mark.process
@settings(slowly, max_examples=100 if MANY else 6)
@given(st.lists(OPS, min_size=4, max_size=10))
def test_in_two_engines_over_one_file(ops: list[tuple[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(in_two_engines(Path(folder) / "s.db", ops))
