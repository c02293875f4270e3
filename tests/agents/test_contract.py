"""What every runtime keeps to in a real engine: order, ends, stops, failures, questions.

The runtimes are those of `stories.RUNTIMES`, and each tells the same stories.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from cellspeak.agents.base import AgentRuntime
from cellspeak.agents.scripted import Say, Think
from cellspeak.core.conversation import Turn
from cellspeak.core.events import SessionEvent
from cellspeak.engine import Engine
from cellspeak.stores.sql import SqlStore
from tests.agents.stories import RUNTIMES, SECRET, Add, Delete, Story, Told
from tests.engine.talk import Talk, talking, words

Make: TypeAlias = Callable[[Told], AgentRuntime]

STORY: Story = [
    [Think("hm"), Say("I add. ", 1), Add("c1", 1, 2)],
    [Say("Then I delete. ", 1), Delete("c2", "a.txt")],
    [Say("Done.", 1)],
]
PIECES = sum(len(response) for response in STORY)
QUESTIONS: dict[str, Story] = {
    "at once": [[Delete("c1", "a.txt")], [Say("Done.", 1)]],
    "after text": [[Say("Shall I?", 1), Delete("c1", "a.txt")], [Say("Done.", 1)]],
    "beside another call": [[Add("c0", 1, 2), Delete("c1", "a.txt")], [Say("Done.", 1)]],
    "two together": [[Delete("c1", "a.txt"), Delete("c2", "b.txt")], [Say("Done.", 1)]],
    "one after the other": [[Delete("c1", "a")], [Delete("c2", "b")], [Say("Done.", 1)]],
    "last of all": [[Delete("c1", "a.txt")], [Say(".", 1)]],
}


@pytest.fixture(
    params=[pytest.param(r, marks=[pytest.mark.process] * (r == "a2a")) for r in RUNTIMES]
)
def make(request: pytest.FixtureRequest) -> Make:
    return RUNTIMES[request.param]


def check_whole(turn: Turn, log: Sequence[SessionEvent]) -> None:
    """Fail unless the turn has ended as every turn ends, with nothing open."""
    own = [e for e in log if e.turn_id == turn.id]
    assert turn.idle
    assert words(own)[-1] == "Idle"
    assert [e.type for e in own].count("message_complete") == 1
    assert {m.status for m in turn.messages} <= {"closed", "complete", "interrupted"}
    assert {c.status for c in turn.tool_calls.values()} <= {"done", "failed", "denied", "cancelled"}
    numbers = [e.seq or 0 for e in log]  # deltas that the complete message covers may be gone
    assert numbers == sorted(set(numbers))


async def test_the_order_of_a_gated_turn_is_the_contracts(make: Make) -> None:
    async with talking(make(Told(STORY))) as talk:
        receipt = await talk.post("go")
        await talk.answer(await talk.pending())
        turn = await talk.ended(receipt.turn_id)
        log = await talk.log()
    check_whole(turn, log)
    assert [w for w in words(log) if w != "usage"] == [
        *("session_created", "message_posted", "Processing"),
        *("thinking", "thought", "delta", "closed", "running", "tool_result", "done"),
        *("delta", "closed", "awaiting_approval", "approval_request", "AwaitingApproval"),
        *("approved", "running", "tool_result", "done", "Processing"),
        *("delta", "complete", "Idle"),
    ]
    assert turn.text == "I add. \n\nThen I delete. \n\nDone."
    assert [c.outcome and c.outcome["result"] for c in turn.tool_calls.values()] == [
        3,
        {"deleted": "a.txt"},
    ]


async def log_of(make: Make) -> list[SessionEvent]:
    async with talking(make(Told(STORY))) as talk:
        await talk.ask(on_approval="allow")
        return await talk.log()


async def test_a_turn_can_be_stopped_at_each_point_and_the_next_one_works(make: Make) -> None:
    whole = await log_of(make)
    for point in range(2, len(whole)):
        async with talking(make(Told(STORY))) as talk:
            receipt = await talk.post("go", on_approval="allow")
            await talk.listen(until=lambda e, p=point: (e.seq or 0) >= p)  # type: ignore[misc]
            await talk.cancel(receipt.turn_id)
            turn = await talk.ended(receipt.turn_id)
            check_whole(turn, await talk.log())
            again = await talk.ask("again", on_approval="allow")
            assert (again.status, again.text.endswith("Done.")) == ("complete", True)


async def test_a_runtime_can_fail_at_each_point_without_a_word_of_its_error(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="cellspeak")
    for point in range(PIECES):
        async with talking(make(Told(STORY, fails_at=point))) as talk:
            turn = await talk.ask("go", on_approval="allow")
            log = await talk.log()
        check_whole(turn, log)
        assert turn.status == "failed"
        assert turn.error
        assert SECRET not in json.dumps([dict(e.data) for e in log])


@asynccontextmanager
async def later(path: Path, runtime: AgentRuntime, session_id: str) -> AsyncIterator[Talk]:
    """Open the session in another engine, with another runtime, over the same file."""
    engine = Engine(SqlStore.sqlite(path), lambda _: runtime)
    try:
        yield Talk(engine, session_id)
    finally:
        await engine.aclose()


async def answer_all(talk: Talk, turn_id: str, approved: bool) -> None:
    """Answer what is asked now, with other arguments than were asked for."""
    turn = (await talk.until(lambda c: c.turns[turn_id].pending)).turns[turn_id]
    for approval in turn.pending:
        if approved:
            edited = {"path": f"not {approval.request['args']['path']}"}
            await talk.answer(approval, args=edited)
        else:
            await talk.answer(approval, approved=False, deny_reason="no")


@pytest.mark.parametrize("approved", [True, False], ids=["edited", "denied"])
@pytest.mark.parametrize("story", QUESTIONS.values(), ids=list(QUESTIONS))
async def test_a_question_is_answered_in_another_process_at_each_point(
    make: Make, story: Story, approved: bool, tmp_path: Path
) -> None:
    path = tmp_path / "sessions.db"
    told = Told(story, answer="edited" if approved else "denied")
    async with talking(make(told), store=SqlStore.sqlite(path)) as talk:
        turn_id = str((await talk.post("go")).turn_id)
        await talk.pending()
    while True:  # questions that a response asks together may be told one by one
        async with later(path, make(told), talk.session_id) as talk:
            if (await talk.conversation()).turns[turn_id].idle:
                break
            await answer_all(talk, turn_id, approved)
            await talk.until(lambda c: c.turns[turn_id].idle or c.turns[turn_id].pending)
    async with later(path, make(told), talk.session_id) as talk:
        turn = await talk.ended(turn_id)
        check_whole(turn, await talk.log())
    deletions = [c for c in turn.tool_calls.values() if c.tool_name == "delete"]
    assert turn.status == "complete"
    for call in deletions:
        assert call.status == ("done" if approved else "denied")
        assert call.outcome is not None
        if approved:
            assert call.outcome["result"] == {"deleted": call.args["path"]}
            assert str(call.args["path"]).startswith("not ")
        else:
            assert call.outcome["error"] == "denied: no"
