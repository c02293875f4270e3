"""`cellspeak chat` at a real terminal."""

from __future__ import annotations

from pathlib import Path

from cellspeak.agent import Agent
from cellspeak.agents.demo import demo_agent
from tests.server.serving import serving

from .running import Terminal


def test_a_talk_with_an_approval_a_stop_and_a_new_session(tmp_path: Path) -> None:
    with Terminal("chat", "demo", cwd=tmp_path) as terminal:
        terminal.until("> ")
        terminal.type("My name is Alice\r")
        terminal.until("Nice to meet you, Alice")
        terminal.until("> ")
        terminal.type("Please delete the file a.txt\r")
        asked = terminal.until("lways this tool: ")
        assert "delete_file needs your approval" in asked
        assert '"path": "a.txt"' in asked
        terminal.press("n")
        terminal.until("why not?")
        terminal.type("not today\r")
        terminal.until("delete_file: denied")
        terminal.until("> ")
        terminal.type("Work for 60 seconds\r")
        terminal.until("running")
        terminal.type("\x03")
        terminal.until("stopped; what was said is kept")
        terminal.until("> ")
        terminal.type("/info\r")
        assert "3 turns" in terminal.until("turns")
        terminal.type("/clear\r")
        terminal.until("--session ")
        terminal.until("> ")
        terminal.type("/dance\r")
        terminal.until("expected /quit, /clear, /info, /help; got '/dance'")
        terminal.type("\x03")
        terminal.until("Ctrl-D or /quit leaves")
        terminal.type("/quit\r")
        assert terminal.ended() == 0


def test_what_waits_in_a_session_of_a_server_is_answered_when_it_is_opened(tmp_path: Path) -> None:
    agent = Agent("demo", runtime=demo_agent(name="demo", pace=0))
    with serving([agent]) as address:
        where = ("--server", address)
        with Terminal("chat", "demo", *where, cwd=tmp_path) as first:
            first.until("> ")
            first.type("/info\r")
            session = first.until("; 0 turns").split("session ")[1].split(";")[0]
            first.until("> ")
            first.type("Please delete the file a.txt\r")
            first.until("lways this tool: ")
        with Terminal("chat", "demo", *where, "--session", session, cwd=tmp_path) as again:
            again.until("lways this tool: ")
            again.press("y")
            again.until("a.txt is deleted")
            again.until("> ")
            again.type("\x04")
            assert again.ended() == 0
