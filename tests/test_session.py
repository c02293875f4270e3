"""The session handle, as people hold it: in scripts, in tasks and across threads."""

from __future__ import annotations

import asyncio
import io
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from cellspeak import thread
from cellspeak.agent import Agent
from cellspeak.agents.scripted import Ask, Call, Fail, Say, Script, ScriptedAgent, Wait
from cellspeak.core.events import SessionEvent
from cellspeak.errors import (
    ActionRequiredError,
    NotFoundError,
    SessionError,
    SessionNotFoundError,
    TurnFailedError,
    ValidationError,
)
from cellspeak.history import Reply
from cellspeak.session import Session
from cellspeak.waiting import set_attendant

HELLO: Script = [Say("hello there")]
GATED: Script = [Ask(Call("drop", {"n": 1}, result=1), then=[Say("Done.")], denied=[Say("No.")])]
_names = (f"tester-{n}" for n in itertools.count())


def an_agent(script: Script = HELLO) -> Agent:
    return Agent(next(_names), runtime=ScriptedAgent(script))


@pytest.fixture
async def session() -> AsyncIterator[Session]:
    async with await an_agent().create_session() as made:
        yield made


async def heard(session: Session, **options: object) -> list[SessionEvent]:
    """Return what one `listen` yields up to the end of a turn."""
    found = []
    async with aclosing(session.listen(**options)) as events:  # type: ignore[arg-type]  # as given
        async for event in events:
            found.append(event)
            if event.is_turn_end:
                break
    return found


def prompts(events: list[SessionEvent]) -> list[str]:
    return [e.data["messages"][0]["content"] for e in events if e.type == "message_posted"]


# The quick start

QUICK_START = """
import asyncio
from cellspeak import Agent, LLMInfo

Agent(name="Researcher", model="scripted:demo")

async def main():
    agent = Agent.fetch(name="Researcher")
    async with await agent.create_session() as session:
        await session.send("Summarise the latest Apollo mission.")
        async for event in session.listen():
            if event.is_complete:
                print(event.text)
                break

asyncio.run(main())
"""


def run_script(text: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_quick_start_runs_as_a_script(tmp_path: Path) -> None:
    assert "a scripted demo and no language model" in run_script(QUICK_START, tmp_path)


def test_a_script_asks_without_await_and_keeps_nothing_open(tmp_path: Path) -> None:
    text = """
from cellspeak import Agent, Session
import threading
import time
session = Session(agent=Agent("demo", "scripted:demo").spec)
print(session.ask("What is 12 * 12?").text)
"""
    assert "144" in run_script(text, tmp_path)


# Life


async def test_a_session_is_awaitable_a_context_and_connected_in_between() -> None:
    session = await Session(agent=an_agent().spec)
    seen = [session.is_connected]
    await session.disconnect()
    seen.append(session.is_connected)
    async with session as same:
        assert same is session
        seen.append(session.is_connected)
    assert [*seen, session.is_connected] == [True, False, True, False]


async def test_a_session_is_resumed_by_its_id_alone(session: Session) -> None:
    await session.send("hi")
    await heard(session)
    await session.disconnect()
    again = await Session(session_id=session.session_id)
    assert [m.text for m in await again.get_messages()] == ["hi", "hello there"]
    assert await heard(again, after=0) == await heard(session, after=0)


async def test_a_session_without_id_or_agent_is_refused() -> None:
    with pytest.raises(ValidationError, match="expected a session_id to resume; for a new"):
        Session()
    with pytest.raises(SessionError, match="has no id yet"):
        _ = Session(agent={"name": "x"}).session_id


async def test_an_unknown_and_a_terminated_session_are_told_apart(session: Session) -> None:
    with pytest.raises(SessionNotFoundError, match="there is none called 'nope'"):
        await Session("nope")
    await session.terminate()
    assert not session.is_connected
    with pytest.raises(SessionNotFoundError, match="was terminated; its content is gone"):
        await Session(session.session_id)


async def test_connecting_twice_at_once_makes_one_session() -> None:
    agent = an_agent()
    session = Session(agent=agent.spec)
    await asyncio.gather(*(session.connect() for _ in range(5)))
    found = [r for r in await session.transport.sessions() if r.agent["name"] == agent.name]  # type: ignore[attr-defined]  # of the local one
    assert len(found) == 1


# Where `listen` starts


async def test_nothing_between_send_and_listen_is_lost(session: Session) -> None:
    receipt = await session.send("hi")
    await session.settled(str(receipt.turn_id))
    events = await heard(session)
    assert prompts(events) == ["hi"]
    assert events[-1].is_turn_end


async def test_a_new_handle_starts_behind_the_last_finished_turn(session: Session) -> None:
    await session.send("old")
    await heard(session)
    later = await Session(session.session_id)
    await later.send("new")
    assert prompts(await heard(later)) == ["new"]


async def test_a_new_handle_sees_the_open_turn_and_its_question_and_nothing_older() -> None:
    session = await an_agent(GATED).create_session()
    await session.send("old", on_approval="deny")
    await heard(session)
    receipt = await session.send("open")
    await session.settled(str(receipt.turn_id))
    later = await Session(session.session_id)
    async for event in later.listen():
        if event.requires_action:
            await later.respond(event, approved=True)
        if event.type == "message_posted":
            assert event.turn_id == receipt.turn_id
        if event.is_turn_end:
            break


async def test_each_listen_goes_on_where_an_earlier_one_stopped(session: Session) -> None:
    await session.send("one")
    async for event in session.listen():
        if event.is_complete:
            break
    # At once, before the loop had a chance to close the generator that was left behind.
    reader = session.listen()
    following = await anext(reader)
    assert following.seq == (event.seq or 0) + 1
    await reader.aclose()


async def test_what_a_listen_filtered_out_does_not_come_again(session: Session) -> None:
    await session.send("one")
    async for event in session.listen(event_types=["message_complete"]):
        assert event.type == "message_complete"
        break
    await session.send("two")
    events = await heard(session)
    assert (events[0].seq or 0) == (event.seq or 0) + 1


async def test_listens_at_the_same_time_are_independent(session: Session) -> None:
    await session.send("hi")
    first = session.listen()
    seen = [await anext(first), await anext(first)]
    second = session.listen()
    assert [await anext(second), await anext(second)] == seen
    rest = await asyncio.gather(heard(session), heard(session))
    assert rest[0] == rest[1]
    await first.aclose()
    await second.aclose()


async def test_after_zero_replays_everything(session: Session) -> None:
    await session.send("one")
    await heard(session)
    events = await heard(session, after=0)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))


