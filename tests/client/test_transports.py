"""The contract of a transport, held by this process's own engine and by a server alike.

Whoever holds a session must not be able to tell which of the two runs it.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import Callable, Iterator
from contextlib import aclosing

import pytest

from cellspeak.agent import Agent
from cellspeak.agents.scripted import Fail, Say, Wait
from cellspeak.client import Server
from cellspeak.core.commands import Cancel, Create, Post, Receipt, Respond, SetHead, Terminate
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import fold
from cellspeak.errors import (
    ApprovalError,
    NotFoundError,
    RateLimitError,
    SessionNotFoundError,
    ValidationError,
)
from cellspeak.local import LocalTransport
from cellspeak.remote import RemoteTransport
from cellspeak.transport import Transport, end_of_last_turn
from tests.server.serving import GATED, agent_of, serving

ids = (f"client-{n}" for n in itertools.count())


def agents() -> list[Agent]:
    return [
        agent_of([Say("Hello there. "), Say("Bye.")], "talker"),
        agent_of(GATED, "gated"),
        agent_of([Say("on and "), Wait(60), Say("on")], "slow"),
        agent_of([Fail("it broke")], "broken"),
        agent_of([Say("x" * 100_000)], "long"),
    ]


@pytest.fixture(params=["local", "server"])
def transport(request: pytest.FixtureRequest) -> Iterator[Transport]:
    made = agents()
    if request.param == "local":
        yield LocalTransport()
        return
    with serving(made) as address:
        yield RemoteTransport(Server(address))


async def create(transport: Transport, agent: str) -> str:
    command = Create(agent=Agent.fetch(agent).spec, client_id=next(ids))
    return (await transport.send(command)).session_id


async def post(transport: Transport, session_id: str, text: str = "go") -> Receipt:
    message = {"content": text}
    return await transport.send(
        Post(session_id=session_id, client_id=next(ids), messages=(message,))
    )


async def read(
    transport: Transport,
    session_id: str,
    until: Callable[[SessionEvent], bool] = lambda e: e.is_turn_end,
    after: int = 0,
) -> list[SessionEvent]:
    found = []
    async with aclosing(transport.events(session_id, after)) as events:
        async for event in events:
            found.append(event)
            if until(event):
                break
    return found


async def test_a_turn_is_read_live_late_and_from_the_middle_as_the_same(
    transport: Transport,
) -> None:
    session_id = await create(transport, "talker")
    receipt = await post(transport, session_id)
    assert receipt.turn_id == f"{session_id}.1"
    live = await read(transport, session_id)
    assert [e.seq for e in live] == list(range(1, len(live) + 1))
    assert next(e.text for e in live if e.is_complete).endswith("Bye.")
    assert await read(transport, session_id) == live
    assert await read(transport, session_id, after=3) == live[3:]
    conversation = await transport.conversation(session_id)
    assert conversation.seq >= len(live)
    assert conversation.turns[str(receipt.turn_id)].text == fold(live).path[0].text


async def test_a_command_sent_twice_is_taken_once(transport: Transport) -> None:
    spec = Agent.fetch("talker").spec
    made = Create(agent=spec, client_id=next(ids))
    first, again = await transport.send(made), await transport.send(made)
    assert first.session_id == again.session_id
    assert again.repeated
    message = Post(session_id=first.session_id, client_id=next(ids), messages=({"content": "a"},))
    receipts = [await transport.send(message) for _ in range(3)]
    assert len({r.turn_id for r in receipts}) == 1
    assert [r.repeated for r in receipts] == [False, True, True]
    assert receipts[0].message_ids == receipts[2].message_ids == ("1.1",)


async def test_an_approval_runs_the_edited_arguments(transport: Transport) -> None:
    session_id = await create(transport, "gated")
    await post(transport, session_id)
    asked = (await read(transport, session_id, lambda e: e.requires_action))[-1]
    answer = Respond(
        session_id=session_id,
        client_id=next(ids),
        request_id=asked.data["request_id"],
        approved=True,
        args={"path": "other.txt"},
        args_digest=asked.data["args_digest"],
    )
    await transport.send(answer)
    assert (await transport.send(answer)).repeated
    events = await read(transport, session_id)
    result = next(e for e in events if e.type == "tool_result")
    assert result.data["result"] == {"deleted": "other.txt"}
    resolved = next(e for e in events if e.type == "approval_resolved")
    assert resolved.data["by"]["kind"] == "user"


async def test_a_second_answer_is_told_so(transport: Transport) -> None:
    session_id = await create(transport, "gated")
    await post(transport, session_id)
    asked = (await read(transport, session_id, lambda e: e.requires_action))[-1]

    def answer(approved: bool, request_id: str = asked.data["request_id"]) -> Respond:
        return Respond(
            session_id=session_id,
            client_id=next(ids),
            request_id=request_id,
            approved=approved,
            deny_reason="no",
        )

    with pytest.raises(ApprovalError, match="expected the id of an approval") as unknown:
        await transport.send(answer(True, "no-such"))
    assert unknown.value.problem == "unknown"
    await transport.send(answer(False))
    with pytest.raises(ApprovalError, match="denied already by the user") as second:
        await transport.send(answer(True))
    assert (second.value.problem, second.value.session_id) == ("already_resolved", session_id)
    events = await read(transport, session_id)
    assert next(e.error for e in events if e.type == "tool_result") == "denied: no"


async def test_a_running_turn_is_stopped_and_keeps_what_was_said(transport: Transport) -> None:
    session_id = await create(transport, "slow")
    receipt = await post(transport, session_id)
    await read(transport, session_id, lambda e: e.type == "message_delta")
    stop = Cancel(session_id=session_id, client_id=next(ids), turn_id=receipt.turn_id)
    assert (await transport.send(stop)).turn_id == receipt.turn_id
    complete = next(e for e in await read(transport, session_id) if e.is_complete)
    assert (complete.text, complete.status) == ("on and ", "interrupted")


async def test_the_queue_has_an_end(transport: Transport) -> None:
    session_id = await create(transport, "slow")
    for _ in range(9):
        await post(transport, session_id)
    with pytest.raises(RateLimitError, match="8 messages are waiting already"):
        await post(transport, session_id)
    await transport.send(Terminate(session_id=session_id, client_id=next(ids)))


async def test_a_failed_turn_is_an_event_and_no_error_of_the_transport(
    transport: Transport,
) -> None:
    session_id = await create(transport, "broken")
    await post(transport, session_id)
    events = await read(transport, session_id)
    assert [e.status for e in events if e.is_complete] == ["interrupted"]
    assert any(e.type == "error" for e in events)


async def test_readers_end_with_the_session_and_no_new_one_begins(transport: Transport) -> None:
    session_id = await create(transport, "talker")
    await post(transport, session_id)
    await read(transport, session_id)
    begun = asyncio.Event()

    def note(_event: SessionEvent) -> bool:
        begun.set()
        return False

    reader = asyncio.create_task(read(transport, session_id, note))
    await begun.wait()
    await transport.send(Terminate(session_id=session_id, client_id=next(ids)))
    events = await reader
    assert events[-1].type == "session_terminated"
    with pytest.raises(SessionNotFoundError) as gone:
        await read(transport, session_id)
    assert gone.value.session_id == session_id
    with pytest.raises(SessionNotFoundError):
        await transport.conversation(session_id)
    with pytest.raises(SessionNotFoundError):
        await post(transport, session_id)


async def test_what_is_not_there_is_said_in_the_same_words(transport: Transport) -> None:
    with pytest.raises(SessionNotFoundError, match="there is none called 'nowhere'"):
        await read(transport, "nowhere")
    with pytest.raises(SessionNotFoundError, match="there is none called 'nowhere'"):
        await transport.conversation("nowhere")
    session_id = await create(transport, "talker")
    with pytest.raises(NotFoundError, match="expected a blob of this session"):
        await transport.blob(session_id, "0" * 64)
    with pytest.raises(ValidationError, match="got only white space"):
        await post(transport, session_id, "   ")
    with pytest.raises(NotFoundError, match="expected a turn of this session"):
        await transport.send(
            SetHead(session_id=session_id, client_id=next(ids), turn_id="no-such-turn")
        )


async def test_a_large_file_is_a_blob_that_anyone_with_the_session_can_fetch(
    transport: Transport,
) -> None:
    content = bytes(range(256)) * 400
    file = {"name": "a.bin", "mime": "x/y", "data": base64.b64encode(content).decode()}
    session_id = await create(transport, "talker")
    message = {"content": "look", "files": [file]}
    await transport.send(Post(session_id=session_id, client_id=next(ids), messages=(message,)))
    posted = (await read(transport, session_id, lambda e: e.type == "message_posted"))[-1]
    kept = posted.data["messages"][0]["files"][0]
    assert kept["size"] == len(content)
    assert await transport.blob(session_id, kept["blob"]) == content


async def test_a_late_reader_of_an_open_turn_starts_behind_the_last_one(
    transport: Transport,
) -> None:
    session_id = await create(transport, "gated")
    assert await end_of_last_turn(transport, session_id) == 1
    await post(transport, session_id)
    await read(transport, session_id, lambda e: e.requires_action)
    after = await end_of_last_turn(transport, session_id)
    assert after == 0
    assert (await read(transport, session_id, lambda e: e.requires_action, after))[-1].data
