"""A page that is loaded again and a kernel that is started again lose nothing."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.lab import Notebook, press
from tests.browser.test_widget import SLOW, say

pytestmark = pytest.mark.browser

DELETE = "%%chat\nPlease delete the file report.txt"


def test_a_page_reloaded_in_mid_stream_shows_the_whole_text(notebook: Open) -> None:
    lab = notebook(SLOW)
    lab.run_and_wait(1)
    say(lab.view(1), "go")
    expect(lab.view(1)).to_contain_text("word20")
    lab.save()
    lab.reload()
    lab.see(1)
    expect(lab.view(1)).to_contain_text("word399")
    whole = lab.python("chat.conversation().turns[chat.conversation().head].text")
    expect(lab.view(1).locator(".items")).to_have_text(whole)
    say(lab.view(1), "again")
    expect(lab.view(1).locator(".bubble")).to_have_text(["go", "again"])


def test_a_restarted_kernel_is_said_and_resume_goes_on(notebook: Open) -> None:
    lab = notebook("%chat My name is Alice", "%chat", "%chat resume", "%chat What is my name?")
    lab.run_and_wait(1)
    lab.run_and_wait(2)
    expect(lab.view(2).locator(".bubble")).to_have_text(["My name is Alice"])
    lab.restart()
    say(lab.view(2), "are you there?")
    line = lab.view(2).locator(".status-line")
    expect(line).to_contain_text("The kernel does not answer")
    expect(line.locator("code")).to_contain_text("%chat resume")
    copied = copy(lab, line)
    assert copied.startswith("%load_ext cellspeak\n%chat resume ")
    lab.run_and_wait(lab.add(copied))
    lab.run_and_wait(4)
    expect(lab.view(4)).to_contain_text("Your name is Alice")


def test_resume_alone_takes_the_newest_session_of_this_notebook(notebook: Open) -> None:
    lab = notebook("%chat My name is Alice", "%chat resume", "%chat What is my name?")
    lab.run_and_wait(1)
    lab.restart()
    lab.run_and_wait(0)
    lab.run_and_wait(2)
    expect(lab.view(2).locator(".bubble")).to_have_text(["My name is Alice"])
    expect(lab.outputs(2)).to_contain_text("resumed “My name is Alice”")
    lab.run_and_wait(3)
    expect(lab.view(3)).to_contain_text("Your name is Alice")


def test_an_approval_that_waits_outlives_its_kernel(notebook: Open) -> None:
    lab = notebook(DELETE, "%chat resume")
    lab.run(1)
    expect(lab.view(1).get_by_role("button", name="Approve")).to_be_visible()
    lab.restart()
    lab.run_and_wait(0)
    lab.run_and_wait(2)
    chat = lab.view(2)
    press(chat.get_by_role("button", name="Approve"))
    expect(chat.locator(".tool summary .status")).to_have_text("Done")
    expect(chat.locator(".items")).to_contain_text("is deleted")


def copy(lab: Notebook, place: Locator) -> str:
    place.get_by_role("button", name="Copy").click()
    expect(place.get_by_role("button", name="Copied")).to_be_visible()
    return str(lab.page.evaluate("() => navigator.clipboard.readText()"))
