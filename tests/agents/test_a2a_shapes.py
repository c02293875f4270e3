"""What peers write differently, mended; and how an agent at an address is named and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cellspeak import Agent
from cellspeak.agents.a2a import mend
from cellspeak.agents.a2a.agent import A2aAgent, Address, name_at
from cellspeak.agents.a2a.place import place_of
from cellspeak.agents.base import TurnRequest
from cellspeak.core.conversation import Conversation, Turn
from cellspeak.errors import AuthenticationError, ValidationError
from cellspeak.server.config import load_settings


def rpc(result: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "result": result}


@pytest.mark.parametrize("state", ["TASK_STATE_INPUT_REQUIRED", "input-required", "Input_Required"])
def test_a_state_is_known_in_any_writing(state: str) -> None:
    status = {"status": {"state": state, "timestamp": "2026-01-01T00:00:00"}}
    new = mend.reply(rpc({"statusUpdate": status}), old=False)["result"]["statusUpdate"]
    assert new["status"] == {"state": "TASK_STATE_INPUT_REQUIRED"}
    old = mend.reply(rpc({"kind": "status-update", **status}), old=True)["result"]
    assert (old["status"], old["final"]) == ({"state": "input-required"}, True)


@pytest.mark.parametrize("word", ["kind", "type", "neither"])
def test_a_part_is_known_by_what_it_holds(word: str) -> None:
    part = {word: "text", "text": "hi"}
    message = {"role": "ROLE_AGENT", "parts": [part, "no part"]}
    old = mend.reply(rpc({"message": message}), old=True)["result"]
    assert (old["kind"], old["role"], old["messageId"]) == ("message", "agent", "")
    assert [(p["kind"], p["text"]) for p in old["parts"]] == [("text", "hi")]
    new = mend.reply(rpc({"message": message}), old=False)["result"]["message"]
    assert (new["role"], new["parts"][0]["text"]) == ("ROLE_AGENT", "hi")


def test_a_file_is_written_as_its_version_wants_it() -> None:
    file = {"bytes": "aGk=", "mimeType": "text/plain", "name": "a.txt"}
    new = {"raw": "aGk=", "mediaType": "text/plain", "filename": "a.txt"}
    kept = mend.reply({"parts": [{"kind": "file", "file": file}]}, old=False)
    assert kept == {"parts": [new]}
    assert mend.reply({"parts": [new]}, old=True) == {"parts": [{"kind": "file", "file": file}]}


def test_what_is_free_is_left_as_it_is() -> None:
    free = {"state": "Odd", "parts": [1], "role": "king", "timestamp": "x"}
    body = rpc({"task": {"metadata": free, "parts": [{"data": free}]}})
    mended = mend.reply(body, old=False)["result"]["task"]
    assert (mended["metadata"], mended["parts"][0]["data"]) == (free, free)


@pytest.mark.parametrize("body", [None, 3, "x", [], {}, {"jsonrpc": "2.0", "result": None}])
def test_what_is_no_reply_is_passed_on(body: Any) -> None:
    assert mend.reply(body, old=True) == body
    assert mend.reply(body, old=False) == body


def test_a_card_leads_nowhere_else() -> None:
    faces = [{"url": u} for u in ("http://10.0.0.1/a?b", "file:///etc", "http://[bad", None)]
    fixed = mend.card({"name": "x", "supportedInterfaces": faces}, "https://host:8/agents/x/")
    found = [f["url"] for f in fixed["supportedInterfaces"]]
    assert found == ["https://host:8/a", "https://host:8/etc", "https://host:8/", "https://host:8/"]


# The agent


def test_an_agent_is_named_after_its_address() -> None:
    agent = Agent(a2a="https://host/agents/ada/", token="s3cret")
    assert agent.name == "ada"
    assert agent.spec == {"kind": "agent", "name": "ada", "model": "a2a:https://host/agents/ada/"}
    assert "s3cret" not in f"{agent!r} {Address(url='http://h/', token='s3cret')!r}"
    assert name_at("https://host:8/.well-known/agent-card.json") == "host:8"


def test_an_address_is_a_model_too_so_that_a_cell_can_name_it() -> None:
    agent = Agent("x", "a2a:http://host/ada/")
    assert isinstance(agent.runtime, A2aAgent)
    assert agent.spec["model"] == Agent("y", a2a="http://host/ada/").spec["model"]
    with pytest.raises(ValidationError, match="the address of an agent"):
        Agent("z", "a2a:nowhere")


@pytest.mark.parametrize(
    "url", ["", "host/agents/x", "ftp://host/", "https://u:p@host/", "http://host/?token=1"]
)
def test_what_is_no_plain_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ValidationError, match="expected the address of an agent") as caught:
        Agent("x", a2a=url)
    assert "u:p" not in str(caught.value)


def test_an_agent_elsewhere_has_no_model_here() -> None:
    with pytest.raises(ValidationError, match="those of the agent at the other side"):
        Agent("x", "openai:gpt-5-mini", a2a="http://host/")


def test_a_token_that_is_not_set_says_which() -> None:
    with pytest.raises(AuthenticationError, match="NO_SUCH_TOKEN"):
        Address(url="http://host/", token="${NO_SUCH_TOKEN}").secret()


def test_both_files_can_name_an_agent_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ADA_TOKEN", "t")
    text = 'agents:\n  ada:\n    a2a: "http://host/ada/"\n    token: "${ADA_TOKEN}"\n'
    for name in ("cellspeak.yaml", "agents.yaml"):
        (tmp_path / name).write_text(text)
    assert Agent.fetch("ada").model == "a2a:http://host/ada/"
    (served,) = load_settings(tmp_path / "agents.yaml").agents
    assert served.model == "a2a:http://host/ada/"
    (tmp_path / "cellspeak.yaml").write_text(text.replace("${ADA_TOKEN}", "plain"))
    with pytest.raises(ValidationError, match="an environment variable"):
        Agent.fetch("eve")


@pytest.mark.parametrize("state", [None, b"", b"[]", b"nonsense", b'{"turn": 3, "heard": 4}'])
async def test_a_state_that_cannot_be_read_is_none(state: bytes | None) -> None:
    async def read(_sha256: str) -> bytes:
        return b""

    turn = Turn(id="s.1")
    request = TurnRequest(conversation=Conversation(), turn=turn, state=state, read_blob=read)
    place = place_of(request)
    assert (place.context, place.task, place.heard) == ("", "", {})
