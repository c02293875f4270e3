"""Functions of the notebook as tools, as a person sees them in JupyterLab."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.lab import press

pytestmark = pytest.mark.browser

SETUP = """import pandas as pd
from cellspeak import Agent
frame = pd.DataFrame({"month": ["Apr", "May"], "units": [31, 47]})
Agent("hands", tools=["run_python"]);"""
CALL = """%%chat --agent hands --vars frame
call run_python("frame['double'] = 2 * frame.units; frame")"""


def test_an_approved_tool_runs_among_the_variables_and_shows_a_table(notebook: Open) -> None:
    lab = notebook(SETUP, CALL, "frame.double.sum()")
    lab.run_all()
    view = lab.view(2)
    expect(view.locator(".chip")).to_contain_text("frame")
    press(view.get_by_role("button", name="Approve", exact=True))
    lab.ended(2)
    expect(view.locator(".tool th")).to_have_text(["month", "units", "double"])
    lab.ended(3)
    expect(lab.outputs(3)).to_contain_text("156")
