"""`cellspeak call` and its companions, as processes: what goes where, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cellspeak.agent import Agent
from cellspeak.agents.demo import demo_agent
from cellspeak.agents.scripted import Fail, Say
from cellspeak.cli.app import app
from cellspeak.server.access import AccessRules, Token
from tests.server.serving import GATED, agent_of, serving

from .running import COMMAND, PATIENCE, run, surroundings

KEY = {"CELLSPEAK_API_KEY": "k1"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    agents = [
        Agent("demo", runtime=demo_agent(name="demo", pace=0)),
        agent_of([Say("\x1b[2Jone. ", pieces=3), Say("two.", pieces=2)], "talker"),
        agent_of([Say("so far"), Fail("it broke")], "broken"),
        agent_of(GATED, "gated"),
    ]
    rules = AccessRules(tokens=[Token(name="team", token="k1")])
    with serving(agents, rules=rules) as address:
        yield address


def inside(*args: str, **env: str) -> Result:
    """Run the command in this process: a start of its own costs a second."""
    return CliRunner(env=env).invoke(app, args)


def test_the_reply_goes_to_stdout_and_nothing_else_does(tmp_path: Path, address: str) -> None:
    done = run("call", "talker", "hi", "-s", address, cwd=tmp_path, **KEY)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[2Jone. two.\n", "")
    quiet = run("call", "talker", "hi", "--no-stream", "-s", address, cwd=tmp_path, **KEY)
    assert quiet.stdout == done.stdout


def test_a_prompt_comes_through_a_pipe_and_a_session_goes_on(tmp_path: Path) -> None:
    told = run("call", "demo", "-", cwd=tmp_path, stdin="My name is Alice\n")
    assert (told.returncode, told.stderr) == (0, "")
    listed = run("sessions", "--json", "--agent", "demo", cwd=tmp_path)
    session = json.loads(listed.stdout.splitlines()[0])["session_id"]
    asked = run("call", "demo", "What is my name?", "--session", session, cwd=tmp_path)
    assert "Your name is Alice" in asked.stdout
    kept = run("export", session, "talk.txt", cwd=tmp_path)
    assert (kept.returncode, kept.stdout, kept.stderr) == (0, "", "wrote talk.txt\n")
    assert "Your name is Alice" in (tmp_path / "talk.txt").read_text(encoding="utf-8")
    again = run("export", session, "talk.txt", cwd=tmp_path)
    assert again.returncode == 2
    assert "talk.txt exists" in again.stderr
    task = run("task", "get", f"{session}.2", cwd=tmp_path)
    assert (task.returncode, task.stderr) == (0, "complete\n")
    assert "Your name is Alice" in task.stdout


def test_events_come_as_lines_of_json(address: str) -> None:
    done = inside("call", "talker", "hi", "--json", "-s", address, **KEY)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [e["seq"] for e in events] == list(range(events[0]["seq"], events[-1]["seq"] + 1))
    assert {"message_posted", "message_delta", "message_complete"} <= {e["type"] for e in events}
    assert events[-1]["data"]["status"] == "Idle"


def test_how_it_ended_is_the_exit_code(address: str) -> None:
    broken = inside("call", "broken", "hi", "-s", address, **KEY)
    assert (broken.exit_code, broken.stdout) == (1, "so far\n")
    assert broken.stderr.startswith("cellspeak: ")
    nobody = inside("call", "nobody", "hi", "-s", address, **KEY)
    assert nobody.exit_code == 2
    assert "There are: demo, talker, broken, gated" in nobody.stderr
    assert inside("call", "demo", "hi", "-s", address, CELLSPEAK_API_KEY="").exit_code == 4
    gone = inside("list", "--server", "http://127.0.0.1:9")
    assert gone.exit_code == 4
    assert "is it running?" in gone.stderr


def test_an_approval_ends_it_unless_a_policy_decides(address: str) -> None:
    asked = inside("call", "gated", "go", "-s", address, **KEY)
    assert (asked.exit_code, asked.stdout) == (3, "I will delete it.\n")
    assert 'delete_file needs your approval: {"path":"report.txt"}' in asked.stderr
    session = asked.stderr.split("--session ")[1].strip()
    where = ("--server", address, "--token", "k1")
    assert inside("task", "get", f"{session}.1", *where).exit_code == 3
    stopped = inside("task", "cancel", f"{session}.1", *where)
    assert (stopped.exit_code, stopped.stderr) == (0, "stopped; what was said is kept\n")
    assert inside("task", "get", f"{session}.1", *where).exit_code == 1
    for policy, last in (("allow", "Done."), ("deny", "Then not.")):
        done = inside("call", "gated", "go", "--on-approval", policy, *where)
        assert (done.exit_code, done.stdout) == (0, f"I will delete it.\n\n{last}\n")


def test_an_interrupt_stops_the_turn_and_keeps_what_was_said(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "call", "demo", "Work for 60 seconds", "--json"],
        cwd=tmp_path,
        env=surroundings(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["type"] == "tool_call":
                break
        process.send_signal(signal.SIGINT)
        rest, problems = process.communicate(timeout=PATIENCE)
    assert (process.returncode, problems) == (130, "cellspeak: stopped; what was said is kept\n")
    ended = [json.loads(line) for line in rest.splitlines()]
    assert [e["data"]["status"] for e in ended if e["type"] == "message_complete"] == [
        "interrupted"
    ]


AGENTS = """\
agents:
  Ada: {instructions: "Help."}
  Bot: {kind: chatbot}
sessions: {store: "memory"}
"""


def test_a_file_names_the_agents_of_this_process(tmp_path: Path) -> None:
    (tmp_path / "agents.yaml").write_text(AGENTS, encoding="utf-8")
    listed = run("list", "-c", "agents.yaml", cwd=tmp_path)
    assert listed.stdout.splitlines() == [
        "NAME  KIND     MODEL",
        "Ada   agent    scripted:demo",
        "Bot   chatbot  scripted:demo",
    ]
    told = run("info", "Ada", "-c", "agents.yaml", "--json", cwd=tmp_path)
    assert json.loads(told.stdout)["instructions"] == "Help."
    run("call", "Ada", "hi", "-c", "agents.yaml", cwd=tmp_path)
    assert not (tmp_path / "sessions.db").exists()


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["list", "-c", "a.yaml", "-s", "http://x"], "expected --config or --server; got both"),
        (["list", "--token", "t"], "agents of this process need no token"),
        (["call", "demo", "hi", "--json", "--no-stream"], "expected --json alone"),
        (["call", "demo", "hi", "--on-approval", "maybe"], "expected --on-approval ask, deny or"),
        (["export", "x", "talk.doc"], "expected the format md, txt, html, json; got 'doc'"),
        (["export", "x", "talk.md", "--format", "html"], "expected --format md, as talk.md says"),
        (["task", "get", "x"], "a session's id with a dot and a number; got 'x'"),
        (["call", "demo", "  "], "got only white space"),
    ],
)
def test_what_excludes_each_other_or_cannot_be_used_is_one_line(args: list[str], why: str) -> None:
    done = inside(*args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert why in done.stderr
