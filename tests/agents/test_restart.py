"""A process asks for an approval and dies; another one answers it, with every runtime."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cellspeak.agents.scripted import Say
from cellspeak.stores.sql import SqlStore
from tests.agents.stories import RUNTIMES, Add, Delete, Story, Told
from tests.agents.test_contract import answer_all, check_whole, later
from tests.engine.talk import talking

ROOT = Path(__file__).resolve().parents[2]
STORY: Story = [
    [Say("I add. ", 1), Add("c1", 1, 2)],
    [Say("Shall I?", 1), Delete("c2", "a.txt")],
    [Say("Done.", 1)],
]


async def ask_and_die(runtime: str, path: Path) -> None:
    async with talking(RUNTIMES[runtime](Told(STORY)), store=SqlStore.sqlite(path)) as talk:
        receipt = await talk.post("go")
        await talk.pending()
        sys.stdout.write(f"{talk.session_id} {receipt.turn_id}\n")
        sys.stdout.flush()
        os._exit(9)  # nothing is closed, nothing is given back


@pytest.mark.parametrize("runtime", list(RUNTIMES))
async def test_a_dead_process_question_is_answered_in_another(runtime: str, tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    RUNTIMES[runtime](Told(STORY))  # what it is told by must outlive that process
    died = subprocess.run(  # noqa: ASYNC221 - nothing else runs here meanwhile
        [sys.executable, "-m", "tests.agents.test_restart", runtime, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert died.returncode == 9, died.stderr
    session_id, turn_id = died.stdout.split()
    told = Told(STORY, answer="edited")
    async with later(path, RUNTIMES[runtime](told), session_id) as talk:
        await answer_all(talk, turn_id, approved=True)
        turn = await talk.ended(turn_id)
        check_whole(turn, await talk.log())
    assert (turn.status, turn.text) == ("complete", "I add. \n\nShall I?\n\nDone.")
    (deletion,) = [c for c in turn.tool_calls.values() if c.tool_name == "delete"]
    assert (deletion.status, deletion.args) == ("done", {"path": "not a.txt"})


if __name__ == "__main__":
    asyncio.run(ask_and_die(sys.argv[1], Path(sys.argv[2])))