async def test_a_slow_consumer_gets_every_event() -> None:
    session = await an_agent([Say("a b c d e f g h", pieces=8)]).create_session()
    await session.send("hi")
    text = ""
    async for event in session.listen():
        await asyncio.sleep(0.01)
        text += event.delta
        if event.is_turn_end:
            break
    assert text == "a b c d e f g h"


async def test_events_cross_to_another_thread_and_loop(session: Session) -> None:
    found: list[SessionEvent] = []

    async def elsewhere() -> None:
        found.extend(await heard(await Session(session.session_id), after=0))

    await session.send("hi")
    other = threading.Thread(target=lambda: asyncio.run(elsewhere()))
    other.start()
    other.join()  # blocks this loop: sessions live on none of the two
    assert found == await heard(session, after=0)


# Saying things


async def test_several_messages_make_one_turn(session: Session) -> None:
    receipt = await session.send_many(["one", "two"])
    turn = await session.settled(str(receipt.turn_id))
    assert len(receipt.message_ids) == 2
    assert turn.prompt == "one\n\ntwo"


async def test_files_are_attached_however_they_come(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"from a path")
    receipt = await session.send("look", files=[path, b"bytes", io.BytesIO(b"a file")])
    turn = await session.settled(str(receipt.turn_id))
    assert [f["size"] for f in turn.posts[0]["files"]] == [11, 5, 6]
    alone = await session.send(path, mime_type="text/x", filename="b.txt")
    turn = await session.settled(str(alone.turn_id))
    (file,) = turn.posts[0]["files"]
    assert (file["name"], file["mime"]) == ("b.txt", "text/x")


async def test_a_large_file_is_read_back_through_the_session(session: Session) -> None:
    content = bytes(100_000)
    receipt = await session.send("look", files=[content])
    turn = await session.settled(str(receipt.turn_id))
    assert await session.blob(turn.posts[0]["files"][0]["blob"]) == content


@pytest.mark.parametrize("content", ["", "  \n "])
async def test_white_space_is_no_message(session: Session, content: str) -> None:
    with pytest.raises(ValidationError, match="expected a message with some text"):
        await session.send(content)
    assert await session.get_messages() == []


async def test_five_megabytes_are_refused_with_the_way_out(session: Session) -> None:
    with pytest.raises(ValidationError, match="attach it as a file instead"):
        await session.send("x" * 5_000_000)


async def test_unknown_options_are_python_errors(session: Session) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        await session.send("x", colour="red")  # type: ignore[call-arg]  # that is the test


# Answering


async def test_an_approval_is_answered_with_changed_arguments() -> None:
    session = await an_agent(GATED).create_session()
    await session.send("go")
    async for event in session.listen():
        if event.requires_action:
            assert event.tool_name == "drop"
            await session.respond(event, confirm={"n": 2})
        if event.is_turn_end:
            break
    (turn,) = (await session.conversation()).path
    assert [c.args for c in turn.tool_calls.values()] == [{"n": 2}]


