"""Answers of a type: what is asked for, what is shown, what comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel, Field
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel
from typing_extensions import TypedDict

from cellspeak import Agent
from cellspeak.agents import asked
from cellspeak.agents.model import ModelAgent
from cellspeak.agents.scripted import Say, ScriptedAgent
from cellspeak.agents.tools import tool
from cellspeak.core.conversation import Turn
from cellspeak.errors import ActionRequiredError, TurnFailedError, ValidationError


class Invoice(BaseModel):
    """What is owed."""

    total: float = Field(gt=0)
    lines: list[str] = []


@dataclass
class Point:
    x: int
    y: int


class Place(TypedDict):
    name: str


Give = Callable[[list[ModelMessage], AgentInfo], Sequence[Any]]


def agent(give: Give, *tools: Callable[..., Any]) -> tuple[Agent, list[list[ModelMessage]]]:
    """An agent with a model that gives what *give* returns, and what it was told."""
    told: list[list[ModelMessage]] = []

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
        told.append(messages)
        for index, piece in enumerate(give(messages, info)):
            yield piece if isinstance(piece, str) else {index: piece}

    runtime = ModelAgent(FunctionModel(stream_function=stream), tools=tools)
    return Agent("typist", runtime=runtime), told


def answering(*answers: str) -> Give:
    """Give the JSON *answers* in turn, as a model does that calls the library's tool for it."""
    left = list(answers)

    def give(_messages: list[ModelMessage], info: AgentInfo) -> Sequence[Any]:
        name = info.output_tools[0].name
        return [DeltaToolCall(name=name, json_args=left.pop(0), tool_call_id="o1")]

    return give


@pytest.mark.parametrize(
    ("output_type", "given", "expected"),
    [
        (Invoice, '{"total": 12.5, "lines": ["tea"]}', Invoice(total=12.5, lines=["tea"])),
        (Point, '{"x": 1, "y": 2}', Point(1, 2)),
        (Place, '{"name": "Lyon"}', {"name": "Lyon"}),
    ],
)
async def test_the_object_comes_back(output_type: Any, given: str, expected: Any) -> None:
    typist, _ = agent(answering(given))
    assert await typist.run("go", output_type=output_type) == expected


async def run_and_look(typist: Agent) -> Turn:
    """Ask for an invoice in a session that can be looked at."""
    async with await typist.create_session() as session:
        receipt = await session.send("go", output=asked.wish(Invoice))
        return await session.settled(str(receipt.turn_id))


async def test_the_chat_shows_it_as_a_card_and_the_model_knows_it_later() -> None:
    typist, told = agent(answering('{"total": 3}', '{"total": 4}'))
    turn = await run_and_look(typist)
    (card,) = turn.tool_calls.values()
    assert (card.tool_name, card.status) == ("Invoice", "done")
    assert card.outcome is not None
    assert card.outcome["result"] == {"total": 3.0, "lines": []}
    assert turn.text == ""
    assert len(told) == 1


async def test_what_does_not_fit_is_told_to_the_model_which_tries_again() -> None:
    typist, told = agent(answering('{"total": -1}', '{"total": 1}'))
    assert (await typist.run("go", output_type=Invoice)).total == 1
    assert "greater than 0" in str(told[1][-1])


async def test_another_process_answers_by_the_schema_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    typist, _ = agent(answering('{"total": 3}'))
    wish = asked.wish(Invoice)
    monkeypatch.setattr(asked, "_types", {})
    async with await typist.create_session() as session:
        receipt = await session.send("go", output=wish)
        turn = await session.settled(str(receipt.turn_id))
        assert await asked.typed_answer(turn, Invoice, session.blob) == Invoice(total=3)


async def test_an_answer_that_is_too_long_for_the_log_comes_back_whole() -> None:
    long = "x" * 50_000
    typist, _ = agent(answering('{"total": 1, "lines": ["' + long + '"]}'))
    assert (await typist.run("go", output_type=Invoice)).lines == [long]


async def test_tools_run_and_ask_before_the_answer() -> None:
    @tool(approval="ask")
    def pay() -> str:
        return "paid"

    def give(messages: list[ModelMessage], info: AgentInfo) -> Sequence[Any]:
        if len(messages) == 1:
            return ["I pay. ", DeltaToolCall(name="pay", json_args="{}", tool_call_id="c1")]
        return answering('{"total": 3}')(messages, info)

    typist, _ = agent(give, pay)
    with pytest.raises(ActionRequiredError) as caught:
        await typist.run("go", output_type=Invoice)
    session = await typist.resume_session(str(caught.value.session_id))
    conversation = await session.conversation()
    (turn,) = conversation.path
    await session.respond_approval(turn.pending[0].request_id, approved=True)
    turn = await session.settled(turn.id)
    assert await asked.typed_answer(turn, Invoice, session.blob) == Invoice(total=3)
    assert turn.text == "I pay. "


async def test_a_script_cannot_answer_with_a_type_and_says_so_before_it_is_asked() -> None:
    with pytest.raises(ValidationError, match="'demo' has the model 'scripted:demo', which cannot"):
        await Agent("demo").run("go", output_type=Invoice)
    own = Agent("own", runtime=ScriptedAgent([Say("Hi.")]))
    with pytest.raises(TurnFailedError, match="expected an answer of the type Invoice"):
        await own.run("go", output_type=Invoice)


@pytest.mark.parametrize("output_type", [int, list[int], "Invoice", Invoice(total=1)])
async def test_what_is_no_object_is_refused(output_type: Any) -> None:
    typist, _ = agent(answering())
    with pytest.raises(ValidationError, match="a pydantic model, a dataclass or a TypedDict; got"):
        await typist.run("go", output_type=output_type)


async def test_a_type_that_json_cannot_carry_is_refused() -> None:
    @dataclass
    class Bad:
        call: Callable[[], None]

    typist, _ = agent(answering())
    with pytest.raises(ValidationError, match="expected output_type with fields that JSON can"):
        await typist.run("go", output_type=Bad)
