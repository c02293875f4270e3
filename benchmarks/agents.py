"""What a model's answer costs beside the library that runs it: CPU per token, ours and theirs.

Run it with `python benchmarks/agents.py [tokens]`.  Both read the same answer from the library
test model; `ours` is what is added until a draft lies before the engine, for text and for
a call with long arguments.  The budget is 15 µs per token together with the engine
(`benchmarks/engine.py`).
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel

from cellspeak.agents.base import TurnRequest
from cellspeak.agents.model import ModelAgent
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import apply

TOKENS = 10_000
RUNS = 3


def write(text: str) -> str:
    """Write a file."""
    return str(len(text))


def talking(tokens: int) -> FunctionModel:
    async def stream(_messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        for n in range(tokens):
            yield f"word{n} "

    return FunctionModel(stream_function=stream)


def calling(tokens: int) -> FunctionModel:
    async def stream(messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        if any(isinstance(m, ModelResponse) for m in messages):
            yield "Done."
            return
        yield {0: DeltaToolCall(name="write", json_args='{"text": "', tool_call_id="c1")}
        for n in range(tokens):
            yield {0: DeltaToolCall(json_args=f"word{n} ")}
        yield {0: DeltaToolCall(json_args='"}')}

    return FunctionModel(stream_function=stream)


async def bare(model: FunctionModel) -> int:
    """Only the library: iterate over all that the answer says."""
    count = 0
    async with Agent(model, tools=[write]).iter("go") as run:
        async for node in run:
            if Agent.is_model_request_node(node) or Agent.is_call_tools_node(node):
                async with node.stream(run.ctx) as events:
                    async for _ in events:
                        count += 1
    return count


async def hosted(model: FunctionModel) -> int:
    """The same as drafts."""
    agent = ModelAgent(model, tools=[write])
    return len([output async for output in agent.answer(request())])


def request() -> TurnRequest:
    posted = SessionEvent(
        type="message_posted",
        session_id="s",
        seq=1,
        turn_id="s.1",
        data={"messages": [{"id": "1", "content": "go"}]},
    )
    conversation = apply(Conversation(), posted)

    async def no_blob(sha256: str) -> bytes:
        raise KeyError(sha256)

    turn = conversation.turns["s.1"]
    return TurnRequest(conversation=conversation, turn=turn, state=None, read_blob=no_blob)


async def measure(run: Callable[[], Awaitable[int]], tokens: int) -> tuple[float, int]:
    """Return the least µs of CPU per token of a few runs, and what came out."""
    best, count = float("inf"), 0
    for _ in range(RUNS):
        began = time.process_time()
        count = await run()
        best = min(best, time.process_time() - began)
    return best / tokens * 1e6, count


async def main(tokens: int) -> None:
    await hosted(talking(10))  # what is imported once
    print(f"{'answer':>10}{'library µs':>12}{'hosted µs':>11}{'ours µs':>9}{'outputs':>9}")
    for name, make in (("text", talking), ("arguments", calling)):
        alone, _ = await measure(lambda make=make: bare(make(tokens)), tokens)
        both, outputs = await measure(lambda make=make: hosted(make(tokens)), tokens)
        print(f"{name:>10}{alone:>12.1f}{both:>11.1f}{both - alone:>9.1f}{outputs:>9}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else TOKENS))
