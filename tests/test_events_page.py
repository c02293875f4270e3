"""docs/events.md: it names every type of an event and every field, and the engine keeps to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest

from cellspeak import Agent, CellspeakError, Session, SessionEvent, SessionEventType, tool
from cellspeak.agents import base
from cellspeak.agents.base import TurnRequest
from cellspeak.agents.scripted import (
    Ask,
    Call,
    Emit,
    Fail,
    Say,
    ScriptedAgent,
    Search,
    SignIn,
    Step,
    Think,
    Usage,
    Wait,
)
from cellspeak.core.events import ParticipantStatus
from cellspeak.errors import ApprovalProblem

PAGE = (Path(__file__).parents[1] / "docs" / "events.md").read_text("utf-8")
CONNECTION = {"session_connected", "pong"}
CALL = Call("delete", {"path": "a"}, result="gone", progress=["half"])


def rows() -> Iterator[tuple[str, Mapping[str, bool]]]:
    """Yield each type with its fields, and whether a field is always there."""
    for kind, cells in re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE):
        fields = (re.match(r"`(\w+)(\??)`", part) for part in cells.split(" · "))
        yield kind, {field[1]: not field[2] for field in fields if field}


FIELDS = dict(rows())


def script(request: TurnRequest) -> list[Step]:
    said: dict[str, list[Step]] = {
        "all": [
            Think("Well."),
            Say("I look."),
            Search("apollo", [{"title": "A", "url": "https://example.org", "snippet": "…"}]),
            Call("add", {"a": 1}, error="no"),
            Emit(base.note("memory", "Left out.", strategy="window", turns=1, from_turn="s.2")),
            Usage({"input_tokens": 1, "output_tokens": 2, "cost": 0.1}),
        ],
        "ask": [Ask(CALL, then=[Say("Done.")], denied=[], reason="sure?", args_schema={})],
        "sign in": [SignIn("https://example.org", "needed")],
        "fail": [Say("I try"), Fail("no")],
        "wait": [Say("I wait"), Wait(60)],
    }
    return said[request.turn.prompt]


class Table:
    def __init__(self, rows: int) -> None:
        self.rows = 1 // rows * rows

    def _repr_html_(self) -> str:
        return "<b>n</b>"


@tool(approval="always ask")
def table(rows: int) -> object:
    return Table(rows)


async def log_of(session: Session) -> list[SessionEvent]:
    end = (await session.conversation()).seq
    found = []
    async for event in session.listen(after=0):
        found.append(event)
        if event.seq == end:
            break
    return found


async def turn(session: Session, prompt: str, *, approved: bool = True) -> None:
    """Have *prompt* answered, and every question on the way."""
    receipt = await session.send(prompt)
    async for event in session.listen():
        if event.requires_action and event.turn_id == receipt.turn_id:
            await session.respond(
                event, approved=approved, deny_reason=None if approved else "no", remember="tool"
            )
        if event.is_turn_end and event.turn_id == receipt.turn_id:
            return


async def everything() -> list[SessionEvent]:
    """Return the logs of sessions in which nearly all happens that can."""
    session = await Agent("all", runtime=ScriptedAgent(script)).create_session()
    for prompt in ("all", "sign in", "fail"):
        await turn(session, prompt)
    await turn(session, "ask", approved=False)
    await turn(session, "ask")
    first = await session.send("wait")
    queued = await session.send_many(["wait", "wait"])
    for receipt in (queued, first):
        await session.cancel(receipt.turn_id)
        await session.settled(str(receipt.turn_id))
    await session.set_head(next(iter((await session.conversation()).turns)))
    logs = await log_of(session)

    tools = await Agent("tools", tools=[table]).create_session()
    for rows in (0, 1):
        receipt = await tools.send(f"call table(rows={rows})")
        asked = await tools.settled(str(receipt.turn_id))
        await tools.respond_approval(asked.pending[0].request_id, approved=True)
        await tools.until(lambda c: c.open_turn is None)
    logs += await log_of(tools)
    await tools.terminate()
    return logs


def test_the_page_names_every_type_and_no_other() -> None:
    assert sorted(FIELDS) == sorted(SessionEventType)


def test_typescript_knows_the_same_types() -> None:
    source = (Path(__file__).parents[1] / "js/src/core/events.ts").read_text("utf-8")
    listed = source.partition("SESSION_EVENT_TYPES = [")[2].partition("]")[0]
    assert re.findall(r'"(\w+)"', listed) == list(SessionEventType)


async def test_every_field_of_a_log_is_named_and_every_sure_field_is_there() -> None:
    logs = await everything()
    assert {e.type for e in logs} == set(SessionEventType) - CONNECTION - {"session_terminated"}
    unnamed = {(e.type, field) for e in logs for field in e.data if field not in FIELDS[e.type]}
    missing = {
        (e.type, field)
        for e in logs
        for field, sure in FIELDS[e.type].items()
        if sure and field not in e.data
    }
    assert (unnamed, missing) == (set(), set())
    said = {field for e in logs for field in e.data}
    assert {"mime", "traceback", "always", "deny_reason", "queued", "first"} <= said


@pytest.mark.parametrize("status", ParticipantStatus)
def test_the_page_names_what_an_agent_can_be_doing(status: str) -> None:
    assert f"`{status}`" in PAGE


def codes(cls: type[CellspeakError]) -> Iterator[str]:
    yield cls.code
    for sub in cls.__subclasses__():
        if sub.__module__ == "cellspeak.errors":
            yield from codes(sub)


@pytest.mark.parametrize("word", sorted({*codes(CellspeakError), *get_args(ApprovalProblem)}))
def test_the_page_names_every_word_that_a_program_compares(word: str) -> None:
    assert f"`{word}`" in PAGE.partition("## Words that programs compare")[2]


def test_the_example_runs() -> None:
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    exec(code, {})
