"""What a model remembers, what its tools show, and what it is given to read."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic_ai.messages import BinaryContent, ModelMessage, UserPromptPart
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel
from pydantic_ai.models.test import TestModel

from cellspeak.agents.base import Output, TurnRequest
from cellspeak.agents.llm import history
from cellspeak.agents.model import ModelAgent
from cellspeak.agents.rich import MODEL_LIMIT
from cellspeak.agents.tools import tool
from cellspeak.core.kinds import str_of
from cellspeak.errors import CellspeakError, NotFoundError, TurnFailedError, ValidationError
from tests.agents.driver import Talk
from tests.engine.talk import talking


class Told:
    """A model that keeps what it was told and gives its responses in turn."""

    def __init__(self, *responses: Sequence[Any]) -> None:
        self.heard: list[str] = []
        self.messages: list[ModelMessage] = []
        self._responses = list(responses)

    async def stream(self, messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        self.messages = messages
        self.heard = [
            f"{p.part_kind}: {getattr(p, 'content', '')}" for m in messages for p in m.parts
        ]
        for index, piece in enumerate(self._responses.pop(0)):
            if piece is None:
                raise ConnectionResetError
            yield piece if isinstance(piece, str) else {index: piece}

    def agent(self, *tools: Callable[..., Any]) -> ModelAgent:
        return ModelAgent(FunctionModel(stream_function=self.stream), tools=tools)


def calling(name: str, args: str, key: str = "c1") -> DeltaToolCall:
    return DeltaToolCall(name=name, json_args=args, tool_call_id=key)


@tool(approval="ask")
def delete(path: str) -> str:
    """Delete a file."""
    return f"deleted {path}"


# Memory


async def test_the_saved_state_and_the_conversation_tell_a_model_the_same() -> None:
    heard = []
    for lost in (False, True):
        told = Told(
            ["First."], ["I ask. ", calling("delete", '{"path": "a"}')], ["Done."], ["End."]
        )
        talk = Talk(told.agent(delete))
        for step in (talk.post("one"), talk.post("two")):
            await step
            talk.state = None if lost else talk.state
        await talk.answer()
        talk.state = None if lost else talk.state
        await talk.post("three")
        heard.append(told.heard)
    assert heard[0] == heard[1]
    assert heard[0] == [
        *("user-prompt: one", "text: First.", "user-prompt: two", "text: I ask. "),
        *("tool-call: ", "tool-return: deleted a", "text: Done.", "user-prompt: three"),
    ]


async def test_a_state_of_another_place_is_not_believed() -> None:
    told = Told(["First."], ["Second."], ["Third."])
    talk = Talk(told.agent())
    await talk.post("one")
    old = talk.state
    await talk.post("two")
    talk.state = old
    await talk.post("three")
    assert [h for h in told.heard if h.startswith("text")] == ["text: First.", "text: Second."]


@pytest.mark.parametrize(
    "state", [b"", b"{}\n[]", b'{"turn_id": "s.1"}\nx', b"\xff\n\xff", b"[]\n[]"]
)
async def test_a_state_that_cannot_be_read_is_as_good_as_none(state: bytes) -> None:
    told = Told(["First."], ["Second."])
    talk = Talk(told.agent())
    await talk.post("one")
    talk.state = state
    await talk.post("two")
    assert told.heard == ["user-prompt: one", "text: First.", "user-prompt: two"]


async def test_a_history_that_is_too_long_for_a_state_is_rebuilt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "STATE_LIMIT", 10)
    told = Told(["First."], ["Second."])
    talk = Talk(told.agent())
    await talk.post("one")
    assert talk.state is None
    await talk.post("two")
    assert told.heard == ["user-prompt: one", "text: First.", "user-prompt: two"]


async def test_a_call_that_was_stopped_has_a_result_in_the_history() -> None:
    told = Told([calling("delete", '{"path": "a"}')], ["Well."])
    async with talking(told.agent(delete)) as talk:
        receipt = await talk.post("one")
        await talk.pending()
        await talk.cancel()
        await talk.ended(receipt.turn_id)
        await talk.ask("two")
    assert told.heard == [
        *("user-prompt: one", "tool-call: "),
        *("tool-return: The call was stopped before it had a result.", "user-prompt: two"),
    ]


async def test_what_was_said_after_an_answer_is_known_although_the_turn_was_cut() -> None:
    told = Told([calling("delete", '{"path": "a"}')], ["Half", None], ["Whole."])
    async with talking(told.agent(delete)) as talk:
        turn = await talk.ask("one", on_approval="allow")
        assert (turn.status, turn.text) == ("failed", "Half")
        await talk.ask("two")
    assert told.heard[-3:] == ["tool-return: deleted a", "text: Half", "user-prompt: two"]


async def test_an_answer_for_a_tool_that_is_gone_says_what_to_run() -> None:
    talk = Talk(Told([calling("delete", '{"path": "a"}')]).agent(delete))
    await talk.post("one")
    talk.agent = Told(["never"]).agent()
    talk.conversation = replace(talk.conversation, agent={"homes": {"delete": "cell 3"}})
    with pytest.raises(NotFoundError, match="there any more; run cell 3, then the cell that makes"):
        await talk.answer()


# Tools


class Table:
    def __repr__(self) -> str:
        return "x" * (MODEL_LIMIT + 1)

    def _repr_html_(self) -> str:
        return "<b>table</b>"


async def test_a_rich_result_is_in_the_log_and_the_model_reads_a_bounded_text() -> None:
    def table() -> Table:
        return Table()

    told = Told([calling("table", "{}")], ["Done."])
    talk = Talk(told.agent(table))
    outcome = (await talk.post("show")).tool_calls["c1"].outcome
    assert outcome is not None
    assert outcome["mime"]["text/html"] == "<strong>table</strong>"
    assert outcome["truncated"] is True
    assert told.heard[-1].endswith("[cut here: 1 more characters]")


async def test_progress_is_in_the_log_between_a_call_and_its_result() -> None:
    def load() -> Iterator[Any]:
        yield 0.5, "half"
        return

    async with talking(Told([calling("load", "{}")], ["Done."]).agent(load)) as talk:
        await talk.ask()
        events = [e for e in await talk.log() if e.type.startswith("tool_")]
    kinds = [e.type for e in events]
    assert kinds == ["tool_call", "tool_progress", "tool_result", "tool_call"]
    assert (events[1].data["fraction"], events[1].data["text"]) == (0.5, "half")


async def test_what_a_tool_raises_is_one_line_for_the_model_which_goes_on() -> None:
    def broken() -> None:
        raise KeyError("no such\ncolumn")

    told = Told([calling("broken", "{}")], ["I see."])
    turn = await Talk(told.agent(broken)).post("go")
    outcome = turn.tool_calls["c1"].outcome
    assert outcome is not None
    assert outcome["error"] == "KeyError: 'no such\\ncolumn'"
    assert turn.text == "I see."
    assert "KeyError" in told.heard[-1]


async def test_a_call_of_a_tool_that_is_not_there_is_told_to_the_model() -> None:
    told = Told([calling("nothing", "{}")], ["I see."])
    turn = await Talk(told.agent()).post("go")
    assert "Unknown tool name: 'nothing'" in str(turn.tool_calls["c1"].outcome)
    assert turn.text == "I see."


async def test_arguments_that_are_no_json_are_shown_as_they_came() -> None:
    told = Told([calling("delete", '{"path": ')], ["I see."])
    turn = await Talk(told.agent(delete)).post("go")
    assert turn.tool_calls["c1"].args == {"unreadable": '{"path": '}
    assert turn.tool_calls["c1"].status != "awaiting_approval"


@pytest.mark.parametrize(("approval", "who"), [("ask", "policy"), ("always ask", "user")])
async def test_a_tool_that_always_asks_is_not_covered_by_an_earlier_yes(
    approval: Any, who: str
) -> None:
    @tool(approval=approval)
    def delete(path: str) -> str:
        return path

    calls = [calling("delete", '{"path": "a"}', key) for key in ("c1", "c2")]
    async with talking(Told([calls[0]], ["One."], [calls[1]], ["Two."]).agent(delete)) as talk:
        first = await talk.post("one")
        remember: Any = {"remember": "tool"} if approval == "ask" else {}  # else it is refused
        await talk.answer(await talk.pending(), **remember)
        await talk.ended(first.turn_id)
        second = await talk.post("two")
        if who == "user":
            await talk.answer(await talk.pending())  # refused if anybody was quicker
        turn = await talk.ended(second.turn_id)
    assert [(a.resolution or {})["by"]["kind"] for a in turn.approvals.values()] == [who]


async def test_a_predicate_leaves_the_other_calls_alone() -> None:
    @tool(approval="ask", when=lambda args: args["amount"] > 100)
    def pay(amount: int) -> int:
        return amount

    calls = [calling("pay", '{"amount": 5}', "c1"), calling("pay", '{"amount": 500}', "c2")]
    talk = Talk(Told(calls, ["Done."]).agent(pay))
    turn = await talk.post("pay")
    assert [a.request["tool_call_id"] for a in turn.pending] == ["c2"]
    assert turn.tool_calls["c1"].outcome is not None
    assert (await talk.answer()).text == "Done."


async def test_a_tool_whose_arguments_no_model_can_give_is_said_to_be_one() -> None:
    def bad(x: Callable[[], None], /) -> None: ...

    with pytest.raises(ValidationError, match="expected the tool 'bad' to have arguments by name"):
        await Talk(ModelAgent(TestModel(), tools=[bad])).post("go")


async def test_the_librarys_own_test_model_calls_every_tool() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    turn = await Talk(ModelAgent(TestModel(), tools=[add])).post("go")
    assert [c.tool_name for c in turn.tool_calls.values()] == ["add"]
    assert turn.text


async def test_a_model_that_never_stops_calling_is_stopped() -> None:
    def again() -> None: ...

    told = Told(*[[calling("again", "{}", f"c{n}")] for n in range(100)])
    with pytest.raises(TurnFailedError, match="went on calling tools without an end"):
        await Talk(told.agent(again)).post("go")


async def test_an_exception_of_the_library_is_never_shown() -> None:
    async def stream(_m: list[ModelMessage], _i: AgentInfo) -> AsyncIterator[str]:
        for word in (1, 0):
            yield str(1 / word)  # as any bug of anybody

    with pytest.raises(CellspeakError) as caught:
        await Talk(ModelAgent(FunctionModel(stream_function=stream))).post("go")
    assert "division" not in str(caught.value)
    assert caught.value.__suppress_context__


# Files


async def test_pictures_go_as_they_are_and_texts_as_text() -> None:
    told = Told(["Nice."])
    talk = Talk(told.agent())
    image = {"name": "p.png", "mime": "image/png", "data": base64.b64encode(b"PNG").decode()}
    text = {"name": "a.csv", "mime": "text/csv", **talk.attach(b"a,b\n1,2")}
    await talk.post("Look", image, text)
    part = told.messages[0].parts[0]
    assert isinstance(part, UserPromptPart)
    prompt, picture, table = list(part.content)
    assert prompt == "Look"
    assert isinstance(picture, BinaryContent)
    assert (picture.data, picture.media_type) == (b"PNG", "image/png")
    assert table == 'The file "a.csv":\na,b\n1,2'


async def test_a_large_result_is_read_from_its_blob_when_a_history_is_rebuilt() -> None:
    def load() -> str:
        return "x" * 100_000

    told = Told([calling("load", "{}")], ["Done."], ["Again."])
    agent = told.agent(load)

    class Forgetful:
        async def answer(self, request: TurnRequest) -> AsyncIterator[Output]:
            asked = TurnRequest(
                conversation=request.conversation,
                turn=request.turn,
                state=None,
                read_blob=request.read_blob,
            )
            async for output in agent.answer(asked):
                yield output

    async with talking(Forgetful()) as talk:
        turn = await talk.ask("one")
        assert str_of((turn.tool_calls["c1"].outcome or {})["result"]["blob"])
        await talk.ask("two")
    returned = next(h for h in told.heard if h.startswith("tool-return"))
    assert returned.startswith("tool-return: xxx")
    assert returned.endswith(f"[cut here: {100_000 - MODEL_LIMIT:,} more characters]")
