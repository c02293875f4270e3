"""What the engine costs per token: CPU over that of a bare loop of the same agent.

Run it with `python benchmarks/engine.py [tokens …]`.  The budget is 15 µs of CPU per token with the
memory store and batching on.  Read the ratios: the figures are those of this machine.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from cellspeak.agents import base
from cellspeak.agents.base import Output, TurnRequest
from cellspeak.core.commands import Create, Post
from cellspeak.engine import Engine
from cellspeak.stores.memory import MemoryStore

TOKENS = (2_000, 20_000)
PACE = 0.0025
"""Seconds between tokens of the slow runs: 400 a second, what a fast model gives."""


class Talker:
    """Says `tokens` words, with `pace` seconds between two."""

    def __init__(self, tokens: int, pace: float) -> None:
        self.tokens, self.pace = tokens, pace

    async def answer(self, _request: TurnRequest | None) -> AsyncIterator[Output]:
        for n in range(self.tokens):
            if self.pace:
                await asyncio.sleep(self.pace)
            yield base.say(f"word{n} ")


async def bare(agent: Talker) -> int:
    """Only ask the agent, and join what it says."""
    text = ""
    async for output in agent.answer(None):
        text += getattr(output, "data", {})["delta"]
    return len(text)


async def engine(agent: Talker) -> int:
    """Run one turn, with one reader; return how many events it left."""
    host = Engine(MemoryStore(), lambda _: agent)
    session = (await host.send(Create(agent={"name": "talker"}, client_id="c"))).session_id
    await host.send(Post(session_id=session, client_id="p", messages=({"content": "go"},)))
    count = 0
    async with aclosing(host.events(session)) as events:
        async for event in events:
            count += 1
            if event.is_turn_end:
                break
    await host.aclose()
    return count


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def measure(run: Callable[[Talker], object], agent: Talker) -> tuple[float, object]:
    started = cpu()
    outcome = await run(agent)  # type: ignore[misc]  # both are coroutine functions
    return (cpu() - started) / agent.tokens * 1e6, outcome


async def main(tokens: list[int]) -> None:
    await engine(Talker(10, 0.0))  # what is imported and opened once
    print(f"{'tokens':>8}{'pace':>9}{'bare µs':>10}{'engine µs':>11}{'ratio':>7}{'events':>8}")
    for number in tokens:
        for pace in (0.0, PACE):
            if pace and number > 5_000:
                continue
            alone, _ = await measure(bare, Talker(number, pace))
            hosted, events = await measure(engine, Talker(number, pace))
            rate = "full" if not pace else f"{1 / pace:g}/s"
            figures = f"{alone:>10.1f}{hosted:>11.1f}{hosted / alone:>7.1f}{events:>8}"
            print(f"{number:>8}{rate:>9}{figures}")


if __name__ == "__main__":
    asyncio.run(main([int(n) for n in sys.argv[1:]] or list(TOKENS)))
