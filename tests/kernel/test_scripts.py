"""Programs without a notebook: a script and `ipython -c` say what they have to say, and end."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.kernel

PROMPT = 3.0
"""Seconds that the exit may take after the work is done."""

DONE = "import time; print('done at', time.time())\n"

QUICK = """
import asyncio
from cellspeak import Agent

Agent(name="Researcher", model="scripted:demo")

async def main():
    agent = Agent.fetch(name="Researcher")
    async with await agent.create_session() as session:
        await session.send({prompt!r})
        async for event in session.listen():
            if event.requires_action:
                await session.respond(event, approved=True)
            if event.is_complete:
                print(event.text)
                break

asyncio.run(main())
"""

ASK = """
from cellspeak import Agent, ActionRequiredError, Session
import asyncio
session = asyncio.run(Agent("me").create_session())
print(session.ask("My name is Alice").text)
print(Session(session.session_id).ask("What is my name?").text)
try:
    session.ask("delete the file a.txt")
except ActionRequiredError as error:
    print(error)
"""

ABANDONED = """
from cellspeak import Agent, thread
session = thread.run(Agent("me").create_session())
thread.run(session.send("work for 60 seconds"))
"""

RUN = """
import asyncio
from cellspeak import Agent
print(asyncio.run(Agent("me").run("What is 12 * 12?")))
"""


@dataclass(frozen=True)
class Ended:
    """How a program ended; `exit` is the seconds from its last line to its end."""

    code: int
    out: str
    err: str
    exit: float


def run(folder: Path, *command: str) -> Ended:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    end = time.time()
    at = [line for line in done.stdout.splitlines() if line.startswith("done at ")]
    last = float(at[-1].split()[-1]) if at else end
    return Ended(done.returncode, done.stdout, done.stderr, end - last)


def script(folder: Path, code: str) -> Ended:
    path = folder / "script.py"
    path.write_text(code + DONE, encoding="utf-8")
    return run(folder, str(path))


def ipython(folder: Path, code: str) -> Ended:
    return run(folder, "-m", "IPython", "--no-banner", "-c", code + "\n" + DONE)


def assert_ended_well(ended: Ended) -> None:
    assert (ended.code, ended.err) == (0, "")
    assert ended.exit < PROMPT


@pytest.mark.parametrize(
    ("prompt", "said"),
    [("What is 12 * 12?", "**144**"), ("Delete the file report.txt", "report.txt")],
)
def test_the_quick_start_as_a_script(tmp_path: Path, prompt: str, said: str) -> None:
    ended = script(tmp_path, QUICK.format(prompt=prompt))
    assert_ended_well(ended)
    assert said in ended.out


def test_asking_without_await_in_a_script(tmp_path: Path) -> None:
    ended = script(tmp_path, ASK)
    assert_ended_well(ended)
    assert "Your name is Alice" in ended.out
    assert "waits for your approval (delete_file) and nobody can be asked here" in ended.out


def test_running_once_in_a_script(tmp_path: Path) -> None:
    ended = script(tmp_path, RUN)
    assert_ended_well(ended)
    assert "**144**" in ended.out


def test_a_turn_that_still_runs_does_not_hold_the_exit(tmp_path: Path) -> None:
    assert_ended_well(script(tmp_path, ABANDONED))


def test_an_interrupted_script_ends_with_an_interrupt(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(
        "import os, signal, threading\nfrom cellspeak import Agent, thread\n"
        "session = thread.run(Agent('me').create_session())\n"
        "threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "try:\n    session.ask('work for 60 seconds')\n"
        "except KeyboardInterrupt:\n"
        "    print([t.status for t in thread.run(session.conversation()).path])\n" + DONE,
        encoding="utf-8",
    )
    ended = run(tmp_path, str(path))
    assert_ended_well(ended)
    assert "['cancelled']" in ended.out


def test_the_magics_in_ipython(tmp_path: Path) -> None:
    code = (
        "%load_ext cellspeak\n"
        "%chat What is 12 * 12?\n"
        "%chat --into x delete the file a.txt\n"
        "print(x.turn.status)"
    )
    ended = ipython(tmp_path, code)
    assert_ended_well(ended)
    assert "**144**" in ended.out
    assert "denied delete_file: nobody was there to ask (on_unattended)" in ended.out
    assert "complete" in ended.out


def test_awaiting_in_ipython(tmp_path: Path) -> None:
    code = (
        "from cellspeak import Agent\n"
        "session = await Agent('me').create_session()\n"
        "receipt = await session.send('What is 12 * 12?')\n"
        "print((await session.settled(receipt.turn_id)).text)\n"
        "print(session.ask('What is 1 + 1?').text)"
    )
    ended = ipython(tmp_path, code)
    assert_ended_well(ended)
    assert "**144**" in ended.out
    assert "**2**" in ended.out
