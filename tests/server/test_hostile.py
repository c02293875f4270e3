"""Requests that are meant to break something: numbers, nesting, names, files of others."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.sync.client import connect as connect_now

from cellspeak.agents.scripted import Say
from cellspeak.core.events import SessionEvent, SessionEventType
from cellspeak.errors import ValidationError
from cellspeak.server.access import Token
from cellspeak.server.logs import log_events

from .serving import agent_of, serving

DEEP = "[" * 100_000


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving([agent_of([Say("Hello.")], "Ada")]) as found:
        yield found


@pytest.fixture(scope="module")
def session(address: str) -> str:
    made = httpx.post(f"{address}/sessions", json={"agentId": "Ada"}).json()
    return str(made["sessionId"])


@pytest.mark.parametrize("number", ["\xb2", "9" * 5000, "9" * 16, "-1", "1e3", "x"])
def test_a_number_that_is_none_is_said_to_be_none(address: str, session: str, number: str) -> None:
    answer = httpx.get(
        f"{address}/sessions/{session}/events", headers={b"Last-Event-ID": number.encode("latin-1")}
    )
    assert answer.status_code == 422
    assert "expected a number as Last-Event-ID" in answer.json()["error"]


async def test_a_frame_of_brackets_does_not_end_the_connection(address: str) -> None:
    async with connect(f"ws{address.removeprefix('http')}/ws/session") as socket:
        await socket.send(DEEP)
        assert "expected a JSON object" in json.loads(await socket.recv())["error"]
        await socket.send(json.dumps({"type": "ping_session"}))
        assert json.loads(await socket.recv())["type"] == "pong"


@pytest.mark.parametrize("body", [DEEP, '{"a":' * 50_000, "NaN", "9" * 100_000])
def test_a_body_that_is_a_bomb_is_no_json_object(address: str, body: str) -> None:
    assert httpx.post(f"{address}/sessions", content=body).status_code == 400


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e%2fetc", "a%00b", "a%0d%0aX-Evil:%201", ":log", "%ff"]
)
def test_a_name_in_a_path_leads_nowhere_else(address: str, name: str) -> None:
    for path in (f"/sessions/{name}", f"/sessions/x/blobs/{name}", f"/agents/{name}/tasks/x.1"):
        answer = httpx.get(f"{address}{path}")
        assert answer.status_code in (404, 405), path
        assert "x-evil" not in answer.headers


def test_a_blob_of_another_session_cannot_be_named_into_ones_own(address: str) -> None:
    large = "QUJD" * 20_000
    mine, theirs = (
        httpx.post(f"{address}/sessions", json={"agentId": "Ada"}).json()["sessionId"]
        for _ in range(2)
    )
    blob = posted_blob(address, theirs, large)
    claimed = {"name": "a", "mime": "text/plain", "blob": blob, "size": 3}
    post_native(address, mine, claimed)
    assert httpx.get(f"{address}/sessions/{theirs}/blobs/{blob}").status_code == 200
    assert httpx.get(f"{address}/sessions/{mine}/blobs/{blob}").status_code == 404


def posted_blob(address: str, session: str, data: str) -> str:
    post_native(address, session, {"name": "a", "mime": "text/plain", "data": data})
    turns = httpx.get(f"{address}/sessions/{session}/conversation").json()["turns"]
    (turn,) = turns.values()
    return str(turn["posts"][0]["files"][0]["blob"])


def post_native(address: str, session: str, file: dict[str, Any]) -> None:
    message = {"content": "look", "files": [file]}
    frame = {
        "type": "post_messages",
        "events": 1,
        "session_id": session,
        "client_id": "c1",
        "messages": [message],
    }
    with connect_now(f"ws{address.removeprefix('http')}/ws/session") as socket:
        socket.send(json.dumps(frame))
        socket.recv(timeout=10)


def test_an_empty_token_is_none() -> None:
    for name, token in (("ann", ""), ("", "ann-1")):
        with pytest.raises(ValidationError, match="neither of them empty"):
            Token(name=name, token=token)


def test_what_an_agent_says_as_a_code_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    def failed(code: str) -> SessionEvent:
        return SessionEvent(
            type=SessionEventType.ERROR,
            session_id="s",
            seq=1,
            turn_id="s.1",
            message_id=None,
            at="2026-11-22T00:00:00.000Z",
            data={"error": "x", "code": code},
        )

    with caplog.at_level(logging.INFO, logger="cellspeak.server"):
        log_events([failed("model_failed"), failed("the user's secret is 7")])
    assert [vars(record).get("code") for record in caplog.records] == ["model_failed", None]
