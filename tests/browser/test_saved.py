"""What a notebook file holds, and what is seen of it where no kernel runs."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.lab import Notebook, press
from tests.browser.server import WIDGETS, Server

pytestmark = pytest.mark.browser

CELLS = 30
STATE = "application/vnd.jupyter.widget-state+json"
ASKS = [f"%%chat\nWhat is {n} * 3?" for n in range(1, CELLS + 1)]


@pytest.fixture
def saves_widgets(server: Server) -> Iterator[None]:
    """The setting with which JupyterLab keeps the state of widgets in the file."""
    server.set(WIDGETS, {"saveState": True})
    yield
    server.set(WIDGETS, {"saveState": False})


def run_all(lab: Notebook) -> None:
    lab.run_all()
    lab.ended(CELLS)


@pytest.mark.usefixtures("saves_widgets")
def test_thirty_cells_store_the_bundle_once(notebook: Open) -> None:
    lab = notebook(*ASKS)
    run_all(lab)
    saved = lab.save()
    state = saved["metadata"]["widgets"][STATE]["state"]
    programs = [len(m["state"]["_esm"]) for m in state.values() if "_esm" in m["state"]]
    assert len(programs) == CELLS + 1
    assert sum(size > 10_000 for size in programs) == 1
    assert sorted(programs)[-2] < 1024
    assert all("36" not in str(m["state"].get("note")) for m in state.values())


def test_each_cell_keeps_its_own_transcript_and_hides_only_that(notebook: Open) -> None:
    lab = notebook(*ASKS)
    run_all(lab)
    saved = lab.save()
    assert "widgets" not in saved["metadata"]
    pages = [html_of(cell) for cell in saved["cells"][1 : CELLS + 1]]
    for number, page in enumerate(pages, 1):
        assert page.count("cellspeak-static") == 1
        assert str(number * 3) in page
    classes = [re.search(r"cellspeak-static ([\w-]+)", page).group(1) for page in pages]  # type: ignore[union-attr]
    assert len(set(classes)) == CELLS
    lab.see(1)
    expect(lab.static(1)).to_be_hidden()
    forget_view(lab, 1)
    expect(lab.static(1)).to_be_visible()
    expect(lab.static(2)).to_be_hidden()


def test_without_a_kernel_the_transcripts_are_in_sight(notebook: Open, server: Server) -> None:
    lab = notebook("%%chat\nWhat is 12 * 12?", "%chat")
    lab.run_and_wait(1)
    lab.run_and_wait(2)
    content = lab.save()
    server.end_kernels()
    content["metadata"]["kernelspec"] = {"name": "gone", "display_name": "gone"}
    lab.path.write_text(json.dumps(content), encoding="utf-8")
    lab.page.goto("about:blank")
    lab.page.goto(server.address(lab.path.name), wait_until="commit")
    lab.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()
    expect(lab.static(1)).to_be_visible()
    expect(lab.static(1)).to_contain_text("144")
    expect(lab.static(2)).to_be_visible()


def test_nbconvert_shows_the_conversation(notebook: Open, tmp_path: Path) -> None:
    lab = notebook("%%chat\nPlease delete the file report.txt", "%chat What is 12 * 12?")
    lab.run_all()
    press(lab.view(1).get_by_role("button", name="Approve"))
    lab.ended(2)
    lab.save()
    page = tmp_path / "page.html"
    command = ["nbconvert", "--to", "html", str(lab.path), "--output", str(page)]
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    lab.page.goto(page.as_uri())
    shown = lab.page.locator("body")
    expect(shown).to_contain_text("report.txt is deleted")
    expect(shown).to_contain_text("144")
    for transcript in lab.page.locator(".cellspeak-static").all():
        expect(transcript).to_be_visible()


def html_of(cell: dict[str, Any]) -> str:
    pages = [o["data"]["text/html"] for o in cell["outputs"] if "text/html" in o.get("data", {})]
    return "".join("".join(page) for page in pages)


def forget_view(lab: Notebook, number: int) -> None:
    """Take the live view away and leave the transcript, as a cleared first output does."""
    lab.page.evaluate(FORGET, number)


FORGET = """number => {
  const area = window.jupyterapp.shell.currentWidget.content.widgets[number].outputArea;
  area.widgets[0].dispose();
}"""
