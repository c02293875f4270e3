"""One story told by every runtime: what an agent says and does, response by response.

A model gives a response, its tools run, and it gives the next one; so does a story.  Tools are
`add`, which runs at once, and `delete`, which a person has to allow.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic_ai.messages import ModelMessage, ModelResponse, UserPromptPart
from pydantic_ai.models.function import AgentInfo, DeltaThinkingPart, DeltaToolCall, FunctionModel

from cellspeak.agents.base import AgentRuntime
from cellspeak.agents.model import ModelAgent
from cellspeak.agents.scripted import Ask, AskAll, Call, Fail, Say, ScriptedAgent, Step, Think
from cellspeak.agents.tools import tool
from cellspeak.core.events import Data

__all__ = ["RUNTIMES", "SECRET", "Add", "Delete", "Item", "Story", "Told"]

SECRET = "hunter2"


@dataclass(frozen=True)
class Add:
    """A call that runs at once."""

    key: str
    a: int
    b: int


@dataclass(frozen=True)
class Delete:
    """A call that waits for a person."""

    key: str
    path: str


Item: TypeAlias = Say | Think | Add | Delete
Story: TypeAlias = Sequence[Sequence[Item]]


@dataclass(frozen=True)
class Told:
    """A runtime that tells a story, and fails before its piece `fails_at` if that is given."""

    story: Story
    fails_at: int | None = None


def scripted(told: Told) -> AgentRuntime:
    """Tell it by a script."""
    steps: list[Step] = []
    for response in told.story:
        steps += [i for i in response if isinstance(i, Say | Think)]
        steps += [_sum(i) for i in response if isinstance(i, Add)]
        asks = [_deletion(i) for i in response if isinstance(i, Delete)]
        steps += [AskAll(asks)] if asks else []
    if told.fails_at is not None:
        steps[told.fails_at :] = [Fail(RuntimeError(SECRET))]
    return ScriptedAgent(steps)


def _sum(item: Add) -> Step:
    return Call("add", {"a": item.a, "b": item.b}, result=item.a + item.b)


def _deletion(item: Delete) -> Ask:
    return Ask(Call("delete", {"path": item.path}, run=lambda args: {"deleted": args["path"]}))


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool(approval="ask")
def delete(path: str) -> Data:
    """Delete a file."""
    return {"deleted": path}


def model(told: Told) -> AgentRuntime:
    """Tell it by a model of the library's own."""
    pieces = iter(range(1_000_000))

    async def stream(messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        for index, item in enumerate(told.story[_responses(messages)]):
            if next(pieces) == told.fails_at:
                raise RuntimeError(SECRET)
            yield _piece(index, item)

    return ModelAgent(FunctionModel(stream_function=stream), tools=[add, delete])


def _responses(messages: Sequence[ModelMessage]) -> int:
    """Return how many responses the model has given since the user's last word."""
    asked = [i for i, m in enumerate(messages) if isinstance(m.parts[0], UserPromptPart)]
    return sum(isinstance(m, ModelResponse) for m in messages[asked[-1] :])


def _piece(index: int, item: Item) -> Any:
    match item:
        case Say(text):
            return text
        case Think(text):
            return {index: DeltaThinkingPart(content=text)}
        case Add(key, a, b):
            args = f'{{"a": {a}, "b": {b}}}'
            return {index: DeltaToolCall(name="add", json_args=args, tool_call_id=key)}
        case Delete(key, path):
            args = f'{{"path": "{path}"}}'
            return {index: DeltaToolCall(name="delete", json_args=args, tool_call_id=key)}


RUNTIMES: dict[str, Callable[[Told], AgentRuntime]] = {"scripted": scripted, "model": model}
"""Every runtime there is; whoever adds one adds it here."""