async def test_an_answer_to_what_asks_nothing_is_refused(session: Session) -> None:
    await session.send("go")
    event = (await heard(session))[0]
    with pytest.raises(ValidationError, match="got a message_posted event"):
        await session.respond(event, approved=True)
    asking = SessionEvent(type="approval_request", session_id="s", data={"request_id": "r"})
    with pytest.raises(ValidationError, match="expected approved=True or approved=False"):
        await session.respond(asking)


async def test_stopping_keeps_what_was_said() -> None:
    session = await an_agent([Say("one "), Wait(60)]).create_session()
    receipt = await session.send("go")
    await session.until(lambda c: bool(c.turns[str(receipt.turn_id)].text))
    await session.cancel()
    turn = await session.settled(str(receipt.turn_id))
    assert (turn.status, turn.text) == ("cancelled", "one ")
    kinds = [(m.role, m.kind) for m in await session.get_messages()]
    assert kinds == [("user", "text"), ("agent", "text"), ("agent", "turn_cancelled")]


async def test_waiting_for_a_turn_that_is_not_there_is_told_so(session: Session) -> None:
    with pytest.raises(NotFoundError, match="expected a turn of this session; got 'x'"):
        await session.settled("x")


async def test_waiting_for_a_session_that_ends_is_told_so() -> None:
    session = await an_agent([Wait(60)]).create_session()
    waiting = asyncio.create_task(session.until(lambda _: False))
    await asyncio.sleep(0.05)
    await session.terminate()
    with pytest.raises(SessionError, match="the session was terminated"):
        await waiting


# Asking and blocking


def test_ask_returns_the_reply_as_text_and_markdown() -> None:
    session = Session(agent=an_agent().spec)
    reply = session.ask("hi")
    assert isinstance(reply, Reply)
    assert str(reply) == reply.text == reply._repr_markdown_() == "hello there"
    assert reply.turn.prompt == "hi"


def test_a_reply_shown_by_the_notebook_itself_loads_no_picture_and_obeys_no_html() -> None:
    said = "![p](https://x.example/a.png?q=secret) <img src=https://x.example/b.png> **bold**"
    shown = Session(agent=an_agent([Say(said)]).spec).ask("hi")._repr_markdown_()
    assert "![" not in shown
    assert "<img" not in shown
    assert "**bold**" in shown


def test_ask_raises_for_a_failed_turn_and_names_it() -> None:
    session = Session(agent=an_agent([Fail("no words today")]).spec)
    with pytest.raises(TurnFailedError, match="no words today") as failed:
        session.ask("hi")
    assert failed.value.turn_id == f"{session.session_id}.1"


def test_ask_says_that_nobody_can_approve_and_how_to() -> None:
    session = Session(agent=an_agent(GATED).spec)
    with pytest.raises(
        ActionRequiredError, match=r"your approval \(drop\).*on_approval='allow'"
    ) as e:
        session.ask("go")
    assert e.value.session_id == session.session_id
    thread.run(session.cancel())
    assert session.ask("go", on_approval="allow").text == "Done."


def test_an_attendant_is_asked_while_ask_blocks() -> None:
    def approve(session: Session, turn: object) -> None:
        (approval,) = turn.pending  # type: ignore[attr-defined]  # a Turn
        thread.run(session.respond_approval(approval.request_id, approved=True))

    set_attendant(approve)
    try:
        assert Session(agent=an_agent(GATED).spec).ask("go").text == "Done."
    finally:
        set_attendant(None)


@pytest.mark.parametrize("delay", [0.0, 0.001, 0.05, 0.2])
def test_an_interrupt_stops_the_turn_and_keeps_its_text(delay: float) -> None:
    session = Session(agent=an_agent([Say("one "), Wait(60)]).spec)
    thread.run(session.connect())
    with pytest.raises(KeyboardInterrupt):
        ask_and_interrupt(session, delay)
    conversation = thread.run(session.until(lambda c: not c.turns.live))
    assert all(t.status == "cancelled" for t in conversation.turns.values())
    if delay == 0.2:
        assert conversation.path[0].text == "one "


def ask_and_interrupt(session: Session, delay: float) -> None:
    main = threading.get_ident()
    threading.Timer(delay, signal.pthread_kill, (main, signal.SIGINT)).start()
    session.ask("go")
    time.sleep(10)  # the signal comes late, or never


def test_an_interrupt_comes_out_even_if_the_stop_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_args: object, **_options: object) -> None:
        raise ValidationError("no")

    session = Session(agent=an_agent([Say("one "), Wait(60)]).spec)
    thread.run(session.connect())
    with monkeypatch.context() as patched:
        patched.setattr(session, "cancel", fail)
        with pytest.raises(KeyboardInterrupt):
            ask_and_interrupt(session, 0.1)
    thread.run(session.cancel())
