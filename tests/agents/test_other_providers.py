"""Anthropic's, Google's and OpenAI's newer shapes over real HTTP, read by the library's code."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cellspeak.agents.model import ModelAgent
from cellspeak.agents.providers import parse_model
from cellspeak.agents.tools import tool
from tests.agents.provider import (
    CUT,
    Answer,
    Provider,
    anthropic,
    failing,
    google,
    responses,
    serving,
)
from tests.engine.talk import talking

SECRET = "key-0123456789"


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


TEXT = {"type": "text", "text": ""}
THOUGHT = {"type": "thinking", "thinking": "", "signature": ""}
ADDED = '{"a": 1, "b": 2}', '{"a": 3, "b": 4}'


def use(key: str, args: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return one call as Anthropic gives it."""
    block = {"type": "tool_use", "id": key, "name": "add", "input": {}}
    return block, {"type": "input_json_delta", "partial_json": args}


def function_call(key: str, args: str) -> dict[str, Any]:
    """Return one call as Google gives it."""
    return {"functionCall": {"id": key, "name": "add", "args": json.loads(args)}}


STORIES = {
    "anthropic": (
        anthropic(
            (THOUGHT, {"type": "thinking_delta", "thinking": "hm"}),
            (TEXT, {"type": "text_delta", "text": "I add."}),
            use("c1", ADDED[0]),
            use("c2", ADDED[1]),
            why="tool_use",
        ),
        anthropic((TEXT, {"type": "text_delta", "text": "Three."}), why="end_turn"),
    ),
    "google": (
        google(
            {"text": "hm", "thought": True},
            {"text": "I add."},
            function_call("c1", ADDED[0]),
            function_call("c2", ADDED[1]),
        ),
        google({"text": "Three."}),
    ),
    "openai-responses": (
        responses(("reasoning", "hm"), ("text", "I add."), ("add", ADDED[0]), ("add", ADDED[1])),
        responses(("text", "Three.")),
    ),
}
ERRORS = {
    "anthropic": {"type": "error", "error": {"type": "authentication_error", "message": SECRET}},
    "google": {"error": {"code": 401, "message": SECRET, "status": "UNAUTHENTICATED"}},
    "openai-responses": {"error": {"message": SECRET, "type": "x", "code": "invalid_api_key"}},
}


def agent_at(provider: Provider, name: str) -> ModelAgent:
    known = parse_model(f"{name}:small")
    url = provider.url if known.provider == "openai" else provider.url.removesuffix("/v1")
    return ModelAgent(replace(known, base_url=url, api_key=SECRET, timeout=5), tools=[add])


@pytest.mark.parametrize("name", list(STORIES))
async def test_thinking_text_parallel_calls_and_the_bill_come_from_each_provider(name: str) -> None:
    async with serving(*STORIES[name]) as provider, talking(agent_at(provider, name)) as talk:
        turn = await talk.ask("Add")
    assert (turn.status, turn.error) == ("complete", None)
    assert turn.text == "I add.\n\nThree."
    thoughts = [m for m in turn.messages if m.kind == "thinking"]
    assert [str(m.text) for m in thoughts] == ["hm"]
    assert "duration_ms" in thoughts[0].data
    assert [c.outcome and c.outcome["result"] for c in turn.tool_calls.values()] == [3, 7]
    assert turn.usage is not None
    assert turn.usage["input_tokens"] == 18
    assert SECRET in str(provider.asked[0].headers)


@pytest.mark.parametrize("name", list(ERRORS))
async def test_a_refused_key_is_the_same_sentence_for_each_provider(name: str) -> None:
    refusal = Answer([ERRORS[name]], 401)
    async with serving(refusal) as provider, talking(agent_at(provider, name)) as talk:
        turn = await talk.ask("Add")
    assert f"the provider refused the key for {name}:small (HTTP 401" in str(turn.error)
    assert SECRET not in str(turn)


@pytest.mark.parametrize("name", list(STORIES))
async def test_a_busy_provider_is_asked_again_and_a_cut_stream_keeps_what_came(name: str) -> None:
    busy = failing(429, "rate_limit_exceeded", retry_after_ms="1", retry_after="0")
    whole = STORIES[name][1]
    cut = Answer([*whole.pieces[: CUT_BEHIND[name]], CUT])
    answers = (busy, whole, cut, whole)
    async with serving(*answers) as provider, talking(agent_at(provider, name)) as talk:
        assert (await talk.ask("Add")).text == "Three."
        broken = await talk.ask("Again")
        assert (broken.status, broken.text) == ("failed", "Three.")
        assert "broke off in its answer" in str(broken.error)
        assert (await talk.ask("And again")).text == "Three."
    assert len(provider.asked) == 4


CUT_BEHIND = {"anthropic": 3, "google": 1, "openai-responses": 4}
"""After how many pieces of the second answer its text has come."""


async def test_the_newer_api_of_openai_is_asked_at_its_own_address() -> None:
    answer, name = responses(("text", "Hi.")), "openai-responses"
    async with serving(answer) as provider, talking(agent_at(provider, name)) as talk:
        await talk.ask("Hi")
    assert provider.asked[0].path == "/v1/responses"
