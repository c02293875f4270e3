"""Code as users write it about agents and sessions: checked by mypy and pyright, never run."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import assert_type

from cellspeak import Agent, Chat, Chatbot, LLMInfo, Reply, Session, SessionEvent
from cellspeak.agents.base import Output, TurnRequest, say
from cellspeak.core.commands import Receipt
from cellspeak.core.conversation import Conversation, Turn
from cellspeak.history import SessionMessage


async def quick_start() -> None:
    agent = Agent.fetch(name="Researcher")
    assert_type(agent, Agent)
    async with await agent.create_session() as session:
        assert_type(session, Session)
        await session.send("Summarise the latest Apollo mission.")
        async for event in session.listen():
            assert_type(event, SessionEvent)
            if event.is_complete:
                assert_type(event.text, str)
                break


async def everything_a_session_does(session: Session) -> None:
    assert_type(await session.send("hi", [Path("a.txt"), b"x"], on_approval="deny"), Receipt)
    assert_type(await session.send_many(["one", Path("two.txt")]), Receipt)
    assert_type(await session.cancel(), Receipt)
    assert_type(await session.get_messages(), list[SessionMessage])
    assert_type(await session.conversation(), Conversation)
    assert_type(await session.settled("s.1"), Turn)
    assert_type(session.ask("hi"), Reply)
    assert_type(session.ask("hi").text, str)
    assert_type(await session, Session)
    async for event in session.listen(event_types=["approval_request"], after=0):
        await session.respond(event, approved=True, remember="tool")
        await session.respond(event, confirm={"path": "b.txt"})
        await session.respond(event, approved=False, deny_reason="not that one")


async def agents_by_name() -> None:
    Agent(name="Researcher", model=LLMInfo(provider="scripted", model_id="demo"))
    assert_type(Chatbot.fetch("Bot"), Chatbot)
    assert_type(await Agent("x").run("hi"), Reply)
    assert_type(await Agent("x").resume_session("id"), Session)


@dataclass
class Invoice:
    total: float


async def answers_of_a_type() -> None:
    agent = Agent("x", "openai:gpt-5-mini", memory={"strategy": "window", "turns": 20})
    assert_type(await agent.run("What does it cost?", output_type=Invoice), Invoice)


def in_a_notebook(session: Session) -> None:
    chat = Chat(session=session, images=["charts.example.org"])
    assert_type(chat.ask("hi"), Reply)
    assert_type(chat.session, Session)


class Echo:
    """A runtime of one's own needs no base class."""

    async def answer(self, request: TurnRequest) -> AsyncIterator[Output]:
        yield say(request.turn.prompt)


echo = Agent("echo", runtime=Echo())
