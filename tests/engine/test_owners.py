"""Who runs a session: after a restart, beside another process, and after one was killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from cellspeak.agents.scripted import Say, Script, ScriptedAgent, Wait
from cellspeak.core.commands import Terminate
from cellspeak.core.fold import fold
from cellspeak.engine import Engine
from cellspeak.errors import ApprovalError, SessionNotFoundError
from cellspeak.stores.sql import SqlStore
from tests.engine.predecessor import SCRIPTS
from tests.engine.talk import GATED, Talk, talking, words


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@asynccontextmanager
async def resumed(file: Path, script: Script, session_id: str) -> AsyncIterator[Talk]:
    """Open the session in another engine over the same file."""
    engine = Engine(SqlStore.sqlite(file), lambda _: ScriptedAgent(script), lease=1.5)
    try:
        yield Talk(engine, session_id)
    finally:
        await engine.aclose()


# Restart


async def test_an_approval_survives_a_restart_and_is_answered_after_it(file: Path) -> None:
    async with talking(GATED, store=SqlStore.sqlite(file)) as talk:
        turn_id = (await talk.post()).turn_id
        asked = await talk.pending()
    async with resumed(file, GATED, talk.session_id) as later:
        approval = await later.pending()
        assert approval.request == asked.request
        await later.answer(approval)
        turn = await later.ended(turn_id)
        assert turn.text == "I will delete it.\n\nDone."
        with pytest.raises(ApprovalError, match="approved already"):
            await later.answer(approval)
        log = await later.log()
        assert words(log).count("complete") == 1
    async with resumed(file, GATED, talk.session_id) as last:
        assert not (await last.conversation()).turns.live  # and it never comes alive again


async def test_a_running_turn_ends_as_interrupted_when_its_engine_closes(file: Path) -> None:
    script: Script = [Say("one two "), Wait(60)]
    async with talking(script, store=SqlStore.sqlite(file)) as talk:
        turn_id = str((await talk.post()).turn_id)
        await talk.post("queued")
        await talk.until(lambda c: c.turns[turn_id].text == "one two ")
    async with resumed(file, [Say("hello")], talk.session_id) as later:
        conversation = await later.until(lambda c: not c.turns.live)
        first, second = conversation.turns.values()
        assert (first.status, first.text) == ("cancelled", "one two ")
        assert (second.status, second.text) == ("complete", "hello")  # the queue goes on
        assert await later.log() == await later.listen(until=lambda e: e.seq == conversation.seq)


async def test_a_session_ended_before_the_restart_stays_ended(file: Path) -> None:
    async with talking(GATED, store=SqlStore.sqlite(file)) as talk:
        await talk.ask(on_approval="deny")
        await talk.engine.send(Terminate(session_id=talk.session_id, client_id="end"))
    async with resumed(file, GATED, talk.session_id) as later:
        with pytest.raises(SessionNotFoundError, match="was terminated; its content is gone"):
            await later.conversation()


# Two at the same time


async def test_a_second_engine_posts_listens_approves_and_stops_through_the_owner(
    file: Path,
) -> None:
    async with (
        talking(GATED, store=SqlStore.sqlite(file)) as owner,
        resumed(file, [Say("not asked")], owner.session_id) as guest,
    ):
        listening = asyncio.create_task(guest.listen(until=lambda e: e.is_turn_end))
        receipts = await asyncio.gather(
            *(guest.engine.send(guest.post_of("hi", client_id="same")) for _ in range(3))
        )
        assert len({r.turn_id for r in receipts}) == 1
        await guest.answer(await guest.pending())
        heard = await listening
        assert fold(heard) == fold(await owner.listen(until=lambda e: e.is_turn_end))
        turn = await guest.ended(receipts[0].turn_id)
        assert turn.text == "I will delete it.\n\nDone."
        with pytest.raises(ApprovalError, match="approved already by the user"):
            await guest.answer(next(iter(turn.approvals.values())))
        second = await owner.post("again")
        await owner.pending()
        await guest.cancel(second.turn_id)
        assert (await owner.ended(second.turn_id)).status == "cancelled"
        assert await guest.conversation() == await owner.conversation()


async def test_closing_the_owner_hands_the_session_over_with_its_question(file: Path) -> None:
    async with talking(GATED, store=SqlStore.sqlite(file)) as owner:
        turn_id = (await owner.post()).turn_id
        approval = await owner.pending()
        async with resumed(file, GATED, owner.session_id) as guest:
            listening = asyncio.create_task(guest.listen(until=lambda e: e.is_turn_end))
            await guest.pending()
            await owner.engine.aclose()
            await guest.answer(approval)
            assert (await guest.ended(turn_id)).status == "complete"
            heard = await listening
            assert [e.seq for e in heard] == list(range(1, len(heard) + 1))


async def test_an_owner_that_lost_its_lease_stops_and_its_readers_go_on(file: Path) -> None:
    async with talking(GATED, store=SqlStore.sqlite(file), lease=0.3) as owner:
        turn_id = (await owner.post()).turn_id
        approval = await owner.pending()
        listening = asyncio.create_task(owner.listen(until=lambda e: e.is_turn_end))
        await owner.engine.store.release(owner.engine._live[owner.session_id].log.lease)
        async with resumed(file, GATED, owner.session_id) as thief:
            await thief.conversation()
            await asyncio.sleep(0.3)  # the owner finds out when it renews
            await owner.answer(approval)  # which goes to the new owner now
            assert (await thief.ended(turn_id)).status == "complete"
            heard = await listening
            assert fold(heard) == await thief.conversation()


# A dead predecessor


@contextmanager
def running(file: Path, script: str, *, until: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a process that owns a session; give its id once it has printed *until*."""
    program = [sys.executable, str(Path(__file__).with_name("predecessor.py")), str(file), script]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            session_id = process.stdout.readline().strip()
            while until not in (line := process.stdout.readline()):
                assert line, "the predecessor ended by itself"
            yield session_id, process
        finally:
            process.kill()


