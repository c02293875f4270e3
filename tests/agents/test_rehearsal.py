"""The scripted demo with tools: what is called, what is asked first, and what is only text."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from cellspeak.agents.demo import demo_agent
from cellspeak.agents.rehearsal import Rehearsal
from cellspeak.agents.tools import ToolContext, specs_of, tool
from tests.agents.driver import Talk


def add(a: int, b: int = 1) -> int:
    return a + b


def load(table: str, how: ToolContext) -> Generator[Any, None, list[str]]:
    yield 0.5, "half"
    how.progress(0.9, "nearly")
    return [table, "line\ntwo"]


def fall() -> None:
    raise ValueError("no such table")


@tool(approval="ask", when=lambda args: args["amount"] > 100)
def pay(amount: float) -> str:
    return f"paid {amount:g}"


@tool(approval="always ask")
def launch() -> str:
    return "gone"


def talk() -> Talk:
    tools = specs_of([add, load, fall, pay, launch])
    return Talk(Rehearsal(tools, demo_agent(name="x", pace=0)))


async def test_a_call_that_a_prompt_spells_out_is_made() -> None:
    turn = await talk().post("please\n\n  `call add(2, b=3)`  ")
    (call,) = turn.tool_calls.values()
    assert (call.tool_name, call.args, call.status) == ("add", {"a": 2, "b": 3}, "done")
    assert turn.text == "`add` returned `5`."


async def test_several_calls_run_one_after_the_other() -> None:
    turn = await talk().post("call add(1)\ncall load('sales')\ncall fall()")
    assert [c.status for c in turn.tool_calls.values()] == ["done", "done", "failed"]
    assert turn.tool_calls["call-2"].progress == {"fraction": 0.9, "text": "nearly"}
    outcome = turn.tool_calls["call-3"].outcome
    assert outcome is not None
    assert outcome["error"] == "ValueError: no such table"
    assert 'raise ValueError("no such table")' in outcome["traceback"]
    assert "`fall` failed `ValueError: no such table`" in turn.text


@pytest.mark.parametrize(
    "prompt",
    [
        "call add(x)",
        "call add(*[1])",
        "call __import__('os')",
        "call unknown(1)",
        "we call add(1) later",
        "call add(1",
        "call add.real(1)",
    ],
)
async def test_all_else_is_a_prompt_for_the_demo_which_says_how_to_call(prompt: str) -> None:
    turn = await talk().post(prompt)
    assert not turn.tool_calls
    assert "To see a tool of yours run, say `call add(a=…, b=…)`" in turn.text


async def test_a_gated_call_is_asked_about_with_a_form_for_its_arguments() -> None:
    one = talk()
    turn = await one.post("call pay(amount=500)")
    (approval,) = turn.approvals.values()
    assert approval.request["args_schema"] == {
        "type": "object",
        "properties": {"amount": {"type": "number"}},
        "required": ["amount"],
    }
    assert "always" not in approval.request
    turn = await one.answer({"approved": True, "args": {"amount": 7}, "by": {"kind": "user"}})
    assert turn.text == "`pay` returned `paid 7`."


async def test_a_small_amount_is_not_asked_about_and_some_tools_always_are() -> None:
    assert (await talk().post("call pay(5)")).text == "`pay` returned `paid 5`."
    (approval,) = (await talk().post("call launch()")).approvals.values()
    assert approval.request["always"] is True


async def test_a_denied_call_does_not_run_and_the_next_one_does() -> None:
    one = talk()
    await one.post("call launch()\ncall add(1)")
    turn = await one.answer({"approved": False, "by": {"kind": "user"}})
    assert [c.status for c in turn.tool_calls.values()] == ["denied", "done"]
    assert " ".join(turn.text.split()) == "I did not run `launch`. `add` returned `2`."
