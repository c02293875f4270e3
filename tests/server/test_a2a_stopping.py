"""What a peer is told when the server stops while it listens or waits."""

from __future__ import annotations

import json
import queue
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from cellspeak.agents.scripted import Say, Script, Wait

from .a2a_wire import message, state
from .serving import agent_of, serving

HEADERS = {"A2A-Version": "1.0"}
SLOW: Script = [Say("on and ", pieces=1), Wait(60)]


def listen(address: str, heard: queue.SimpleQueue[Any]) -> None:
    """Put each frame of a stream into *heard*."""
    with (
        httpx.Client(base_url=address, timeout=30, headers=HEADERS) as client,
        client.stream("POST", "/a2a/slow/message:stream", json=message("go")) as stream,
    ):
        for line in stream.iter_lines():
            if line.startswith("data: "):
                heard.put(json.loads(line[6:]))


def wait(address: str) -> Any:
    url = f"{address}/a2a/slow/message:send"
    params = message("go", contextId="waited")
    return httpx.post(url, json=params, headers=HEADERS, timeout=30).json()


def test_a_stream_ends_with_a_reason_and_a_wait_with_the_task() -> None:
    heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
    with ThreadPoolExecutor(2) as threads:
        with serving([agent_of(SLOW, "slow")]) as address:
            listening = threads.submit(listen, address, heard)
            while "artifactUpdate" not in heard.get(timeout=30):
                pass
            waiting = threads.submit(wait, address)
            while httpx.get(f"{address}/sessions").json()["total"] < 2:
                pass
        listening.result(30)
        waited = waiting.result(30)
    last = heard.get(timeout=30)["statusUpdate"]["status"]
    assert "about to stop" in last["message"]["parts"][0]["text"]
    assert heard.empty()
    assert state(waited["task"]) in ("SUBMITTED", "WORKING")
