"""What an answer does in a running engine: edited, remembered, in time or too late."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel

from cellspeak.agents.base import AgentRuntime
from cellspeak.agents.model import ModelAgent
from cellspeak.agents.scripted import Ask, Call, Say, ScriptedAgent, Step
from cellspeak.agents.tools import tool
from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.events import Data
from cellspeak.core.rules import Limits
from cellspeak.engine import Engine
from cellspeak.errors import ApprovalError
from cellspeak.stores.base import Store
from cellspeak.stores.memory import MemoryStore
from cellspeak.stores.sql import SqlStore
from cellspeak.waiting import unanswered
from tests.engine.talk import Clock, Talk, talking

SCHEMA: Data = {
    "type": "object",
    "properties": {"path": {"type": "string"}, "force": {"type": "boolean"}},
    "required": ["path"],
}


def delete(path: str, **more: Any) -> Ask:
    call = Call("delete", {"path": path}, run=lambda args: {"deleted": args.get("path")})
    return Ask(call, args_schema=SCHEMA, **more)


async def test_unfit_arguments_leave_the_question_open_and_fit_ones_run() -> None:
    async with talking([delete("a"), Say("Done.")]) as talk:
        turn_id = (await talk.post()).turn_id
        approval = await talk.pending()
        with pytest.raises(ApprovalError, match="expected path to be a text"):
            await talk.answer(approval, args={"path": 5})
        assert await talk.pending() == approval
        await talk.answer(approval, args={"path": "b", "force": True})
        turn = await talk.ended(turn_id)
    (call,) = turn.tool_calls.values()
    assert (call.args, call.status) == ({"path": "b", "force": True}, "done")
    assert call.outcome is not None
    assert call.outcome["result"] == {"deleted": "b"}


async def test_no_arguments_at_all_are_edited_arguments_too() -> None:
    call = Call("list", {"below": "x"}, run=dict)
    async with talking([Ask(call)]) as talk:
        turn_id = (await talk.post()).turn_id
        await talk.answer(await talk.pending(), args={})
        turn = await talk.ended(turn_id)
    (done,) = turn.tool_calls.values()
    assert (done.args, done.outcome and done.outcome["result"]) == ({}, {})


async def test_of_two_answers_the_first_counts_and_the_second_is_told_so() -> None:
    async with talking([delete("a"), Say("Done.")]) as talk:
        turn_id = (await talk.post()).turn_id
        approval = await talk.pending()
        await talk.answer(approval, args={"path": "mine"})
        with pytest.raises(ApprovalError, match="approved already by the user"):
            await talk.answer(approval, args={"path": "theirs"})
        turn = await talk.ended(turn_id)
    assert [c.args for c in turn.tool_calls.values()] == [{"path": "mine"}]


# Grants


@tool(approval="ask", when=lambda args: args["path"].startswith("/"))
def remove(path: str) -> str:
    """Remove a file; only absolute paths are asked about."""
    return f"removed {path}"


@tool(approval="always ask")
def pay(amount: int) -> str:
    """Pay an amount."""
    return f"paid {amount}"


def caller(name: str, args: str) -> AgentRuntime:
    """A model that calls one tool in each turn."""

    async def stream(messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        if any(p.part_kind == "tool-return" for p in messages[-1].parts):
            yield "Done."
        else:
            yield {0: DeltaToolCall(name=name, json_args=args, tool_call_id=f"c{len(messages)}")}

    return ModelAgent(FunctionModel(stream_function=stream), tools=[remove, pay])


async def reopened(store: Store, session_id: str, runtime: AgentRuntime) -> Turn:
    """Ask once more in another engine; the turn when it has ended or waits."""
    engine = Engine(store, lambda _: runtime)
    try:
        talk = Talk(engine, session_id)
        key = str((await talk.post()).turn_id)
        found = await talk.until(lambda c: c.turns[key].idle or _asking(c, key))
        return found.turns[key]
    finally:
        await engine.aclose()


def _asking(conversation: Conversation, turn_id: str) -> bool:
    turn = conversation.turns[turn_id]
    return turn.status == "awaiting_approval" and bool(unanswered(conversation, turn_id))


def by(turn: Turn) -> list[object]:
    return [(a.resolution or {}).get("by") for a in turn.approvals.values()]


REMEMBERED = {"kind": "policy", "name": "remembered"}


@pytest.mark.parametrize(
    ("remember", "next_args", "asked"),
    [
        ("tool", '{"path": "/b"}', [REMEMBERED]),
        ("args", '{"path": "/a"}', [REMEMBERED]),
        ("args", '{"path": "/b"}', [None]),
        ("args", '{"path": "b"}', []),  # the predicate asks nobody
        (None, '{"path": "/a"}', [None]),
    ],
)
async def test_what_was_allowed_for_the_session_is_allowed_in_another_engine(
    remember: str | None, next_args: str, asked: list[object], tmp_path: Path
) -> None:
    path = tmp_path / "sessions.db"
    async with talking(caller("remove", '{"path": "/a"}'), store=SqlStore.sqlite(path)) as talk:
        turn_id = (await talk.post()).turn_id
        await talk.answer(await talk.pending(), remember=remember)
        await talk.ended(turn_id)
    turn = await reopened(SqlStore.sqlite(path), talk.session_id, caller("remove", next_args))
    assert by(turn) == asked
    assert turn.idle is (asked != [None])


async def test_edited_arguments_that_are_remembered_are_those_that_ran(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    async with talking(caller("remove", '{"path": "/a"}'), store=SqlStore.sqlite(path)) as talk:
        turn_id = (await talk.post()).turn_id
        await talk.answer(await talk.pending(), args={"path": "/b"}, remember="args")
        await talk.ended(turn_id)
        assert (await talk.conversation()).grants == (
            {"tool_name": "remove", "args": {"path": "/b"}},
        )
    for args, asked in (('{"path": "/b"}', [REMEMBERED]), ('{"path": "/a"}', [None])):
        turn = await reopened(SqlStore.sqlite(path), talk.session_id, caller("remove", args))
        assert by(turn) == asked


async def test_a_tool_that_always_asks_is_never_remembered() -> None:
    async with talking(caller("pay", '{"amount": 3}')) as talk:
        turn_id = (await talk.post()).turn_id
        approval = await talk.pending()
        assert approval.request["always"] is True
        with pytest.raises(ApprovalError, match="asks each time"):
            await talk.answer(approval, remember="tool")
        await talk.answer(approval)
        turn = await talk.ended(turn_id)
        assert (turn.status, (await talk.conversation()).grants) == ("complete", ())


async def test_a_model_runs_edited_arguments_and_sees_why_it_was_denied() -> None:
    seen: list[str] = []

    async def stream(messages: list[ModelMessage], _info: AgentInfo) -> AsyncIterator[Any]:
        parts = [p for m in messages for p in m.parts]
        returns = [str(p.content) for p in parts if p.part_kind == "tool-return"]
        if len(returns) < 2:
            key = f"c{len(returns)}"
            yield {0: DeltaToolCall(name="remove", json_args='{"path": "/a"}', tool_call_id=key)}
        else:
            seen.extend(returns)
            yield "Done."

    runtime = ModelAgent(FunctionModel(stream_function=stream), tools=[remove])
    async with talking(runtime) as talk:
        turn_id = (await talk.post()).turn_id
        first = await talk.pending()
        assert first.request["args_schema"]["properties"]["path"]["type"] == "string"
        await talk.answer(first, args={"path": "/b"})
        await talk.until(lambda c: len(c.turns[str(turn_id)].approvals) == 2)
        await talk.answer(await talk.pending(), approved=False, deny_reason="I need it")
        await talk.ended(turn_id)
    assert seen[0] == "removed /b"
    assert "I need it" in seen[1]


# Time


def engine_of(store: Store, clock: Clock, steps: Sequence[Step]) -> Engine:
    limits = Limits(approval_timeout=60)
    return Engine(store, lambda _: ScriptedAgent(steps), limits=limits, now=clock)


async def test_an_approval_that_expired_while_no_engine_ran_is_denied_by_time() -> None:
    store, clock = MemoryStore(), Clock()
    steps = [delete("a", then=[Say("Done.")], denied=[Say("Too late.")])]
    engine = engine_of(store, clock, steps)
    talk = await Talk(engine).create()
    turn_id = (await talk.post()).turn_id
    approval = await talk.pending()
    assert approval.request["expires_at"]
    await engine.aclose()
    clock.now += 61
    later = Talk(engine_of(store, clock, steps), talk.session_id)
    try:
        with pytest.raises(ApprovalError, match="expired"):
            await later.answer(approval)
        turn = await later.ended(turn_id)
    finally:
        await later.engine.aclose()
    assert (turn.text, by(turn)) == ("Too late.", [{"kind": "timeout"}])
    assert [c.status for c in turn.tool_calls.values()] == ["denied"]
