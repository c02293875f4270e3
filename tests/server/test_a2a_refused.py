"""What A2A refuses, in its own codes and our own words; and who may come in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from cellspeak.agents.scripted import Say, Wait
from cellspeak.server.a2a import mount
from cellspeak.server.a2a.served import Served
from cellspeak.server.access import AccessRules, Token

from .a2a_wire import agents, call, data_part, message, state
from .serving import GATED, agent_of, serving

HEADERS = {"A2A-Version": "1.0"}
INTERNALS = (
    "Traceback",
    "Failed to parse",
    "pydantic",
    "google.protobuf",
    "lf.a2a",
    "site-packages",
)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving(agents()) as address, httpx.Client(base_url=address, timeout=20) as opened:
        yield opened


def new_task(client: httpx.Client, agent: str = "talker") -> dict[str, Any]:
    task: dict[str, Any] = call(client, agent, "SendMessage", message("hi"))["task"]
    return task


def test_what_is_not_there_is_not_found_in_the_same_words(client: httpx.Client) -> None:
    task = new_task(client)["id"]
    session = task.removesuffix(".1")
    for wrong in (f"{session}.9", "x", "x.1", f"{session}.x", ""):
        for method in ("GetTask", "CancelTask", "SubscribeToTask"):
            assert call(client, "talker", method, {"id": wrong})["code"] in (-32001, -32602)
    assert call(client, "busy", "GetTask", {"id": task}) == call(
        client, "busy", "GetTask", {"id": f"{session}.9"}
    )


@pytest.mark.parametrize(
    ("about", "code", "why"),
    [
        ({"taskId": "{talker}"}, -32004, "this task has ended"),
        ({"taskId": "{talker}", "contextId": "other"}, -32602, "another contextId"),
        ({"taskId": "{slow}"}, -32004, "is at work"),
        ({"taskId": "{gated}"}, -32602, "waits for an answer"),
        ({"contextId": "{slow-context}"}, -32602, "another agent"),
        ({"contextId": "x" * 300}, -32602, "at most 256 characters"),
        ({"taskId": "none.1"}, -32001, "not found"),
    ],
)
def test_a_message_that_cannot_be_taken_says_why(
    client: httpx.Client, about: dict[str, str], code: int, why: str
) -> None:
    params = {**message("hi"), "configuration": {"returnImmediately": True}}
    slow = call(client, "slow", "SendMessage", params)["task"]
    tasks = {
        "{talker}": new_task(client)["id"],
        "{gated}": new_task(client, "gated")["id"],
        "{slow}": slow["id"],
        "{slow-context}": slow["contextId"],
    }
    named = {k: tasks.get(v, v) for k, v in about.items()}
    agent = about.get("taskId", "{talker}").strip("{}").replace("none.1", "talker")
    error = call(client, agent, "SendMessage", message("hello", mid="m-2", **named))
    assert (error["code"], why in error["message"]) == (code, True), error
    call(client, "slow", "CancelTask", {"id": slow["id"]})


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (data_part(type="tool_approval", decision="maybe"), "'approve' or 'deny'"),
        (data_part(type="tool_approval", decision="approve", args=[]), "to be an object"),
        (data_part(type="tool_approval", decision="approve", request_id="x"), "expected the id"),
        (data_part(type="tool_approval", decision="approve", args_digest="x"), "other arguments"),
        ("maybe", "waits for an answer"),
    ],
)
def test_an_answer_that_cannot_count_leaves_the_question_open(
    client: httpx.Client, answer: Any, why: str
) -> None:
    task = new_task(client, "gated")
    error = call(client, "gated", "SendMessage", message(answer, mid="m-2", taskId=task["id"]))
    assert error["code"] == -32602
    assert why in error["message"]
    assert state(call(client, "gated", "GetTask", {"id": task["id"]})) == "INPUT_REQUIRED"


def test_an_answer_to_nothing_is_no_post(client: httpx.Client) -> None:
    answer = data_part(type="tool_approval", decision="approve", request_id="r")
    error = call(client, "gated", "SendMessage", message(answer))
    assert (error["code"], "nothing waits" in error["message"]) == (-32602, True)


def test_parts_that_cannot_be_taken_are_refused(client: httpx.Client) -> None:
    url = {"url": "http://169.254.169.254/latest", "mediaType": "text/plain"}
    assert call(client, "talker", "SendMessage", message("see", url))["code"] == -32005
    assert call(client, "talker", "SendMessage", message({"text": ""}))["code"] == -32602
    push = {"configuration": {"taskPushNotificationConfig": {"url": "http://x"}}}
    assert call(client, "talker", "SendMessage", {**message("hi"), **push})["code"] == -32003


def test_nobody_is_called_back_and_there_is_no_other_card(client: httpx.Client) -> None:
    for method, params in (
        ("CreateTaskPushNotificationConfig", {"taskId": "x.1", "url": "http://x"}),
        ("GetTaskPushNotificationConfig", {"taskId": "x.1", "id": "p"}),
        ("ListTaskPushNotificationConfigs", {"taskId": "x.1"}),
        ("DeleteTaskPushNotificationConfig", {"taskId": "x.1", "id": "p"}),
    ):
        assert call(client, "talker", method, params)["code"] == -32003
    assert call(client, "talker", "GetExtendedAgentCard", {})["code"] == -32007


GOOD = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "GetTask", "params": {"id": "x.1"}})


@pytest.mark.parametrize(
    ("body", "code", "id"),
    [
        ("{", -32700, None),
        ("[" * 100_000, -32700, None),
        ('{"id": 7, "x": NaN}', -32700, None),
        (b"\xff\xfe", -32700, None),
        ("[]", -32600, None),
        ('"text"', -32600, None),
        ('{"id": 7}', -32600, 7),
        ('{"jsonrpc": "2.0", "id": true, "method": "GetTask"}', -32600, None),
        ('{"jsonrpc": "2.0", "id": 7, "method": 1}', -32600, 7),
        ('{"jsonrpc": "2.0", "id": 7, "method": "Nothing"}', -32601, 7),
        ('{"jsonrpc": "2.0", "id": 7, "method": "tasks/send"}', -32601, 7),
        ('{"jsonrpc": "2.0", "id": 7, "method": "GetTask", "params": []}', -32602, 7),
        ('{"jsonrpc": "2.0", "id": 7, "method": "GetTask", "params": {"id": {}}}', -32602, 7),
        ('{"jsonrpc": "2.0", "id": 7, "method": "GetTask", "params": {}}', -32602, 7),
        ('{"jsonrpc": "2.0", "id": 7, "method": "SendMessage", "params": 1}', -32602, 7),
        (
            '{"jsonrpc": "2.0", "id": 7, "method": "SendMessage", "params": {"message": '
            '{"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "\\ud800"}]}}}',
            -32602,
            7,
        ),
        (
            '{"jsonrpc": "2.0", "id": 7, "method": "SendMessage", "params": {"message": '
            '{"messageId": "m", "role": "ROLE_USER", "parts": [{"raw": 5}]}}}',
            -32602,
            7,
        ),
        ('{"jsonrpc": "2.0", "id": 7, "method": "message/send", "params": {}}', -32602, 7),
        (
            '{"jsonrpc": "2.0", "id": 7, "method": "message/send", "params": {"message": '
            '{"messageId": "m", "role": "user", "parts": '
            '[{"kind": "file", "file": {"bytes": "abc"}}]}}}',
            -32602,
            7,
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_our_words(
    client: httpx.Client, body: str | bytes, code: int, id: int | None
) -> None:
    version = (
        {} if b"message/send" in (body if isinstance(body, bytes) else body.encode()) else HEADERS
    )
    headers = {"Content-Type": "application/json", **version}
    answer = client.post("/a2a/talker/", content=body, headers=headers)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["error"]["code"], told["id"]) == (code, id), told
    assert not [word for word in INTERNALS if word in answer.text]


OLD_FILE = b"""{"request": {"messageId": "m", "role": "ROLE_USER",
  "content": [{"file": {"fileWithBytes": "YWJjZGVmZ2hp"}}]}}"""


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("POST", "/message:send", b"{", 400, None),
        ("POST", "/message:send", b"[]", 400, "INVALID_REQUEST"),
        ("POST", "/message:send", b'{"message": 1}', 400, "INVALID_PARAMS"),
        ("POST", "/message:stream", b"{}", 400, "INVALID_PARAMS"),
        ("POST", "/v1/message:send", b'{"request": 1}', 400, "INVALID_PARAMS"),
        ("POST", "/v1/message:stream", OLD_FILE, 400, "INVALID_PARAMS"),
        ("GET", "/tasks?pageSize=many", b"", 400, "INVALID_PARAMS"),
        ("GET", "/tasks?pageSize=0", b"", 400, "INVALID_PARAMS"),
        ("GET", "/tasks?pageToken=x", b"", 400, "INVALID_PARAMS"),
        ("GET", "/tasks?status=NONE", b"", 400, None),
        ("GET", "/tasks/x.1", b"", 404, "TASK_NOT_FOUND"),
        ("GET", "/tasks/x.1?historyLength=y", b"", 400, "INVALID_PARAMS"),
        ("GET", "/v1/tasks/x.1?historyLength=y", b"", 400, "INVALID_PARAMS"),
        ("POST", "/tasks/x.1:cancel", b"", 404, "TASK_NOT_FOUND"),
        ("GET", "/tasks/x.1:subscribe", b"", 404, "TASK_NOT_FOUND"),
        ("POST", "/tasks/x.1/pushNotificationConfigs", b'{"url": 1}', 400, "INVALID_PARAMS"),
        ("GET", "/extendedAgentCard", b"", 400, "EXTENDED_AGENT_CARD_NOT_CONFIGURED"),
    ],
)
def test_rest_refuses_with_the_status_that_fits(
    client: httpx.Client, method: str, path: str, body: bytes, status: int, reason: str | None
) -> None:
    headers = {"Content-Type": "application/json"} | ({} if path.startswith("/v1/") else HEADERS)
    answer = client.request(method, f"/a2a/talker{path}", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    if reason is not None:
        assert answer.json()["error"]["details"][0]["reason"] == reason
    assert not [word for word in INTERNALS if word in answer.text]


def test_a_body_is_json_of_a_bounded_size(client: httpx.Client) -> None:
    plain = client.post(
        "/a2a/talker/", content=GOOD, headers={**HEADERS, "Content-Type": "text/plain"}
    )
    assert plain.json()["error"]["code"] == -32005
    rest = client.post("/a2a/talker/message:send", content=b"{}", headers=HEADERS)
    assert rest.json()["error"]["details"][0]["reason"] == "CONTENT_TYPE_NOT_SUPPORTED"
    json_headers = {**HEADERS, "Content-Type": "application/json"}
    big = client.post("/a2a/talker/", content=b" " * (17 << 20), headers=json_headers)
    assert "at most 16 MiB" in big.json()["error"]["message"]


def test_an_agent_that_is_not_there_lists_those_that_are(client: httpx.Client) -> None:
    for path in ("/a2a/nobody", "/a2a/nobody/", "/a2a/nobody/.well-known/agent-card.json"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "There are: talker" in answer.json()["error"]


TEXT = {"kind": "text", "text": "hi"}


class _Broken:
    """A desk of which nothing works."""

    owner = "secret-owner"

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"the inner secret: {name}")


@pytest.mark.parametrize("desk_of", [lambda owner: _Broken(), lambda owner: 1 / 0])
@pytest.mark.parametrize("version", ["1.0", "0.3"])
async def test_a_fault_of_ours_tells_nothing_of_itself(desk_of: Any, version: str) -> None:
    served = Served(secured=False, compat=True).app_of(agent_of([Say("Hi.")], "talker"))
    app = Starlette(routes=[Mount("/a2a/talker", served)])
    app.state.desk_of = desk_of

    async def owned(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {"owner": ""}}, receive, send)

    new, old = message("hi"), {"message": {"messageId": "m", "role": "user", "parts": [TEXT]}}
    sends: dict[str, list[Any]] = {
        "1.0": [("SendMessage", new), ("SendStreamingMessage", new), ("GetTask", {"id": "x.1"})],
        "0.3": [("message/send", old), ("message/stream", old), ("tasks/get", {"id": "x.1"})],
    }
    transport = httpx.ASGITransport(owned)
    client = httpx.AsyncClient(transport=transport, base_url="http://h")
    client.headers["A2A-Version"] = version
    async with client:
        for method, params in sends[version]:
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            answer = await client.post("/a2a/talker/", json=body)
            assert "the server could not do this" in answer.text
            assert not [word for word in ("secret", "zero", "division") if word in answer.text]
        if version == "1.0":
            answer = await client.get("/a2a/talker/tasks")
            assert answer.status_code == 500
            assert "the server could not do this" in answer.text


# Who may come in


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    rules = AccessRules(tokens=[Token(name="ann", token="a"), Token(name="bob", token="b")])
    crew = [agent_of(GATED, "gated"), agent_of([Say("on"), Wait(60)], "slow")]
    with serving(crew, rules=rules) as address:
        yield address


def as_(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}"}


PATHS = ["/.well-known/agent-card.json", "/a2a/gated", "/a2a/gated/", "/a2a/gated/tasks"]


@pytest.mark.parametrize("path", PATHS)
def test_no_way_in_without_a_token_nor_for_a_foreign_page(guarded: str, path: str) -> None:
    assert httpx.get(guarded + path).status_code == 401
    page = {**as_("a"), "Origin": "https://evil.example"}
    assert httpx.get(guarded + path, headers=page).status_code == 403
    assert (
        httpx.get(guarded + path, headers={**as_("a"), "Host": "evil.example"}).status_code == 403
    )


def test_the_card_says_that_a_token_is_needed(guarded: str) -> None:
    card = httpx.get(guarded + PATHS[0], headers=as_("a")).json()
    assert card["securitySchemes"]["token"]["httpAuthSecurityScheme"] == {"scheme": "bearer"}
    assert card["securityRequirements"] == [{"schemes": {"token": {}}}]


def test_what_belongs_to_somebody_else_is_not_there(guarded: str) -> None:
    with httpx.Client(base_url=guarded, timeout=20) as client:

        def gated(name: str, method: str, params: Any) -> Any:
            return call(client, "gated", method, params, **as_(name))

        task = gated("a", "SendMessage", message("go", contextId="c"))["task"]
        for method in ("GetTask", "CancelTask", "SubscribeToTask"):
            never = gated("b", method, {"id": "0" * 32 + ".1"})
            assert gated("b", method, {"id": task["id"]})["code"] == never["code"] == -32001
        for about in ({"taskId": task["id"]}, {"contextId": task["id"].removesuffix(".1")}):
            answer = message("approve", mid="m-2", **about)
            assert gated("b", "SendMessage", answer)["code"] == -32001
        other = gated("b", "SendMessage", message("go", contextId="c"))["task"]
        assert other["id"] != task["id"]
        assert gated("b", "ListTasks", {})["totalSize"] == 1
        assert state(gated("a", "GetTask", {"id": task["id"]})) == "INPUT_REQUIRED"


def test_a_context_of_a_session_that_is_gone_is_not_found(client: httpx.Client) -> None:
    task = new_task(client)
    assert client.delete(f"/sessions/{task['contextId']}").status_code == 204
    error = call(client, "talker", "SendMessage", message("hi", contextId=task["contextId"]))
    assert error["code"] == -32001
    assert call(client, "talker", "GetTask", {"id": task["id"]})["code"] == -32001


# Without the extra


def test_a_server_without_a2a_says_so_once_and_serves_the_rest(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mount, "installed", lambda: False)
    with serving([agent_of([Say("Hi.")], "talker")]) as address:
        assert httpx.get(f"{address}/agents").status_code == 200
        assert httpx.get(f"{address}/.well-known/agent-card.json").status_code == 404
    assert [r.getMessage() for r in caplog.records if "A2A" in r.getMessage()] == [
        "serving without A2A; it needs: pip install 'cellspeak[a2a]'"
    ]


def test_nothing_of_a2a_is_loaded_before_it_is_asked_for() -> None:
    program = (
        "import sys; from cellspeak.server.app import make_app; "
        "from cellspeak.stores.memory import MemoryStore; make_app(MemoryStore); "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'a2a', 'google', 'sse_starlette'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
