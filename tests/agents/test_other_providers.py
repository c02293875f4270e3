"""Anthropic's and Google's shapes over real HTTP, read by the library's own code for them."""

from __future__ import annotations

from typing import Any

import pytest

from cellspeak.agents.model import ModelAgent
from cellspeak.agents.providers import LLMInfo
from cellspeak.agents.tools import tool
from tests.agents.provider import Answer, Provider, serving
from tests.engine.talk import talking

SECRET = "key-0123456789"


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def anthropic(*blocks: tuple[dict[str, Any], dict[str, Any]], why: str) -> Answer:
    """Return a stream of content blocks, each with one delta."""
    usage = {"input_tokens": 9, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "small", "content": []}
    pieces: list[Any] = [{"type": "message_start", "message": {**message, "usage": usage}}]
    for index, (block, delta) in enumerate(blocks):
        pieces += [
            {"type": "content_block_start", "index": index, "content_block": block},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    end = {"stop_reason": why, "stop_sequence": None}
    done = {"type": "message_delta", "delta": end, "usage": {"output_tokens": 5}}
    return Answer([*pieces, done, {"type": "message_stop"}])


def google(*parts: dict[str, Any]) -> Answer:
    """Return a stream of one chunk for each part."""
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 5, "totalTokenCount": 14}
    chunks = [
        {
            "candidates": [{"content": {"role": "model", "parts": [p]}, "index": 0}],
            "usageMetadata": usage,
            "modelVersion": "small",
        }
        for p in parts
    ]
    chunks[-1]["candidates"][0]["finishReason"] = "STOP"  # type: ignore[index]
    return Answer(chunks)


TEXT = {"type": "text", "text": ""}
THOUGHT = {"type": "thinking", "thinking": "", "signature": ""}
USE = {"type": "tool_use", "id": "c1", "name": "add", "input": {}}
STORIES = {
    "anthropic": (
        anthropic(
            (THOUGHT, {"type": "thinking_delta", "thinking": "hm"}),
            (TEXT, {"type": "text_delta", "text": "I add."}),
            (USE, {"type": "input_json_delta", "partial_json": '{"a": 1, "b": 2}'}),
            why="tool_use",
        ),
        anthropic((TEXT, {"type": "text_delta", "text": "Three."}), why="end_turn"),
    ),
    "google": (
        google(
            {"text": "hm", "thought": True},
            {"text": "I add."},
            {"functionCall": {"id": "c1", "name": "add", "args": {"a": 1, "b": 2}}},
        ),
        google({"text": "Three."}),
    ),
}
ERRORS = {
    "anthropic": {"type": "error", "error": {"type": "authentication_error", "message": SECRET}},
    "google": {"error": {"code": 401, "message": SECRET, "status": "UNAUTHENTICATED"}},
}


def agent_at(provider: Provider, name: str) -> ModelAgent:
    url = provider.url.removesuffix("/v1")
    info = LLMInfo(provider=name, model_id="small", base_url=url, api_key=SECRET, timeout=5)
    return ModelAgent(info, tools=[add])


@pytest.mark.parametrize("name", list(STORIES))
async def test_thinking_text_calls_and_the_bill_come_from_each_provider(name: str) -> None:
    async with serving(*STORIES[name]) as provider, talking(agent_at(provider, name)) as talk:
        turn = await talk.ask("Add")
    assert (turn.status, turn.error) == ("complete", None)
    assert turn.text == "I add.\n\nThree."
    assert [str(m.text) for m in turn.messages if m.kind == "thinking"] == ["hm"]
    assert [c.outcome and c.outcome["result"] for c in turn.tool_calls.values()] == [3]
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
