"""The batcher by itself: few commits, none too late, nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from cellspeak.agents import base
from cellspeak.core.events import Draft
from cellspeak.engine.batch import Batch
from cellspeak.errors import StoreError


class Kept:
    """Takes commits, and fails as often as it is told to."""

    def __init__(self, failures: int = 0, seconds: float = 0.0) -> None:
        self.bunches: list[list[Draft]] = []
        self.failures, self.seconds = failures, seconds

    async def commit(self, drafts: Sequence[Draft]) -> None:
        await asyncio.sleep(self.seconds)
        if self.failures:
            self.failures -= 1
            raise StoreError("not now")
        self.bunches.append(list(drafts))

    @property
    def text(self) -> str:
        return "".join(d.data["delta"] for bunch in self.bunches for d in bunch)


async def test_a_steady_stream_makes_one_commit_an_interval() -> None:
    kept = Kept()
    batch = Batch(kept.commit, interval=0.04)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for n in range(100):
        await batch.add([base.say(f"{n} ")])
        await asyncio.sleep(0.002)
    intervals = (loop.time() - began) / 0.04
    await batch.flush()
    assert len(kept.bunches) <= intervals + 2
    assert kept.text == "".join(f"{n} " for n in range(100))
    await batch.aclose()


async def test_what_waits_goes_by_itself_when_the_interval_is_over() -> None:
    kept = Kept()
    batch = Batch(kept.commit, interval=0.01)
    await batch.add([base.say("one ")])
    await batch.add([base.say("two")])
    assert kept.text == "one "
    await asyncio.sleep(0.05)
    assert kept.text == "one two"
    await batch.aclose()


async def test_what_is_no_streamed_text_goes_at_once_behind_what_waits() -> None:
    kept = Kept()
    batch = Batch(kept.commit, interval=60)
    for text in ("one ", "two ", "three"):
        await batch.add([base.say(text)])
    await batch.add([base.tool("t", "dig", {})])
    assert [[d.type for d in bunch] for bunch in kept.bunches] == [
        ["message_delta"],
        ["message_delta", "tool_call"],
    ]
    await batch.aclose()


async def test_of_progress_only_the_newest_is_kept_for_each_call() -> None:
    kept = Kept()
    batch = Batch(kept.commit, interval=60)
    await batch.add([base.say("first")])
    for fraction in (0.1, 0.2, 0.3):
        await batch.add([base.progress("a", fraction)])
    await batch.add([base.progress("b", 0.9)])
    await batch.flush()
    assert [(d.data["tool_call_id"], d.data["fraction"]) for d in kept.bunches[1]] == [
        ("a", 0.3),
        ("b", 0.9),
    ]
    await batch.aclose()


@pytest.mark.parametrize("failures", [1, 2])
async def test_a_bunch_that_could_not_be_kept_waits_for_the_next_time(failures: int) -> None:
    kept = Kept()
    batch = Batch(kept.commit, interval=0.01)
    await batch.add([base.say("one ")])
    kept.failures = failures
    await batch.add([base.say("two ")])
    await asyncio.sleep(0.03)  # the timer meets the first failure, and nobody is told yet
    if failures == 2:
        with pytest.raises(StoreError):
            await batch.add([base.say("three ")])
    else:
        await batch.add([base.say("three ")])
    await batch.flush()
    assert kept.text == "one two three "
    await batch.aclose()


async def test_slow_commits_make_the_interval_longer_but_not_for_ever() -> None:
    kept = Kept(seconds=0.05)
    batch = Batch(kept.commit, interval=0.001)
    await batch.add([base.say("x")])
    kept.seconds = 0.0
    began = asyncio.get_running_loop().time()
    while len(kept.bunches) < 2:
        await batch.add([base.say("x")])
        await asyncio.sleep(0.001)
    assert 0.05 < asyncio.get_running_loop().time() - began < 0.5
    await batch.aclose()
