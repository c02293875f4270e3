"""A2A by hand: the agents that the tests talk to, and the bodies that they post."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx

import cellspeak.server.a2a.served  # noqa: F401 - now, and not within a first request's patience
from cellspeak.agent import Agent
from cellspeak.agents.demo import demo_agent
from cellspeak.agents.scripted import Ask, AskAll, Call, Emit, Fail, Say, SignIn, Wait
from cellspeak.core.events import Draft

from .serving import DELETE, GATED, agent_of

__all__ = [
    "agents",
    "call",
    "data_part",
    "frames",
    "message",
    "said",
    "state",
    "until",
]

PICTURE = base64.b64encode(b"\x89PNG picture").decode()


def agents() -> list[Agent]:
    """Return one agent for each thing that a task can do."""
    plot = {"tool_call_id": "p1", "tool_name": "plot"}
    bundle = {"text/plain": "a plot", "image/png": PICTURE, "application/json": {"x": [1, 2]}}
    return [
        agent_of([Say("Hello there.", pieces=3)], "talker"),
        agent_of(GATED, "gated"),
        agent_of([AskAll([Ask(DELETE), Ask(DELETE)])], "twice"),
        agent_of([Say("on and ", pieces=1), Wait(60)], "slow"),
        agent_of([Fail("it broke")], "broken"),
        agent_of([Fail(RuntimeError("the inner secret"))], "leaky"),
        agent_of([SignIn("https://login.example", "to read", then=[Say("In.")])], "shut"),
        agent_of([Call("look", {"at": 1}, result="seen", progress=["half"]), Say("Ok.")], "busy"),
        agent_of(
            [
                Emit(Draft(type="tool_call", data={**plot, "args": {}})),
                Emit(Draft(type="tool_result", data={**plot, "result": "ok", "mime": bundle})),
                Say("See."),
            ],
            "painter",
        ),
        Agent("demo", runtime=demo_agent(pace=0)),
    ]


def data_part(**data: Any) -> dict[str, Any]:
    return {"data": data}


def message(*parts: dict[str, Any] | str, mid: str = "m-1", **about: str) -> dict[str, Any]:
    """Return the params of a send; a text is a part."""
    made = [{"text": p} if isinstance(p, str) else p for p in parts]
    return {"message": {"messageId": mid, "role": "ROLE_USER", "parts": made, **about}}


def call(client: httpx.Client, agent: str, method: str, params: Any, **headers: str) -> Any:
    """Call a JSON-RPC method; return its result or its error."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = client.post(f"/a2a/{agent}/", json=body, headers={"A2A-Version": "1.0", **headers})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    found = answer.json()
    assert found["id"] == 1
    return found["result"] if "result" in found else found["error"]


def frames(client: httpx.Client, agent: str, method: str, params: Any) -> list[dict[str, Any]]:
    """Call a streaming method; return the results of its frames."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = client.post(f"/a2a/{agent}/", json=body, headers={"A2A-Version": "1.0"})
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line[6:])["result"] for line in lines]


def state(task: dict[str, Any]) -> str:
    return str(task["status"]["state"]).removeprefix("TASK_STATE_")


def said(found: list[dict[str, Any]]) -> str:
    """Return the reply that the updates add up to."""
    text = ""
    for update in (f["artifactUpdate"] for f in found if "artifactUpdate" in f):
        if update["artifact"]["artifactId"] == "reply":
            piece = "".join(p["text"] for p in update["artifact"]["parts"])
            text = text + piece if update.get("append") else piece
    return text


def until(client: httpx.Client, agent: str, task_id: str, wanted: Callable[[Any], bool]) -> Any:
    """Look at a task until it is as *wanted*; return it."""
    while not wanted(task := call(client, agent, "GetTask", {"id": task_id})):
        time.sleep(0.005)
    return task
