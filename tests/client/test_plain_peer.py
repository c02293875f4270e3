"""Our client at a server that speaks the plain frames only: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cellspeak.agents.scripted import Ask, Say, Script, Think
from cellspeak.client import Patience, Server, SocketTransport, peer
from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.fold import fold
from cellspeak.errors import (
    ApprovalError,
    NotFoundError,
    SessionDisconnectedError,
    SessionNotFoundError,
    ValidationError,
)
from cellspeak.server.websocket import Connection
from cellspeak.session import Session
from tests.server.serving import DELETE, GATED, agent_of, serving

from .plain_peer import FIRST, LAST, PlainPeer, plain_peer

SEEDS = range(500 if os.environ.get("CELLSPEAK_ALL") else 20)
QUICK = Patience(budget=20, first=0.002, most=0.005)
KEEPER = {"kind": "agent", "name": "Keeper"}
ASKED = {"path": "report.txt", "force": False}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "SETTLES", 0.05)


@asynccontextmanager
async def client(address: str, patience: Patience = QUICK) -> AsyncIterator[SocketTransport]:
    transport = SocketTransport(Server(address), patience)
    try:
        yield transport
    finally:
        await transport.aclose()


@asynccontextmanager
async def session_at(plain: PlainPeer) -> AsyncIterator[Session]:
    async with client(plain.address) as far, Session(agent=KEEPER, transport=far) as session:
        yield session


async def until(session: Session, kind: str, status: str | None = None) -> list[SessionEvent]:
    found = []
    async with asyncio.timeout(20):
        async for event in session.listen():
            found.append(event)
            if event.type == kind and status in (None, event.status):
                break
    return found


async def all_of(session: Session) -> list[SessionEvent]:
    """Return the whole log as a reader from the start sees it."""
    end = (await session.conversation()).seq
    found = []
    async for event in session.listen(after=0):
        found.append(event)
        if event.seq == end:
            break
    return found


def kinds(events: list[SessionEvent]) -> list[str]:
    """Return the words of *events*, the deltas of one message as one."""
    words = [e.status if e.type == "participant_status" else e.type for e in events]
    return [str(w) for n, w in enumerate(words) if n == 0 or w != words[n - 1]]


async def test_a_gated_turn_is_numbered_on_arrival_and_told_in_the_words_of_the_log() -> None:
    async with plain_peer() as plain, session_at(plain) as session:
        await session.send("Delete it.")
        asked = (await until(session, "approval_request"))[-1]
        assert (asked.tool_name, asked.data["args"]) == ("delete_file", ASKED)
        await session.respond(asked, confirm={"path": "other.txt"})
        await until(session, "participant_status", "Idle")
        events = await all_of(session)
        conversation = await session.conversation()
    assert plain.ran == [{"path": "other.txt", "force": False}]
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert kinds(events) == [
        "session_created",
        "message_posted",
        "Processing",
        "thinking",
        "message_delta",
        "tool_call",
        "approval_request",
        "AwaitingApproval",
        "approval_resolved",
        "tool_call",
        "Processing",
        "message_delta",
        "message_streaming",  # the reply is whole
        "thinking",  # what was left open is closed with the turn
        "message_streaming",
        "message_complete",
        "Idle",
    ]
    assert fold(events) == conversation
    (turn,) = conversation.path
    assert (turn.prompt, turn.status) == ("Delete it.", "complete")
    assert turn.text == f"{FIRST}\n\n{LAST}"
    (call,) = turn.tool_calls.values()
    assert (call.status, call.args) == ("done", {"path": "other.txt", "force": False})


async def test_a_denial_brings_its_reason() -> None:
    async with plain_peer() as plain, session_at(plain) as session:
        await session.send("Delete it.")
        asked = (await until(session, "approval_request"))[-1]
        await session.respond(asked, approved=False, deny_reason="not today")
        await until(session, "participant_status", "Idle")
        (turn,) = (await session.conversation()).path
        with pytest.raises(ApprovalError):
            await session.respond(asked, approved=True)
    assert plain.ran == []
    assert turn.text.endswith("Then not. ")
    (approval,) = turn.approvals.values()
    assert approval.resolution is not None
    assert approval.resolution["deny_reason"] == "not today"


@pytest.mark.parametrize("seed", SEEDS)
async def test_however_often_it_is_cut_off_nothing_is_lost_doubled_or_run_twice(seed: int) -> None:
    async with plain_peer(seed, cuts=0.03) as plain, session_at(plain) as session:
        for number, confirm in enumerate(({"path": "b"}, {})):
            await session.send(f"Delete {number}.")
            asked = (await until(session, "approval_request"))[-1]
            await session.respond(asked, approved=True, confirm=confirm)
            await until(session, "participant_status", "Idle")
        events = await all_of(session)
        conversation = await session.conversation()
        (kept,) = (k for k in plain.sessions.values() if k.messages)
    assert plain.cut > 0
    assert plain.ran == [{"path": "b", "force": False}, ASKED]
    assert sum("user_id" in m["sender"] for m in kept.messages) == 2
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert fold(events) == conversation
    assert [t.prompt for t in conversation.path] == ["Delete 0.", "Delete 1."]
    for turn in conversation.path:
        assert (turn.status, turn.text) == ("complete", f"{FIRST}\n\n{LAST}")
        assert [m.kind for m in turn.messages] == ["thinking", "text", "tool_call", "text"]
        assert str(turn.messages[0].text) == "Is it safe?"
        assert [c.status for c in turn.tool_calls.values()] == ["done"]
    assert sum(e.is_complete for e in events) == sum(e.is_turn_end for e in events) == 2


async def test_a_session_is_resumed_with_its_history_and_goes_on() -> None:
    async with plain_peer() as plain:
        async with session_at(plain) as session:
            await session.send_many(["Delete it.", b"the cat sat"])
            asked = (await until(session, "approval_request"))[-1]
            session_id = session.session_id
        async with client(plain.address) as far, Session(session_id, transport=far) as again:
            (turn,) = (await again.conversation()).path
            assert [p["content"] for p in turn.posts] == ["Delete it.", "file"]
            (pending,) = turn.pending
            await again.respond_approval(pending.request_id, approved=True)
            await until(again, "participant_status", "Idle")
            messages = await again.get_messages()
            assert messages[-1].text == LAST
    assert asked.tool_name == "delete_file"
    assert plain.ran == [ASKED]


async def test_what_another_client_says_and_answers_is_seen() -> None:
    async with plain_peer() as plain, session_at(plain) as session:
        async with client(plain.address) as other:
            far = Session(session.session_id, transport=other)
            await far.send("Delete it.")
            asked = (await until(session, "approval_request"))[-1]
            await far.respond((await until(far, "approval_request"))[-1], approved=True)
            await until(session, "participant_status", "Idle")
        (turn,) = (await session.conversation()).path
    assert (turn.prompt, turn.text) == ("Delete it.", f"{FIRST}\n\n{LAST}")
    assert turn.approvals[str(asked.data["request_id"])].resolution is not None
    assert plain.ran == [ASKED]


async def test_what_the_frames_cannot_say_is_refused_with_a_sentence() -> None:
    async with plain_peer() as plain, session_at(plain) as session:
        with pytest.raises(ValidationError, match=r"plain frames only.*starts a branch"):
            await session.send("again", root=True)
        with pytest.raises(ValidationError, match="cannot say cancel"):
            await session.cancel()
        await session.send("Delete it.")
        asked = (await until(session, "approval_request"))[-1]
        with pytest.raises(ValidationError, match="holds for later calls"):
            await session.respond(asked, approved=True, remember="tool")
        with pytest.raises(NotFoundError, match="bring no files"):
            await session.blob("0" * 64)
        await session.terminate()
        assert session.session_id not in plain.sessions
    assert plain.unknown == []


async def test_a_session_that_is_not_there_and_a_peer_that_goes_are_clear_errors() -> None:
    async with plain_peer() as plain:
        async with client(plain.address) as far:
            with pytest.raises(SessionNotFoundError, match="no such session"):
                await Session("nope", transport=far).connect()
        spent = Patience(budget=0.05, first=0.01, most=0.02)
        far = SocketTransport(Server(plain.address), spent)
        session = await Session(agent=KEEPER, transport=far).connect()
        listening = session.listen(after=0)
        assert (await anext(listening)).type == "session_created"
    with pytest.raises(SessionDisconnectedError, match=r"listen\(after=1\)") as lost:
        await anext(listening)
    assert lost.value.seq == 1
    await far.aclose()


async def test_a_server_of_ours_is_never_taken_for_one() -> None:
    with serving([agent_of(GATED, "Keeper")]) as address:
        async with client(address) as far, Session(agent=KEEPER, transport=far) as session:
            await session.send("go")
            await until(session, "approval_request")
            with pytest.raises(SessionNotFoundError):
                await far.conversation("nope")
            assert far._foreign is None


@pytest.mark.parametrize("seed", range(5 * len(SEEDS) // 20))
async def test_a_peer_that_tells_an_open_turn_again_after_each_loss_is_understood_too(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, send, chance = Connection._take, Connection._send, random.Random(seed)
    sent: list[Data] = []
    cuts: list[Data] = []

    async def plainly(self: Connection, text: str) -> bool:
        """Have our own server pass over what the first seed does not know."""
        frame = json.loads(text)
        known = {k: v for k, v in frame.items() if k not in ("events", "after", "client_id")}
        return await take(self, json.dumps(known))

    async def cut(self: Connection, frame: Data) -> None:
        await send(self, frame)
        sent.append(frame)
        if len(sent) == 9 or chance.random() < 0.04:
            cuts.append(frame)
            await self._socket.close(1011)

    monkeypatch.setattr(Connection, "_take", plainly)
    monkeypatch.setattr(Connection, "_send", cut)
    script: Script = [
        Think("Hm. Is it?"),
        Say(FIRST, pieces=30),
        Ask(DELETE, then=[Say(LAST, pieces=20)]),
    ]
    with serving([agent_of(script, "Keeper")]) as address:
        async with client(address) as far, Session(agent=KEEPER, transport=far) as session:
            for number in range(2):
                await session.send(f"Delete {number}.")
                asked = (await until(session, "approval_request"))[-1]
                await session.respond(asked, approved=True)
                await until(session, "participant_status", "Idle")
            path = (await session.conversation()).path
            assert far._foreign is not None
    assert cuts
    assert [t.prompt for t in path] == ["Delete 0.", "Delete 1."]
    for turn in path:
        assert (turn.status, turn.text) == ("complete", f"{FIRST}\n\n{LAST}")
        assert str(turn.messages[0].text) == "Hm. Is it?"
        assert [c.status for c in turn.tool_calls.values()] == ["done"]
