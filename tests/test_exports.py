"""What the package offers, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cellspeak

EXPORTS = [
    "ActionRequiredError",
    "Agent",
    "ApprovalError",
    "CellspeakError",
    "Chat",
    "Chatbot",
    "LLMInfo",
    "Reply",
    "Session",
    "SessionDisconnectedError",
    "SessionError",
    "SessionEvent",
    "SessionEventType",
    "SessionNotFoundError",
    "TurnFailedError",
    "enable_nested_asyncio",
    "tool",
]
HEAVY = {
    "IPython",
    "anywidget",
    "asyncio",
    "httpx",
    "ipywidgets",
    "markdown_it",
    "pydantic",
    "pydantic_ai",
    "sqlalchemy",
    "starlette",
    "traitlets",
    "websockets",
    "yaml",
}


def test_the_offer_is_this_list() -> None:
    assert cellspeak.__all__ == EXPORTS


@pytest.mark.parametrize("name", EXPORTS)
def test_each_name_is_there_and_documented(name: str) -> None:
    found = getattr(cellspeak, name)
    assert found.__doc__
    assert found.__module__.startswith("cellspeak")
    assert name in dir(cellspeak)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'cellspeak' has no attribute 'Agents'"):
        cellspeak.Agents  # noqa: B018 - to look at it is the test


def loaded_after(code: str) -> set[str]:
    """Return the top packages that a fresh interpreter has loaded after *code*."""
    program = f"{code}\nimport sys\nprint(*{{n.partition('.')[0] for n in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import cellspeak") & HEAVY == set()


def test_a_script_with_an_agent_loads_nothing_of_the_notebook() -> None:
    loaded = loaded_after("from cellspeak import Agent, Session, SessionEvent; Agent('x')")
    assert loaded & (HEAVY - {"asyncio"}) == set()
