"""Errands: a real engine at one end, what a page asks at the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cellspeak import agent as agent_module
from cellspeak.agent import Agent
from cellspeak.agents.scripted import Say, ScriptedAgent
from cellspeak.errors import ConflictError
from cellspeak.notebook import errands as errands_module
from cellspeak.notebook.errands import Errands
from cellspeak.session import Session
from tests.engine.talk import Talk, talking

Message = dict[str, Any]


class Desk:
    """A chat with errands; `down` is all that was sent to its views."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.session = Session(talk.session_id, transport=talk.engine)
        self.down: list[tuple[Message, list[bytes]]] = []
        self.errands = Errands(self, lambda m, b: self.down.append((m, b)))
        self.busy = False
        self._cids = iter(f"c{n}" for n in range(1000))

    @property
    def cell_waits(self) -> bool:
        return False

    async def go_on_with(self, session: Session) -> None:
        if self.busy:
            raise ConflictError("cells belong to this conversation")
        self.session = session

    async def ask(self, what: str, *buffers: bytes, **fields: Any) -> tuple[Message, list[bytes]]:
        cid = next(self._cids)
        self.errands.receive({"t": "ask", "cid": cid, "what": what, **fields}, buffers)
        async with asyncio.timeout(10):
            while not any(m["cid"] == cid for m, _ in self.down):  # noqa: ASYNC110 - a page polls
                await asyncio.sleep(0.002)
        return self.down[-1]

    async def value(self, what: str, *buffers: bytes, **fields: Any) -> Any:
        answer, _ = await self.ask(what, *buffers, **fields)
        assert "error" not in answer, answer
        return answer["value"]


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    async with talking([Say("hello")]) as talk:
        yield Desk(talk)


async def test_sessions_are_listed_with_their_words_and_the_shown_one_is_marked() -> None:
    async with desk() as at:
        await at.talk.ask("What is tea?")
        (row,) = await at.value("sessions")
        assert (row["title"], row["current"]) == ("What is tea?", True)
        assert row["session_id"] == at.talk.session_id
        assert row["active_at"]


async def test_a_hidden_session_is_not_listed() -> None:
    async with desk() as at:
        await at.talk.engine.store.label(at.talk.session_id, {"hidden": True})
        assert await at.value("sessions") == []


async def test_another_session_is_shown_and_deleted() -> None:
    async with desk() as at:
        other = Talk(at.talk.engine)
        await other.create()
        value = await at.value("resume", session_id=other.session_id)
        assert value == {"session_id": other.session_id} == {"session_id": at.session.session_id}
        await at.value("forget", session_id=at.talk.session_id)
        await at.value("forget", session_id=at.talk.session_id)  # it is gone: that was wanted
        assert [r["session_id"] for r in await at.value("sessions")] == [other.session_id]


async def test_a_session_that_there_is_not_is_said() -> None:
    async with desk() as at:
        answer, _ = await at.ask("resume", session_id="nope")
        assert answer["error"]["code"] == "session_not_found"


async def test_an_errand_that_is_asked_twice_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_module, "_registry", {})
    Agent("other", runtime=ScriptedAgent([Say("hi")]))
    async with desk() as at:
        made: list[Session] = []

        async def create(self: Agent, **_: Any) -> Session:
            session = Session(agent=self.spec, transport=at.talk.engine)
            made.append(await session.connect())
            return session

        monkeypatch.setattr(Agent, "create_session", create)
        message = {"t": "ask", "cid": "same", "what": "new", "agent": "other"}
        for _ in range(3):
            at.errands.receive(message, [])
        async with asyncio.timeout(10):
            while not at.down:  # noqa: ASYNC110 - a page polls
                await asyncio.sleep(0.002)
        at.errands.receive(message, [])
        assert [m for m, _ in at.down] == [at.down[0][0]] * 2
        assert [s.session_id for s in made] == [at.session.session_id]


async def test_a_new_conversation_that_cannot_be_shown_is_not_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with desk() as at:
        at.busy = True

        async def create(self: Agent, **_: Any) -> Session:
            return await Session(agent=self.spec, transport=at.talk.engine).connect()

        monkeypatch.setattr(Agent, "create_session", create)
        answer, _ = await at.ask("new", agent="demo")
        assert answer["error"]["message"] == "cells belong to this conversation"
        assert len(await at.talk.engine.sessions()) == 1


@pytest.mark.parametrize("kind", ["md", "html", "json", "ipynb", "txt"])
async def test_an_export_comes_as_a_file_with_a_name(kind: str) -> None:
    async with desk() as at:
        await at.talk.ask("../../What is <tea>?")
        answer, (content,) = await at.ask("export", format=kind)
        assert answer["value"]["name"] == f"what-is-tea.{kind}"
        assert b"hello" in content
        assert kind not in ("json", "ipynb") or json.loads(content)


async def test_what_makes_no_sense_is_answered_or_passed_over() -> None:
    async with desk() as at:
        at.errands.receive({"t": "ask", "what": "sessions"}, [])
        at.errands.receive({"t": "ask", "cid": 3, "what": "sessions"}, [])
        odd: list[Message] = [{"what": "fly"}, {"what": "export", "format": "exe"}, {"what": None}]
        odd += [{"what": "part", "upload": "u", "at": -1}, {"what": "part", "upload": 1, "at": 0}]
        for fields in odd:
            answer, _ = await at.ask(**fields)
            assert answer["error"]["code"] == "protocol"
        assert len(at.down) == len(odd)


async def test_parts_of_a_file_are_counted() -> None:
    async with desk() as at:
        assert await at.value("part", b"abc", upload="u", at=0) == {"held": 3}
        assert await at.value("part", b"def", upload="u", at=3) == {"held": 6}


async def test_a_surprise_is_answered_without_its_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk() as at:

        async def burst(*_: Any) -> Any:
            raise RuntimeError("secret")

        monkeypatch.setitem(errands_module._ON_ASK, "agents", burst)
        answer, _ = await at.ask("agents")
        assert "secret" not in str(answer)
        assert "A view's errand failed" in caplog.text
