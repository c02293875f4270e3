"""Which model, and whose: forms, keys, what is not installed."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from cellspeak.agents import providers
from cellspeak.agents.providers import LLMInfo, key_of, parse_model, require_extra
from cellspeak.errors import AuthenticationError, ValidationError


def test_a_text_names_provider_and_model() -> None:
    assert parse_model("openai:ft:small:x") == LLMInfo(provider="openai", model_id="ft:small:x")


@pytest.mark.parametrize("text", ["", "gpt", ":x", "openai:", "clever:best"])
def test_another_text_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(ValidationError, match="expected the model 'scripted:demo', one of 'openai"):
        require_extra(parse_model(text))


@pytest.mark.parametrize(
    "parts",
    [
        {"base_url": "localhost:11434"},
        {"base_url": "ftp://host/v1"},
        {"base_url": "http://me:hunter2@host/v1"},
        {"base_url": "http://host/v1?key=hunter2"},
        {"base_url": "http://[::1/hunter2"},
        {"timeout": 0},
        {"patience": -1},
        {"context_window": 0},
        {"api": "telepathy"},
        {"api": "responses", "provider": "google"},
        {"model_id": " "},
    ],
)
def test_parts_that_cannot_be_used_are_refused_without_their_secrets(parts: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        LLMInfo(**{"provider": "openai", "model_id": "small", **parts})
    assert str(caught.value).startswith("expected a")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("missing", ["pydantic_ai", "openai"])
def test_a_missing_package_is_one_sentence_with_the_command(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(providers, "_is_installed", lambda *names: missing not in names)
    with pytest.raises(ValidationError, match=r"run: pip install 'cellspeak\[openai\]'"):
        require_extra(parse_model("openai:small"))


def test_a_package_inside_one_that_is_missing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert providers._is_installed("google.genai")
    assert not providers._is_installed("no_such_package.part")


def test_the_key_is_read_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    info = parse_model("google:small")
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", " from the environment\n")
    assert key_of(info) == "from the environment"
    own = LLMInfo(provider="google", model_id="small", api_key="own")
    assert key_of(own) == "own"
    monkeypatch.delenv("GEMINI_API_KEY")
    with pytest.raises(AuthenticationError, match="set the environment variable GOOGLE_API_KEY"):
        key_of(info)


def test_a_key_may_be_named_and_is_then_looked_up_also_for_a_server_of_ones_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    info = LLMInfo(provider="openai", model_id="x", base_url="http://h/v1", api_key="${TEAM_KEY}")
    monkeypatch.setenv("TEAM_KEY", "ours")
    assert key_of(info) == "ours"
    monkeypatch.delenv("TEAM_KEY")
    with pytest.raises(AuthenticationError, match="set the environment variable TEAM_KEY"):
        key_of(info)


def test_a_survey_says_of_each_provider_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_is_installed", lambda *names: "anthropic" not in names)
    monkeypatch.setenv("GEMINI_API_KEY", "x")
    for name in ("OPENAI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert providers.survey() == [
        ("openai", "no key: set OPENAI_API_KEY"),
        ("anthropic", "not installed: pip install 'cellspeak[anthropic]'"),
        ("google", "ready, with the key in GEMINI_API_KEY"),
        ("local", "ready for a file: local:PATH.gguf"),
    ]


@pytest.mark.parametrize(
    ("key", "missing", "model"),
    [
        ("OPENAI_API_KEY", "none", "openai:gpt-5-mini"),
        ("GEMINI_API_KEY", "none", "google:gemini-2.5-flash"),
        ("ANTHROPIC_API_KEY", "anthropic", None),
        ("OTHER_KEY", "none", None),
    ],
)
def test_a_model_is_suggested_where_its_key_and_its_packages_are(
    monkeypatch: pytest.MonkeyPatch, key: str, missing: str, model: str | None
) -> None:
    for provider in providers._PROVIDERS.values():
        for name in provider.keys:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(key, "sk-1")
    monkeypatch.setattr(providers, "_is_installed", lambda *names: missing not in names)
    assert providers.suggested() == model


def test_the_newer_api_of_openai_has_a_name_of_its_own() -> None:
    info = parse_model("openai-responses:small")
    assert info == LLMInfo(provider="openai", api="responses", model_id="small")
    assert str(info) == "openai-responses:small"


def test_declaring_an_agent_loads_no_library() -> None:
    from tests.test_exports import loaded_after

    code = "from cellspeak import Agent; Agent('x', 'openai:small', tools=[len])"
    assert loaded_after(code) & {"pydantic", "pydantic_ai", "openai", "httpx"} == set()
    assert "pytest" in sys.modules
