"""A2A by hand: what each method does, and what a peer is told when it cannot be done."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .a2a_wire import PICTURE, agents, call, data_part, frames, message, said, state, until
from .serving import serving

HEADERS = {"A2A-Version": "1.0"}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving(agents()) as address, httpx.Client(base_url=address, timeout=20) as opened:
        yield opened


def send(client: httpx.Client, agent: str, *parts: Any, **about: str) -> dict[str, Any]:
    result = call(client, agent, "SendMessage", message(*parts, **about))
    assert "task" in result, result
    task: dict[str, Any] = result["task"]
    return task


def question(task: dict[str, Any]) -> dict[str, Any]:
    assert state(task) == "INPUT_REQUIRED"
    parts = task["status"]["message"]["parts"]
    found: dict[str, Any] = next(p["data"] for p in parts if "data" in p)
    return found


# Saying something


def test_a_task_is_a_turn_and_a_context_a_session(client: httpx.Client) -> None:
    task = send(client, "talker", "hi")
    assert (state(task), task["artifacts"][0]["parts"]) == ("COMPLETED", [{"text": "Hello there."}])
    assert task["id"] == f"{task['contextId']}.1"
    assert task["history"][0]["messageId"] == "m-1"
    more = send(client, "talker", "again", mid="m-2", contextId=task["contextId"])
    assert more["id"] == f"{task['contextId']}.2"
    assert client.get(f"/sessions/{task['contextId']}").json()["agentId"] == "talker"


def test_a_client_may_make_up_a_context_of_its_own(client: httpx.Client) -> None:
    one = send(client, "talker", "hi", contextId="my-context")
    two = send(client, "talker", "hi", mid="m-2", contextId="my-context")
    assert one["contextId"] == two["contextId"] == "my-context"
    assert one["id"].removesuffix(".1") == two["id"].removesuffix(".2")
    elsewhere = send(client, "busy", "hi", contextId="my-context")
    assert elsewhere["id"].partition(".")[0] != one["id"].partition(".")[0]
    listed = call(client, "talker", "ListTasks", {"contextId": "my-context"})
    assert [t["id"] for t in listed["tasks"]] == [two["id"], one["id"]]


def test_a_message_that_is_sent_again_is_taken_once(client: httpx.Client) -> None:
    one = send(client, "talker", "hi", contextId="resent")
    assert send(client, "talker", "hi", contextId="resent") == one
    streamed = frames(client, "talker", "SendStreamingMessage", message("hi", contextId="resent"))
    assert [list(f) for f in streamed] == [["task"]]
    assert streamed[0]["task"]["id"] == one["id"]


def test_the_updates_of_a_stream_add_up_to_the_task(client: httpx.Client) -> None:
    for agent in ("talker", "busy", "painter"):
        found = frames(client, agent, "SendStreamingMessage", message("hi"))
        assert state(found[0]["task"]) == "SUBMITTED"
        states = [state(f["statusUpdate"]) for f in found if "statusUpdate" in f]
        assert (states[0], states[-1]) == ("WORKING", "COMPLETED")
        task = call(client, agent, "GetTask", {"id": found[0]["task"]["id"]})
        assert said(found) == task["artifacts"][0]["parts"][0]["text"]


def test_a_tool_tells_its_steps_and_a_rich_result_is_an_artifact(client: httpx.Client) -> None:
    found = frames(client, "busy", "SendStreamingMessage", message("hi"))
    steps = [
        f["statusUpdate"]["metadata"]["progress"]["type"]
        for f in found
        if "metadata" in f.get("statusUpdate", {})
    ]
    assert steps == ["tool_call", "tool_progress", "tool_result", "tool_call"]
    task = send(client, "painter", "hi")
    parts = {p["mediaType"]: p for p in task["artifacts"][1]["parts"]}
    assert parts["image/png"]["raw"] == PICTURE
    assert parts["text/plain"]["text"] == "a plot"
    assert parts["application/json"]["data"] == {"x": [1, 2]}


def test_who_does_not_wait_gets_the_task_at_once(client: httpx.Client) -> None:
    params = {**message("hi"), "configuration": {"returnImmediately": True}}
    task = call(client, "slow", "SendMessage", params)["task"]
    assert state(task) in ("SUBMITTED", "WORKING")
    stopped = call(client, "slow", "CancelTask", {"id": task["id"]})
    assert state(stopped) == "CANCELED"
    assert call(client, "slow", "CancelTask", {"id": task["id"]})["code"] == -32002
    assert state(call(client, "slow", "GetTask", {"id": task["id"]})) == "CANCELED"


def test_files_and_data_reach_the_agent_and_stay_in_the_history(client: httpx.Client) -> None:
    raw = base64.b64encode(b"the cat sat").decode()
    file = {"raw": raw, "filename": "cat.txt", "mediaType": "text/plain"}
    task = send(client, "demo", "What is in them?", file, {"data": {"rows": [1, 2.5]}})
    reply = task["artifacts"][0]["parts"][0]["text"]
    assert "the cat sat" in reply
    assert '{"rows":[1,2.5]}' in reply
    text, sent, made = task["history"][0]["parts"]
    assert (text, sent) == ({"text": "What is in them?"}, file)
    assert json.loads(base64.b64decode(made["raw"])) == {"rows": [1, 2.5]}


def test_a_large_file_is_in_the_history_by_its_address(client: httpx.Client) -> None:
    content = b"x" * 40_000
    raw = {"raw": base64.b64encode(content).decode(), "filename": "x.txt"}
    task = send(client, "talker", "keep this", raw)
    kept = task["history"][0]["parts"][1]
    assert (kept["filename"], "raw" in kept) == ("x.txt", False)
    assert httpx.get(kept["url"]).content == content


# Approvals


@pytest.mark.parametrize(
    ("answer", "text", "ran"),
    [
        ("approve", "Done.", "report.txt"),
        (" Approved. ", "Done.", "report.txt"),
        ("deny: not that one", "Then not.", None),
        ("deny", "Then not.", None),
        (data_part(type="tool_approval", decision="approve"), "Done.", "report.txt"),
        (
            data_part(type="tool_approval", decision="approve", args={"path": "b.txt"}),
            "Done.",
            "b.txt",
        ),
        (data_part(type="tool_approval", decision="deny", reason="no"), "Then not.", None),
    ],
)
@pytest.mark.parametrize("named", ["taskId", "contextId"])
def test_an_approval_is_asked_and_answered(
    client: httpx.Client, answer: Any, text: str, ran: str | None, named: str
) -> None:
    task = send(client, "gated", "go")
    asked = question(task)
    assert (asked["tool_name"], asked["args"]) == ("delete_file", {"path": "report.txt"})
    if not isinstance(answer, str):
        bound = {k: asked[k] for k in ("request_id", "args_digest")}
        answer = {"data": {**answer["data"], **bound}}
    about = {"taskId": task["id"]} if named == "taskId" else {"contextId": task["contextId"]}
    done = send(client, "gated", answer, mid="m-2", **about)
    assert (done["id"], state(done)) == (task["id"], "COMPLETED")
    assert done["artifacts"][0]["parts"][0]["text"] == f"I will delete it.\n\n{text}"
    posted, shown, given = done["history"]
    assert [m["role"] for m in (posted, shown, given)] == ["ROLE_USER", "ROLE_AGENT", "ROLE_USER"]
    told = given["parts"][0]["data"]
    assert told.get("args", {}).get("path") == ran
    again = send(client, "gated", answer, mid="m-2", taskId=task["id"])
    assert again == done


def test_a_stream_that_asks_ends_with_the_question_and_goes_on_after_the_answer(
    client: httpx.Client,
) -> None:
    found = frames(client, "gated", "SendStreamingMessage", message("go"))
    assert state(found[-1]["statusUpdate"]) == "INPUT_REQUIRED"
    task_id = found[0]["task"]["id"]
    rest = frames(
        client, "gated", "SendStreamingMessage", message("approve", mid="m-2", taskId=task_id)
    )
    assert "task" not in rest[0]
    assert state(rest[0]["statusUpdate"]) == "WORKING"
    assert state(rest[-1]["statusUpdate"]) == "COMPLETED"
    assert said(found + rest) == "I will delete it.\n\nDone."


def test_plain_words_answer_one_question_each(client: httpx.Client) -> None:
    task = send(client, "twice", "go")
    half = send(client, "twice", "approve", mid="m-2", taskId=task["id"])
    assert question(half)["request_id"] != question(task)["request_id"]
    whole = send(client, "twice", "deny: enough", mid="m-3", taskId=task["id"])
    assert state(whole) == "COMPLETED"
    decisions = [m["parts"][0]["data"]["decision"] for m in whole["history"][2::2]]
    assert decisions == ["approve", "deny"]


def test_who_must_sign_in_is_told_where(client: httpx.Client) -> None:
    task = send(client, "shut", "go")
    assert state(task) == "AUTH_REQUIRED"
    text, data = task["status"]["message"]["parts"]
    assert "https://login.example" in text["text"]
    assert data["data"]["type"] == "sign_in"
    assert state(send(client, "shut", "approve", mid="m-2", taskId=task["id"])) == "COMPLETED"


def test_a_message_behind_a_question_does_not_wait_for_ever(client: httpx.Client) -> None:
    task = send(client, "gated", "go")
    behind = send(client, "gated", "and then?", mid="m-2", contextId=task["contextId"])
    assert state(behind) == "SUBMITTED"
    send(client, "gated", "deny", mid="m-3", taskId=task["id"])
    until(client, "gated", behind["id"], lambda t: state(t) == "INPUT_REQUIRED")


# Looking


@pytest.mark.parametrize("again", ["SubscribeToTask", "SendStreamingMessage"])
def test_who_comes_back_gets_what_was_missed_and_then_the_rest(
    client: httpx.Client, again: str
) -> None:
    first = message("hi", contextId=f"back-{again}")
    params = {**first, "configuration": {"returnImmediately": True}}
    task_id = call(client, "slow", "SendMessage", params)["task"]["id"]
    until(client, "slow", task_id, lambda t: "artifacts" in t)
    asked = first if again == "SendStreamingMessage" else {"id": task_id}
    body = {"jsonrpc": "2.0", "id": 1, "method": again, "params": asked}
    found = []
    with client.stream("POST", "/a2a/slow/", json=body, headers=HEADERS) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line[6:])["result"])
                if len(found) == 1:
                    assert state(call(client, "slow", "CancelTask", {"id": task_id})) == "CANCELED"
    assert found[0]["task"]["artifacts"][0]["parts"] == [{"text": "on and "}]
    assert [state(f["statusUpdate"]) for f in found[1:]] == ["CANCELED"]
    assert call(client, "slow", "SubscribeToTask", {"id": task_id})["code"] == -32004


def test_the_history_is_as_long_as_asked_for(client: httpx.Client) -> None:
    task = send(client, "gated", "go")
    send(client, "gated", "approve", mid="m-2", taskId=task["id"])
    for length, roles in ((None, 3), (0, 0), (1, 1), (2, 2), (9, 3)):
        asked = {"id": task["id"], **({} if length is None else {"historyLength": length})}
        found = call(client, "gated", "GetTask", asked).get("history", [])
        assert len(found) == roles
    last = call(client, "gated", "GetTask", {"id": task["id"], "historyLength": 1})
    assert last["history"][0]["messageId"].startswith("m-2/")
    assert (
        call(client, "gated", "GetTask", {"id": task["id"], "historyLength": -1})["code"] == -32602
    )


def test_tasks_are_listed_page_by_page_the_newest_first(client: httpx.Client) -> None:
    ids = [send(client, "busy", "hi", mid=f"m-{n}", contextId="paged")["id"] for n in range(5)]
    query: dict[str, Any] = {"contextId": "paged", "pageSize": 2}
    found, sizes = [], []
    while True:
        page = client.get("/a2a/busy/tasks", params=query, headers=HEADERS).json()
        found += [t["id"] for t in page["tasks"]]
        sizes.append(page["totalSize"])
        assert not any("artifacts" in t for t in page["tasks"])
        if not page["nextPageToken"]:
            break
        query["pageToken"] = page["nextPageToken"]
    assert (found, set(sizes)) == (ids[::-1], {5})
    query = {"contextId": "paged", "includeArtifacts": "true", "historyLength": 0}
    ((first, *_),) = [client.get("/a2a/busy/tasks", params=query, headers=HEADERS).json()["tasks"]]
    assert first["artifacts"][0]["parts"][0]["text"] == "Ok."
    assert first["history"] == []
    by_state = {"contextId": "paged", "status": "TASK_STATE_WORKING"}
    assert call(client, "busy", "ListTasks", by_state)["totalSize"] == 0
    late = {"contextId": "paged", "statusTimestampAfter": "2999-01-01T00:00:00Z"}
    assert call(client, "busy", "ListTasks", late)["totalSize"] == 0


def test_a_failed_task_says_so_in_one_line_and_nothing_of_an_exception(
    client: httpx.Client,
) -> None:
    task = send(client, "broken", "go")
    assert state(task) == "FAILED"
    assert task["status"]["message"]["parts"] == [{"text": "it broke"}]
    found = frames(client, "leaky", "SendStreamingMessage", message("go"))
    assert state(found[-1]["statusUpdate"]) == "FAILED"
    assert "secret" not in json.dumps(found)


# Older peers


def test_the_words_of_0_3_do_the_same(client: httpx.Client) -> None:
    sent = {"kind": "message", "messageId": "x", "role": "user"}
    parts = [{"kind": "text", "text": "go"}]

    def old(method: str, params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return client.post("/a2a/gated/", json=body).json()

    task = old("message/send", {"message": {**sent, "parts": parts}})["result"]
    assert (task["kind"], task["status"]["state"]) == ("task", "input-required")
    asked = next(p["data"] for p in task["status"]["message"]["parts"] if p["kind"] == "data")
    answer = {"type": "tool_approval", "request_id": asked["request_id"], "decision": "approve"}
    given = {**sent, "messageId": "y", "taskId": task["id"]}
    given["parts"] = [{"kind": "data", "data": answer}]
    assert old("message/send", {"message": given})["result"]["status"]["state"] == "completed"
    assert old("tasks/get", {"id": task["id"]})["result"]["id"] == task["id"]
    assert old("tasks/cancel", {"id": task["id"]})["error"]["code"] == -32002
    assert old("tasks/get", {"id": "none.1"})["error"]["code"] == -32001
    assert old("message/send", {"message": {"parts": 1}})["error"]["code"] == -32602


def test_the_version_may_stand_in_the_query(client: httpx.Client) -> None:
    assert client.get("/a2a/talker/tasks?A2A-Version=1.0").status_code == 200
    refused = client.get("/a2a/talker/tasks").json()
    assert refused["error"]["details"][0]["reason"] == "VERSION_NOT_SUPPORTED"