async def test_a_process_killed_in_mid_stream_leaves_an_interrupted_turn(file: Path) -> None:
    with running(file, "streaming", until="message_delta") as (session_id, process):
        process.kill()
        process.wait()
    async with resumed(file, [Say("hello")], session_id) as later:
        conversation = await later.until(lambda c: not c.turns.live)
        first, second = conversation.turns.values()
        assert first.status == "failed"
        assert first.text.startswith("one ")
        assert "stopped before it was done; ask again" in str(first.error)
        assert (second.status, second.text) == ("complete", "hello")
        log = await later.log()
        assert fold(log) == conversation
        assert [e.is_complete for e in log if e.turn_id == first.id].count(True) == 1


async def test_a_process_killed_while_it_asks_leaves_a_question_to_answer(file: Path) -> None:
    with running(file, "asking", until="AwaitingApproval") as (session_id, process):
        async with resumed(file, SCRIPTS["asking"], session_id) as later:
            approval = await later.pending()  # while the other one lives, as a guest
            process.kill()
            process.wait()
            await later.answer(approval)
            turn = await later.ended(f"{session_id}.1")
            assert turn.text == "May I?\n\nDone."
            assert [c.status for c in turn.tool_calls.values()] == ["done"]


async def test_a_command_left_for_an_owner_that_dies_is_taken_by_its_heir(file: Path) -> None:
    with running(file, "streaming", until="message_delta") as (session_id, process):
        process.send_signal(19)  # SIGSTOP: it lives, but answers nothing
        async with resumed(file, [Say("hello")], session_id) as later:
            posting = asyncio.create_task(later.post("anybody there?"))
            await asyncio.sleep(0.5)
            process.kill()
            process.wait()
            receipt = await posting
            assert (await later.ended(receipt.turn_id)).text == "hello"
