"""No scene of the view, and no chat in JupyterLab, has what axe-core calls a violation.

The scenes are those of the harness, with a kernel in the page; `CELLSPEAK_ALL=1` takes all of them
in both themes.
"""

import os
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Open
from tests.browser.lab import press
from tests.browser.server import ROOT

pytestmark = pytest.mark.browser

JS = ROOT / "js"
AXE = JS / "node_modules/axe-core/axe.min.js"
SLOW = {"gone", "many", "streaming"}
"""Scenes that wait for seconds or hold 500 turns; others show the same parts."""
SLICE = [
    *("asking:dark", "denying:light", "tools:light", "failed:dark", "others:light", "code:dark"),
    *("versions:light", "editing:dark", "carrying:light", "attached:light", "commands:dark"),
    *("sessions:light", "exporting:dark", "help:light", "queued:light", "rtl:light"),
    *("cell-asking:light", "cell-failed:dark", "empty:dark"),
]
RUN = """async () => {
  const off = { enabled: false };
  const options = {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    rules: { region: off, "page-has-heading-one": off, "landmark-one-main": off },
  };
  axe.configure({ rules: [{ id: "empty-table-header", selector: "th:not(:has(math))" }] });
  const { violations } = await axe.run(document.querySelector(".cellspeak"), options);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => [id, help, html.slice(0, 160), failureSummary]));
}"""
"""A widget is a part of somebody's page: landmarks and the first heading are the page's own. What a
formula says axe does not read: a heading that is one is empty to it, and to nobody else."""


def violations(page: Page) -> list[Any]:
    """Return what axe finds in the first view of *page*."""
    page.add_script_tag(path=AXE)
    found: list[Any] = page.evaluate(RUN)
    return found


def scenes(page: Page, address: str) -> list[str]:
    """Return the scenes to look at, each with its theme."""
    if not os.environ.get("CELLSPEAK_ALL"):
        return SLICE
    page.goto(f"{address}/?scene=empty")
    page.wait_for_selector("body[data-ready]")
    names: list[str] = page.evaluate("Object.keys(globalThis.scenes)")
    return [f"{name}:{theme}" for name in names if name not in SLOW for theme in ("light", "dark")]


@pytest.mark.timeout(600)
def test_no_scene_of_the_view_has_a_violation(browser: Browser, harness: str) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 900}, reduced_motion="reduce")
    found = {}
    for scene in scenes(page, harness):
        name, theme = scene.split(":")
        page.goto(f"{harness}/?scene={name}&theme={theme}")
        page.wait_for_selector("body[data-ready]")
        if problems := violations(page):
            found[scene] = problems
    page.close()
    assert found == {}


@pytest.mark.parametrize("width", [320, 640])
def test_nothing_is_cut_off_in_a_narrow_or_enlarged_page(
    browser: Browser, harness: str, width: int
) -> None:
    """320 px is a page of 1280 px at 400 %, 640 px one at 200 %."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    wide = []
    for scene in ("versions", "sessions", "help", "attached", "asking", "rtl"):
        page.goto(f"{harness}/?scene={scene}")
        page.wait_for_selector("body[data-ready]")
        if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
            wide.append(scene)
    page.close()
    assert wide == []


def test_a_chat_in_jupyterlab_has_no_violation(notebook: Open) -> None:
    lab = notebook("from cellspeak import Chat\nchat = Chat()\nchat")
    lab.run_and_wait(1)
    view = lab.view(1)
    view.get_by_role("textbox", name="Message").fill("Please delete the file report.txt")
    view.get_by_role("button", name="Send").click()
    expect(view.get_by_role("button", name="Approve")).to_be_visible()
    assert violations(lab.page) == []
    press(view.get_by_role("button", name="Approve"))
    expect(view.get_by_role("button", name="Regenerate")).to_be_visible()
    assert violations(lab.page) == []
