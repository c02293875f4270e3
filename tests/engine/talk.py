"""A real engine with one scripted agent, and short words for what its log says."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cellspeak.agents.base import AgentRuntime, Output, TurnRequest
from cellspeak.agents.scripted import Ask, Call, Say, Script, ScriptedAgent, Step
from cellspeak.core.commands import Cancel, Create, Post, Receipt, Respond
from cellspeak.core.conversation import Approval, Conversation, Turn
from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.fold import fold
from cellspeak.core.rules import Limits
from cellspeak.engine import Engine
from cellspeak.stores.base import Store
from cellspeak.stores.memory import MemoryStore

__all__ = ["GATED", "Clock", "Fake", "Talk", "talking", "words"]

SPEC: Data = {"kind": "agent", "name": "tester", "model": "scripted:test"}

DELETE = Call("delete_file", {"path": "report.txt"}, run=lambda args: {"deleted": args["path"]})
GATED: list[Step] = [
    Say("I will delete it."),
    Ask(DELETE, then=[Say("Done.")], denied=[Say("Then not.")]),
]


@dataclass
class Clock:
    """Seconds since 1970, moved on by hand."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Fake:
    """An agent runtime that is one function."""

    play: Callable[[TurnRequest], AsyncIterator[Output]]

    def answer(self, request: TurnRequest) -> AsyncIterator[Output]:
        return self.play(request)


@dataclass
class Talk:
    """One session of an engine."""

    engine: Engine
    session_id: str = ""
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def create(self) -> Talk:
        receipt = await self.engine.send(Create(agent=SPEC, client_id=self.new_id()))
        self.session_id = receipt.session_id
        return self

    def new_id(self) -> str:
        return f"client-{id(self)}-{next(self.ids)}"

    def post_of(self, text: str = "go", **options: Any) -> Post:
        message = {
            "content": text,
            **({"files": options.pop("files")} if "files" in options else {}),
        }
        options.setdefault("client_id", self.new_id())
        return Post(session_id=self.session_id, messages=(message,), **options)

    async def post(self, text: str = "go", **options: Any) -> Receipt:
        return await self.engine.send(self.post_of(text, **options))

    async def answer(self, approval: Approval, *, approved: bool = True, **options: Any) -> Receipt:
        options.setdefault("client_id", self.new_id())
        return await self.engine.send(
            Respond(
                session_id=self.session_id,
                request_id=approval.request_id,
                approved=approved,
                **options,
            )
        )

    async def cancel(self, turn_id: str | None = None, **options: Any) -> Receipt:
        options.setdefault("client_id", self.new_id())
        return await self.engine.send(
            Cancel(session_id=self.session_id, turn_id=turn_id, **options)
        )

    async def conversation(self) -> Conversation:
        return await self.engine.conversation(self.session_id)

    async def log(self) -> list[SessionEvent]:
        """Return all events up to now, as a reader from the start gets them."""
        end = (await self.conversation()).seq
        return await self.listen(until=lambda e: (e.seq or 0) >= end) if end else []

    async def listen(
        self, *, until: Callable[[SessionEvent], bool], after: int = 0
    ) -> list[SessionEvent]:
        found = []
        async with aclosing(self.engine.events(self.session_id, after)) as events:
            async for event in events:
                found.append(event)
                if until(event):
                    break
        return found

    async def until(self, done: Callable[[Conversation], object]) -> Conversation:
        conversation = await self.conversation()
        if done(conversation):
            return conversation
        events: list[SessionEvent] = []
        await self.listen(
            until=lambda e: bool(done(fold([*_noted(events, e)], conversation))),
            after=conversation.seq,
        )
        return fold(events, conversation)

    async def ended(self, turn_id: str | None) -> Turn:
        """Return the turn when it is idle (or cancelled before it began)."""
        key = str(turn_id)
        return (await self.until(lambda c: c.turns[key].idle)).turns[key]

    async def pending(self) -> Approval:
        """Return the first question that waits for an answer."""

        def asked(c: Conversation) -> bool:
            return c.open_turn is not None and bool(c.open_turn.pending)

        turn = (await self.until(asked)).open_turn
        assert turn is not None
        return turn.pending[0]

    async def ask(self, text: str = "go", **options: Any) -> Turn:
        return await self.ended((await self.post(text, **options)).turn_id)


def _noted(events: list[SessionEvent], event: SessionEvent) -> list[SessionEvent]:
    events.append(event)
    return events


@asynccontextmanager
async def talking(
    agent: Script | AgentRuntime,
    *,
    store: Store | None = None,
    limits: Limits | None = None,
    **options: Any,
) -> AsyncIterator[Talk]:
    """Open a session with *agent* in an engine of its own; close the engine at the end."""
    runtime = agent if hasattr(agent, "answer") else ScriptedAgent(agent)
    engine = Engine(store or MemoryStore(), lambda _: runtime, limits=limits, **options)
    try:
        yield await Talk(engine).create()
    finally:
        async with asyncio.timeout(10):
            await engine.aclose()


def words(events: Sequence[SessionEvent]) -> list[str]:
    """Return each event as one word: its type, and what tells it from others of its type.

    Neighbouring deltas are one word.
    """
    found = [_word(e) for e in events]
    return [w for i, w in enumerate(found) if w not in ("delta", "thinking") or found[i - 1] != w]


def _word(event: SessionEvent) -> str:
    match event.type:
        case "participant_status" | "message_complete" | "tool_call":
            return str(event.status)
        case "message_delta":
            return "delta"
        case "message_streaming":
            return "closed"
        case "approval_resolved":
            return "approved" if event.data["approved"] else "refused"
        case "thinking":
            return "thought" if event.data.get("done") else "thinking"
        case _:
            return event.type
