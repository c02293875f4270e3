"""Arguments while they are written: seen, seldom, and never taken for a call that runs."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, ToolCallPart, ToolCallPartDelta

from cellspeak.agents.llm.calls import Calls
from cellspeak.agents.llm.speech import SHOW_EVERY, Speech
from cellspeak.core.conversation import Turn
from cellspeak.core.events import Draft

ARGS = json.dumps({"path": "a.py", "text": "print('hello')\n" * 2_000})


def written(args: str, seconds: float, tool: str = "write") -> Sequence[Draft]:
    """Return what is shown while *args* are written in so many *seconds*, 16 characters at once."""
    pieces = [args[i : i + 16] for i in range(0, len(args), 16)]
    now = 0.0
    turn = Turn(id="s.1", status="running")
    speech = Speech(Calls((), {}), turn, ["write"], clock=lambda: now)
    speech.begin()
    shown = [*speech.said(PartStartEvent(index=0, part=ToolCallPart(tool, "", "c1")))]
    for piece in pieces:
        now += seconds / len(pieces)
        shown += speech.said(PartDeltaEvent(index=0, delta=ToolCallPartDelta(args_delta=piece)))
    return shown


async def test_they_are_shown_as_they_grow_and_marked_as_partial() -> None:
    shown = written(ARGS, 20.0)
    texts = [d.data["args"].get("text", "") for d in shown]
    assert len(texts) > 3
    assert texts == sorted(texts, key=len)
    assert all(json.loads(ARGS)["text"].startswith(t) for t in texts)
    assert {(d.type, d.data["status"], d.data["partial"]) for d in shown} == {
        ("tool_call", "running", True)
    }


async def test_they_are_shown_a_few_times_a_second_and_a_few_times_their_length_in_all() -> None:
    shown = written(ARGS, 20.0)
    assert len(shown) <= 20.0 / SHOW_EVERY
    assert sum(len(json.dumps(d.data["args"])) for d in shown) < 6 * len(ARGS)


@pytest.mark.parametrize(("args", "seconds"), [(ARGS, SHOW_EVERY / 2), ('{"a": 1}', 5.0)])
async def test_what_is_quick_or_short_is_shown_when_it_is_whole(args: str, seconds: float) -> None:
    assert written(args, seconds) == []


async def test_what_is_no_tool_of_the_agent_is_not_shown() -> None:
    assert written(ARGS, 20.0, tool="final_result") == []


async def test_noise_is_not_shown() -> None:
    assert written("<" * 4_000, 20.0) == []
