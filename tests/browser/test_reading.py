"""A reader's place in a long chat, in a browser that lays out and scrolls."""

import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser

ASKED = """kernel.say({ type: "message_posted", turn: "s1.13", message: "u", data:
  { messages: [{ id: "u", content: "Go on." }], author: "user", after_turn: "s1.12" } })"""
SAY = """(text) => kernel.say(
  { type: "message_delta", turn: "s1.13", message: "m13", data: { delta: text } })"""
LINES = "\n\nA line of the answer." * 30
TO_END = "it => it.scrollHeight - it.clientHeight - it.scrollTop"


def test_a_reader_is_followed_at_the_end_left_alone_above_it_and_led_back(
    browser: Browser, harness: str
) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 700})
    page.goto(f"{harness}/?scene=long")
    page.wait_for_selector("body[data-ready]")
    log = page.get_by_role("log")
    jump = page.get_by_role("button", name="Jump to latest")
    page.evaluate(ASKED)
    page.evaluate(SAY, f"{LINES}\n\nfirst end")
    expect(page.get_by_text("first end")).to_be_in_viewport()
    expect(jump).to_be_hidden()

    log.evaluate("it => { it.scrollTop -= 400; }")
    expect(jump).to_be_visible()
    place = log.evaluate("it => it.scrollTop")
    page.evaluate(SAY, f"{LINES}\n\nsecond end")
    expect(page.get_by_text("second end")).to_be_attached()
    assert log.evaluate("it => it.scrollTop") == place
    expect(page.get_by_text("second end")).not_to_be_in_viewport()

    jump.click()
    expect(page.get_by_text("second end")).to_be_in_viewport()
    expect(jump).to_be_hidden()
    page.evaluate(SAY, f"{LINES}\n\nthird end")
    expect(page.get_by_text("third end")).to_be_in_viewport()
    assert log.evaluate(TO_END) < 2
    page.close()
