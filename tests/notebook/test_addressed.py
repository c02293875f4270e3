from __future__ import annotations

import pytest

from cellspeak.notebook.addressed import addressed

NAMES = ["Ada", "Ada Lovelace", "tool", "bob.b"]


@pytest.mark.parametrize(
    ("prompt", "agent", "rest"),
    [
        ("@Ada hello", "Ada", "hello"),
        ("@Ada\nhello", "Ada", "hello"),
        ("@Ada, hello", "Ada", "hello"),
        ("@Ada: hello", "Ada", "hello"),
        ("@Ada Lovelace hello", "Ada Lovelace", "hello"),
        ("@bob.b hi", "bob.b", "hi"),
        ("@Ada", "Ada", ""),
        ("@tool\ndef f(): ...", "tool", "def f(): ..."),
    ],
)
def test_the_exact_name_of_an_agent_is_an_address(prompt: str, agent: str, rest: str) -> None:
    assert addressed(prompt, NAMES) == (agent, rest)


@pytest.mark.parametrize(
    "prompt",
    [
        "@Adam hi",
        "@ada hi",
        "@bob hi",
        "@tool()\ndef f()",
        "@Ada.x hi",
        "@Ada@b.example",
        "a @Ada",
        "@",
    ],
)
def test_everything_else_is_text(prompt: str) -> None:
    assert addressed(prompt, NAMES) == ("", prompt)
