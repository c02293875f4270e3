"""docs/a2a.md: every example runs as it is written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cellspeak.server.a2a.served  # noqa: F401 - now, and not within a first request's patience

from .serving import serving

PAGE = (Path(__file__).parents[2] / "docs" / "a2a.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as address:
        yield address


def test_the_page_has_its_examples() -> None:
    assert [len(blocks(language)) for language in ("sh", "python")] == [4, 1]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, '"protocolBinding":"JSONRPC"'),
        (1, "is **144**"),
        (2, "TASK_STATE_INPUT_REQUIRED"),
        (3, '"pageSize":5'),
    ],
)
def test_a_line_for_the_shell_runs(address: str, number: int, expected: str) -> None:
    line = blocks("sh")[number].replace("http://localhost:8080", address)
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert expected in done.stdout


def test_the_program_runs(address: str) -> None:
    (program,) = blocks("python")
    env = {**os.environ, "ADDRESS": address}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert "144" in done.stdout
