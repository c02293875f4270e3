"""The order of events: one gated turn in each of the ways it can go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from cellspeak.agents import base
from cellspeak.agents.base import Output, TurnRequest
from cellspeak.agents.scripted import (
    Ask,
    AskAll,
    Call,
    Emit,
    Fail,
    Say,
    Script,
    SignIn,
    Think,
    Wait,
)
from cellspeak.core.events import Draft, SessionEvent
from cellspeak.core.fold import fold
from cellspeak.core.rules import Limits, args_digest
from tests.engine.talk import GATED, Fake, Talk, talking, words

OPENING = ["session_created", "message_posted", "Processing", "delta", "closed"]
ASKED = [*OPENING, "awaiting_approval", "approval_request", "AwaitingApproval"]
LAST = ["usage", "Idle"]


async def settled_log(talk: Talk) -> list[SessionEvent]:
    """Return the log, after checking what is true of every log whose turns have ended."""
    log = await talk.log()
    conversation = await talk.conversation()
    assert fold(log) == conversation
    for turn in conversation.turns.values():
        mine = [e for e in log if e.turn_id == turn.id]
        assert [e.is_complete for e in mine].count(True) == 1
        assert [e.is_turn_end for e in mine].count(True) == 1
        assert mine[-1].is_turn_end
        assert all(m.status != "open" for m in turn.messages)
        assert all(
            c.status not in ("running", "awaiting_approval") for c in turn.tool_calls.values()
        )
    return log


async def test_an_approved_call() -> None:
    async with talking(GATED) as talk:
        turn_id = (await talk.post()).turn_id
        approval = await talk.pending()
        await talk.answer(approval)
        turn = await talk.ended(turn_id)
        log = await settled_log(talk)
    assert words(log) == [
        *ASKED,
        "approved",
        "running",
        "tool_result",
        "done",
        "Processing",
        "delta",
        "complete",
        *LAST,
    ]
    assert turn.status == "complete"
    assert turn.text == "I will delete it.\n\nDone."
    request = next(e for e in log if e.type == "approval_request").data
    assert request["args_digest"] == args_digest({"path": "report.txt"})
    result = next(e for e in log if e.type == "tool_result").data
    assert result["result"] == {"deleted": "report.txt"}
    assert result["duration_ms"] >= 0
    complete = next(e for e in log if e.is_complete)
    assert complete.text == "Done."
    assert complete.message_id == log[-4].message_id


async def test_a_call_approved_with_other_arguments_runs_shows_and_logs_those() -> None:
    async with talking(GATED) as talk:
        turn_id = (await talk.post()).turn_id
        await talk.answer(await talk.pending(), args={"path": "other.txt"})
        turn = await talk.ended(turn_id)
        log = await settled_log(talk)
    (call,) = turn.tool_calls.values()
    assert call.args == {"path": "other.txt"}
    assert (call.outcome or {})["result"] == {"deleted": "other.txt"}
    assert next(e for e in log if e.type == "approval_resolved").data["args"] == call.args
    assert next(e for e in log if e.status == "running").data["args"] == call.args


async def test_a_denied_call() -> None:
    async with talking(GATED) as talk:
        turn_id = (await talk.post()).turn_id
        await talk.answer(await talk.pending(), approved=False, deny_reason="not that one")
        turn = await talk.ended(turn_id)
        log = await settled_log(talk)
    assert words(log) == [
        *ASKED,
        "refused",
        "tool_result",
        "denied",
        "Processing",
        "delta",
        "complete",
        *LAST,
    ]
    assert next(e for e in log if e.type == "tool_result").error == "denied: not that one"
    assert (turn.status, turn.text) == ("complete", "I will delete it.\n\nThen not.")


async def test_a_turn_cancelled_while_it_waits_for_a_person() -> None:
    async with talking(GATED) as talk:
        turn_id = (await talk.post()).turn_id
        await talk.pending()
        await talk.cancel(turn_id, reason="never mind")
        turn = (await talk.conversation()).turns[str(turn_id)]
        log = await settled_log(talk)
    assert words(log) == [*ASKED, "cancelled", "turn_cancelled", "interrupted", *LAST]
    assert turn.status == "cancelled"
    note = next(e for e in log if e.type == "turn_cancelled").data
    assert note == {"reason": "never mind", "by": {"kind": "user"}}


async def test_a_turn_cancelled_in_mid_stream_keeps_its_text() -> None:
    async with talking([Say("one two three "), Wait(60), Say("four")]) as talk:
        turn_id = str((await talk.post()).turn_id)
        await talk.until(lambda c: "three" in c.turns[turn_id].text)
        await talk.cancel()
        log = await settled_log(talk)
        turn = (await talk.conversation()).turns[turn_id]
    assert words(log)[3:] == ["delta", "turn_cancelled", "interrupted", *LAST]
    assert (turn.status, turn.text) == ("cancelled", "one two three ")


async def test_a_turn_cancelled_in_mid_thought_closes_the_thought() -> None:
    play: Script = [Emit(base.think("hm ")), Wait(60)]
    async with talking(play) as talk:
        turn_id = str((await talk.post()).turn_id)
        await talk.until(lambda c: c.turns[turn_id].messages)
        await talk.cancel()
        log = await settled_log(talk)
    assert words(log)[3:] == ["thinking", "thought", "turn_cancelled", "interrupted", *LAST]


async def test_a_turn_cancelled_while_a_tool_runs() -> None:
    async with talking([Call("dig", {}, seconds=60, progress=["half"])]) as talk:
        turn_id = str((await talk.post()).turn_id)
        await talk.until(lambda c: c.turns[turn_id].tool_calls)
        await talk.cancel(turn_id)
        log = await settled_log(talk)
    assert words(log)[3:] == ["running", "cancelled", "turn_cancelled", "interrupted", *LAST]


async def test_a_failed_turn_shows_our_own_errors() -> None:
    async with talking([Say("So far. "), Fail("the model is out of words\nsecond line")]) as talk:
        turn = await talk.ask()
        log = await settled_log(talk)
    assert words(log)[3:] == ["delta", "error", "interrupted", *LAST]
    assert (turn.status, turn.text) == ("failed", "So far. ")
    assert turn.error == "the model is out of words"


class Odd(BaseException):
    """Neither an Exception nor one of asyncio's."""


