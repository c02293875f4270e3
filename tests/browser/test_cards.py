"""Tool cards and approvals in a real notebook: rich results, edits, grants, two views."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.lab import Notebook, press

pytestmark = pytest.mark.browser

TOOLS = """
import base64
from cellspeak import Agent, Chat, tool

@tool
def sales():
    import pandas
    return pandas.DataFrame({"region": ["North", "West"] * 60, "revenue": range(120)})

class Dot:
    def _repr_png_(self):
        return base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU"
            "5ErkJggg=="
        )

@tool
def dot():
    return Dot()

@tool
def report():
    return {"parts": [{"number": n} for n in range(30)], "total": 30}

@tool(approval="ask")
def delete(path: str, force: bool = False) -> str:
    return f"deleted {path}, force={force}"

cards = Agent("cards", tools=[sales, dot, report, delete])
""".strip()
DELETE = '%%chat --agent cards\ncall delete(path="a.txt")'


def named(view: Locator, name: str) -> Locator:
    return view.get_by_role("button", name=name, exact=True)


def card(lab: Notebook, number: int) -> Locator:
    return lab.view(number).locator("details.tool")


def is_asked(view: Locator) -> None:
    expect(view.locator("details.tool > summary .status")).to_have_text("Needs approval")


def is_done(view: Locator) -> None:
    expect(view.locator("details.tool > summary .status")).to_have_text("Done")


def opened(one: Locator) -> None:
    """Open a card, unless it was there when its call ran and is open already."""
    one.evaluate("card => { card.open = true }")


def test_a_table_a_figure_and_json_are_shown_as_what_they_are(notebook: Open) -> None:
    prompts = ("call sales()", "call dot()", "call report()")
    lab = notebook(TOOLS, *(f"%%chat --agent cards\n{prompt}" for prompt in prompts))
    lab.run_all()
    lab.ended(4)
    lab.see(2)
    expect(card(lab, 2).locator("thead th").last).to_have_text("revenue")
    expect(card(lab, 2)).to_contain_text("of 120 rows")
    lab.see(3)
    picture = card(lab, 3).locator("img")
    expect(picture).to_have_attribute("alt", "Picture made by dot")
    lab.page.wait_for_function("image => image.naturalWidth === 1", arg=picture.element_handle())
    lab.see(4)
    opened(card(lab, 4))
    parts = card(lab, 4).locator(".tree summary", has_text="parts: ")
    expect(parts).to_have_text("parts: 30 items")
    parts.focus()
    lab.page.keyboard.press("ArrowRight")
    expect(card(lab, 4).locator(".tree")).to_contain_text("29: ")


def test_edited_arguments_are_checked_and_run_and_shown(notebook: Open) -> None:
    lab = notebook(TOOLS, DELETE)
    lab.run_and_wait(1)
    lab.run(2)
    view = lab.view(2)
    is_asked(view)
    named(view, "Edit arguments").click()
    path = view.get_by_label("path", exact=True)
    expect(path).to_be_focused()
    path.fill("b.txt")
    named(view, "Add force").click()
    view.get_by_label("force", exact=True).check()
    press(named(view, "Approve with changes"))
    lab.ended(2)
    is_done(view)
    expect(card(lab, 2)).to_contain_text("deleted b.txt, force=True")
    expect(card(lab, 2)).to_contain_text("with changed arguments")
    expect(card(lab, 2)).to_contain_text("Asked for")


def test_a_yes_for_the_session_is_asked_no_second_time(notebook: Open) -> None:
    lab = notebook(TOOLS, DELETE, DELETE.replace("a.txt", "c.txt"))
    lab.run_and_wait(1)
    lab.run(2)
    is_asked(lab.view(2))
    lab.view(2).get_by_label("How often").select_option("tool")
    press(named(lab.view(2), "Approve"))
    lab.ended(2)
    lab.run_and_wait(3)
    is_done(lab.view(3))
    expect(card(lab, 3)).to_contain_text("Approved by remembered")


def test_two_views_agree_and_keys_answer_only_on_the_card(notebook: Open) -> None:
    lab = notebook(f"{TOOLS}\nchat = Chat('cards')\nchat", "chat")
    for number in (1, 2):
        lab.run_and_wait(number)
    first, second = lab.view(1), lab.view(2)
    box = first.get_by_role("textbox", name="Message")
    box.fill('call delete(path="a.txt")')
    box.press("Enter")
    is_asked(first)
    box.press("a")
    expect(box).to_have_value("a")
    is_asked(first)
    lab.see(2)
    group = second.get_by_role("group", name="Approval needed: delete")
    group.focus()
    lab.page.keyboard.press("d")
    second.get_by_label("Reason").fill("it is mine")
    named(second, "Deny").locator("visible=true").click()
    for number in (2, 1):
        lab.see(number)
        expect(card(lab, number)).to_contain_text("Denied by you")
        expect(card(lab, number)).to_contain_text("it is mine")
        expect(named(lab.view(number), "Approve")).to_have_count(0)
