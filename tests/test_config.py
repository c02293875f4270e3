"""`cellspeak.yaml`: what a folder may say, and what it gets for saying it wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cellspeak.agent import Agent
from cellspeak.config import AgentConfig, Config, load_config
from cellspeak.errors import ValidationError


def write(folder: Path, text: str) -> Path:
    (folder / "cellspeak.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("text", [None, "", "# nothing\n"])
def test_a_folder_that_says_nothing_sets_nothing(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        write(tmp_path, text)
    assert load_config(tmp_path) == Config()


def test_a_folder_says_agent_policies_store_and_agents(tmp_path: Path) -> None:
    text = """
agent: Researcher
on_approval: deny
on_unattended: allow
store: memory
agents:
  Researcher: {model: "scripted:demo", instructions: "Help."}
  Other: {base_url: "http://here/v1", api_key: "${TEAM_KEY}"}
"""
    assert load_config(write(tmp_path, text)) == Config(
        agent="Researcher",
        on_approval="deny",
        on_unattended="allow",
        store="memory",
        agents={
            "Researcher": AgentConfig(model="scripted:demo", instructions="Help."),
            "Other": AgentConfig(base_url="http://here/v1", api_key="${TEAM_KEY}"),
        },
    )


def test_the_working_folder_is_read_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path, "agent: here"))
    assert load_config().agent == "here"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, "agent: one")).agent == "one"
    write(tmp_path, "agent: two")
    os.utime(tmp_path / "cellspeak.yaml", ns=(1, 1))
    assert load_config(tmp_path).agent == "two"


WRONG = {
    "agnet: x": r"cellspeak\.yaml, line 1, key agnet: expected one of agent, agents, image_",
    "agent: x\non_approval: yes": r"line 2, key on_approval: expected ask or deny or allow",
    "agent: [a]": r"line 1, key agent: expected text",
    "agents: x": r"line 1: expected keys and values in agents",
    "agents:\n  A: x": r"line 2: expected keys and values in agents\.A",
    "agents:\n  A:\n    colour: red": r"line 3, key agents\.A\.colour: expected one of a2a, api_",
    "agents:\n  A:\n    api_key: sk-1": r"line 3, key agents\.A\.api_key: expected \$\{NAME\}",
    "- a\n- b": r"line 1: expected keys and values in the file",
    "agent: 'x": r"cellspeak\.yaml, line 1: expected YAML",
    "agent: !!python/object/apply:os.system [id]": r"key agent: expected text",
}


@pytest.mark.parametrize(("text", "sentence"), WRONG.items())
def test_what_cannot_be_used_is_named_with_file_line_and_key(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence) as wrong:
        load_config(write(tmp_path, text))
    assert len(str(wrong.value).splitlines()) == 1


def test_bytes_that_are_no_text_and_a_folder_of_that_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "cellspeak.yaml").write_bytes(b"agent: \xff\xfe")
    with pytest.raises(ValidationError, match="expected YAML; UnicodeDecodeError"):
        load_config(tmp_path / "a")
    (tmp_path / "b" / "cellspeak.yaml").mkdir(parents=True)
    with pytest.raises(ValidationError, match="expected YAML; IsADirectoryError"):
        load_config(tmp_path / "b")


def test_an_agent_of_the_file_may_have_ready_made_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "agents:\n  Tutor:\n    tools: [inspect_variable, read_file]\n  One: {tools: list_files}"
    monkeypatch.chdir(write(tmp_path, text))
    assert load_config().agents["One"].tools == ("list_files",)
    assert Agent.fetch("Tutor").spec["tools"] == ["inspect_variable", "read_file"]
    with pytest.raises(ValidationError, match=r"A[.]tools: expected a list of names"):
        load_config(write(tmp_path / "..", "agents: {A: {tools: [{a: b}]}}"))