@pytest.mark.parametrize(
    "error",
    [
        ValueError("sk-secret /home/ada"),
        RuntimeError("sk-secret"),
        ExceptionGroup("sk-secret", [ValueError("sk-secret")]),
        asyncio.CancelledError("sk-secret"),
        TimeoutError("sk-secret"),
        KeyboardInterrupt("sk-secret"),
        SystemExit("sk-secret"),
        GeneratorExit("sk-secret"),
        StopAsyncIteration("sk-secret"),
        Odd("sk-secret"),
    ],
    ids=lambda e: type(e).__name__,
)
async def test_whatever_an_agent_raises_fails_its_turn_and_stays_out_of_the_log(
    error: BaseException,
) -> None:
    async def play(_request: TurnRequest) -> AsyncIterator[Output]:
        yield base.say("So far. ")
        raise error

    async with talking(Fake(play)) as talk:
        turn = await talk.ask()
        log = await settled_log(talk)
        assert (await talk.ask("again")).status == "failed"  # the session goes on
    assert words(log)[3:] == ["delta", "error", "interrupted", *LAST]
    assert (turn.status, turn.text) == ("failed", "So far. ")
    assert "secret" not in str(log)
    assert str(turn.error).startswith("the agent failed (")


async def test_a_turn_that_takes_too_long() -> None:
    async with talking([Say("slow "), Wait(60)], limits=Limits(turn_timeout=0.05)) as talk:
        turn = await talk.ask()
        log = await settled_log(talk)
    assert words(log)[3:] == ["delta", "error", "interrupted", *LAST]
    assert turn.status == "failed"
    assert str(turn.error).startswith("the agent took longer than 0.05 s")
    assert next(e for e in log if e.type == "error").data["code"] == "timeout"


