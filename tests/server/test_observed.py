"""What a server tells of itself: numbers, log lines, spans; and that nothing said is among it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cellspeak.agents.base import TurnRequest
from cellspeak.agents.scripted import Say
from cellspeak.core.events import SessionEvent
from cellspeak.server.access import AccessRules, Token
from cellspeak.server.logs import start_logging
from cellspeak.server.observe import observed
from cellspeak.server.spans import Spans
from cellspeak.stores.memory import MemoryStore

from .serving import GATED, agent_of, serving

PROMPT = "the-words-of-a-person"
RULES = AccessRules(tokens=[Token(name="team", token="s3cret-key")])
KEY = {"X-API-Key": "s3cret-key"}


class Clumsy:
    """A runtime that fails with what it was asked."""

    async def answer(self, request: TurnRequest) -> Any:
        yield Say
        raise RuntimeError(request.turn.prompt)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    kept = io.StringIO()
    start_logging(kept)
    yield kept
    root.handlers[:], root.level = before


def gated_turn(address: str) -> str:
    """Run a turn with an approved call; return its session."""
    with httpx.Client(base_url=address, headers=KEY, timeout=20) as client:
        session = str(client.post("/sessions", json={"agentId": "gated"}).json()["sessionId"])
        asked = client.post(f"/sessions/{session}/tasks", json={"input": {"content": PROMPT}})
        (part,) = asked.json()["message"]["parts"]
        answer = {**part, "decision": "approve"}
        body = {"message": {"parts": [answer]}, "taskId": asked.json()["taskId"]}
        client.post("/agents/gated/message/stream", json=body)
    return session


def test_the_numbers_are_those_of_what_happened() -> None:
    with serving([agent_of(GATED, "gated")], rules=RULES) as address:
        gated_turn(address)
        assert httpx.get(f"{address}/metrics").status_code == 401
        text = httpx.get(f"{address}/metrics", headers=KEY).text
    for line in (
        "cellspeak_sessions_created_total 1.0",
        'cellspeak_turns_total{status="complete"} 1.0',
        'cellspeak_tool_calls_total{status="done"} 1.0',
        'cellspeak_approvals_total{answer="approved"} 1.0',
        'cellspeak_requests_total{method="POST",status="200"} 2.0',
        'cellspeak_requests_total{method="GET",status="401"} 1.0',
        "cellspeak_turn_seconds_count 1.0",
        "cellspeak_sockets 0.0",
    ):
        assert line in text
    assert "gated" not in text
    assert "delete_file" not in text


def test_the_log_tells_sessions_and_turns_and_none_of_the_words(lines: io.StringIO) -> None:
    agents = [agent_of(GATED, "gated"), agent_of(Clumsy(), "clumsy")]
    with serving(agents, rules=RULES) as address:
        session = gated_turn(address)
        made = httpx.post(f"{address}/sessions", json={"agentId": "clumsy"}, headers=KEY).json()
        path = f"{address}/sessions/{made['sessionId']}/tasks?ticket=t1cket"
        httpx.post(path, json={"input": {"content": PROMPT}}, headers=KEY)
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    mine = [line for line in told if line.get("session_id") == session]
    words = [line["message"] for line in mine]
    assert words[0] == "session created"
    assert words[-1] == "turn ended"
    assert {"turn posted", "approval asked", "approval answered", "tool call"} <= set(words)
    assert {line["turn_id"] for line in mine[1:]} == {f"{session}.1"}
    requests = [line for line in told if line["message"] == "request"]
    assert {line["owner"] for line in requests} == {"team"}
    assert any(line["message"] == "turn failed" for line in told)
    for secret in (PROMPT, "s3cret-key", "t1cket", "report.txt", "I will delete"):
        assert secret not in lines.getvalue()


def test_an_exception_is_told_by_its_class_and_place(lines: io.StringIO) -> None:
    try:
        raise ValueError(PROMPT)
    except ValueError as error:
        logging.getLogger("somebody").error("it failed", exc_info=error)
    line = json.loads(lines.getvalue())
    assert (line["level"], line["message"]) == ("error", "it failed")
    assert line["error"]["type"] == "ValueError"
    assert "test_observed.py" in line["error"]["at"][-1]
    assert PROMPT not in lines.getvalue()


def test_a_turn_is_a_span_and_what_it_did_are_spans_in_it() -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    spans = Spans(provider.get_tracer("test"))
    with serving([agent_of(GATED, "gated")], rules=RULES, spans=spans) as address:
        session = gated_turn(address)
    found = kept.get_finished_spans()
    (turn,) = [s for s in found if s.name == "turn"]
    assert (turn.attributes or {})["cellspeak.turn_id"] == f"{session}.1"
    inner = [s for s in found if s is not turn]
    assert sorted(s.name for s in inner) == ["approval", "model call", "model call", "tool"]
    assert {s.parent.span_id for s in inner if s.parent} == {turn.context.span_id}
    outcomes = {s.name: (s.attributes or {}).get("cellspeak.outcome") for s in inner}
    assert (outcomes["approval"], outcomes["tool"]) == ("approved", "done")
    assert PROMPT not in "".join(s.to_json() for s in found)


def test_nobody_who_watches_means_no_layer_at_all() -> None:
    store = MemoryStore()
    assert observed(store, []) is store


async def test_an_observer_that_fails_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_events: object) -> None:
        raise RuntimeError(PROMPT)

    heard: list[SessionEvent] = []
    with (
        caplog.at_level(logging.WARNING),
        serving(
            [agent_of([Say("Hello.")], "Ada")],
            store=lambda: observed(MemoryStore(), [fail, heard.extend]),
        ) as address,
    ):
        async with httpx.AsyncClient(base_url=address) as client:
            made = (await client.post("/sessions", json={"agentId": "Ada"})).json()
            path = f"/sessions/{made['sessionId']}/tasks"
            done = await client.post(path, json={"input": {"content": PROMPT}})
    assert done.json()["status"] == "completed"
    assert heard[0].type == "session_created"
    assert PROMPT not in caplog.text
