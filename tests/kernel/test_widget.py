"""The widget's road through a real kernel: a page that speaks the comm answers in a busy cell."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from tests.kernel.driver import PATIENCE, FrontEnd, Message
from tests.notebook.page import Page

pytestmark = pytest.mark.kernel

VIEW = "application/vnd.jupyter.widget-view+json"


class Hub:
    """One hub model as a browser has it: its comm, and a page that reads what comes down."""

    def __init__(self, kernel: FrontEnd) -> None:
        opened = kernel.until(lambda m: m["msg_type"] == "comm_open" and "hub_id" in state(m))
        self.kernel, self.state = kernel, state(opened)
        self.comm_id = opened["content"]["comm_id"]
        self.page = Page(self._say)
        self._taken = 0

    def _say(self, message: dict[str, Any]) -> None:
        self.kernel.say(self.comm_id, {"method": "custom", "content": message})

    def greet(self) -> None:
        """Say hello as a page does: again, until the kernel answers.

        What comes before the cell waits is in ipykernel 7's hands, and waits for the cell's end.
        """
        for _ in range(10):
            self.page.hello()
            with suppress(TimeoutError):
                self.until(lambda page: page.incarnation is not None, patience=3)
                return

    def until(self, found: Any, patience: float = PATIENCE) -> None:
        """Read what comes down until *found* says so of the page."""

        def take(_: Message) -> bool:
            for message in self.kernel.messages[self._taken :]:
                self._taken += 1
                content = message["content"]
                if message["msg_type"] == "comm_msg" and content["comm_id"] == self.comm_id:
                    data = content["data"]
                    if data.get("method") == "custom":
                        self.page.take(data["content"])
            return bool(found(self.page))

        self.kernel.until(take, patience)


def state(message: Message) -> dict[str, Any]:
    data: dict[str, Any] = message["content"].get("data", {}).get("state", {})
    return data


def pending(page: Page) -> Any:
    turn = page.conversation.open_turn
    return turn.pending[0] if turn is not None and turn.pending else None


@pytest.fixture
def front_end(kernel: FrontEnd) -> FrontEnd:
    """A kernel that stands before a new session."""
    kernel.run("%load_ext cellspeak")
    kernel.run("%chat clear")
    kernel.forget()
    return kernel


def displayed(kernel: FrontEnd) -> list[dict[str, Any]]:
    kinds = ("display_data", "update_display_data")
    return [m["content"]["data"] for m in kernel.messages if m["msg_type"] in kinds]


def test_a_click_answers_while_the_cell_runs(front_end: FrontEnd) -> None:
    cell = front_end.start("%%chat\nPlease delete the file report.txt", allow_stdin=True)
    hub = Hub(front_end)
    hub.greet()
    hub.until(pending)
    request = pending(hub.page).request_id
    hub.page.command("c1", {"type": "respond", "request_id": request, "approved": True})
    assert front_end.reply(cell)["content"]["status"] == "ok"
    assert "error" not in hub.page.answers.get("c1", {})
    assert "Denied" not in displayed(front_end)[-1]["text/html"]
    hub.until(lambda page: page.conversation.open_turn is None)
    (turn,) = hub.page.conversation.path
    assert [c.status for c in turn.tool_calls.values()] == ["done"]


def test_views_hear_which_turn_a_cell_waits_for(front_end: FrontEnd) -> None:
    cell = front_end.start("%%chat\nPlease delete the file report.txt", allow_stdin=True)
    hub = Hub(front_end)
    hub.greet()
    hub.until(pending)
    waiting = [m for m in hub.page.came if m["t"] == "waiting"]
    assert waiting[-1]["turn_id"] == hub.page.conversation.head
    front_end.interrupt()
    assert front_end.reply(cell)["content"]["ename"] == "ChatInterrupt"
    hub.until(lambda page: {"t": "waiting"} in page.came)
    hub.until(lambda page: page.conversation.path[-1].status == "cancelled")


def test_a_cell_shows_a_small_model_and_a_transcript_and_keeps_the_bundle_once(
    front_end: FrontEnd,
) -> None:
    for _ in range(3):
        front_end.run("%%chat\nwhat is 12*12?", allow_stdin=True)
    opened = [state(m) for m in front_end.messages if m["msg_type"] == "comm_open"]
    bundles = [s["_esm"] for s in opened if "_esm" in s]
    assert len([b for b in bundles if len(b) > 2000]) == 1
    assert len([b for b in bundles if len(b) <= 1000]) == 3
    shown = displayed(front_end)
    views = [d for d in shown if VIEW in d]
    assert len(views) == 3
    assert all(set(d) == {VIEW, "text/plain"} for d in views)
    assert "<strong>144</strong>" in shown[-1]["text/html"]
    synced = [m for m in front_end.messages if m["msg_type"] == "comm_msg"]
    assert not [m for m in synced if m["content"]["data"].get("method") == "update"]


def test_a_second_chat_of_the_session_answers_as_well(front_end: FrontEnd) -> None:
    front_end.run("%chat hello", allow_stdin=True)
    first = Hub(front_end)
    front_end.forget()
    front_end.run(
        "from cellspeak import Chat\n"
        "now = get_ipython().find_line_magic('chat').__self__.current.session\n"
        "second = Chat(session=now)"
    )
    cell = front_end.start("%%chat\nPlease delete the file report.txt", allow_stdin=True)
    # A message that comes before the cell waits is in ipykernel 7's hands; a page repeats its own.
    front_end.until(lambda m: m["msg_type"] == "comm_open" and "turn_id" in state(m))
    first.page.hello()
    first.until(pending)
    request = pending(first.page).request_id
    first.page.command("c1", {"type": "respond", "request_id": request, "approved": False})
    assert front_end.reply(cell)["content"]["status"] == "ok"


def test_a_closed_chat_lets_go(front_end: FrontEnd) -> None:
    front_end.run("from cellspeak import Chat\nchat = Chat()\nsession = chat.session")
    front_end.run("chat.close()")
    assert (
        front_end.run(
            "from cellspeak import thread\nimport asyncio\n"
            "from cellspeak.notebook import widget\n"
            "thread.run(asyncio.sleep(0.05))\n"
            "print(len(chat.feed._tasks), session.session_id in widget._chats)"
        )
        == "0 False\n"
    )
    assert "144" in front_end.run("print(session.ask('what is 12*12').text)")


def test_text_that_jupyter_cannot_send_does_not_stop_the_chat(front_end: FrontEnd) -> None:
    front_end.run(
        "from cellspeak import Agent\n"
        "from cellspeak.agents.scripted import Say, ScriptedAgent\n"
        "halves = [Say('a \\ud83d'), Say('\\ude00 b'), Say(' \\ud800 c')]\n"
        "_ = Agent('halves', runtime=ScriptedAgent(halves))"
    )
    cell = front_end.start("%%chat --agent halves\ngo \\ud800", allow_stdin=True)
    hub = Hub(front_end)
    hub.greet()
    assert front_end.reply(cell)["content"]["status"] == "ok"
    hub.page.hello()
    hub.until(lambda page: page.conversation.path and page.conversation.path[-1].ended)
    assert " c" in hub.page.conversation.path[-1].text
