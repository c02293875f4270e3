"""Notebooks that nobody looks at: nbclient, papermill, and front ends without a view."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.kernel.driver import FrontEnd, answers

pytestmark = pytest.mark.kernel

NEWEST = "ipykernel-7.4"
LOAD = "%load_ext cellspeak"
PATIENCE = 60


def notebook(cells: Sequence[str]) -> nbformat.NotebookNode:
    made: nbformat.NotebookNode = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c) for c in cells]
    )
    made.metadata["kernelspec"] = {"name": NEWEST, "display_name": "x", "language": "python"}
    return made


def execute(folder: Path, *cells: str, **options: Any) -> list[list[dict[str, Any]]]:
    """Run *cells* behind the one that loads the extension; return the outputs of each."""
    made = notebook([LOAD, *cells])
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(made, timeout=PATIENCE, resources=resources, **options).execute()
    return [cell.outputs for cell in made.cells[1:]]


def printed(outputs: list[dict[str, Any]]) -> str:
    return "".join(o["text"] for o in outputs if o["output_type"] == "stream")


def transcript(outputs: list[dict[str, Any]]) -> dict[str, Any]:
    (data,) = [o["data"] for o in outputs if o["output_type"] == "display_data"]
    return dict(data)


def test_a_reply_comes_as_html_and_as_the_whole_text(tmp_path: Path) -> None:
    (outputs,) = execute(tmp_path, "%%chat\nhello")
    data = transcript(outputs)
    assert set(data) == {"text/html", "text/plain"}
    assert "<table>" in data["text/html"]
    assert "hello" in data["text/plain"]
    assert "I read it back to you." in data["text/plain"]


def test_no_widget_is_made_where_nobody_could_see_it(tmp_path: Path) -> None:
    made = notebook([LOAD, "%%chat\nhello", "%chat", "%chat what is 1+1?"])
    NotebookClient(made, timeout=PATIENCE, store_widget_state=True).execute()
    assert "widgets" not in made.metadata
    assert "widget-view" not in nbformat.writes(made)


def test_a_gated_tool_is_denied_at_once_and_the_cell_says_so(tmp_path: Path) -> None:
    cells = ["%%chat\nDelete the file report.txt", "%%chat\nWhat is 12 * 12?"]
    gated, after = execute(tmp_path, *cells)
    assert printed(gated) == "denied delete_file: nobody was there to ask (on_unattended)\n"
    assert "nobody was there to approve it" in transcript(gated)["text/plain"]
    assert "144" in transcript(after)["text/plain"]


def test_a_folder_may_allow_what_nobody_is_asked(tmp_path: Path) -> None:
    (tmp_path / "cellspeak.yaml").write_text("on_unattended: allow\n", encoding="utf-8")
    (outputs,) = execute(tmp_path, "%%chat\nDelete the file report.txt")
    assert printed(outputs) == "approved delete_file: nobody was there to ask (on_unattended)\n"


def test_a_failed_turn_stops_the_run_with_one_line(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError) as caught:
        execute(tmp_path, "%%chat\nfail", "print('never')")
    assert caught.value.ename == "ChatError"
    assert "the demo agent failed because it was asked to" in caught.value.evalue
    assert "File" not in caught.value.traceback


def test_a_failed_turn_need_not_stop_the_run(tmp_path: Path) -> None:
    setting = "%config ChatMagics.on_error = 'show'"
    _, failed, after = execute(tmp_path, setting, "%%chat\nfail", "print('on')")
    assert "failed because it was asked to" in transcript(failed)["text/plain"]
    assert printed(after) == "on\n"


def test_papermill_runs_a_chat_and_goes_on(tmp_path: Path) -> None:
    path, out = tmp_path / "in.ipynb", tmp_path / "out.ipynb"
    made = notebook([LOAD, "name = 'nobody'", "%%chat\nDelete the file report.txt", "print(name)"])
    made.cells[1].metadata["tags"] = ["parameters"]
    nbformat.write(made, path)
    papermill.execute_notebook(
        str(path), str(out), {"name": "Alice"}, progress_bar=False, cwd=str(tmp_path)
    )
    done = nbformat.read(out, as_version=4)
    chat, last = (cell.outputs for cell in done.cells[-2:])
    assert "denied delete_file" in printed(chat)
    assert "report.txt" in transcript(chat)["text/html"]
    assert printed(last) == "Alice\n"


def test_without_waiting_a_cell_returns_at_once(tmp_path: Path) -> None:
    cells = ["%%chat --no-wait\nwork for 30 seconds", "%chat stop", "%%chat\nwhat is 1+1"]
    start = time.monotonic()
    first, stop, last = execute(tmp_path, *cells)
    assert time.monotonic() - start < 25
    assert printed(first).startswith("asked; ")
    assert printed(stop) == "stopped; what was said is kept\n"
    assert "2" in transcript(last)["text/plain"]


def test_ask_waits_in_a_cell(tmp_path: Path) -> None:
    make = "from cellspeak import Agent\nsession = await Agent('me').create_session()"
    ask = "print(session.ask('what is 12*12?').text)"
    gated = "print(session.ask('delete the file a.txt').text)"
    _, said, denied = execute(tmp_path, make, ask, gated)
    assert "**144**" in printed(said)
    assert "nobody was there" in printed(denied)


# The quick start, on each kernel

QUICK = """
from cellspeak import Agent

