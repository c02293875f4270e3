"""agents.yaml: what it sets, and what a file that cannot be used is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellspeak.agent import Chatbot
from cellspeak.errors import ValidationError
from cellspeak.server.config import Settings, load_settings
from cellspeak.server.life import Life
from cellspeak.server.whole import Whole

WHOLE = """\
agents:
  support_agent:
    model: "scripted:demo"
    instructions: "Help."
    reasoning: {enable_streaming: false}
  Bot: {kind: chatbot}
sessions: {store: "sqlite:///sessions.db", idle_timeout: 3600, retention: null}
server:
  tokens:
    - {name: team, token: "x-${CELLSPEAK_TOKEN}"}
  allowed_hosts: [chat.example]
  allowed_origins: []
"""


def load(folder: Path, text: str) -> Settings:
    path = folder / "agents.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def test_a_file_sets_agents_store_and_access(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLSPEAK_TOKEN", "s3cret")
    settings = load(tmp_path, WHOLE)
    assert [a.name for a in settings.agents] == ["support_agent", "Bot"]
    assert settings.agents[0].instructions == "Help."
    assert isinstance(settings.agents[1], Chatbot)
    assert settings.store == "sqlite:///sessions.db"
    assert settings.life == Life(idle_timeout=3600, retention=None)
    assert [isinstance(a.runtime, Whole) for a in settings.agents] == [True, False]
    assert settings.rules.tokens[0].token == "x-s3cret"
    assert settings.rules.allowed_hosts == ["chat.example"]
    assert "s3cret" not in repr(settings)


def test_cards_may_be_of_1_0_alone(tmp_path: Path) -> None:
    assert Settings().card_compat is True
    assert load(tmp_path, "a2a: {card_compat: false}\n").card_compat is False


@pytest.mark.parametrize(("told", "grace"), [("2.5", 2.5), ("null", None)])
def test_the_grace_of_a_stop_is_set_or_none(tmp_path: Path, told: str, grace: float | None) -> None:
    assert load(tmp_path, f"server: {{grace: {told}}}\n").grace == grace


def test_an_empty_file_sets_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "# nothing\n") == Settings()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("agents:\n  x: [", "agents.yaml, line 2: expected YAML"),
        ("7", "line 1: expected keys and values"),
        ("agents: 7", "line 1, key agents: expected keys and values"),
        ("agent: {}", "line 1, key agent: expected one of a2a, agents, server, sessions"),
        ("agents:\n  x:\n    colour: a", "line 3, key agents.x.colour: expected one of a2a, inst"),
        ("agents:\n  x: {model: [a]}", "line 2, key agents.x.model: expected text"),
        ("agents:\n  x: {kind: robot}", "line 2, key agents.x: expected the kind agent or chatbot"),
        ("agents:\n  x: {model: 'no'}", "line 2, key agents.x: expected"),
        ("agents:\n  x: {tools: [nowhere:f]}", "line 2, key agents.x: expected a tool as package"),
        ("agents:\n  x: {tools: ['os:sep']}", "'os:sep' is none"),
        (
            "agents:\n  x:\n    reasoning: {enable_streaming: maybe}",
            "line 3, key agents.x.reasoning.enable_streaming: expected true or false; got 'maybe'",
        ),
        ("sessions: {retention: -1}", "key sessions.retention: expected seconds, a number above 0"),
        ("server: {grace: -1}", "key server.grace: expected seconds, a number above 0"),
        ("sessions: {idle_timeout: nan}", "or null; got 'nan'"),
        ("server: {tokens: x}", "line 1, key server.tokens: expected a list"),
        ("server:\n  tokens:\n    - {name: a}", "server.tokens: expected a name and a token"),
        (
            "server:\n  tokens:\n    - {name: a, token: '${NO_SUCH}'}",
            "line 3, key server.tokens.0.token: expected the environment to have NO_SUCH",
        ),
        ("sessions: {}\nsessions: {}", "line 2, key sessions: expected each key once"),
    ],
)
def test_a_file_that_cannot_be_used_names_file_line_and_key(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        load(tmp_path, text)
    assert problem in str(refused.value)
    assert "agents.yaml" in str(refused.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"expected a file of settings; .*No such file"):
        load_settings(tmp_path / "none.yaml")
