"""Agents as people name them, and the registry of the process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cellspeak.agent import Agent, Chatbot, LLMInfo, _resolve, find_agent
from cellspeak.agents.scripted import Ask, Call, Fail, Say, ScriptedAgent
from cellspeak.errors import (
    ActionRequiredError,
    NotFoundError,
    SessionNotFoundError,
    TurnFailedError,
    ValidationError,
)
from cellspeak.session import Session

YAML = """
agents:
  Helper:
    model: "scripted:demo"
    instructions: "Help."
"""


def test_an_agent_is_found_by_its_name_once_it_is_made() -> None:
    made = Agent(name="Researcher", model="scripted:demo")
    assert Agent.fetch(name="Researcher") is made
    assert Agent.fetch(id="Researcher") is made
    assert made in Agent.list()
    assert repr(made) == "Agent(name='Researcher', model='scripted:demo')"


def test_a_newer_agent_of_the_same_name_takes_its_place() -> None:
    Agent("same")
    newer = Agent("same", instructions="Better.")
    assert Agent.fetch("same") is newer


def test_a_model_is_named_by_text_or_by_its_parts() -> None:
    info = LLMInfo(provider="scripted", model_id="demo")
    assert Agent("a", info).model == Agent("b", "scripted:demo").model == "scripted:demo"


def test_an_unknown_agent_is_refused_with_the_names_there_are() -> None:
    Agent("Ada")
    with pytest.raises(NotFoundError, match=r"got 'Bob'\. There are: .*Ada.*Agent\(name='Bob'"):
        Agent.fetch("Bob")


@pytest.mark.parametrize("name", ["", "  ", None, 7])
def test_a_name_that_is_none_is_refused(name: Any) -> None:
    with pytest.raises(ValidationError, match="expected a name for the agent; got"):
        Agent(name)
    with pytest.raises(ValidationError, match="expected a name for the agent; got"):
        Agent.fetch(name)


def test_an_unknown_model_says_which_there_are() -> None:
    with pytest.raises(ValidationError, match="expected the model 'scripted:demo', one of 'openai"):
        Agent("x", "clever:best")
    assert find_agent("x") is None


def test_an_agent_with_a_model_names_its_tools_and_never_its_key() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    info = LLMInfo(provider="openai", model_id="small", api_key="sk-secret")
    made = Agent("x", info, tools=[add])
    assert made.spec == {
        "kind": "agent",
        "name": "x",
        "model": "openai:small",
        "tools": ["add"],
        "schemas": {"add": made.spec["schemas"]["add"]},
        "homes": {"add": f"import {__name__}"},
    }
    assert "sk-secret" not in repr(made) + repr(info) + str(info) + str(made.spec)


def test_a_chatbot_has_no_tools() -> None:
    with pytest.raises(ValidationError, match="a Chatbot has none"):
        Chatbot("x", "openai:small", tools=[len])


def test_a_file_says_where_a_model_is_and_whose_key_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "agents: {A: {model: 'openai:x', base_url: 'http://h/v1', api_key: '${TEAM_KEY}'}}"
    (tmp_path / "cellspeak.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    made = Agent.fetch("A")
    assert (made.model, made.spec["model"]) == ("openai:x", "openai:x")


async def test_a_missing_key_ends_the_turn_with_the_line_to_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(TurnFailedError, match="%env OPENAI_API_KEY="):
        await Agent("x", "openai:small").run("Hi")


def test_an_unknown_option_is_a_python_error() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        Agent("x", colour="red")  # type: ignore[call-arg]  # that is the test


def test_a_chatbot_is_no_agent_with_tools_and_is_fetched_as_what_it_is() -> None:
    made = Chatbot("Bot")
    assert Chatbot.fetch("Bot") is made
    assert made.spec["kind"] == "chatbot"
    Agent("Tooled")
    with pytest.raises(NotFoundError, match="'Tooled' is an agent, not a chatbot"):
        Chatbot.fetch("Tooled")


def test_agents_of_the_folder_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cellspeak.yaml").write_text(YAML, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert "Helper" in [a.name for a in Agent.list()]
    assert Agent.fetch("Helper").instructions == "Help."


def test_the_spec_of_an_agent_holds_no_secret_of_its_runtime() -> None:
    class Runtime(ScriptedAgent):
        key = "sk-secret"

    spec = Agent("x", runtime=Runtime([]), instructions="sk-secret").spec
    assert spec == {"kind": "agent", "name": "x", "model": "Runtime"}


async def test_run_asks_once_and_returns_the_reply() -> None:
    reply = await Agent("x", runtime=ScriptedAgent([Say("hello")])).run("hi")
    assert reply.text == "hello"
    assert reply.turn.prompt == "hi"


async def test_run_raises_for_a_failed_turn() -> None:
    with pytest.raises(TurnFailedError, match="no words"):
        await Agent("x", runtime=ScriptedAgent([Fail("no words")])).run("hi")


async def test_run_names_the_session_in_which_to_answer() -> None:
    script = [Ask(Call("drop", {}, result=1), then=[Say("Done.")])]
    agent = Agent("x", runtime=ScriptedAgent(script))
    with pytest.raises(ActionRequiredError, match="the agent waits for an approval") as wanted:
        await agent.run("go")
    session = await agent.resume_session(wanted.value.session_id)
    async for event in session.listen():
        if event.requires_action:
            await session.respond(event, approved=True)
        if event.is_complete:
            assert event.text == "Done."
            break


async def test_resuming_what_is_not_there_is_refused() -> None:
    with pytest.raises(SessionNotFoundError, match="there is none called 'nope'"):
        await Agent("x").resume_session("nope")


async def test_a_session_whose_agent_is_gone_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agent = Agent("gone", runtime=ScriptedAgent([Say("x")]))
    session = await agent.create_session()
    monkeypatch.setattr("cellspeak.agent._registry", {})
    receipt = await session.send("still there?")
    turn = await session.settled(str(receipt.turn_id))
    assert turn.status == "failed"
    assert turn.error == (
        "the agent 'gone' of this session is not defined here; "
        "run the cell or import that makes it, and ask again"
    )


async def test_a_demo_session_needs_no_definition_to_go_on() -> None:
    session = await Session(agent={"kind": "agent", "name": "lost", "model": "scripted:demo"})
    receipt = await session.send("What is 12 * 12?")
    assert "144" in (await session.settled(str(receipt.turn_id))).text


def test_a_missing_agent_says_what_brings_it_and_its_tools_back() -> None:
    spec = {"name": "left", "model": "openai:x", "homes": {"load": "cell 3", "add": "import lab"}}
    with pytest.raises(NotFoundError) as raised:
        _resolve(spec)
    places = "the cell or import that makes it and import lab (tool add) and cell 3 (tool load)"
    assert places in str(raised.value)


def test_ready_made_tools_are_given_by_name() -> None:
    assert list(Agent("x", tools=["run_python", len]).spec["tools"]) == ["run_python", "len"]
    with pytest.raises(ValidationError, match="got 'run_pyton'; did you mean 'run_python'"):
        Agent("x", tools=["run_pyton"])