async def test_waiting_for_a_person_does_not_count_as_time() -> None:
    async with talking(GATED, limits=Limits(turn_timeout=0.2)) as talk:
        turn_id = (await talk.post()).turn_id
        approval = await talk.pending()
        await asyncio.sleep(0.3)
        await talk.answer(approval)
        assert (await talk.ended(turn_id)).status == "complete"


async def test_an_agent_that_will_not_stop_is_left_behind() -> None:
    free = asyncio.Event()

    async def play(_request: TurnRequest) -> AsyncIterator[Output]:
        yield base.say("mine ")
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                continue
        yield base.say("too late")

    async with talking(Fake(play)) as talk:
        turn_id = str((await talk.post()).turn_id)
        await talk.until(lambda c: c.turns[turn_id].text)
        await talk.cancel()
        log = await settled_log(talk)
        free.set()
        await asyncio.sleep(0.05)
        assert await talk.log() == log  # what comes after the end is dropped
        assert (await talk.conversation()).turns[turn_id].status == "cancelled"


BAD: dict[str, object] = {
    "text": "hello",
    "nothing": None,
    "no data": Draft(type="usage", data=None),  # type: ignore[arg-type]  # what a caller may do
    "no delta": Draft(type="message_delta", data={}),
    "number as delta": Draft(type="message_delta", data={"delta": 1}),
    "bytes as thought": Draft(type="thinking", data={"text": b"x"}),
    "no JSON": Draft(
        type="tool_result", data={"tool_call_id": "t", "tool_name": "x", "result": {1}}
    ),
    "no number": Draft(type="usage", data={"cost": float("nan")}),
    "no call id": Draft(type="approval_request", data={"tool_name": "x", "args": {}}),
    "args that are no object": base.tool("t", "x", [1]),  # type: ignore[arg-type]  # the same
    "its own approval": Draft(type="approval_resolved", data={"request_id": "r", "approved": True}),
    "its own end": Draft(type="message_complete", data={"text": "", "status": "complete"}),
    "the session's end": Draft(type="session_terminated"),
    "a status": Draft(type="participant_status", data={"status": "Idle"}),
    "somebody's post": Draft(type="message_posted", data={"messages": []}),
}


@pytest.mark.parametrize("output", BAD.values(), ids=BAD.keys())
async def test_what_a_runtime_must_not_yield_fails_its_turn(output: object) -> None:
    async def play(_request: TurnRequest) -> AsyncIterator[Output]:
        yield base.say("So far. ")
        yield output  # type: ignore[misc]  # that is the test

    async with talking(Fake(play)) as talk:
        turn = await talk.ask()
        log = await settled_log(talk)
    assert words(log)[3:] == ["delta", "error", "interrupted", *LAST]
    assert str(turn.error).startswith("the agent has a fault: expected ")


async def test_a_word_of_a_newer_agent_is_kept() -> None:
    async with talking(
        [Say("a"), Emit(Draft(type="mood", data={"mood": "good"})), Say("b")]
    ) as talk:
        turn = await talk.ask()
        log = await settled_log(talk)
    assert words(log)[3:] == ["delta", "closed", "mood", "delta", "complete", *LAST]
    assert [m.kind for m in turn.messages] == ["text", "mood", "text"]


async def test_what_an_agent_changes_after_it_was_yielded_does_not_change_the_log() -> None:
    async def play(_request: TurnRequest) -> AsyncIterator[Output]:
        args = {"path": "a.txt"}
        yield base.tool("t", "read", args)
        args["path"] = "b.txt"
        yield base.result("t", "read", 1)

    async with talking(Fake(play)) as talk:
        turn = await talk.ask()
    assert turn.tool_calls["t"].args == {"path": "a.txt"}


