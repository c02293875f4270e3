"""The second seed's routes: its curl lines as they are printed, and what an answer holds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cellspeak.agents.scripted import Call, Fail, Say, Wait

from .serving import GATED, agent_of, serving

CREATE = """curl -X POST http://localhost:8080/sessions \\
  -d '{"agentId": "support_agent"}'"""
TELL = """curl -X POST http://localhost:8080/sessions/550e8400-.../tasks \\
  -d '{"input":{"type":"text/plain","content":"My name is Alice"}}'"""
ASK = """curl -X POST http://localhost:8080/sessions/550e8400-.../tasks \\
  -d '{"input":{"type":"text/plain","content":"What is my name?"}}'"""
STREAM = """curl -N -H "Accept: text/event-stream" \\
  -H "Content-Type: application/json" \\
  -d '{"message":{"role":"user","parts":[{"type":"text","text":"Explain quantum computing"}]}}' \\
  http://localhost:8080/agents/my_agent/message/stream"""


@pytest.fixture(scope="module")
def scripted() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    agents = [
        agent_of([Say("Hello there.", pieces=3)], "talker"),
        agent_of(GATED, "gated"),
        agent_of([Say("on and "), Wait(60)], "slow"),
        agent_of([Fail("it broke")], "broken"),
        agent_of([Call("look", {"at": 1}, result="seen", progress=["half"]), Say("Ok.")], "busy"),
    ]
    with serving(agents) as address, httpx.Client(base_url=address, timeout=20) as opened:
        yield opened


def run(line: str, address: str, session_id: str = "") -> str:
    """Run a line as printed, but for the port and the id."""
    line = line.replace("localhost:8080", address.removeprefix("http://"))
    line = line.replace("550e8400-...", session_id)
    done = subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


