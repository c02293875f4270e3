"""Tools of MCP servers: real ones, a process over stdio and one over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic_ai.messages import ModelMessage, ModelRequest
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel

from cellspeak import Agent, Chatbot
from cellspeak.agents.mcp import McpServer, filled, servers_of
from cellspeak.agents.model import ModelAgent
from cellspeak.core.conversation import ToolCall, Turn
from cellspeak.errors import AuthenticationError, ValidationError
from cellspeak.server.config import load_settings
from cellspeak.server.run import listen
from cellspeak.stores.sql import SqlStore
from tests.agents.test_contract import later
from tests.engine.talk import talking

ROOT = Path(__file__).resolve().parents[2]
SHELF: Mapping[str, Any] = {
    "name": "shelf",
    "command": sys.executable,
    "args": ["-m", "tests.agents.mcp_server"],
    "cwd": str(ROOT),
}


def caller() -> FunctionModel:
    """Return a model that calls the tool that the prompt spells: `keep {"word": "a"}`."""

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
        last = messages[-1]
        assert isinstance(last, ModelRequest)
        prompts = [p.content for p in last.parts if p.part_kind == "user-prompt"]
        if not prompts:
            yield " | ".join(str(getattr(p, "content", "")) for p in last.parts)
        elif prompts[0] == "tools":
            yield " ".join(sorted(t.name for t in info.function_tools))
        else:
            name, _, args = str(prompts[0]).partition(" ")
            yield {0: DeltaToolCall(name=name, json_args=args or "{}", tool_call_id=f"c-{name}")}

    return FunctionModel(stream_function=stream)


def agent_with(*servers: Mapping[str, Any], **options: Any) -> ModelAgent:
    return ModelAgent(caller(), mcp=servers_of(servers), **options)


def call_of(turn: Turn) -> ToolCall:
    (call,) = turn.tool_calls.values()
    return call


def outcome(turn: Turn) -> Mapping[str, Any]:
    found = call_of(turn).outcome
    assert found is not None
    return found


# A process


async def test_a_process_is_held_from_turn_to_turn_and_gets_only_what_it_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHELF_KEY", "s3cret")
    server = {**SHELF, "approval": "never", "env": {"KEY": "${SHELF_KEY}"}}
    async with talking(agent_with(server)) as talk:
        words = [await talk.ask(f'keep {{"word": "{w}"}}') for w in ("one", "two")]
        names = [await talk.ask(f'whoami {{"name": "{n}"}}') for n in ("KEY", "SHELF_KEY")]
    assert [outcome(t)["result"] for t in words] == ["one", "one two"]
    assert [outcome(t)["result"] for t in names] == ["s3cret", "unset"]


async def test_a_process_that_dies_in_a_call_is_there_again_in_the_next_turn() -> None:
    async with talking(agent_with({**SHELF, "approval": "never"})) as talk:
        dead = await talk.ask("die")
        alive = await talk.ask('keep {"word": "again"}')
    assert dead.status == "complete"
    assert "'shelf' broke off" in outcome(dead)["error"]
    assert outcome(alive)["result"] == "again"


# An address


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with listen("127.0.0.1", 0) as found:
        port = found.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.agents.mcp_server", str(port)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(1200):
            with suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
                break
            assert process.poll() is None, "the server did not start"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait(10)


async def test_a_person_is_asked_by_the_tools_own_form(served: str) -> None:
    async with talking(agent_with({"url": served})) as talk:
        receipt = await talk.post('keep {"word": "one"}')
        request = (await talk.pending()).request
        assert request["args_schema"]["required"] == ["word"]
        await talk.answer(await talk.pending(), args={"word": "two"})
        turn = await talk.ended(receipt.turn_id)
    assert call_of(turn).args == {"word": "two"}
    assert str(outcome(turn)["result"]).endswith("two")


async def test_what_a_tool_raises_is_its_line_and_the_turn_goes_on(served: str) -> None:
    async with talking(agent_with({"url": served, "approval": "never"})) as talk:
        turn = await talk.ask('burn {"word": "stone"}')
    assert turn.status == "complete"
    assert "burn" in outcome(turn)["error"]
    assert "traceback" not in outcome(turn)


async def test_a_picture_is_shown_to_the_person(served: str) -> None:
    async with talking(agent_with({"url": served, "approval": {"draw": "never"}})) as talk:
        turn = await talk.ask("draw")
    assert list(outcome(turn)["mime"]) == ["image/png"]
    assert "shown to the person" in turn.text


async def test_a_server_that_is_not_there_is_a_note_and_not_a_dead_chat(served: str) -> None:
    gone = {"command": "no-such-command-anywhere"}
    nobody = {"url": "http://127.0.0.1:9/mcp", "name": "far"}
    async with talking(agent_with(gone, nobody, {"url": served})) as talk:
        turn = await talk.ask("tools")
    notes = [str(m.data["text"]) for m in turn.messages if m.kind == "note"]
    assert "there is no command 'no-such-command-anywhere' here" in notes[0]
    assert "“far” are missing: it cannot be reached" in notes[1]
    assert (turn.status, turn.text) == ("complete", "burn die draw keep whoami")


async def test_names_that_are_taken_get_the_name_of_their_server(served: str) -> None:
    def keep(word: str) -> str:
        return word

    async with talking(agent_with({"url": served, "name": "shelf"}, tools=[keep])) as talk:
        turn = await talk.ask("tools")
    assert turn.text.split() == ["burn", "die", "draw", "keep", "shelf_keep", "whoami"]


async def test_an_approved_call_runs_in_another_process(served: str, tmp_path: Path) -> None:
    server = {"url": served}
    path = tmp_path / "sessions.db"
    async with talking(agent_with(server), store=SqlStore.sqlite(path)) as talk:
        turn_id = str((await talk.post('keep {"word": "one"}')).turn_id)
        await talk.pending()
    async with later(path, agent_with(server), talk.session_id) as talk:
        await talk.answer(await talk.pending(), args={"word": "another"})
        turn = await talk.ended(turn_id)
    assert call_of(turn).args == {"word": "another"}
    assert str(outcome(turn)["result"]).endswith("another")


# What is said of them


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"command": "x"}, "as a list"),
        ([{}], "command"),
        ([{"command": "x", "url": "http://h/"}], "command"),
        ([{"command": "x", "colour": 1}], "'colour'"),
        ([{"command": "x", "approval": "maybe"}], "'maybe'"),
        ([{"command": "x"}, {"command": "/bin/x"}], "'x' twice"),
        (["ftp://host/"], "expected the address"),
    ],
)
def test_what_cannot_be_a_server_is_one_sentence(given: Any, says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        servers_of(given)
    assert says in str(caught.value)


def test_tools_are_asked_about_unless_they_are_trusted() -> None:
    (server,) = servers_of([{"command": "x", "approval": {"read": "never", "*": "always ask"}}])
    assert [server.approval_of(t) for t in ("read", "write")] == ["never", "always ask"]
    assert McpServer(name="x").approval_of("read") == "ask"


def test_secrets_are_filled_in_late_and_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM", "s3cret")
    assert filled("Bearer ${TEAM}", "x") == "Bearer s3cret"
    with pytest.raises(AuthenticationError, match="NOT_SET"):
        filled("${NOT_SET}", "x")
    server = {"url": "http://host/mcp", "token": "s3cret", "env": {"A": "s3cret"}}
    agent = Agent("Ada", "openai:gpt-5-mini", mcp=[server])
    assert agent.spec["mcp"] == ["host"]
    assert "s3cret" not in json.dumps(agent.spec) + repr(servers_of([server]))


def test_only_an_agent_with_a_model_has_servers() -> None:
    with pytest.raises(ValidationError, match="with a language model"):
        Agent("x", mcp=[SHELF])
    with pytest.raises(ValidationError, match="a Chatbot has none"):
        Chatbot("x", "openai:gpt-5-mini", mcp=[SHELF])


def test_both_files_can_name_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEAM", "t")
    text = (
        'agents:\n  ada:\n    model: "openai:gpt-5-mini"\n    mcp:\n'
        "      - {command: uvx, args: [mcp-server-git], approval: never}\n"
        '      - {url: "http://host/mcp", token: "${TEAM}"}\n'
    )
    for name in ("cellspeak.yaml", "agents.yaml"):
        (tmp_path / name).write_text(text)
    assert Agent.fetch("ada").spec["mcp"] == ["uvx", "host"]
    (served,) = load_settings(tmp_path / "agents.yaml").agents
    assert served.spec["mcp"] == ["uvx", "host"]
    (tmp_path / "cellspeak.yaml").write_text(text.replace("${TEAM}", "plain"))
    with pytest.raises(ValidationError, match=r"line 4, key agents\.ada\.mcp"):
        Agent.fetch("eve")
