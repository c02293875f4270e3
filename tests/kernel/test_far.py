"""The same widget over a server: clicks, stops and the transcript, in a real kernel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cellspeak.agent import Agent
from cellspeak.agents.demo import demo_agent
from cellspeak.server.access import AccessRules, Token
from tests.kernel.driver import NAMES, FrontEnd
from tests.kernel.test_widget import Hub, displayed, pending, state
from tests.server.serving import serving

pytestmark = pytest.mark.kernel

KEY = "k3y-of-the-team"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    rules = AccessRules(tokens=[Token(name="team", token=KEY)])
    agent = Agent("demo", runtime=demo_agent(name="demo", pace=0))
    with serving([agent], rules=rules) as address:
        yield address


@pytest.fixture(scope="module")
def kernel(address: str) -> Iterator[FrontEnd]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELLSPEAK_API_KEY", KEY)
        with FrontEnd(NAMES[-1]) as front_end:
            front_end.run("%load_ext cellspeak")
            yield front_end


def hub_of_cell(kernel: FrontEnd) -> Hub:
    """Return the hub of the cell that runs, greeted by a page."""
    hub = Hub(kernel)
    hub.greet()
    return hub


def test_a_click_answers_a_server_while_the_cell_runs(kernel: FrontEnd, address: str) -> None:
    text = f"%%chat --server {address}\nPlease delete the file report.txt"
    cell = kernel.start(text, allow_stdin=True)
    hub = hub_of_cell(kernel)
    hub.until(pending)
    request = pending(hub.page).request_id
    hub.page.command("c1", {"type": "respond", "request_id": request, "approved": True})
    assert kernel.reply(cell)["content"]["status"] == "ok"
    hub.until(lambda page: page.conversation.open_turn is None)
    (turn,) = hub.page.conversation.path
    assert [c.status for c in turn.tool_calls.values()] == ["done"]
    assert "delete_file" in displayed(kernel)[-1]["text/html"]
    assert f"--server {address} resume" in hub.state["resume_line"]


def test_an_interrupt_stops_the_turn_at_the_server(kernel: FrontEnd) -> None:
    kernel.forget()
    cell = kernel.start("%%chat --new\nWork for 60 seconds", allow_stdin=True)
    hub = hub_of_cell(kernel)
    hub.until(lambda page: page.conversation.path and page.conversation.path[-1].tool_calls)
    kernel.interrupt()
    assert kernel.reply(cell)["content"]["ename"] == "ChatInterrupt"
    hub.until(lambda page: page.conversation.path[-1].status == "cancelled")


def test_a_chat_with_an_agent_of_a_server_is_the_same_widget(
    kernel: FrontEnd, address: str
) -> None:
    kernel.forget()
    kernel.run(
        "from cellspeak import Agent, Chat\n"
        f"chat = Chat(Agent.fetch('demo', base_url='{address}'))\n"
        "chat"
    )
    hub = Hub(kernel)
    hub.greet()
    hub.page.command("c2", {"type": "post", "messages": [{"content": "what is 12 * 12?"}]})
    hub.until(lambda page: page.conversation.path and page.conversation.path[-1].idle)
    assert "144" in hub.page.conversation.path[-1].text


def test_no_message_to_the_front_end_holds_the_key(kernel: FrontEnd) -> None:
    kernel.forget()
    kernel.run("%chat hello", allow_stdin=True)
    assert [state(m) for m in kernel.messages if m["msg_type"] == "comm_open"]
    assert KEY not in repr(kernel.messages)
