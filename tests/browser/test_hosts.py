"""The chat in other hosts than JupyterLab: Notebook 7, marimo, Voila, each really run.

`docs/hosts.md` is what these tests, and a person's look at each host, found.
"""

import os
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NEWEST, Open
from tests.browser.serving import serving

pytestmark = pytest.mark.browser
in_full_run = pytest.mark.skipif(not os.environ.get("CELLSPEAK_ALL"), reason="the full run has it")

DELETE = "Please delete the file report.txt"
DELETED = "report.txt is deleted"
STARTED = 90_000
"""Milliseconds: a host and its kernel start, and others use the machine."""

MARIMO = """
import marimo
app = marimo.App()

@app.cell
def _():
    from cellspeak import Agent, Chat
    chat = Chat()
    chat
    return Agent, chat

@app.cell
async def _(Agent):
    session = await Agent.fetch(name="demo").create_session()
    await session.send("What is 12 * 12?")
    async for event in session.listen():
        if event.is_complete:
            break
    f"awaited {event.text}"
    return

@app.cell
def _(chat):
    if __ASKS__:
        chat.ask("Please delete the file a.txt")
    return
"""
SETTINGS = """
[tool.marimo.runtime]
auto_instantiate = true
[tool.marimo.display]
theme = "dark"
"""
VOILA = [
    "%load_ext cellspeak",
    "from cellspeak import Chat\nChat()",
    f"%%chat --new\n{DELETE}",
    "%%chat\nThink about tides",
    "print('the last cell ran')",
]


def test_in_notebook_7_a_busy_cell_takes_a_click_and_the_file_keeps_it(notebook: Open) -> None:
    lab = notebook(f"%%chat\n{DELETE}", "%chat", app="notebooks")
    lab.run(1)
    expect(lab.view(1).get_by_role("button", name="Approve")).to_be_visible()
    lab.running(1)
    approve(lab.view(1))
    lab.ended(1)
    lab.run_and_wait(2)
    expect(lab.view(2)).to_contain_text(DELETED)
    outputs = lab.save()["cells"][1]["outputs"]
    assert any(DELETED.split()[-1] in str(o["data"].get("text/html")) for o in outputs)
    lab.reload()
    expect(lab.view(1)).to_contain_text(DELETED)
    expect(lab.static(1)).to_be_hidden()


def test_in_marimo_a_chat_is_live_asks_and_comes_back_after_a_reload(
    page: Page, tmp_path: Path
) -> None:
    with serving(tmp_path, *marimo("edit", tmp_path), path="/health") as url:
        page.goto(url)
        view = page.locator(".cellspeak .cs")
        expect(view).to_be_visible(timeout=STARTED)
        expect(page.locator(".cellspeak")).to_have_attribute("data-theme", "dark")
        expect(page.locator("body")).to_contain_text("awaited")
        ask(view, DELETE)
        approve(view)
        expect(view).to_contain_text(DELETED)
        assert is_in_sight(view.get_by_role("textbox", name="Message"))
        page.reload()
        expect(view).to_contain_text(DELETED)


@in_full_run
def test_in_marimo_a_cell_that_waits_asks_at_its_prompt(page: Page, tmp_path: Path) -> None:
    with serving(tmp_path, *marimo("edit", tmp_path, asks=True), path="/health") as url:
        page.goto(url)
        expect(page.locator("body")).to_contain_text("Approve?", timeout=STARTED)
        prompt = page.get_by_test_id("console-output-area").locator("input")
        prompt.fill("y")
        prompt.press("Enter")
        view = page.locator(".cellspeak .cs")
        expect(view).to_contain_text("a.txt is deleted")
        expect(view).to_contain_text("Approved by prompt")


@in_full_run
def test_in_an_app_of_marimo_a_chat_is_live_and_a_waiting_cell_is_denied(
    page: Page, tmp_path: Path
) -> None:
    with serving(tmp_path, *marimo("run", tmp_path, asks=True), path="/health") as url:
        page.goto(url)
        view = page.locator(".cellspeak .cs")
        expect(view).to_contain_text("I left a.txt alone", timeout=STARTED)
        ask(view, DELETE)
        approve(view)
        expect(view).to_contain_text(DELETED)


def test_in_voila_all_cells_run_and_the_page_then_asks(page: Page, tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(text) for text in VOILA]
    spec = {"kernelspec": {"name": NEWEST, "display_name": NEWEST}}
    written = nbformat.v4.new_notebook(cells=cells, metadata=spec)
    (tmp_path / "n.ipynb").write_text(nbformat.writes(written), encoding="utf-8")
    options = ("n.ipynb", "--no-browser", "--port={port}", "--theme=dark")
    with serving(tmp_path, "voila", *options, path="/voila/static/voila.js") as url:
        page.goto(url, wait_until="commit", timeout=STARTED)
        chat, gated, queued = (page.locator(".cellspeak .cs").nth(n) for n in range(3))
        expect(queued).to_contain_text("Think about tides", timeout=STARTED)
        expect(page.locator("body")).to_contain_text("the last cell ran")
        expect(gated).to_contain_text(DELETE)
        approve(gated)
        expect(gated).to_contain_text(DELETED)
        expect(queued).to_contain_text("motto")
        ask(chat, "What is 12 * 12?")
        expect(chat).to_contain_text("144")
        expect(page.locator(".cellspeak").first).to_have_attribute("data-theme", "dark")


def marimo(mode: str, folder: Path, *, asks: bool = False) -> list[str]:
    """Write a notebook of marimo's; returns what runs it."""
    text = MARIMO.replace("__ASKS__", str(asks))
    (folder / "note.py").write_text(text, encoding="utf-8")
    (folder / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    quiet = ["--headless", "--no-token", "--port", "{port}"]
    return ["marimo", mode, "note.py", *quiet]


def ask(view: Locator, text: str) -> None:
    view.get_by_role("textbox", name="Message").fill(text)
    view.get_by_role("button", name="Send").click()


def approve(view: Locator) -> None:
    """Press *Approve* as a person does: what was just scrolled to takes no press for 0.3 s."""
    button = view.get_by_role("button", name="Approve")
    button.hover()
    view.page.evaluate("new Promise(done => setTimeout(done, 500))")
    button.click()


def is_in_sight(part: Locator) -> bool:
    """Whether the middle of *part* is what a pointer would meet there."""
    found: bool = part.evaluate(
        """part => {
          const { left, top, width, height } = part.getBoundingClientRect();
          const root = part.getRootNode();
          return root.elementFromPoint(left + width / 2, top + height / 2) === part;
        }"""
    )
    return found