Agent(name="Researcher", model="scripted:demo")

async def main(prompt):
    agent = Agent.fetch(name="Researcher")
    async with await agent.create_session() as session:
        await session.send(prompt)
        async for event in session.listen():
            if event.requires_action:
                await session.respond(event, approved=True)
            if event.is_complete:
                print(event.text)
                break
"""


@pytest.fixture
def front_end(kernel: FrontEnd) -> FrontEnd:
    """A kernel that stands before a new session."""
    kernel.run("%load_ext cellspeak")
    kernel.run("%chat clear")
    return kernel


def test_the_quick_start_runs_in_a_cell(front_end: FrontEnd) -> None:
    front_end.run(QUICK)
    said = front_end.run("await main('Summarise the latest Apollo mission.')")
    assert "You said: `Summarise the latest Apollo mission.`" in said


def test_the_quick_start_runs_with_an_approval_on_the_way(front_end: FrontEnd) -> None:
    front_end.run(QUICK)
    assert "report.txt" in front_end.run("await main('Delete the file report.txt')")


# A front end with a prompt but no view

SHORT = """
from cellspeak.notebook import attend
attend.HELLO = 0.3
"""


def answer_prompt(kernel: FrontEnd, cell: str, text: str) -> dict[str, Any]:
    """Type *text* at the prompt that *cell* shows; returns the cell's reply."""
    message = kernel.client.get_stdin_msg(timeout=PATIENCE)
    assert answers(message, cell)
    assert "delete_file" in message["content"]["prompt"]
    kernel.client.input(text)
    return kernel.reply(cell)


@pytest.mark.parametrize(("typed", "said"), [("y", "approved"), ("n keep it", "keep it")])
def test_a_front_end_that_draws_nothing_is_asked_at_its_prompt(
    front_end: FrontEnd, typed: str, said: str
) -> None:
    front_end.run(SHORT)
    cell = front_end.start("r = %chat delete the file report.txt", allow_stdin=True)
    assert answer_prompt(front_end, cell, typed)["content"]["status"] == "ok"
    shown = front_end.run("print(*(a.resolution for a in r.turn.approvals.values()))")
    assert ("'approved': True" if said == "approved" else said) in shown


def test_ask_is_asked_at_the_prompt_too(front_end: FrontEnd) -> None:
    front_end.run("from cellspeak import Agent\ns = await Agent('me').create_session()")
    cell = front_end.start("print(s.ask('delete the file a.txt').text)", allow_stdin=True)
    answer_prompt(front_end, cell, "n")
    assert "alone" in front_end.printed(cell)


# Interrupts

ROUNDS = 34 if os.environ.get("CELLSPEAK_ALL") else 4
"""For each of two prompts and three kernels: about 200 in all, or 24."""

CHECK = """
from cellspeak import thread
from cellspeak.local import LocalTransport, engine_of_process
magics = get_ipython().find_line_magic("chat").__self__

async def look():
    engine = await engine_of_process()
    session = magics.current.session.session_id
    events = await engine.store.read(session, 0, 1_000_000)
    turns = (await engine.conversation(session)).turns.values()
    return events, [t.status for t in turns], [t.idle for t in turns]

def check():
    events, statuses, idle = thread.run(look())
    seqs = [0]
    for e in events:
        assert e.data.get("first", e.seq) <= seqs[-1] + 1, ("hole before", e.seq)
        seqs.append(e.seq)
    assert all(idle[:-1]), idle
    return statuses

async def all_idle():
    await magics.current.session.until(lambda c: all(t.idle for t in c.turns.values()))
"""


@pytest.mark.parametrize("prompt", ["write 400 words about tea", "delete the file report.txt"])
def test_interrupts_at_random_moments_leave_a_working_kernel_and_whole_turns(
    front_end: FrontEnd, prompt: str
) -> None:
    """Once in mid-stream, once while a view is waited for or a prompt is shown."""
    front_end.run("%chat --new hello")
    chance = random.Random(prompt)
    for _ in range(ROUNDS):
        cell = front_end.start(f"%%chat\n{prompt}", allow_stdin=True, stop_on_error=False)
        time.sleep(chance.random() * 0.5)
        front_end.interrupt()
        content = front_end.reply(cell)["content"]
        assert content["status"] in ("ok", "error")
        if content["status"] == "error":
            assert content["ename"] in ("ChatInterrupt", "KeyboardInterrupt"), content
            if content["ename"] == "ChatInterrupt":
                assert len(content["traceback"]) == 1
        assert front_end.run("1 + 1") == "2"
    front_end.run(CHECK)
    front_end.run("thread.run(all_idle(), timeout=10)")
    assert "running" not in front_end.run("check()")
