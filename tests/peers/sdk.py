"""The first seed's published client, unchanged, through its whole session surface.

Run by `test_sdk.py` in an environment of its own; prints one JSON object: what it saw.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from vectorshift import Agent
from vectorshift.chatbot import Chatbot
from vectorshift.request import VectorshiftError
from vectorshift.session import Session, UserSessionMessage

Saw = dict[str, Any]


async def until(session: Any, done: Callable[[Any], bool]) -> list[Any]:
    """Listen until an event for which *done* holds; return all events up to it."""
    events: list[Any] = []
    async with asyncio.timeout(20):
        async for event in session.listen():
            events.append(event)
            if done(event):
                break
    return events


def ended(event: Any) -> bool:
    return bool(event.is_turn_end)


async def deltas() -> Saw:
    async with await Agent.fetch(name="talker").create_session() as session:
        await session.send("hi")
        events = await until(session, ended)
    pieces = [e.delta for e in events if e.delta is not None]
    complete = [e.text for e in events if e.is_complete]
    return {"pieces": len(pieces), "joined": "".join(pieces), "complete": complete}


async def files() -> Saw:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notes.txt"
        path.write_text("the cat sat", encoding="utf-8")
        async with await Agent.fetch(name="demo").create_session() as session:
            await session.send("What does the file say?", files=[path])
            one = await until(session, ended)
            message = UserSessionMessage(content="And this one?", files=[b"the dog ran"])
            await session.send_many([message, "Thank you."])
            many = await until(session, ended)
    texts = [next(e.text for e in events if e.is_complete) for events in (one, many)]
    return {"texts": texts}


async def gated(answer: Saw) -> Saw:
    async with await Agent.fetch(name="gated").create_session() as session:
        await session.send("go")
        asked = (await until(session, lambda e: e.type == "approval_request"))[-1]
        await session.respond(asked, **answer)
        events = await until(session, ended)
        text = next(e.text for e in events if e.is_complete)
        calls = [(e.tool_name, e.data["status"]) for e in events if e.type == "tool_call"]
        late = asked
        await session.respond(late, approved=True)
        refused = (await until(session, lambda e: e.type == "error"))[-1].error
        return {
            "asked": [asked.data["tool_name"], asked.data["args"]],
            "text": text,
            "calls": calls,
            "refused": refused,
            "session_id": session.session_id,
        }


async def history() -> Saw:
    agent = Agent.fetch(name="talker")
    async with await agent.create_session() as session:
        await session.send("first")
        await until(session, ended)
        session_id = session.session_id
    async with await agent.resume_session(session_id) as again:
        await again.send("second")
        await until(again, ended)
        messages = await again.get_messages()
        await again._ws_send({"type": "ping_session", "session_id": session_id})
        pong = (await until(again, lambda e: e.type == "pong"))[-1]
    said = [(m.is_user, m.is_agent, m.text, m.status) for m in messages]
    return {"said": said, "pong": pong.type}


async def waiting() -> Saw:
    """Leave while an approval waits; it is shown again to who resumes."""
    agent = Agent.fetch(name="gated")
    async with await agent.create_session() as session:
        await session.send("go")
        await until(session, lambda e: e.type == "approval_request")
    async with Session(session_id=session.session_id) as again:
        asked = (await until(again, lambda e: e.type == "approval_request"))[-1]
        await again.respond_approval(asked, approved=False, deny_reason="not today")
        text = next(e.text for e in await until(again, ended) if e.is_complete)
    return {"text": text}


async def gone() -> Saw:
    session = await (await Agent.fetch(name="talker").create_session()).connect()
    session_id = session.session_id
    await session.terminate()
    problems = [await refused(session_id), await refused("no-such-session")]
    try:
        Agent.fetch(name="nobody")
    except VectorshiftError as error:
        problems.append(f"{type(error).__name__}: {error}")
    return {"problems": problems}


async def refused(session_id: str | None) -> str:
    """Return why the session cannot be resumed; its `terminate` does not wait until it is."""
    async with asyncio.timeout(10):
        while True:
            session = Session(session_id=session_id)
            try:
                await session.connect()
            except VectorshiftError as error:
                return f"{type(error).__name__}: {error}"
            finally:
                await session.disconnect()


async def chatbot() -> Saw:
    async with await Chatbot.fetch(name="Bot").create_session() as session:
        await session.send("hi")
        return {"text": next(e.text for e in await until(session, ended) if e.is_complete)}


SCENES: dict[str, Callable[[], Awaitable[Saw]]] = {
    "deltas": deltas,
    "files": files,
    "confirm": lambda: gated({"approved": True}),
    "edited": lambda: gated({"approved": True, "confirm": {"path": "other.txt"}}),
    "deny": lambda: gated({"approved": False, "deny_reason": "no"}),
    "history": history,
    "waiting": waiting,
    "gone": gone,
    "chatbot": chatbot,
}


async def main() -> None:
    seen = {name: await scene() for name, scene in SCENES.items()}
    print(json.dumps(seen))  # noqa: T201 - that is how the test reads it


asyncio.run(main())
