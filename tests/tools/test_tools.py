"""The ready-made tools: what they do, what they refuse, and that some ask first."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
from IPython.core.payload import PayloadManager
from IPython.utils import capture as _capture  # noqa: F401 - loaded before IPython is played

from cellspeak.agents import offload
from cellspeak.agents.rich import Shown
from cellspeak.agents.running import attempt
from cellspeak.agents.tools import ToolContext, spec_of
from cellspeak.core.mimes import TABLE
from cellspeak.errors import ValidationError
from cellspeak.tools import (
    files,
    files_below,
    insert_cell,
    inspect_variable,
    list_files,
    read_file,
    run_python,
)


class Shell:
    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {"x": 20}
        self.execution_count = 1
        self.payload_manager: Any = PayloadManager()

    @property
    def inserted(self) -> list[str]:
        return [str(payload["text"]) for payload in self.payload_manager.read_payload()]

    def set_next_input(self, text: str, *, replace: bool) -> None:
        assert not replace
        self.payload_manager.write_payload({"source": "set_next_input", "text": text})


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    plt.switch_backend("agg")  # which looks for an IPython of its own
    made = Shell()
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: made)
    offload.set_main_thread(lambda job: job())
    yield made
    offload.set_main_thread(None)


async def run(tool: Any, **args: Any) -> Shown:
    return await attempt(spec_of(tool), args, ToolContext(lambda *_: None))


# Python


async def test_code_runs_with_the_variables_of_the_notebook(shell: Shell) -> None:
    result = await run(run_python, code="y = x + 1\nprint('made y')\ny * 2")
    assert (result.value, result.text) == ("made y\n42", "made y\n42")
    assert shell.user_ns["y"] == 21
    assert (await run(run_python, code="z = 1")).value == "(no output)"


async def test_nothing_that_code_prints_lands_in_the_cell(
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = await run(run_python, code="import sys; print('out'); print('err', file=sys.stderr)")
    assert result.value == "out\nerr"
    assert capsys.readouterr() == ("", "")


async def test_a_frame_and_a_figure_are_shown() -> None:
    code = "import matplotlib.pyplot as plt, pandas\nplt.plot([1, 2])\npandas.Series([1])"
    result = await run(run_python, code=code)
    assert set(result.mime) == {TABLE, "image/png", "text/plain"}
    assert result.value == result.mime["text/plain"]
    assert plt.get_fignums() == []


async def test_an_error_shows_its_line_and_what_was_printed_before() -> None:
    result = await run(run_python, code="print('so far')\n1 / 0")
    assert result.error == "ZeroDivisionError: division by zero"
    assert result.traceback is not None
    assert "1 / 0" in result.traceback
    assert "Printed before:\nso far" in result.traceback
    broken = await run(run_python, code="def")
    assert broken.error is not None
    assert broken.error.startswith("SyntaxError")


async def test_much_output_is_cut_and_says_so() -> None:
    result = await run(run_python, code="print('x' * 50_000)")
    assert result.truncated
    assert result.text.endswith("more characters]")


async def test_a_variable_is_described() -> None:
    assert (await run(inspect_variable, name="x")).value == "int\n20"
    missing = await run(inspect_variable, name="nothing")
    assert missing.error is not None
    assert "there is no 'nothing' here" in missing.error


def test_only_what_can_change_something_asks() -> None:
    tools = [run_python, inspect_variable, list_files, read_file, insert_cell]
    asks = [spec_of(t).needs_approval({}) for t in tools]
    assert asks == [True, False, False, False, False]
    assert all(t.__doc__ for t in tools)


# Files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    inside = tmp_path / "data"
    (inside / "deep").mkdir(parents=True)
    (inside / "a.txt").write_text("one\ntwo\nthree\n", encoding="utf-8")
    (inside / "deep/b.bin").write_bytes(b"\0\1")
    (inside / ".env").write_text("KEY=1", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("no", encoding="utf-8")
    (inside / "out").symlink_to(tmp_path / "secret.txt")
    (inside / "up").symlink_to(tmp_path)
    (inside / "round").symlink_to(inside / "round")
    (inside / "in").symlink_to(inside / "a.txt")
    return inside


def test_files_below_a_folder_are_listed_and_read(root: Path) -> None:
    list_below, read_below = files_below(root)
    assert list_below() == ["a.txt", "deep/", "in", "out", "round", "up/"]
    assert list_below("deep") == ["b.bin"]
    assert read_below("a.txt") == read_below("deep/../in") == "one\ntwo\nthree"
    assert read_below("a.txt", first_line=2, lines=1) == "two\n[1 more lines]"
    assert spec_of(list_below).name == "list_files"


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "/etc/hostname",
        "out",
        "up/secret.txt",
        "round",
        ".env",
        "deep/../.env",
        "deep/b.bin",
        "deep",
        "missing",
        "",
        "a\0b",
        "x" * 5000,
        "~/x",
    ],
)
def test_nothing_else_is_read(root: Path, path: str) -> None:
    _, read_below = files_below(root)
    with pytest.raises(ValidationError, match=r"expected|hidden"):
        read_below(path)


def test_a_pipe_is_not_waited_for_and_a_huge_file_not_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(root / "pipe")
    _, read_below = files_below(root)
    with pytest.raises(ValidationError, match="expected a file below"):
        read_below("pipe")
    monkeypatch.setattr("cellspeak.tools.files._LARGEST", 3)
    with pytest.raises(ValidationError, match="at most 0 MiB"):
        read_below("a.txt")


def test_a_full_folder_is_listed_in_part(root: Path) -> None:
    for number in range(300):
        (root / "deep" / f"f{number}").touch()
    listed = files_below(root)[0]("deep")
    assert len(listed) == 201
    assert listed[-1] == "… and 101 more"


def test_a_missing_folder_is_refused(root: Path) -> None:
    with pytest.raises(ValidationError, match="expected a folder that is there"):
        files_below(root / "none")
    with pytest.raises(ValidationError, match="expected a folder below"):
        files_below(root)[0]("a.txt")


def test_without_a_root_it_is_the_working_folder(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    assert "a.txt" in list_files()
    assert read_file("a.txt", lines=1) == "one\n[2 more lines]"


# Cells


async def test_code_goes_into_a_cell_below_the_one_that_waits(shell: Shell) -> None:
    with offload.cell_waiting(True):
        first = await run(insert_cell, code="a = 1")
        await run(insert_cell, code="b = 2")
    assert first.value == "Inserted below the cell, for the user to run."
    assert shell.inserted == ["a = 1\n\nb = 2"]
    shell.payload_manager.clear_payload()
    with offload.cell_waiting(True):
        await run(insert_cell, code="c = 3")
    assert shell.inserted == ["c = 3"]


async def test_without_a_cell_that_waits_nothing_is_inserted_anywhere(shell: Shell) -> None:
    result = await run(insert_cell, code="a = 1")
    assert "copy the code from this card" in result.text
    assert shell.inserted == []


def test_a_folder_that_became_a_link_after_it_was_judged_is_not_followed(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    for folder in (root / "a", other):
        folder.mkdir(parents=True)
        (folder / "f.txt").write_text("secret" if folder == other else "mine")
    judged = files._below(root, "a/f.txt")
    assert files._content(root, judged, "a/f.txt") == b"mine"
    (root / "a").rename(root / "b")
    (root / "a").symlink_to(other)
    with pytest.raises(ValidationError, match="that can be read"):
        files._content(root, judged, "a/f.txt")


def test_a_folder_is_no_file_and_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    read = files_below(tmp_path)[1]
    before = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    for path in ("a", "."):
        with pytest.raises(ValidationError, match="expected a file"):
            read(path)
    if sys.platform == "linux":
        assert len(os.listdir("/proc/self/fd")) == before
