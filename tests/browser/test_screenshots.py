"""Pictures of a notebook in both themes, for people to look at.

`CELLSPEAK_SCREENSHOTS=docs/screenshots pytest -m browser tests/browser/test_screenshots.py` writes
those of the documentation; in the full run they are written below build/.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import Notebook, press
from tests.browser.server import ROOT, THEMES, Server

FOLDER = os.environ.get("CELLSPEAK_SCREENSHOTS", "")
ALL = os.environ.get("CELLSPEAK_ALL", "")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not (FOLDER or ALL), reason="pictures are made in the full run"),
]

ANSWER = """
For `3, 5, 8, 13, 100` the two disagree, because one value is far from the others:

| measure | value | what moves it |
|---|---:|---|
| mean | 25.8 | every value, the `100` most of all |
| median | 8 | only the order of the values |

```python
from statistics import mean, median

values = [3, 5, 8, 13, 100]
print(mean(values), median(values))
```

So report the **median**, and say that there is an outlier.
"""

CELLS = [
    "%load_ext cellspeak",
    "%chat hello",
    "%%chat\nPlease delete the file report.txt",
    "%%chat\nThink about tides",
    "%chat",
    # Not in the pictures: who answers the next cell.
    "from cellspeak import Agent\n"
    "from cellspeak.agents.scripted import Say, ScriptedAgent\n"
    f"Agent('Tutor', runtime=ScriptedAgent([Say({ANSWER!r})], pace=0.012))",
    "%%chat --agent Tutor\nMean or median of 3, 5, 8, 13 and 100? Show me in Python.",
]
MARGIN = 10


@pytest.fixture(params=["Light", "Dark"])
def theme(request: pytest.FixtureRequest, server: Server) -> Iterator[str]:
    """The theme that JupyterLab has."""
    server.set(THEMES, {"theme": f"JupyterLab {request.param}"})
    yield str(request.param)
    server.set(THEMES, {"theme": "JupyterLab Light"})


@pytest.fixture
def wide_page(browser: Browser) -> Iterator[Page]:
    """A page whose pictures are sharp on good screens."""
    context = browser.new_context(
        viewport={"width": 900, "height": 1400}, device_scale_factor=2, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def test_pictures_are_made_in_both_themes(theme: str, wide_page: Page, server: Server) -> None:
    lab = Notebook(wide_page, server, server.write(f"{theme}.ipynb", "ipykernel-7.4", CELLS))
    lab.open()
    look_quiet(lab)
    lab.run_and_wait(1)
    expect(lab.view(1).locator("table")).to_be_visible()
    picture(lab, theme, "hello", 0, 1)
    lab.run(2)
    approve = lab.view(2).get_by_role("button", name="Approve")
    expect(approve).to_be_visible()
    picture(lab, theme, "approval", 2, 2)
    press(approve)
    lab.ended(2)
    picture(lab, theme, "approved", 2, 2)
    lab.run_and_wait(3)
    lab.run_and_wait(4)
    lab.see(4)
    expect(lab.view(4).locator(".footer").last).to_be_visible()
    picture(lab, theme, "chat", 4, 4)
    lab.run_and_wait(5)
    lab.run_and_wait(6)
    lab.see(6)
    expect(lab.view(6).locator("pre")).to_be_visible()
    picture(lab, theme, "markdown", 6, 6)
    server.end_kernels()


def look_quiet(lab: Notebook) -> None:
    """Hide what is JupyterLab's and only there for the mouse."""
    lab.page.add_style_tag(
        content=".jp-cell-toolbar, .jp-cell-menu { display: none !important; }"
        ".jp-Collapser, .jp-toolbar, .jp-Toolbar { visibility: hidden; }"
    )


def picture(lab: Notebook, theme: str, name: str, first: int, last: int) -> None:
    """Take a picture of the cells from `first` to `last`, and of no others."""
    lab.page.evaluate(ONLY, [first, last])
    top, bottom = lab.cell(first).bounding_box(), lab.cell(last).bounding_box()
    assert top is not None
    assert bottom is not None
    assert bottom["height"] > 100
    folder = ROOT / (FOLDER or "build/screenshots")
    lab.page.screenshot(
        path=folder / f"{theme.lower()}-{name}.png",
        animations="disabled",
        clip={
            "x": top["x"],
            "y": top["y"] - MARGIN,
            "width": top["width"] + MARGIN,
            "height": bottom["y"] + bottom["height"] - top["y"] + 2 * MARGIN,
        },
    )
    lab.page.evaluate(ALL_AGAIN)


ONLY = """async ([first, last]) => {
  const cells = [...document.querySelectorAll(".jp-Notebook .jp-Cell")];
  cells.forEach((cell, n) => {
    cell.style.visibility = n < first || n > last ? "hidden" : "visible";
  });
  cells[first].scrollIntoView({ block: "start" });
  cells[first].closest(".jp-WindowedPanel-outer").scrollBy(0, -16);
  await document.fonts.ready;
}"""

ALL_AGAIN = """() => {
  for (const cell of document.querySelectorAll(".jp-Notebook .jp-Cell")) cell.style.visibility = "";
}"""
