"""What a model reads of a long conversation, and what the conversation says about it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic_ai.exceptions import ModelContextWindowExceededError, ModelHTTPError
from pydantic_ai.messages import ModelMessage, ToolReturnPart, UserPromptPart
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel

from cellspeak.agents.llm.shorten import Limit, dropped, size, turns_in
from cellspeak.agents.memory import MemoryPolicy, MemorySetting, memory_of
from cellspeak.agents.model import ModelAgent
from cellspeak.core.conversation import Turn
from cellspeak.errors import ValidationError
from tests.agents.driver import Talk
from tests.engine.talk import talking


class Parrot:
    """A model that says how many prompts it was told, and sums up by naming the first and last."""

    def __init__(self) -> None:
        self.told: list[list[str]] = []
        self.summed: list[str] = []

    async def stream(self, messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[str]:
        prompts = [
            str(p.content) for m in messages for p in m.parts if isinstance(p, UserPromptPart)
        ]
        if prompts[0].startswith("Sum up the conversation"):
            self.summed.append(prompts[0])
            lines = prompts[0].splitlines()
            users = [line for line in lines if line.startswith("User: ")] or ["?"]
            yield f"from {users[0]} to {users[-1]}"
            return
        self.told.append(prompts)
        yield f"{len(prompts)} prompts."

    def agent(self, memory: MemorySetting) -> ModelAgent:
        return ModelAgent(FunctionModel(stream_function=self.stream), memory=memory)


def notes(*turns: Turn) -> list[dict[str, Any]]:
    return [dict(m.data) for t in turns for m in t.messages if m.kind == "note"]


async def test_a_window_leaves_the_oldest_turns_out_and_says_so_once() -> None:
    parrot = Parrot()
    talk = Talk(parrot.agent({"strategy": "window", "turns": 4}))
    turns = [await talk.post(str(n)) for n in range(1, 8)]
    assert parrot.told[3:] == [
        ["1", "2", "3", "4"],
        ["3", "4", "5"],  # a quarter more than must be goes, so that it may grow again
        ["3", "4", "5", "6"],
        ["5", "6", "7"],
    ]
    assert [n["text"] for n in notes(*turns)] == [
        "The first 2 turns were left out for the model.",
        "The first 4 turns were left out for the model.",
    ]
    assert [t.prompt for t in talk.conversation.path] == [str(n) for n in range(1, 8)]


@pytest.mark.parametrize("strategy", ["window", "summary"])
async def test_a_lost_state_is_rebuilt_to_the_same_place(strategy: str) -> None:
    told = []
    for lost in (False, True):
        parrot = Parrot()
        talk = Talk(parrot.agent({"strategy": strategy, "turns": 3}))
        for n in range(1, 8):
            talk.state = None if lost else talk.state
            await talk.post(str(n))
        told.append(parrot.told)
    assert told[0] == told[1]


async def test_a_summary_stands_before_the_newest_turns_and_can_be_read() -> None:
    parrot = Parrot()
    talk = Talk(parrot.agent({"strategy": "summary", "turns": 4}))
    turns = [await talk.post(f"prompt {n}") for n in range(1, 8)]
    first, second = notes(*turns)
    assert first["text"] == "The first 2 turns were summed up for the model."
    assert first["detail"] == "from User: prompt 1 to User: prompt 2"
    assert parrot.told[4] == [
        "What was said before, summed up:\nfrom User: prompt 1 to User: prompt 2",
        *("prompt 3", "prompt 4", "prompt 5"),
    ]
    assert second["text"] == "The first 4 turns were summed up for the model."
    assert "from User: prompt 1 to User: prompt 2" in parrot.summed[1]  # nothing is forgotten twice
    assert second["from_turn"] == turns[4].id


async def test_tokens_are_a_limit_too_and_what_is_used_for_a_summary_is_billed() -> None:
    parrot = Parrot()
    talk = Talk(parrot.agent({"strategy": "summary", "tokens": 400}))
    turns = [await talk.post(f"{n} {'word ' * 100}") for n in range(6)]
    assert all(size_of(told) < 400 for told in parrot.told)
    assert len(notes(*turns)) == len(parrot.summed) > 0
    plain, summed = turns[0].usage, next(t.usage for t in turns if notes(t))
    assert plain is not None
    assert summed is not None
    assert summed["output_tokens"] > plain["output_tokens"]


def size_of(prompts: list[str]) -> int:
    return sum(len(p) // 4 for p in prompts)


async def test_a_small_model_is_given_no_more_to_sum_up_than_it_can_take() -> None:
    parrot = Parrot()
    agent = parrot.agent({"strategy": "summary", "turns": 1})
    agent._model = FunctionModel(stream_function=parrot.stream, profile={"context_window": 1_000})
    talk = Talk(agent)
    await talk.post("old " * 2_000)
    await talk.post("User: new")
    assert 2_000 < len(parrot.summed[0]) < 2_500


async def test_a_summary_that_fails_is_a_window() -> None:
    parrot = Parrot()
    agent = parrot.agent({"strategy": "summary", "turns": 1})

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        async for text in parrot.stream(messages, info):
            if parrot.summed:
                parrot.summed.clear()
                raise ModelHTTPError(500, "parrot")
            yield text

    agent._model = FunctionModel(stream_function=stream)
    talk = Talk(agent)
    await talk.post("1")
    turn = await talk.post("2")
    assert [n["strategy"] for n in notes(turn)] == ["window"]
    assert parrot.told[-1] == ["2"]


def refusing(parrot: Parrot, most: int) -> Callable[..., AsyncIterator[str]]:
    """A model that takes at most so many prompts."""

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        if len(turns_in(messages)) > most:
            body = {"error": {"code": "context_length_exceeded"}}
            raise ModelContextWindowExceededError("parrot", "no", body=body)
        async for text in parrot.stream(messages, info):
            yield text

    return stream


async def test_what_is_too_long_for_the_model_is_cut_once_and_asked_again() -> None:
    parrot = Parrot()
    talk = Talk(ModelAgent(FunctionModel(stream_function=refusing(parrot, 4))))
    turns = [await talk.post(f"{n}") for n in range(1, 7)]
    assert parrot.told[4] == ["4", "5"]
    assert parrot.told[5] == ["4", "5", "6"]
    (note,) = notes(*turns)
    assert "can read. The first 3 turns were left out for the model." in note["text"]


async def test_what_is_still_too_long_then_is_told() -> None:
    agent = ModelAgent(FunctionModel(stream_function=refusing(Parrot(), 0)))
    async with talking(agent) as talk:
        turn = await talk.ask("1")
        assert "longer than" in str(turn.error)
        assert notes(turn) == []


async def test_long_results_of_one_turn_make_room_for_the_newest() -> None:
    heard: list[list[int]] = []

    def load() -> str:
        return "x" * 4_000

    async def stream(messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        results = [p for m in messages for p in m.parts if isinstance(p, ToolReturnPart)]
        heard.append([len(str(p.content)) for p in results])
        if len(results) < 4:
            yield {0: DeltaToolCall(name="load", json_args="{}", tool_call_id=f"c{len(results)}")}
        else:
            yield "Done."

    policy = MemoryPolicy(strategy="window", tokens=2_500)
    agent = ModelAgent(FunctionModel(stream_function=stream), tools=[load], memory=policy)
    turn = await Talk(agent).post("go")
    assert turn.text == "Done."
    assert [c.status for c in turn.tool_calls.values()] == ["done"] * 4
    assert heard[2] == [4_000, 4_000]
    assert heard[3][:2] == [len("[left out here: 4,000 characters]")] * 2
    assert heard[3][2] == 4_000
    assert {n["text"] for n in notes(turn)} == {
        "Long results of earlier calls were left out for the model."
    }


def test_a_conversation_that_fits_is_left_alone() -> None:
    assert dropped([], Limit(turns=1)) == 0
    assert size([]) == 0


@pytest.mark.parametrize(
    ("setting", "policy"),
    [
        (None, MemoryPolicy()),
        ("window", MemoryPolicy(strategy="window")),
        ({"turns": "20"}, MemoryPolicy(strategy="window", turns=20)),
        ({"strategy": "summary", "tokens": 800}, MemoryPolicy(strategy="summary", tokens=800)),
    ],
)
def test_a_memory_is_a_word_or_its_parts(setting: MemorySetting, policy: MemoryPolicy) -> None:
    assert memory_of(setting) == policy
    assert memory_of(policy) is policy


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("forever", "expected memory as 'all', 'window', 'summary'"),
        (7, "got int"),
        ({"turns": 0}, "expected memory's turns above 0; got 0"),
        ({"turns": "many"}, "expected a number as memory's turns; got 'many'"),
        ({"size": 3}, "expected memory with strategy, turns, tokens; got 'size'"),
        ({"strategy": "all", "turns": 3}, "window or summary together with turns"),
    ],
)
def test_another_memory_is_refused(setting: Any, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        memory_of(setting)
