"""Models over real HTTP: the library's own provider code against recorded answers."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cellspeak.agents.model import ModelAgent
from cellspeak.agents.providers import LLMInfo
from cellspeak.agents.tools import tool
from cellspeak.core.conversation import Turn
from tests.agents.provider import CUT, HANG, Answer, Provider, call, failing, serving, streamed
from tests.engine.talk import Talk, talking

SECRET = "sk-very-secret-0123456789"


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool(approval="ask")
def delete(path: str) -> str:
    """Delete a file."""
    return f"deleted {path}"


@asynccontextmanager
async def chatting(*answers: Answer, **parts: Any) -> AsyncIterator[tuple[Talk, Provider]]:
    async with serving(*answers) as provider:
        named = {"provider": "openai", "model_id": "small", "timeout": 5, **parts}
        info = LLMInfo(base_url=provider.url, api_key=SECRET, **named)
        agent = ModelAgent(info, instructions="Be brief.", tools=[add, delete])
        async with talking(agent) as talk:
            yield talk, provider


async def test_text_streams_and_the_bill_is_kept() -> None:
    async with chatting(streamed("Good ", "day.")) as (talk, provider):
        turn = await talk.ask("Hi")
        events = await talk.log()
    assert [e.delta for e in events if e.delta] == ["Good ", "day."]
    assert (turn.status, turn.text) == ("complete", "Good day.")
    assert turn.usage is not None
    assert (turn.usage["input_tokens"], turn.usage["output_tokens"]) == (11, 7)
    asked = provider.asked[0]
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert asked.body["model"] == "small"
    assert [m["content"] for m in asked.body["messages"]] == ["Be brief.", "Hi"]
    named = {t["function"]["name"]: t["function"]["description"] for t in asked.body["tools"]}
    assert named == {"add": "Add two numbers.", "delete": "Delete a file."}


async def test_thinking_comes_before_the_reply_and_is_closed() -> None:
    thoughts = [{"reasoning_content": "hm "}, {"reasoning_content": "yes"}]
    async with chatting(streamed(*thoughts, "Yes.")) as (talk, _):
        turn = await talk.ask("Well?")
    assert [(m.kind, str(m.text), m.status) for m in turn.messages] == [
        ("thinking", "hm yes", "closed"),
        ("text", "Yes.", "complete"),
    ]


async def test_parallel_calls_run_and_their_results_go_back_to_the_model() -> None:
    calls = [
        *call("c1", "add", '{"a": 1, "b": 2}'),
        *call("c2", "add", '{"a": 3, "b": 4}', index=1),
    ]
    first = streamed("I add. ", *calls, why="tool_calls")
    async with chatting(first, streamed("3 and 7.")) as (talk, provider):
        turn = await talk.ask("Add")
    assert {k: c.outcome["result"] for k, c in turn.tool_calls.items() if c.outcome} == {
        "c1": 3,
        "c2": 7,
    }
    assert turn.text == "I add. \n\n3 and 7."
    results = [m for m in provider.asked[1].body["messages"] if m["role"] == "tool"]
    assert [(m["tool_call_id"], m["content"]) for m in results] == [("c1", "3"), ("c2", "7")]
    assert turn.usage is not None
    assert turn.usage["input_tokens"] == 22


async def test_an_id_that_a_model_gives_twice_is_two_calls_in_the_log() -> None:
    one = streamed(*call("call_0", "add", '{"a": 1, "b": 2}'), why="tool_calls")
    two = streamed(*call("call_0", "add", '{"a": 5, "b": 5}'), why="tool_calls")
    async with chatting(one, two, streamed("Done.")) as (talk, _):
        turn = await talk.ask("Add twice")
    found = {k: c.outcome["result"] for k, c in turn.tool_calls.items() if c.outcome}
    assert found == {"call_0": 3, "call_0~2": 10}


async def test_arguments_that_do_not_fit_are_told_to_the_model_which_tries_again() -> None:
    wrong = streamed(*call("c1", "add", '{"a": "x", "b": 2}'), why="tool_calls")
    right = streamed(*call("c2", "add", '{"a": 1, "b": 2}'), why="tool_calls")
    async with chatting(wrong, right, streamed("3.")) as (talk, _):
        turn = await talk.ask("Add")
    assert [c.status for c in turn.tool_calls.values()] == ["failed", "done"]
    assert turn.tool_calls["c1"].outcome is not None
    assert turn.tool_calls["c1"].outcome["error"].startswith("the arguments do not fit: a: ")


async def test_the_second_turn_tells_the_model_what_was_said() -> None:
    async with chatting(streamed("Ada it is."), streamed("Ada.")) as (talk, provider):
        await talk.ask("I am Ada.")
        await talk.ask("Who am I?")
    said = [m["content"] for m in provider.asked[1].body["messages"]]
    assert said == ["Be brief.", "I am Ada.", "Ada it is.", "Who am I?"]


@pytest.mark.parametrize(
    ("approved", "result", "status"),
    [(True, "deleted b.txt", "done"), (False, "The user denied this call: not that", "denied")],
)
async def test_an_answer_to_an_approval_reaches_the_model(
    approved: bool, result: str, status: str
) -> None:
    asks = streamed("Shall I? ", *call("c1", "delete", '{"path": "a.txt"}'), why="tool_calls")
    how = {"args": {"path": "b.txt"}} if approved else {"deny_reason": "not that"}
    async with chatting(asks, streamed("So it is.")) as (talk, provider):
        receipt = await talk.post("Delete a.txt")
        approval = await talk.pending()
        assert approval.request["args_schema"]["required"] == ["path"]
        await talk.answer(approval, approved=approved, **how)
        turn = await talk.ended(receipt.turn_id)
    assert turn.tool_calls["c1"].status == status
    assert provider.asked[1].body["messages"][-1]["content"] == result
    assert turn.text == "Shall I? \n\nSo it is."


ERRORS = [
    (failing(401, "invalid_api_key", f"wrong key {SECRET}"), "authentication", "refused the key"),
    (failing(403, "forbidden", SECRET), "authentication", "refused the key"),
    (failing(404, "model_not_found"), "not_found", "knows no openai:small"),
    (failing(400, "context_length_exceeded"), "validation", "longer than openai:small can read"),
    (failing(400, "bad_thing", SECRET), "validation", r"did not accept the request \(HTTP 400, "),
    (failing(429, "insufficient_quota"), "rate_limit", "used up its quota"),
]


@pytest.mark.parametrize(("answer", "code", "sentence"), ERRORS)
async def test_what_a_provider_refuses_is_one_sentence_without_its_words(
    answer: Answer, code: str, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="cellspeak")
    async with chatting(answer) as (talk, _):
        turn = await talk.ask("Hi")
        events = await talk.log()
    error = next(e for e in events if e.type == "error")
    assert error.data["code"] == code
    assert turn.status == "failed"
    assert re.search(sentence, str(turn.error))
    assert SECRET not in json.dumps([dict(e.data) for e in events]) + caplog.text


async def test_a_refusal_of_a_question_with_files_says_that_it_may_be_they() -> None:
    async with chatting(failing(400, "bad_thing")) as (talk, _):
        picture = {"name": "p.png", "mime": "image/png", "data": "aGk="}
        turn = await talk.ask("Look", files=[picture])
    assert str(turn.error).endswith("tools and files; perhaps it takes no pictures")


async def test_a_known_model_has_its_price() -> None:
    answer = streamed("Hi.")
    pieces = [{**p, "model": "gpt-4o"} if isinstance(p, dict) else p for p in answer.pieces]
    async with chatting(Answer(pieces), model_id="gpt-4o") as (talk, _):
        turn = await talk.ask("Hi")
    assert turn.usage is not None
    assert 0 < turn.usage["cost"] < 0.01


async def test_a_conversation_that_is_too_long_is_cut_once_and_asked_again() -> None:
    long = failing(400, "context_length_exceeded")
    answers = (*[streamed("So.")] * 4, long, streamed("Short."), long, long)
    async with chatting(*answers) as (talk, provider):
        for n in range(4):
            await talk.ask(f"{n} " + "word " * 200)
        turn = await talk.ask("And now?")
        again = await talk.ask("x" * 9_000)
    notes = [str(m.data["text"]) for m in turn.messages if m.kind == "note"]
    assert turn.text == "Short."
    assert notes == [
        "This conversation is longer than openai:small can read. "
        "The first 3 turns were left out for the model."
    ]
    assert len(provider.asked[5].body["messages"]) == 4  # instructions, the last pair, the new one
    assert "longer than openai:small can read (HTTP 400" in str(again.error)


async def test_a_provider_that_is_busy_is_asked_again_and_then_said_to_be() -> None:
    busy = failing(429, "rate_limit_exceeded", retry_after_ms="1")
    async with chatting(busy, streamed("Now.")) as (talk, provider):
        assert (await talk.ask("Hi")).text == "Now."
        assert len(provider.asked) == 2
    async with chatting(*[busy] * 7) as (talk, provider):
        turn = await talk.ask("Hi")
        error = next(e for e in await talk.log() if e.type == "error")
        assert len(provider.asked) == 7  # and no more, however patient
    assert turn.status == "failed"
    assert error.data["retryable"] is True
    assert "takes no more requests now (HTTP 429, rate_limit_exceeded)" in str(error.error)


async def test_a_wait_is_told_with_its_seconds_and_can_be_stopped() -> None:
    busy = failing(429, "rate_limit_exceeded", retry_after="30")
    async with chatting(busy, streamed("Later.")) as (talk, provider):
        receipt = await talk.post("Hi")
        notes = await talk.listen(until=lambda e: e.type == "note")
        await talk.cancel()
        turn = await talk.ended(receipt.turn_id)
        assert (await talk.ask("Again")).text == "Later."
    assert turn.status == "cancelled"
    assert notes[-1].data == {
        "kind": "wait",
        "text": "The provider of openai:small is busy (HTTP 429); asking again in 30 s.",
        "seconds": 30.0,
    }
    assert len(provider.asked) == 2


async def test_who_would_have_to_wait_too_long_is_told_at_once() -> None:
    busy = failing(429, "rate_limit_exceeded", retry_after="30")
    async with chatting(busy, patience=29) as (talk, _):
        turn = await talk.ask("Hi")
    assert "wait 30 s and ask again" in str(turn.error)


async def test_a_server_in_trouble_is_asked_again_and_then_said_to_be() -> None:
    broken = failing(500, "oops", SECRET, retry_after_ms="1")
    async with chatting(broken, broken, broken, patience=0.0025) as (talk, provider):
        turn = await talk.ask("Hi")
    assert len(provider.asked) == 3
    assert "has trouble (HTTP 500, oops)" in str(turn.error)


async def test_a_refusal_after_a_call_does_not_run_the_call_again() -> None:
    ran: list[int] = []

    def count() -> int:
        ran.append(1)
        return len(ran)

    calls = streamed(*call("c1", "count", "{}"), why="tool_calls")
    busy = failing(503, "busy", retry_after_ms="1")
    async with serving(calls, busy, streamed("Once.")) as provider:
        info = LLMInfo(provider="openai", model_id="small", base_url=provider.url)
        async with talking(ModelAgent(info, tools=[count])) as talk:
            turn = await talk.ask("Count")
    assert (turn.text, len(ran)) == ("Once.", 1)
    assert provider.asked[1].body == provider.asked[2].body
    assert turn.usage is not None
    assert turn.usage["input_tokens"] == 22


async def test_a_stream_that_is_cut_keeps_what_came_and_the_next_turn_has_it() -> None:
    async with chatting(streamed("Half of ", CUT), streamed("Again.")) as (talk, provider):
        turn = await talk.ask("Tell")
        assert (turn.status, turn.text) == ("failed", "Half of ")
        assert "broke off in its answer" in str(turn.error)
        assert (await talk.ask("Go on")).text == "Again."
    said = [m["content"] for m in provider.asked[1].body["messages"]]
    assert said == ["Be brief.", "Tell", "Half of ", "Go on"]


async def test_stopping_leaves_the_provider_and_keeps_what_came() -> None:
    async with chatting(streamed("One ", "two ", HANG), streamed("Four.")) as (talk, provider):
        receipt = await talk.post("Count")
        await provider.hanging.wait()
        await talk.until(lambda c: "two" in c.turns[str(receipt.turn_id)].text)
        await talk.cancel()
        turn = await talk.ended(receipt.turn_id)
        assert (turn.status, turn.text) == ("cancelled", "One two ")
        async with asyncio.timeout(5):
            await provider.left.wait()
        assert (await talk.ask("Go on")).text == "Four."
    said = [m["content"] for m in provider.asked[1].body["messages"]]
    assert said == ["Be brief.", "Count", "One two ", "Go on"]


async def test_a_provider_that_falls_silent_is_given_up() -> None:
    async with serving(streamed("One ", HANG)) as provider:
        info = LLMInfo(provider="openai", model_id="small", base_url=provider.url, timeout=0.2)
        async with talking(ModelAgent(info)) as talk:
            turn: Turn = await talk.ask("Count")
    assert turn.text == "One "
    assert "did not answer in time" in str(turn.error)


async def test_nobody_at_the_address_is_said_to_be() -> None:
    info = LLMInfo(provider="openai", model_id="small", base_url="http://127.0.0.1:9/v1")
    async with talking(ModelAgent(info)) as talk:
        turn = await talk.ask("Hi")
    assert "openai:small cannot be reached; check the network, and base_url" in str(turn.error)


async def test_a_strangers_server_does_not_get_the_providers_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    async with serving(streamed("Hi.")) as provider:
        info = LLMInfo(provider="openai", model_id="small", base_url=provider.url)
        async with talking(ModelAgent(info)) as talk:
            await talk.ask("Hi")
    assert SECRET not in str(provider.asked)
