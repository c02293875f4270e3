"""One story told by every runtime: what an agent says and does, response by response.

A model gives a response, its tools run, and it gives the next one; so does a story.  Tools are
`add`, which runs at once, and `delete`, which a person has to allow.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic_ai.messages import ModelMessage, ModelResponse, UserPromptPart
from pydantic_ai.models.function import AgentInfo, DeltaThinkingPart, DeltaToolCall, FunctionModel

from cellspeak.agents.a2a.agent import A2aAgent, Address
from cellspeak.agents.base import AgentRuntime
from cellspeak.agents.model import ModelAgent
from cellspeak.agents.recording import Line, RecordedTurn, Recording, save
from cellspeak.agents.replay import ReplayAgent
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


Answer: TypeAlias = Literal["approved", "edited", "denied"]
Item: TypeAlias = Say | Think | Add | Delete
Story: TypeAlias = Sequence[Sequence[Item]]


@dataclass(frozen=True)
class Told:
    """A runtime that tells a story, and fails before its piece `fails_at` if that is given."""

    story: Story
    fails_at: int | None = None
    answer: Answer = "approved"
    """What a person will say to each deletion: a recording knows it."""


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


def replay(told: Told) -> AgentRuntime:
    """Tell it by a recording of two turns."""
    played = [line for response in told.story for line in _lines(response, told.answer)]
    lines: list[Line] = [*(line for line, _ in played), {"end": "complete"}]
    if told.fails_at is not None:
        starts = [i for i, (_, is_first) in enumerate(played) if is_first]
        failed = {"end": "failed", "error": "the agent failed (RuntimeError)"}
        lines[starts[told.fails_at] :] = [failed]
    turns = [RecordedTurn(prompt=prompt, lines=lines) for prompt in ("go", "again")]
    path = Path(tempfile.mkdtemp()) / "story.jsonl"
    save(path, Recording(agent="teller", model="stories", turns=turns))
    return ReplayAgent(str(path))


def _lines(response: Sequence[Item], answer: Answer) -> list[tuple[Line, bool]]:
    """Return the lines of a response; True marks the first one of a piece."""
    lines: list[tuple[Line, bool]] = []
    asks = [i for i in response if isinstance(i, Delete)]
    for item in response:
        match item:
            case Say(text):
                lines.append(({"say": text}, True))
            case Think(text):
                lines += [({"think": text}, True), ({"think": "", "done": True}, False)]
            case Add(key, a, b):
                lines.append(({"call": key, "tool": "add", "args": {"a": a, "b": b}}, True))
                lines.append(({"result": key, "tool": "add", "value": a + b}, False))
            case Delete(key, path):
                lines.append(({"ask": key, "tool": "delete", "args": {"path": path}}, True))
    paths = {i.key: f"not {i.path}" if answer == "edited" else i.path for i in asks}
    approved = answer != "denied"
    lines += [(_answer(k, p, approved=approved), False) for k, p in paths.items()]
    for key, path in paths.items() if approved else ():
        call = {"call": key, "tool": "delete", "args": {"path": path}}
        outcome = {"result": key, "tool": "delete", "value": {"deleted": path}}
        lines += [(call, False), (outcome, False)]
    return lines


def _answer(key: str, path: str, *, approved: bool) -> Line:
    return {"answer": key, "approved": approved, **({"args": {"path": path}} if approved else {})}


def a2a(told: Told) -> AgentRuntime:
    """Let an agent of a real server tell it, by A2A."""
    from tests.agents.teller import address_of

    return A2aAgent(Address(url=address_of(told)))


RUNTIMES: dict[str, Callable[[Told], AgentRuntime]] = {
    "scripted": scripted,
    "model": model,
    "replay": replay,
    "a2a": a2a,
}
"""Every runtime there is; whoever adds one adds it here."""
