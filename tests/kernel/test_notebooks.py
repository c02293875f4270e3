"""The notebooks that the project ships: each runs from top to bottom, and says what it promises."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.kernel.driver import ROOT
from tests.kernel.test_headless import NEWEST, PATIENCE

pytestmark = pytest.mark.kernel

FOLDER = ROOT / "notebooks"
LIVE = "application/vnd.jupyter.widget-view+json"


def said(name: str, folder: Path) -> list[str]:
    """Run a copy of a notebook; return what each chat cell left as HTML."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    made = nbformat.read(folder / name, as_version=4)
    made.metadata["kernelspec"]["name"] = NEWEST
    resources = {"metadata": {"path": str((folder / name).parent)}}
    NotebookClient(made, timeout=PATIENCE, resources=resources).execute()
    chats = [cell for cell in made.cells if "chat" in cell.source.lower()]
    outputs = [o for cell in chats for o in cell.get("outputs", ())]
    found = [str(o["data"].get("text/html", "")) for o in outputs if "data" in o]
    return [html for html in found if html]


def test_tools_show_tables_pictures_and_errors(tmp_path: Path) -> None:
    table, picture, refund, error, python = said("02_tools.ipynb", tmp_path)
    assert "<th>month</th><th>units</th><th>price</th>" in table
    assert '<img src="data:image/png;base64,' in picture
    assert "Ada gets 20 back" in refund
    assert "<summary>Traceback</summary>" in error
    assert "Approved by policy" in python
    assert "1196.0" in python


def test_context_is_sent_in_full_view(tmp_path: Path) -> None:
    variables, account, fix = said("03_context.ipynb", tmp_path)
    assert "DataFrame, 3 rows × 2 columns" in variables
    assert "an account of Ada" in account
    assert "not for anybody" not in account
    assert "<summary>Sent <code>traceback</code></summary>" in fix


def test_a_small_model_is_played_and_its_memory_told(tmp_path: Path) -> None:
    first, _, third, fourth = said("04_models.ipynb", tmp_path)
    assert "load_model" in first
    assert "The first turn was left out" in third
    assert "The first 2 turns were left out" in fourth


def test_who_decided_stands_on_each_approval(tmp_path: Path) -> None:
    small, nobody, denied, allowed = said("05_approvals.ipynb", tmp_path)
    assert "Ada gets 20 euros back" in small
    assert "nobody was there to approve it" in nobody
    assert "Denied by policy (on_approval)" in denied
    assert "Cleo gets 150 euros back" in allowed


def test_each_agent_has_a_conversation_of_its_own(tmp_path: Path) -> None:
    *names, boss = said("07_agents.ipynb", tmp_path)
    assert ["Eve" in text for text in names] == [True, False, True]
    assert "harbours" in boss


@pytest.mark.parametrize("name", ["06_files.ipynb", "08_server.ipynb"])
def test_a_notebook_runs_from_top_to_bottom(name: str, tmp_path: Path) -> None:
    assert said(name, tmp_path)


def test_a_folder_sets_up_a_lesson(tmp_path: Path) -> None:
    incomes, report, drop = said("lesson/lesson.ipynb", tmp_path)
    assert "<td>410</td>" in incomes
    assert "<strong>median</strong>" in report
    assert "Denied by policy (on_unattended)" in drop


def test_saved_notebooks_show_their_answers_and_nothing_live() -> None:
    saved = [path for path in sorted(FOLDER.rglob("*.ipynb")) if path.name != "01_hello.ipynb"]
    assert len(saved) == 8
    for path in saved:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        outputs = [o for cell in notebook["cells"] for o in cell.get("outputs", ())]
        assert any("text/html" in o.get("data", {}) for o in outputs), path.name
        assert not any(LIVE in o.get("data", {}) for o in outputs), path.name
        assert "widgets" not in notebook["metadata"], path.name
        assert str(ROOT) not in path.read_text(encoding="utf-8"), path.name
