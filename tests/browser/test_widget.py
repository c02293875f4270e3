"""The chat by itself: its composer, its views, its keys."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.lab import Notebook

pytestmark = pytest.mark.browser

CHAT = "from cellspeak import Chat\nchat = Chat()\nchat"
SLOW = """
from cellspeak import Agent, Chat
from cellspeak.agents.scripted import Say, ScriptedAgent

words = " ".join(f"word{n}" for n in range(400))
Agent("slow", runtime=ScriptedAgent([Say(words)], pace=0.01))
chat = Chat("slow")
chat
""".strip()
EVERY_KEY = ["a", "b", "d", "d", "m", "y", "x", "z", "0", "0", "ArrowUp", "ArrowDown", "Home"]


def box(view: Locator) -> Locator:
    return view.get_by_role("textbox", name="Message")


def say(view: Locator, text: str) -> None:
    box(view).fill(text)
    box(view).press("Enter")


def test_typing_needs_no_cell_and_enter_sends(notebook: Open) -> None:
    lab = notebook(CHAT)
    lab.run_and_wait(1)
    view = lab.view(1)
    say(view, "My name is Alice")
    expect(view.locator(".bubble")).to_have_text(["My name is Alice"])
    expect(view.locator(".turn").first).to_contain_text("Alice")
    box(view).click()
    lab.page.keyboard.type("What is")
    lab.page.keyboard.press("Shift+Enter")
    lab.page.keyboard.type("my name?")
    expect(box(view)).to_have_value("What is\nmy name?")
    view.get_by_role("button", name="Send").click()
    expect(box(view)).to_have_value("")
    expect(view.locator(".turn").nth(1)).to_contain_text("Your name is Alice")
    expect(lab.prompt(1)).to_have_text("[2]:")


def test_keys_typed_in_the_composer_never_reach_the_notebook(notebook: Open) -> None:
    lab = notebook(CHAT, "1 + 1")
    lab.run_and_wait(1)
    texts = [lab.cell(n).locator(".cm-content").inner_text() for n in range(3)]
    box(lab.view(1)).click()
    for key in EVERY_KEY:
        lab.page.keyboard.press(key)
    lab.page.keyboard.press("Shift+Enter")
    lab.page.keyboard.press("Control+b")
    expect(box(lab.view(1))).to_be_focused()
    expect(lab.cells).to_have_count(3)
    assert [lab.cell(n).locator(".cm-content").inner_text() for n in range(3)] == texts
    expect(lab.prompt(1)).to_have_text("[2]:")
    expect(lab.prompt(2)).to_have_text("[ ]:")


def test_escape_gives_the_keys_back_to_the_notebook(notebook: Open) -> None:
    lab = notebook(CHAT)
    lab.run_and_wait(1)
    before = lab.cells.count()
    box(lab.view(1)).click()
    lab.page.keyboard.press("Escape")
    expect(box(lab.view(1))).not_to_be_focused()
    lab.page.keyboard.press("b")
    expect(lab.cells).to_have_count(before + 1)


def test_keys_on_a_button_never_reach_the_notebook(notebook: Open) -> None:
    lab = notebook("%%chat --no-wait\nPlease delete the file report.txt", "1 + 1")
    lab.run_and_wait(1)
    button = lab.view(1).get_by_role("button", name="Approve")
    button.focus()
    for key in ("b", "d", "d", "Shift+Enter"):
        lab.page.keyboard.press(key)
    expect(lab.cells).to_have_count(3)
    expect(lab.prompt(1)).to_have_text("[2]:")


def test_views_take_no_focus_while_they_appear_and_stream(notebook: Open) -> None:
    lab = notebook("%%chat\nPlease delete the file report.txt", "# here I type")
    lab.run(1)
    lab.cell(2).locator(".cm-content").click()
    lab.page.keyboard.press("End")
    expect(lab.view(1)).to_be_visible()
    lab.page.keyboard.type(" on")
    expect(lab.view(1).get_by_role("button", name="Approve")).to_be_visible()
    lab.page.keyboard.type(" and on")
    expect(lab.cell(2).locator(".cm-content")).to_have_text("# here I type on and on")


def test_all_views_of_a_chat_show_the_same(notebook: Open) -> None:
    lab = notebook(SLOW, "chat")
    lab.run_and_wait(1)
    lab.run_and_wait(2)
    say(lab.view(1), "go")
    expect(lab.view(2).locator(".bubble")).to_have_text(["go"])
    expect(lab.view(1)).to_contain_text("word50")
    late = lab.add("chat")
    lab.run(late)
    for number in (1, 2, late):
        lab.see(number)
        expect(lab.view(number).get_by_role("button", name="Stop")).to_be_hidden()
    whole = lab.python("chat.conversation().turns[chat.conversation().head].text")
    assert whole.endswith("word399")
    for number in (1, 2, late):
        lab.see(number)
        expect(lab.view(number).locator(".items")).to_have_text(whole)


def test_a_new_view_of_the_output_shows_the_same(notebook: Open) -> None:
    lab = notebook(CHAT)
    lab.run_and_wait(1)
    say(lab.view(1), "My name is Alice")
    expect(lab.view(1).locator(".footer")).to_be_visible()
    second_view(lab)
    views = lab.page.locator(".cellspeak .cs")
    expect(views).to_have_count(2)
    expect(views.nth(1).locator(".bubble")).to_have_text(["My name is Alice"])
    expect(views.nth(1)).to_contain_text("Alice")


def second_view(lab: Notebook) -> None:
    lab.cell(1).locator(".jp-InputPrompt").click()
    lab.command("notebook:create-output-view")


def test_messages_sent_while_a_turn_runs_wait_their_turn(notebook: Open) -> None:
    lab = notebook(CHAT)
    lab.run_and_wait(1)
    view = lab.view(1)
    say(view, "Work for 30 seconds")
    expect(view.locator(".tool summary .status")).to_have_text("Running")
    say(view, "What is 12 * 12?")
    expect(view).to_contain_text("Waits until the turns before it are done")
    expect(view.locator(".status-line")).to_contain_text("1 message waits")
    view.get_by_role("button", name="Stop").click()
    expect(view.locator(".turn").nth(1)).to_contain_text("144")


def test_the_stop_button_of_the_chat_stops_its_turn(notebook: Open) -> None:
    lab = notebook(CHAT)
    lab.run_and_wait(1)
    say(lab.view(1), "Work for 60 seconds")
    lab.view(1).get_by_role("button", name="Stop").click()
    expect(lab.view(1).locator(".footer")).to_contain_text("Stopped")
