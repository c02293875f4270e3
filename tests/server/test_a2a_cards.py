"""Cards: where an agent answers, as each version reads it, and nothing of its instructions."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from a2a.types import AgentCard
from google.protobuf.json_format import ParseDict

from cellspeak.agent import Agent
from cellspeak.agents.scripted import Say
from cellspeak.server.a2a.cards import card_of

from .a2a_wire import call, message
from .serving import agent_of, serving

ODD = "Zoë & Co/{x}?"
OLD_FIELDS = {"url", "preferredTransport", "protocolVersion", "additionalInterfaces"}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    crew = [agent_of([Say("Hello.")], "first"), agent_of([Say("Oui.")], "Zoë & Co")]
    with serving(crew) as address, httpx.Client(base_url=address, timeout=20) as opened:
        yield opened


def test_a_pure_card_is_one_of_1_0_and_nothing_else() -> None:
    agent = agent_of([Say("Hello.")], "Ada")
    pure = card_of(agent, "http://here/", secured=False, compat=False)
    assert {i["protocolVersion"] for i in pure["supportedInterfaces"]} == {"1.0"}
    assert not OLD_FIELDS & set(pure)
    ParseDict(pure, AgentCard())  # strict: it refuses what 1.0 does not know
    merged = card_of(agent, "http://here/", secured=False, compat=True)
    assert set(merged) > OLD_FIELDS
    assert merged["url"] == pure["supportedInterfaces"][0]["url"] == "http://here/a2a/Ada/"


def test_a_name_is_quoted_and_the_instructions_stay_here() -> None:
    agent = Agent(ODD, instructions="the secret sauce", model="scripted:demo")
    card = card_of(agent, "http://here/", secured=True, compat=True)
    assert card["name"] == ODD
    assert card["url"] == "http://here/a2a/Zo%C3%AB%20%26%20Co%2F%7Bx%7D%3F/"
    assert "sauce" not in str(card)


def test_each_agent_has_its_card_and_the_first_one_the_root(client: httpx.Client) -> None:
    base = str(client.base_url).rstrip("/")
    for path, name in (
        ("/.well-known/agent-card.json", "first"),
        ("/.well-known/agent.json", "first"),
        ("/a2a/first", "first"),
        ("/a2a/first/", "first"),
        ("/a2a/Zo%C3%AB%20&%20Co/.well-known/agent-card.json", "Zoë & Co"),
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["name"]) == (200, name)
        assert answer.json()["url"].startswith(f"{base}/a2a/")
    again = message("hi")
    assert (
        call(client, "Zoë & Co", "SendMessage", again)["task"]["history"][0]["messageId"] == "m-1"
    )


def test_an_address_without_its_slash_is_no_redirect(client: httpx.Client) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": message("hi")}
    answer = client.post("/a2a/first", json=body, headers={"A2A-Version": "1.0"})
    assert answer.json()["result"]["task"]["status"]["state"] == "TASK_STATE_COMPLETED"


def test_who_has_the_card_is_told_so(client: httpx.Client) -> None:
    first = client.get("/.well-known/agent-card.json")
    tag = first.headers["etag"]
    assert {"cache-control", "last-modified"} <= set(first.headers)
    for known, status in ((tag, 304), (f'"x", W/{tag}', 304), ("*", 304), ('"x"', 200)):
        headers = {"If-None-Match": known}
        assert client.get("/.well-known/agent-card.json", headers=headers).status_code == status


def test_an_agents_tools_are_among_what_it_can_do() -> None:
    def look_up(word: str) -> str:
        """Look a word up."""
        return word

    agent = Agent("Ada", "openai:gpt-5-mini", tools=[look_up])
    (skill,) = card_of(agent, "http://here/", secured=False, compat=True)["skills"]
    assert skill["tags"] == ["conversation", "look_up"]
