"""Who may come in: a hostile web page, a rebound name, and somebody with another token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from cellspeak.agents.scripted import Say
from cellspeak.errors import ValidationError
from cellspeak.server.access import AccessRules, Token, check_bind

from .serving import agent_of, serving

RULES = AccessRules(
    tokens=[
        Token(name="ann", token="ann-1"),
        Token(name="ann", token="ann-2"),
        Token(name="bob", token="bob-1"),
    ],
    allowed_hosts=["chat.example"],
    allowed_origins=["https://notebooks.example"],
)
PATHS = ["/health", "/agents", "/sessions", "/v1/agent?name=Ada", "/nowhere"]


@pytest.fixture(scope="module")
def open_server() -> Iterator[str]:
    with serving([agent_of([Say("Hello.")], "Ada")]) as address:
        yield address


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving([agent_of([Say("Hello.")], "Ada")], rules=RULES) as address:
        yield address


async def socket_status(address: str, **headers: str) -> int:
    try:
        async with connect(
            "ws" + address.removeprefix("http") + "/ws/session", additional_headers=headers
        ):
            return 101
    except InvalidStatus as error:
        return int(error.response.status_code)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
def test_no_route_answers_a_foreign_page(open_server: str, path: str, origin: str) -> None:
    answer = httpx.get(open_server + path, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", "["])
def test_no_route_answers_under_a_name_that_is_not_listed(
    open_server: str, path: str, host: str
) -> None:
    # A name of the page's own that leads to loopback: the page is then of the same origin.
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert httpx.get(open_server + path, headers=headers).status_code in (400, 403)


async def test_a_socket_is_refused_as_a_route_is(open_server: str, server: str) -> None:
    assert await socket_status(open_server) == 101
    assert await socket_status(open_server, Origin="https://evil.example") == 403
    assert await socket_status(open_server, Origin=open_server) == 101
    assert await socket_status(server) == 401
    assert await socket_status(server, Authorization="Bearer nonsense") == 401
    assert await socket_status(server, Authorization="Bearer ann-1") == 101
    assert await socket_status(server, **{"X-API-Key": "bob-1"}) == 101


def test_listed_names_pages_and_tokens_come_in(server: str) -> None:
    key = {"Authorization": "Bearer ann-1"}
    for headers in (
        key,
        {"X-API-Key": "ann-2"},
        key | {"Host": "chat.example"},
        key | {"Origin": "https://notebooks.example"},
        key | {"Host": "localhost:9", "Origin": "http://localhost:9"},
    ):
        assert httpx.get(f"{server}/agents", headers=headers).status_code == 200
    assert httpx.get(f"{server}/health").json() == {"status": "ok"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "ann-1"},
        {"Authorization": "Basic ann-1"},
        {"Authorization": "Bearer"},
        {"X-API-Key": "ANN-1"},
    ],
)
def test_without_a_known_token_nothing_is_told(server: str, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{server}/agents", headers=headers)
    assert answer.status_code == 401
    assert "expected a token" in answer.json()["error"]
    assert "ann" not in answer.text


ANN, ROTATED, BOB = ({"X-API-Key": key} for key in ("ann-1", "ann-2", "bob-1"))


def session_of_ann(server: str) -> str:
    made = httpx.post(f"{server}/sessions", json={"agentId": "Ada"}, headers=ANN).json()
    return str(made["sessionId"])


@pytest.mark.parametrize(
    ("method", "tail"),
    [("GET", ""), ("GET", "/conversation"), ("GET", "/events"), ("DELETE", "")],
)
def test_a_session_belongs_to_the_name_and_others_find_nothing(
    server: str, method: str, tail: str
) -> None:
    session_id = session_of_ann(server)
    path = f"{server}/sessions/{session_id}"
    assert httpx.get(path, headers=ROTATED).status_code == 200
    refused = httpx.request(method, path + tail, headers=BOB)
    never = httpx.request(method, f"{server}/sessions/never{tail}", headers=BOB)
    assert refused.status_code == never.status_code == 404
    assert refused.text == never.text.replace("never", session_id)
    assert httpx.get(f"{server}/sessions", headers=BOB).json()["total"] == 0


async def test_the_socket_knows_no_session_of_another_name(server: str) -> None:
    session_id = await asyncio.get_running_loop().run_in_executor(None, session_of_ann, server)
    url = "ws" + server.removeprefix("http") + "/ws/session"
    async with connect(url, additional_headers=BOB) as socket:
        for frame in (
            {"type": "connect_session", "events": 1, "after": 0},
            {"type": "post_message", "content": "hi"},
            {"type": "terminate_session", "events": 1, "client_id": "c"},
        ):
            await socket.send(json.dumps({**frame, "session_id": session_id}))
            answer = json.loads(await socket.recv())
            assert answer["success"] is False
            assert "there is none called" in answer["error"]


def test_serving_to_other_machines_needs_tokens() -> None:
    for host in ("localhost", "127.0.0.1", "127.8.9.1", "::1"):
        check_bind(host, AccessRules())
    for host in ("0.0.0.0", "::", "chat.example", "192.168.0.9"):
        with pytest.raises(ValidationError, match="expected tokens to serve at"):
            check_bind(host, AccessRules())
        check_bind(host, RULES)
        check_bind(host, AccessRules(), insecure=True)


def test_a_token_is_in_no_text_about_the_rules() -> None:
    assert "ann-1" not in repr(RULES)
