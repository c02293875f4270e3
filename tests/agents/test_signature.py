from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import jsonschema  # type: ignore[import-untyped]  # it ships no annotations

from cellspeak import Agent, LLMInfo
from cellspeak.agents.signature import args_schema
from cellspeak.agents.tools import ToolContext


def send(
    to: list[str],
    body: str,
    ctx: ToolContext,
    priority: Literal["low", "high"] = "low",
    retries: int = 2,
    ratio: float | None = None,
    copy: Annotated[bool, "to me"] = False,
    headers: dict[str, str] | None = None,
    rows: Sequence[int] = (),
    anything: Any = None,
) -> str:
    return body


def test_a_signature_says_what_a_tool_takes() -> None:
    schema = args_schema(send, "ctx")
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["required"] == ["to", "body"]
    assert schema["properties"] == {
        "to": {"type": "array", "items": {"type": "string"}},
        "body": {"type": "string"},
        "priority": {"enum": ["low", "high"], "default": "low"},
        "retries": {"type": "integer", "default": 2},
        "ratio": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
        "copy": {"type": "boolean", "default": False},
        "headers": {"anyOf": [{"type": "object"}, {"type": "null"}], "default": None},
        "rows": {"type": "array", "items": {"type": "integer"}},
        "anything": {"default": None},
    }


def test_what_cannot_be_read_is_left_open() -> None:
    def odd(a: Any, b: int, *rest: int, **more: int) -> Any:
        return a

    odd.__annotations__ = {"b": "No Such Type"}
    assert args_schema(odd) == {
        "type": "object",
        "properties": {"a": {}, "b": {}},
        "required": ["a", "b"],
    }


def test_a_session_knows_what_the_tools_of_its_agent_take() -> None:
    info = LLMInfo(provider="openai", model_id="small", api_key="k")
    spec = Agent("sender", info, tools=[send]).spec
    assert spec["schemas"]["send"]["required"] == ["to", "body"]
    assert "ctx" not in spec["schemas"]["send"]["properties"]
