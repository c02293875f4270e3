"""What a person does with `%chat` and `%%chat`, in the newest kernel."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.lab import press

pytestmark = pytest.mark.browser

LONG = "%%chat\nWork for 60 seconds"
DELETE = "%%chat\nPlease delete the file report.txt"


def test_interrupting_the_kernel_stops_the_turn_and_keeps_what_was_said(notebook: Open) -> None:
    lab = notebook(LONG, "1 + 1")
    lab.run(1)
    expect(lab.view(1)).to_contain_text("scripted demo")
    expect(lab.view(1).locator(".tool summary .status")).to_have_text("Running")
    lab.interrupt()
    lab.ended(1)
    expect(lab.view(1).locator(".footer")).to_contain_text("Stopped")
    expect(lab.view(1)).to_contain_text("scripted demo")
    expect(lab.outputs(1)).to_contain_text("what was said is kept")
    expect(lab.outputs(1)).not_to_contain_text("Traceback")
    lab.run_and_wait(2)
    expect(lab.outputs(2)).to_contain_text("]:2")


def test_the_stop_button_ends_the_turn_and_the_cell_without_an_error(notebook: Open) -> None:
    lab = notebook(LONG, "print('went on')")
    lab.run_all()
    lab.view(1).get_by_role("button", name="Stop").click()
    lab.ended(2)
    expect(lab.view(1).locator(".footer")).to_contain_text("Stopped")
    expect(lab.view(1).get_by_role("button", name="Stop")).to_be_hidden()
    expect(lab.outputs(2)).to_contain_text("went on")


def test_one_conversation_runs_through_lines_and_cells(notebook: Open) -> None:
    lab = notebook(
        "%chat My name is Alice",
        "%chat What is my name?",
        "%%chat --into reply\nWhat is 12 * 12?",
        "print(reply.text, reply.turn.status)",
        "%chat",
    )
    lab.run_all()
    expect(lab.view(2)).to_contain_text("Your name is Alice")
    expect(lab.outputs(4)).to_contain_text("144")
    expect(lab.outputs(4)).to_contain_text("complete")
    chat = lab.view(5)
    expect(chat.get_by_role("textbox", name="Message")).to_be_visible()
    expect(chat.locator(".bubble")).to_have_text(
        ["My name is Alice", "What is my name?", "What is 12 * 12?"]
    )
    expect(lab.view(2).get_by_role("log")).not_to_contain_text("12 * 12")


def test_a_cell_that_does_not_wait_streams_on_below(notebook: Open) -> None:
    lab = notebook("%%chat --no-wait\nPlease delete the file report.txt", "print('next')")
    lab.run_all()
    lab.ended(2)
    expect(lab.outputs(2)).to_contain_text("next")
    press(lab.view(1).get_by_role("button", name="Approve"))
    expect(lab.view(1).locator(".tool summary .status")).to_have_text("Done")
    expect(lab.view(1).locator(".footer")).to_be_visible()


def test_a_failed_turn_raises_one_line_after_its_card(notebook: Open) -> None:
    lab = notebook("%%chat\nFail", "print('never')")
    lab.run_all()
    lab.ended(1)
    expect(lab.view(1)).to_contain_text("Something went wrong")
    expect(lab.outputs(1)).not_to_contain_text("Traceback")
    last = lab.outputs(1).locator(".jp-OutputArea-child").last
    expect(last).to_contain_text("because it was asked to")
    assert len(last.inner_text().strip().splitlines()) == 1
    expect(lab.prompt(2)).to_have_text("[ ]:")


def test_running_the_newest_cell_again_makes_a_branch(notebook: Open) -> None:
    lab = notebook("%%chat\nMy name is Alice", "%%chat\nWhat is my name?", "%chat")
    lab.run_all()
    lab.ended(3)
    lab.run(2)
    expect(lab.view(2)).to_contain_text("Asked again; the earlier answer is kept as a branch.")
    lab.ended(2)
    expect(lab.view(2)).to_contain_text("Your name is Alice")
    expect(lab.view(3).locator(".bubble")).to_have_text(["My name is Alice", "What is my name?"])


def test_running_an_older_cell_again_adds_a_turn_and_says_so(notebook: Open) -> None:
    lab = notebook("%%chat\nMy name is Alice", "%%chat\nWhat is my name?", "%chat")
    lab.run_all()
    lab.ended(3)
    lab.run(1)
    expect(lab.view(1)).to_contain_text("asked again at the end of the conversation")
    lab.ended(1)
    expect(lab.view(3).locator(".bubble")).to_have_text(
        ["My name is Alice", "What is my name?", "My name is Alice"]
    )


def test_mistakes_get_one_sentence_in_the_cell(notebook: Open) -> None:
    lab = notebook("%chat --agnet x hello", "%%chat\n   ")
    for number, said in ((1, "did you mean --agent?"), (2, "only white space")):
        lab.run_and_wait(number)
        expect(lab.outputs(number)).to_contain_text(said)
        expect(lab.outputs(number)).not_to_contain_text("Traceback")
        assert len(lab.outputs(number).inner_text().strip().splitlines()) == 1
