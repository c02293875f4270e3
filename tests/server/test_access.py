"""Who may come in: a hostile web page, a rebound name, and somebody with another token."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from cellspeak.agents.scripted import Say
from cellspeak.errors import ValidationError
from cellspeak.server.access import AccessRules, Token, check_bind
from cellspeak.server.app import make_app
from cellspeak.server.life import Life
from cellspeak.server.tickets import Tickets
from cellspeak.stores.memory import MemoryStore

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
OPEN = {"/health"}
EVIL = {"Origin": "https://evil.example"}


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


def every_request() -> list[tuple[str, str]]:
    """Return method and path of every route there is, so that a new one cannot be forgotten."""

    def found(routes: Iterable[BaseRoute], before: str = "") -> Iterator[tuple[str, str]]:
        for known in routes:
            path = before + re.sub(r"{[^}]*}", "x", getattr(known, "path", ""))
            if isinstance(known, Route):
                yield from ((method, path) for method in known.methods or ())
            elif isinstance(known, Mount):
                yield from found(known.routes, path)
            else:
                assert isinstance(known, WebSocketRoute), known

    app = make_app(MemoryStore, [agent_of([Say("Hello.")], "Ada")]).routed
    return sorted(set(found(app.routes)))


def test_the_routes_are_those_that_are_known() -> None:
    known = every_request()
    assert len(known) >= 25
    assert {("GET", "/health"), ("POST", "/sessions"), ("POST", "/v1/tickets")} <= set(known)


def test_no_route_at_all_lets_a_hostile_page_or_a_rebound_name_in(open_server: str) -> None:
    form = {"Content-Type": "text/plain"}  # what a page may send without asking first
    hostile: list[dict[str, str]] = [
        {**EVIL, **form},
        {"Origin": "null", **form},
        {"Sec-Fetch-Site": "cross-site"},  # a picture: no Origin
        {"Sec-Fetch-Site": "same-site"},  # a page of another port of this machine
        {"Origin": "http://["},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ]
    with httpx.Client(base_url=open_server) as client:
        for method, path in every_request():
            for headers in hostile:
                answer = client.request(method, path, headers=headers, content=b"{}")
                assert answer.status_code == 403, (method, path, headers)
                assert "access-control-allow-origin" not in answer.headers
        assert client.get("/sessions").json()["total"] == 0


def test_no_route_at_all_answers_without_a_token_but_those_that_are_listed(server: str) -> None:
    with httpx.Client(base_url=server) as client:
        for method, path in every_request():
            status = client.request(method, path, content=b"{}").status_code
            assert (status == 401) == (path not in OPEN), (method, path, status)


def test_a_listed_page_may_ask_first_and_read_and_no_other_may(server: str) -> None:
    page = {"Origin": "https://notebooks.example"}
    ask = {"Access-Control-Request-Method": "POST"}
    asked = httpx.options(f"{server}/sessions", headers={**page, **ask})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == page["Origin"]
    assert "authorization" in asked.headers["access-control-allow-headers"]
    read = httpx.get(f"{server}/agents", headers={**page, "X-API-Key": "ann-1"})
    assert (read.status_code, read.headers["vary"]) == (200, "Origin")
    assert read.headers["access-control-allow-origin"] == page["Origin"]
    assert "access-control-allow-credentials" not in read.headers
    assert httpx.options(f"{server}/sessions", headers={**EVIL, **ask}).status_code == 403
    unknown = httpx.get(f"{server}/agents", headers=page)
    assert (unknown.status_code, unknown.headers["access-control-allow-origin"]) == (
        401,
        page["Origin"],
    )


async def test_a_ticket_opens_one_socket_in_the_owners_name(server: str) -> None:
    async with httpx.AsyncClient(base_url=server) as client:
        made = await client.post("/v1/tickets", headers=ANN)
        assert (made.status_code, made.json()["expires_in"]) == (201, 30)
        url = f"ws{server.removeprefix('http')}/ws/session?ticket={made.json()['ticket']}"
        async with connect(url, origin="https://notebooks.example") as socket:  # type: ignore[arg-type]  # a text
            await socket.send(json.dumps({"type": "create_session", "object_id": "Ada"}))
            session_id = json.loads(await socket.recv())["session_id"]
        with pytest.raises(InvalidStatus):
            await connect(url)
        assert (await client.get(f"/sessions/{session_id}", headers=ANN)).status_code == 200
        assert (await client.get(f"/sessions/{session_id}", headers=BOB)).status_code == 404
        # It is for sockets: a request can carry a header.
        again = (await client.post("/tickets", headers=ANN)).json()["ticket"]
        assert (await client.get(f"/agents?ticket={again}")).status_code == 401


def test_a_ticket_ends_after_thirty_seconds() -> None:
    now = [0.0]
    tickets = Tickets(lambda: now[0])
    first = tickets.issue("ann")
    now[0] = 29.9
    second = tickets.issue("bob")
    now[0] = 30.0
    assert tickets.redeem(first) is None
    assert tickets.redeem(second) == "bob"
    assert tickets.redeem(second) is None


def test_one_owner_has_only_so_many_sessions_and_deleting_makes_room() -> None:
    life = Life(most_sessions=2)
    with serving([agent_of([Say("Hello.")], "Ada")], rules=RULES, life=life) as address:
        made = [session_of_ann(address) for _ in range(2)]
        body = {"agentId": "Ada"}
        refused = httpx.post(f"{address}/sessions", json=body, headers=ROTATED)
        assert refused.status_code == 429
        assert "there are 2 sessions already" in refused.json()["error"]
        assert httpx.post(f"{address}/sessions", json=body, headers=BOB).status_code == 201
        httpx.delete(f"{address}/sessions/{made[0]}", headers=ANN)
        session_of_ann(address)


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
