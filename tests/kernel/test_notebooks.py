"""The notebooks that the project ships: each runs from top to bottom, and says what it promises."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.kernel.driver import ROOT
from tests.kernel.test_headless import NEWEST, PATIENCE

pytestmark = pytest.mark.kernel


def said(name: str, folder: Path) -> list[str]:
    """Run a notebook of the project; return what each chat cell left as HTML."""
    made = nbformat.read(ROOT / "notebooks" / name, as_version=4)
    made.metadata["kernelspec"]["name"] = NEWEST
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(made, timeout=PATIENCE, resources=resources).execute()
    outputs = [o for cell in made.cells if "chat" in cell.source for o in cell.get("outputs", ())]
    return [str(o["data"].get("text/html", "")) for o in outputs if "data" in o]


def test_tools_show_tables_pictures_and_errors(tmp_path: Path) -> None:
    table, picture, refund, error, python = said("02_tools.ipynb", tmp_path)
    assert "<th>month</th><th>units</th><th>price</th>" in table
    assert '<img src="data:image/png;base64,' in picture
    assert "Ada gets 20 back" in refund
    assert "<summary>Traceback</summary>" in error
    assert "Approved by policy" in python
    assert "1196.0" in python


def test_context_is_sent_in_full_view(tmp_path: Path) -> None:
    variables, account, fix, *names = said("03_context.ipynb", tmp_path)
    assert "DataFrame, 3 rows × 2 columns" in variables
    assert "an account of Ada" in account
    assert "not for anybody" not in account
    assert "<summary>Sent <code>traceback</code></summary>" in fix
    assert ["Eve" in text for text in names] == [True, False, True]
