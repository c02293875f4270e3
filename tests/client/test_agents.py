"""Agents and sessions of a server, as people name and hold them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from cellspeak.agent import Agent, Chatbot
from cellspeak.agents.scripted import Say, ScriptedAgent
from cellspeak.client import Server
from cellspeak.errors import (
    AuthenticationError,
    ConnectError,
    NotFoundError,
    ValidationError,
)
from cellspeak.remote import server_at
from cellspeak.server.access import AccessRules, Token
from cellspeak.session import Session
from tests.server.serving import agent_of, serving

QUICK_START = """
import asyncio
from cellspeak import Agent, LLMInfo

async def main():
    agent = Agent.fetch(name="Researcher")

    async with await agent.create_session() as session:
        await session.send("Summarise the latest Apollo mission.")
        async for event in session.listen():
            if event.is_complete:
                print(event.text)
                break

asyncio.run(main())
"""


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    bot = Chatbot("Bot", runtime=ScriptedAgent([Say("beep")]))
    with serving([agent_of([Say("Hello.")], "Ada"), bot]) as address:
        monkeypatch.setenv("CELLSPEAK_BASE_URL", address)
        yield address


@pytest.mark.parametrize("version", ["", "/", "/v1", "/v1/"])
def test_an_address_may_end_with_its_version(version: str) -> None:
    assert Server(f"http://x:1/y{version}") == Server("http://x:1/y")


def test_the_quick_start_runs_against_a_server_without_a_store_of_its_own() -> None:
    with serving() as address:
        env = {**os.environ, "CELLSPEAK_BASE_URL": address, "CELLSPEAK_STORE": "no"}
        done = subprocess.run(
            [sys.executable, "-c", QUICK_START], env=env, capture_output=True, text=True, timeout=30
        )
    assert done.stderr == ""
    assert "Apollo" in done.stdout


def test_agents_are_fetched_and_listed_as_what_they_are(address: str) -> None:
    agent = Agent.fetch("Ada")
    assert (agent.name, agent.kind, type(agent)) == ("Ada", "agent", Agent)
    assert [a.name for a in Agent.list()] == ["Ada"]
    assert [type(a) for a in Chatbot.list()] == [Chatbot]
    assert Chatbot.fetch(id="Bot").server == Server(address)
    with pytest.raises(NotFoundError, match=r"got 'Bot'\. There are: Ada"):
        Agent.fetch("Bot")
    with pytest.raises(ValidationError, match="expected a name for the agent"):
        Agent.fetch("  ")


def test_a_session_is_asked_resumed_by_its_id_and_ended(address: str) -> None:
    reply = Session(agent=Agent.fetch("Ada").spec).ask("hi")
    assert reply.text == "Hello."
    again = Session(reply.session_id)
    assert again.ask("and again").text == "Hello."
    assert again.transport.server == Server(address)  # type: ignore[attr-defined]  # it is remote


async def test_a_chatbot_runs_at_the_server_named_by_argument(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.delenv("CELLSPEAK_BASE_URL")
    bot = Chatbot.fetch("Bot", base_url=address + "/v1")
    assert (await bot.run("hi")).text == "beep"
    session = await bot.create_session()
    await session.send("one")
    async with aclosing(session.listen(["message_complete"])) as events:
        assert (await anext(events)).text == "beep"


def test_a_key_is_sent_and_a_wrong_one_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = AccessRules(tokens=[Token(name="team", token="s3cret")])
    with serving([agent_of([Say("Hello.")], "Ada")], rules=rules) as address:
        monkeypatch.setenv("CELLSPEAK_BASE_URL", address)
        with pytest.raises(AuthenticationError, match="expected a token"):
            Agent.fetch("Ada")
        with pytest.raises(AuthenticationError, match="expected a token"):
            Session("some-id").ask("hi")
        monkeypatch.setenv("CELLSPEAK_API_KEY", "s3cret")
        assert Session(agent=Agent.fetch("Ada").spec).ask("hi").text == "Hello."


def test_a_server_that_is_not_there_and_an_address_that_is_none() -> None:
    with pytest.raises(ConnectError, match=r"127\.0\.0\.1:9 could not be reached"):
        Agent.fetch("Ada", base_url="http://127.0.0.1:9")
    with pytest.raises(ValidationError, match="expected a server as http://HOST:PORT"):
        Agent.list(base_url="ftp://x")
    assert server_at() is None


def test_a_key_is_in_no_text_about_the_server() -> None:
    server = Server("https://x.example/v1", "s3cret")
    assert "s3cret" not in repr(server)
    assert server.socket_url == "wss://x.example/v1/ws/session"


async def test_an_agent_of_a_server_cannot_answer_here(address: str) -> None:
    agent = Agent.fetch("Ada")
    with pytest.raises(ValidationError, match=r"answers at http.*, not in this process"):
        [o async for o in agent.runtime.answer(None)]  # type: ignore[arg-type]  # not looked at
