"""docs/server.md: every example runs as it is written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cellspeak.server.config import load_settings

from .serving import serving

PAGE = (Path(__file__).parents[2] / "docs" / "server.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as address:
        yield address


def test_the_page_has_its_examples() -> None:
    assert [len(blocks(language)) for language in ("sh", "python", "yaml")] == [2, 1, 1]


@pytest.mark.parametrize("line", blocks("sh"))
def test_a_line_for_the_shell_runs(address: str, line: str) -> None:
    line = line.replace("http://localhost:8080", address)
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    assert "sessionId" in done.stdout or "tool_approval" in done.stdout


@pytest.mark.parametrize("program", blocks("python"))
def test_a_program_runs(address: str, program: str) -> None:
    env = {**os.environ, "CELLSPEAK_BASE_URL": address}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=30
    )
    assert done.stderr == ""
    assert "Apollo" in done.stdout


@pytest.mark.parametrize("text", blocks("yaml"))
def test_the_settings_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("CELLSPEAK_TOKEN", "s3cret")
    path = tmp_path / "agents.yaml"
    path.write_text(text, encoding="utf-8")
    assert [a.name for a in load_settings(path).agents] == ["support_agent", "Greeter"]
