"""What a long reply costs on its way to the browser: counts, not clocks."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Open
from tests.browser.frames import Traffic
from tests.browser.test_widget import say

pytestmark = pytest.mark.browser

FAST = """
from cellspeak import Agent, Chat
from cellspeak.agents.demo import demo_agent

Agent("fast", runtime=demo_agent(pace=0.001))
chat = Chat("fast")

def turn():
    return chat.conversation().turns[chat.conversation().head]

chat
""".strip()

MESSAGE = 660
"""Bytes of a message beside its text: 590 are Jupyter's own, whoever sends, and 53 our head."""

REMOTE = """
from cellspeak import Agent, Chat
from cellspeak.agents.scripted import Say, Search, ScriptedAgent

text = '''
![a picture](https://images.example/a.png) <img src="https://images.example/b.png">
[a link](https://pages.example/) ![][ref] <link rel=stylesheet href="https://pages.example/x.css">

<svg><image href="https://images.example/c.svg"/></svg> <iframe src="https://pages.example/f"></iframe>

[ref]: //images.example/d.png
'''
results = [{"title": "t", "url": "https://pages.example/r", "snippet": text}]
Agent("remote", runtime=ScriptedAgent([Say(text), Search("q", results)]))
chat = Chat("remote")
chat
""".strip()


def test_two_thousand_words_cost_little_more_than_their_text(notebook: Open, page: Page) -> None:
    traffic = Traffic(page)
    lab = notebook(FAST)
    lab.run_and_wait(1)
    view = lab.view(1)
    expect(view.get_by_role("textbox", name="Message")).to_be_visible()
    traffic.clear()
    say(view, "Write 2000 words about tea")
    expect(view.locator(".footer")).to_be_visible()
    whole = lab.python("turn().text")
    assert len(whole.split()) > 1500

    streamed = [f for f in traffic.frames if f.custom.get("t") == "events"]
    # The second file comes once per page, and is no part of any reply.
    ours = [f for f in traffic.frames if f.custom.get("t") != "asset"]
    comm = [f for f in ours if f.type.startswith("comm_")]
    seconds = float(lab.python("turn().usage['duration_ms'] / 1000"))
    assert len(streamed) <= 60 * seconds + 5
    assert sum(f.size for f in comm) <= 1.3 * len(whole.encode()) + MESSAGE * len(comm)
    assert [f.said for f in comm if f.said.get("method") == "update"] == []
    assert traffic.text.strip() == whole.strip()
    heads = re.findall(r"^#+ (.+)$", whole, re.MULTILINE)
    expect(view.locator(".items").locator("h1, h2, h3, h4")).to_have_text(heads)
    last = letters(whole)[-60:]
    assert letters(view.locator(".items").inner_text()).endswith(last)


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def test_nothing_remote_is_fetched_for_what_an_agent_says(notebook: Open, page: Page) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith(("http:", "https:")) and "//localhost:" not in request.url:
            asked.append(request.url)

    page.on("request", note)
    lab = notebook(REMOTE, "chat.ask('go')")
    lab.run_and_wait(1)
    lab.run_and_wait(2)
    view = lab.view(1)
    expect(view.locator(".footer")).to_be_visible()
    expect(view).to_contain_text("a picture")
    expect(view.get_by_role("link", name="a link")).to_have_attribute(
        "href", "https://pages.example/"
    )
    lab.save()
    lab.reload()
    expect(lab.view(1)).to_contain_text("a picture")
    assert asked == []
