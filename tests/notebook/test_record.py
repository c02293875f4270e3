"""`%%chat --record FILE` and `--model replay:FILE` in a real IPython."""

from __future__ import annotations

from pathlib import Path

from cellspeak.agents.recording import load
from tests.notebook.shell import Shell
from tests.notebook.test_magics import prepare

NAME = "My name is Ada"


def test_cells_are_recorded_as_one_conversation_and_played_without_their_agent(
    tmp_path: Path,
) -> None:
    file = tmp_path / "lesson.jsonl"
    with Shell(tmp_path) as shell:
        prepare(shell)
        shell.said(f"%%chat --new\n{NAME}")
        assert not file.exists()
        shell.said("%%chat --record lesson.jsonl\nWhat is 12 * 12?")
        recording = load(file)
        assert [t.prompt for t in recording.turns] == [NAME, "What is 12 * 12?"]
        assert recording.agent == "quick"

        shell.said("%%chat --record lesson.jsonl\nWhat is my name?")
        assert len(load(file).turns) == 3

        start = "%%chat --new --model replay:lesson.jsonl"
        assert "Ada" in shell.said(f"{start}\n{NAME}")
        assert "144" in shell.said("%chat What is 12 * 12?")
        assert "Ada" in shell.said("%chat What is my name?")


def test_a_file_that_is_something_else_is_not_overwritten(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("mine", encoding="utf-8")
    with Shell(tmp_path) as shell:
        prepare(shell)
        line = shell.refused("%%chat --record notes.txt\nHello")
    assert "expected a JSON object" in line
    assert notes.read_text("utf-8") == "mine"