async def test_an_agent_cannot_choose_the_digest_or_the_id_of_its_request() -> None:
    draft = base.ask("t", "drop", {"n": 1})
    forged = Draft(type=draft.type, data={**draft.data, "args_digest": "0", "request_id": "r"})
    async with talking([Emit(forged), Wait(60)]) as talk:
        await talk.post()
        approval = await talk.pending()
        assert approval.request["args_digest"] == args_digest({"n": 1})
        assert approval.request_id != "r"
        await talk.cancel()


async def test_calls_that_never_end_are_closed_with_the_turn() -> None:
    async with talking(
        [Emit(base.tool("t1", "dig", {})), Emit(base.tool("t2", "dig", {}))]
    ) as talk:
        turn = await talk.ask()
        log = await settled_log(talk)
    assert words(log)[3:] == ["running", "running", "cancelled", "cancelled", "complete", *LAST]
    assert turn.status == "complete"


async def test_an_agent_that_says_nothing_still_completes() -> None:
    async with talking([]) as talk:
        turn = await talk.ask()
        assert words(await settled_log(talk))[2:] == ["Processing", "complete", *LAST]
    assert (turn.status, turn.text) == ("complete", "")


async def test_a_runtime_without_aclose_serves_as_well() -> None:
    class Plain:
        def __init__(self) -> None:
            self.left = [base.say("one "), base.say("two")]

        def __aiter__(self) -> Plain:
            return self

        async def __anext__(self) -> Output:
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop(0)

    async with talking(Fake(lambda _: Plain())) as talk:
        assert (await talk.ask()).text == "one two"


async def test_two_questions_at_once_wait_for_both_answers() -> None:
    asks = [Ask(Call("a", {}, result=1)), Ask(Call("b", {}, result=2))]
    async with talking([AskAll(asks), Say("Done.")]) as talk:
        turn_id = str((await talk.post()).turn_id)
        await talk.until(lambda c: len(c.turns[turn_id].pending) == 2)
        await talk.answer(await talk.pending())
        await talk.answer(await talk.pending(), approved=False)
        turn = await talk.ended(turn_id)
        log = await settled_log(talk)
    assert words(log)[3:9] == [
        "awaiting_approval",
        "approval_request",
        "AwaitingApproval",
        "awaiting_approval",
        "approval_request",
        "approved",
    ]
    assert [c.status for c in turn.tool_calls.values()] == ["done", "denied"]


async def test_a_sign_in_goes_on_when_it_is_answered() -> None:
    async with talking([SignIn("https://id.example", "expired", then=[Say("In.")])]) as talk:
        turn_id = (await talk.post()).turn_id
        await talk.answer(await talk.pending())
        assert (await talk.ended(turn_id)).text == "In."
        log = await settled_log(talk)
    assert words(log)[3:] == [
        "reauth_request",
        "AwaitingApproval",
        "approved",
        "Processing",
        "delta",
        "complete",
        *LAST,
    ]


async def test_a_thought_is_told_with_its_duration() -> None:
    async with talking([Think("let me see"), Say("Yes.")]) as talk:
        await talk.ask()
        log = await settled_log(talk)
    assert words(log)[3:] == ["thinking", "thought", "delta", "complete", *LAST]
    done = next(e for e in log if e.data.get("done"))
    assert done.data["duration_ms"] >= 0


async def test_a_summary_and_a_text_may_follow_each_other() -> None:
    summary = Draft(type="thinking", data={"summary": "in short"})
    async with talking([Emit(base.think("a ")), Emit(summary), Emit(base.think("b"))]) as talk:
        turn = await talk.ask()
    assert str(turn.messages[0].text) == "a b"
    assert turn.messages[0].data["summary"] == "in short"