def sent(text: str) -> list[tuple[int, str, Any]]:
    """Return the events of a stream: number, name, data."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def said(events: list[tuple[int, str, Any]]) -> str:
    parts = [d["message"]["parts"][0]["text"] for _, name, d in events if name == "message"]
    return "".join(parts)


def user(text: str) -> dict[str, Any]:
    return {"message": {"role": "user", "parts": [{"type": "text", "text": text}]}}


def session(client: httpx.Client, agent: str) -> str:
    made = client.post("/sessions", json={"agentName": agent})
    assert made.status_code == 201
    return str(made.json()["sessionId"])


def say(client: httpx.Client, session_id: str, text: str = "go", **headers: str) -> httpx.Response:
    body = {"input": {"type": "text/plain", "content": text}}
    return client.post(f"/sessions/{session_id}/tasks", json=body, headers=headers)


def test_the_lines_about_a_session_work_as_printed(scripted: str) -> None:
    made = json.loads(run(CREATE, scripted))
    assert made["agentId"] == "support_agent"
    told = json.loads(run(TELL, scripted, made["sessionId"]))
    assert told["status"] == "completed"
    asked = json.loads(run(ASK, scripted, made["sessionId"]))
    assert "Your name is Alice" in asked["output"]["content"]
    assert asked["taskId"] == f"{made['sessionId']}.2"
    assert told["startedAt"] <= told["endedAt"] <= asked["startedAt"]


def test_the_line_about_a_stream_works_as_printed(scripted: str) -> None:
    events = sent(run(STREAM, scripted))
    _, name, last = events[-1]
    assert (name, last["status"]["state"]) == ("status", "completed")
    assert {d["task_id"] for _, _, d in events} == {last["task_id"]}
    assert "quantum computing" in said(events).lower()
    assert [n for n, _, _ in events] == sorted(n for n, _, _ in events)


def test_sessions_are_listed_looked_at_and_deleted(client: httpx.Client) -> None:
    made = client.post("/sessions", json={"agentId": "talker", "metadata": {"a": 1}}).json()
    path = f"/sessions/{made['sessionId']}"
    found = client.get(path).json()
    assert (found["metadata"], found["createdAt"]) == ({"a": 1}, made["createdAt"])
    listed = client.get("/sessions", params={"agent_id": "talker"}).json()
    assert made["sessionId"] in {s["sessionId"] for s in listed["sessions"]}
    assert listed["total"] == len(listed["sessions"])
    assert client.get("/sessions", params={"agent_id": "nobody"}).json()["total"] == 0
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == client.delete(path).status_code == 404


def test_a_reply_can_be_bare_text_and_a_task_can_go_on_alone(client: httpx.Client) -> None:
    session_id = session(client, "talker")
    bare = say(client, session_id, accept="text/plain")
    assert bare.text == "Hello there."
    assert bare.headers["content-type"].startswith("text/plain")
    alone = say(client, session_id, prefer="respond-async")
    assert (alone.status_code, alone.json()["status"]) == (202, "running")
    task = alone.json()["taskId"]
    rest = client.post(f"/agents/talker/tasks/{task}/resubscribe")
    assert sent(rest.text)[-1][2]["status"]["state"] == "completed"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"decision": "approve"}, "Done."),
        ({"decision": "approve", "args": {"path": "b.txt"}}, "Done."),
        ({"decision": "deny", "reason": "no"}, "Then not."),
    ],
)
def test_an_approval_is_asked_and_answered(
    client: httpx.Client, answer: dict[str, Any], text: str
) -> None:
    asked = say(client, session(client, "gated")).json()
    assert asked["status"] == "input_required"
    assert "endedAt" not in asked
    (part,) = asked["message"]["parts"]
    assert (part["type"], part["args"]) == ("tool_approval", {"path": "report.txt"})
    reply = {"type": "tool_approval", "request_id": part["request_id"], **answer}
    reply["args_digest"] = part["args_digest"]
    body = {"message": {"role": "user", "parts": [reply]}, "taskId": asked["taskId"]}
    events = sent(client.post("/agents/gated/message/stream", json=body).text)
    assert said(events) == text
    assert events[-1][2]["status"] == {"state": "completed"}
    results = [d["progress"] for _, n, d in events if n == "progress" and "result" in d["progress"]]
    ran = answer.get("args", {"path": "report.txt"})["path"]
    assert [r["result"] for r in results] == ([] if text != "Done." else [{"deleted": ran}])
    again = client.post("/agents/gated/message/send", json=body)
    assert again.status_code == 409
    assert "an approval is answered once" in again.json()["error"]


def test_a_stream_that_asks_ends_with_the_question(client: httpx.Client) -> None:
    events = sent(client.post("/agents/gated/message/stream", json=user("go")).text)
    status = events[-1][2]["status"]
    assert status["state"] == "input_required"
    assert status["message"]["parts"][0]["tool_name"] == "delete_file"


def test_a_task_is_sent_looked_at_stopped_and_continued(client: httpx.Client) -> None:
    task = client.post("/agents/slow/message/send", json=user("go"))
    assert task.status_code == 202
    path = f"/agents/slow/tasks/{task.json()['task_id']}"
    assert client.get(path).json()["status"]["state"] in ("submitted", "working")
    assert client.post(f"{path}/cancel").json()["status"]["state"] == "canceled"
    body = {**user("again"), "taskId": task.json()["task_id"]}
    more = client.post("/agents/slow/message/send", json=body).json()
    assert more["task_id"] == f"{task.json()['session_id']}.2"
    client.delete(f"/sessions/{more['session_id']}")


def test_a_stream_taken_up_again_goes_on_behind_the_last_number(client: httpx.Client) -> None:
    first = sent(client.post("/agents/busy/message/stream", json=user("go")).text)
    path = f"/agents/busy/tasks/{first[0][2]['task_id']}/resubscribe"
    for at, (number, _, _) in enumerate(first[:-1]):
        rest = sent(client.post(path, headers={"Last-Event-ID": str(number)}).text)
        assert rest == first[at + 1 :]
    assert {d["progress"]["type"] for _, n, d in first if n == "progress"} == {
        "tool_call",
        "tool_progress",
        "tool_result",
    }


def test_a_failed_task_says_so_in_one_line(client: httpx.Client) -> None:
    events = sent(client.post("/agents/broken/message/stream", json=user("go")).text)
    status = events[-1][2]["status"]
    assert status["state"] == "failed"
    assert status["message"]["parts"][0]["type"] == "text"


def test_all_events_of_a_session_come_as_they_are(client: httpx.Client) -> None:
    session_id = session(client, "talker")
    say(client, session_id)
    found = []
    with client.stream("GET", f"/sessions/{session_id}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
                if found[-1]["data"].get("status") == "Idle":
                    break
    assert [e["seq"] for e in found] == list(range(1, len(found) + 1))
    assert found[0]["type"] == "session_created"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "why"),
    [
        ("POST", "/sessions", "[", 400, "expected a JSON object as the body"),
        ("POST", "/sessions", "[]", 400, "got list"),
        ("POST", "/sessions", '{"agentId": "x"}', 404, "There are: talker"),
        ("POST", "/sessions/x/tasks", '{"input": {}}', 422, "expected {"),
        ("POST", "/agents/talker/message/send", '{"message": {}}', 422, "expected a message with"),
        ("POST", "/agents/nobody/message/send", "{}", 404, "There are: talker"),
        ("GET", "/agents/talker/tasks/x", "", 404, "expected the id of a task"),
        ("GET", "/agents/talker/tasks/x.1", "", 404, "there is none called 'x'"),
        ("GET", "/sessions/x/events", "", 404, "there is none called 'x'"),
        ("GET", "/v1/agent", "", 422, "expected `name` or `id`"),
    ],
)
def test_what_cannot_be_done_is_said(
    client: httpx.Client, method: str, path: str, body: str, status: int, why: str
) -> None:
    answer = client.request(method, path, content=body)
    assert answer.status_code == status
    assert why in answer.json()["error"]


def test_a_task_belongs_to_its_agent_and_an_answer_needs_a_decision(client: httpx.Client) -> None:
    task = say(client, session(client, "talker")).json()["taskId"]
    assert client.get(f"/agents/gated/tasks/{task}").status_code == 404
    assert client.get(f"/agents/talker/tasks/{task}9").status_code == 404
    parts = [{"type": "tool_approval", "request_id": "r", "decision": "maybe"}]
    body = {"message": {"parts": parts}, "taskId": task}
    refused = client.post("/agents/talker/message/send", json=body)
    assert "the decision 'approve' or 'deny'" in refused.json()["error"]
    resumed = client.post(
        f"/agents/talker/tasks/{task}/resubscribe", headers={"Last-Event-ID": "x"}
    )
    assert "expected a number as Last-Event-ID" in resumed.json()["error"]


def test_a_body_has_its_bounds(client: httpx.Client) -> None:
    refused = client.post("/sessions", content=b" " * (17 << 20))
    assert refused.status_code == 422
    assert "at most 16 MiB" in refused.json()["error"]
