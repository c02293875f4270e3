"""The first seed's frames: requests of the socket, and the exact frames that answer them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from cellspeak.agents.scripted import Fail, Say, Script, Search, SignIn, Think
from cellspeak.core.events import Data, SessionEvent
from cellspeak.errors import ValidationError
from cellspeak.server.plain import approval_answer, frames_of, message_of

from .serving import GATED, agent_of, serving

GOLDENS = json.loads((Path(__file__).parent / "goldens" / "plain.json").read_text("utf-8"))
AGENT = {"kind": "agent", "name": "tester"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    rich: Script = [
        Think("Hm."),
        Search("cats", [{"title": "t", "url": "u", "snippet": "s"}]),
        Say("So."),
    ]
    agents = [
        agent_of(GATED, "gated"),
        agent_of(rich, "rich"),
        agent_of([SignIn("https://x", "to read", then=[Say("In.")])], "shut"),
        agent_of([Fail("it broke")], "broken"),
    ]
    with serving(agents) as address:
        yield address


@asynccontextmanager
async def socket(address: str, path: str = "/ws/session") -> AsyncIterator[ClientConnection]:
    async with connect("ws" + address.removeprefix("http") + path) as opened:
        yield opened


async def ask(opened: ClientConnection, **frame: Any) -> Any:
    await opened.send(json.dumps(frame))
    return json.loads(await opened.recv())


async def until(opened: ClientConnection, kind: str, **facts: Any) -> list[Any]:
    """Return the frames up to one of *kind* whose message has *facts*."""
    frames: list[Any] = []
    while True:
        frames.append(json.loads(await opened.recv()))
        message = frames[-1].get("message", {})
        found = {**message, **message.get("content", {})}
        if frames[-1]["type"] == kind and facts.items() <= found.items():
            return frames


IDLE = {"status": "Idle"}


async def start(opened: ClientConnection, name: str) -> str:
    made = await ask(opened, type="create_session", object_type="agent", object_id=name)
    assert made["type"] == "session_created"
    session_id = str(made["session_id"])
    connected = await ask(opened, type="connect_session", session_id=session_id)
    assert connected == {"type": "connect_session", "session_id": session_id, "success": True}
    return session_id


def told(frames: list[Any], session_id: str) -> list[Any]:
    """Return *frames* as the goldens have them, free of what differs from run to run.

    Ids have one name, an acknowledgement comes before the events it races with, and the deltas of
    a message, which time alone divides, are one.
    """
    found: list[Any] = json.loads(json.dumps(frames).replace(session_id, "SESSION"))
    for frame in found:
        content = frame.get("message", {}).get("content", {})
        if "request_id" in content:
            content["request_id"] = "REQUEST"
    found.sort(key=lambda frame: "success" not in frame)
    whole: list[Any] = []
    for frame in found:
        if frame["type"] == "message_delta" and whole and whole[-1]["type"] == "message_delta":
            whole[-1]["value"] += frame["value"]
        else:
            whole.append(frame)
    return whole


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda g: g["name"])
async def test_a_turn_gives_exactly_these_frames(address: str, golden: Any) -> None:
    async with socket(address, golden["path"]) as opened:
        session_id = await start(opened, golden["agent"])
        frames = []
        for step in golden["steps"]:
            await opened.send(json.dumps({**step["send"], "session_id": session_id}))
            frames = await until(opened, **step["until"])
            assert told(frames, session_id) == step["expected"]


async def test_a_bad_frame_is_answered_and_the_connection_goes_on(address: str) -> None:
    async with socket(address) as opened:
        for text in ("", "[", "7", "{}", '{"type": 1}'):
            await opened.send(text)
            problem = json.loads(await opened.recv())
            assert problem["error"] == "expected a JSON object with a string `type`"
        unknown = await ask(opened, type="dance")
        assert unknown["request_type"] == "dance"
        assert "expected a frame of type create_session" in unknown["error"]
        nobody = await ask(opened, type="create_session", object_type="agent", object_id="nobody")
        assert "There are: gated" in nobody["error"]
        lost = await ask(opened, type="post_message", content="hi")
        assert (lost["success"], lost["type"]) == (False, "post_message")
        bogus = await ask(opened, type="connect_session", session_id="bogus")
        assert not bogus["success"]
        assert "there is none called 'bogus'" in bogus["error"]
        assert await ask(opened, type="ping_session", session_id="s") == {
            "type": "pong",
            "session_id": "s",
        }


async def test_an_answer_that_names_no_request_is_told_so(address: str) -> None:
    value: Data = {"tool_call_approval": {"confirm": {}}}
    content = {"type_string": "response_message", "value": value}
    async with socket(address) as opened:
        session_id = await start(opened, "gated")
        refused = await ask(
            opened,
            type="post_message",
            session_id=session_id,
            content=content,
            parent_message_id="9",
        )
    assert "expected parent_message_id to name an approval request; got '9'" in refused["error"]


async def test_a_turn_can_be_stopped_and_a_session_left_or_ended(address: str) -> None:
    async with socket(address) as opened:
        session_id = await start(opened, "gated")
        await opened.send(
            json.dumps({"type": "post_message", "session_id": session_id, "content": "go"})
        )
        await until(opened, "participant_status", status="AwaitingApproval")
        await opened.send(json.dumps({"type": "cancel_turn", "session_id": session_id}))
        frames = await until(opened, "participant_status", **IDLE)
        assert [f["message"]["content"]["status"] for f in frames if _is_text(f)] == ["Complete"]
        left = {"type": "disconnect_session", "session_id": session_id}
        await opened.send(json.dumps(left))
        rest = [json.loads(t) async for t in opened]
        assert {**left, "success": True} in rest
    async with socket(address) as opened:
        ended = await ask(opened, type="terminate_session", session_id=session_id)
        assert ended["success"]


def _is_text(frame: Any) -> bool:
    content = frame.get("message", {}).get("content", {})
    return bool(content.get("type") == "data_type_message")


async def test_what_a_peer_said_before_it_went_is_still_done(address: str) -> None:
    async with socket(address) as opened:
        session_id = await start(opened, "gated")
        for kind in ("connect_session", "get_messages", "terminate_session"):
            await opened.send(json.dumps({"type": kind, "session_id": session_id}))
        opened.transport.abort()
    async with socket(address) as opened:
        while (await ask(opened, type="connect_session", session_id=session_id))["success"]:
            pass


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("hi", {"content": "hi"}),
        ({"type_string": "text/markdown", "value": "hi"}, {"content": "hi"}),
        (
            {"type_string": "file", "value": {"raw_bytes": "aGk="}},
            {
                "content": "",
                "files": [
                    {"name": "file", "mime": "application/octet-stream", "size": 2, "data": "aGk="}
                ],
            },
        ),
    ],
)
def test_content_is_text_or_a_file(content: Any, expected: Any) -> None:
    assert message_of(content) == expected


@pytest.mark.parametrize("content", [None, 7, [], {}, {"type_string": "x", "value": {}}])
def test_other_content_is_refused(content: Any) -> None:
    with pytest.raises(ValidationError, match="expected content as text, or"):
        message_of(content)


def test_a_file_that_is_no_base64_and_an_answer_without_a_decision_are_refused() -> None:
    with pytest.raises(ValidationError, match="expected a file's raw_bytes as base64"):
        message_of({"type_string": "file", "value": {"raw_bytes": "%"}})
    with pytest.raises(ValidationError, match="expected tool_call_approval with"):
        approval_answer({"type_string": "response_message", "value": {}})
    assert approval_answer("yes") is None


@pytest.mark.parametrize("kind", ["tool_result", "usage", "message_posted", "a_newer_word"])
def test_what_these_frames_cannot_say_is_left_out(kind: str) -> None:
    assert frames_of(SessionEvent(type=kind, session_id="s", seq=1), AGENT) == []
