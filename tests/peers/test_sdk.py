"""The first seed's published client works against our server, unchanged."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cellspeak.agent import Agent, Chatbot
from cellspeak.agents.scripted import Ask, Call, Say, ScriptedAgent
from tests.server.serving import agent_of, serving

pytestmark = pytest.mark.peer

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".peers" / "bin" / "python"
SCRIPT = Path(__file__).with_name("sdk.py")

RAN: list[Any] = []
"""The arguments of the calls that ran."""

DELETE = Call("delete_file", {"path": "report.txt"}, run=lambda args: RAN.append(dict(args)))


@pytest.fixture(scope="module")
def saw(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the client saw, scene by scene."""
    agents = [
        Agent("demo"),
        agent_of([Say("Hello there, how are you?", pieces=8)], "talker"),
        agent_of([Say("I will."), Ask(DELETE, then=[Say("Done.")], denied=[Say("Not.")])], "gated"),
        Chatbot("Bot", runtime=ScriptedAgent([Say("beep")])),
    ]
    with serving(agents) as address:
        env = {
            **os.environ,
            "VECTORSHIFT_BASE_URL": f"{address}/v1",
            "VECTORSHIFT_API_KEY": "not-needed-here",
        }
        done = subprocess.run(
            [PYTHON, SCRIPT],
            env=env,
            cwd=tmp_path_factory.mktemp("sdk"),
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_its_deltas_add_up_to_the_one_complete_message(saw: dict[str, Any]) -> None:
    assert saw["deltas"]["complete"] == [saw["deltas"]["joined"]] == ["Hello there, how are you?"]
    assert saw["deltas"]["pieces"] > 1


def test_its_files_reach_the_agent(saw: dict[str, Any]) -> None:
    first, second = saw["files"]["texts"]
    assert "the cat sat" in first
    assert "the dog ran" in second


@pytest.mark.parametrize(("scene", "text"), [("confirm", "Done."), ("edited", "Done.")])
def test_its_confirm_runs_the_call(saw: dict[str, Any], scene: str, text: str) -> None:
    assert saw[scene]["asked"] == ["delete_file", {"path": "report.txt"}]
    assert saw[scene]["text"].endswith(text)
    assert saw[scene]["calls"] == [["delete_file", "running"], ["delete_file", "done"]]
    assert "approved already by the user" in saw[scene]["refused"]


def test_what_it_has_edited_is_what_runs(saw: dict[str, Any]) -> None:
    assert saw["edited"]["refused"]
    assert RAN == [{"path": "report.txt"}, {"path": "other.txt"}]


def test_its_deny_is_told_to_the_agent(saw: dict[str, Any]) -> None:
    assert saw["deny"]["text"].endswith("Not.")
    assert saw["deny"]["calls"] == [["delete_file", "denied"]]
    assert saw["waiting"]["text"].endswith("Not.")


def test_its_resumed_session_knows_what_was_said(saw: dict[str, Any]) -> None:
    reply = "Hello there, how are you?"
    assert saw["history"]["said"] == [
        [True, False, "first", "complete"],
        [False, True, reply, "complete"],
        [True, False, "second", "complete"],
        [False, True, reply, "complete"],
    ]
    assert saw["history"]["pong"] == "pong"


def test_what_is_gone_or_never_was_is_an_error_of_its_own(saw: dict[str, Any]) -> None:
    ended, never, nobody = saw["gone"]["problems"]
    assert ended.startswith("SessionError")
    assert "was terminated" in ended
    assert never.startswith("SessionError")
    assert "there is none called" in never
    assert nobody.startswith("NotFoundError")
    assert "There are: demo, talker" in nobody


def test_its_chatbot_is_one(saw: dict[str, Any]) -> None:
    assert saw["chatbot"]["text"] == "beep"
