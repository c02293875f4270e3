"""Replies that come whole: `enable_streaming: false`."""

from __future__ import annotations

import json

import httpx

from cellspeak.agents.scripted import Call, Say
from cellspeak.server.whole import Whole

from .serving import agent_of, serving


def test_each_message_comes_in_one_piece_and_the_complete_one_still_comes() -> None:
    script = [Say("one two", 5), Call("look", {"at": "it"}, result="seen"), Say("three", 4)]
    agent = agent_of(script, "Ada")  # type: ignore[arg-type]  # a list of steps
    agent.runtime = Whole(agent.runtime)
    with serving([agent]) as address:
        made = httpx.post(f"{address}/sessions", json={"agentId": "Ada"}).json()
        path = f"{address}/sessions/{made['sessionId']}"
        httpx.post(f"{path}/tasks", json={"input": {"content": "go"}})
        events = []
        with httpx.stream("GET", f"{path}/events") as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    events.append(json.loads(line[6:]))
                    if events[-1]["data"].get("status") == "Idle":
                        break
    deltas = [e["data"]["delta"] for e in events if e["type"] == "message_delta"]
    assert len(deltas) <= 2
    assert [e["data"]["text"] for e in events if e["type"] == "message_complete"] == ["three"]
    assert [e["data"]["status"] for e in events if e["type"] == "tool_call"] == ["running", "done"]
