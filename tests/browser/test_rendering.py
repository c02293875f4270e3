"""What a reply can hold, in a real notebook: the second file arrives, code goes into a cell."""

import json

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

REPLY = r"""The mean is $\bar x_n$.

```python
answer = 42
```

![chart](https://charts.example.org/a.png?q=secret)
"""
AGENT = f"""
%load_ext cellspeak
from cellspeak import Agent, Chat
from cellspeak.agents.scripted import Say, ScriptedAgent

Agent("teacher", runtime=ScriptedAgent([Say({REPLY!r})]))
%config ChatMagics.agent = "teacher"
""".strip()


def test_formulas_and_code_are_drawn_and_code_goes_into_a_cell(notebook: Open) -> None:
    lab = notebook(AGENT, "%%chat\nShow me.", "%chat insert")
    asked: list[str] = []
    lab.page.on("request", lambda request: asked.append(_host(request)))
    lab.run_and_wait(1)
    lab.run_and_wait(2)
    view = lab.view(2)
    expect(view.locator(".math.drawn > math")).to_have_count(1, timeout=20_000)
    expect(view.locator("pre .number")).to_have_text("42")
    view.get_by_role("button", name="Insert").click()
    expect(view.get_by_text("%chat insert 1")).to_be_visible()
    lab.run_and_wait(3)
    expect(lab.page.locator(".cm-content", has_text="answer = 42").first).to_be_visible()
    expect(view.get_by_role("button", name="Load")).to_be_visible()
    assert "charts.example.org" not in asked
    saved = json.dumps(lab.save())
    assert saved.count("Temml") == 0
    assert "bar x_n" in saved


def _host(request: Request) -> str:
    return request.url.split("/")[2]
