"""An agent that plays a recording: `Agent("lesson", model="replay:FILE")`.

It asks what was asked and says what was said, without a model or a network; tools do not run, their
recorded results are shown.  Its one law: where here differs from the recording, a note says so, and
nothing is played that the difference has made untrue.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data, Draft
from cellspeak.core.kinds import dict_of, str_of
from cellspeak.core.words import counted, one_line
from cellspeak.errors import NotFoundError, TurnFailedError, ValidationError

from . import base
from .base import Output, TurnRequest
from .recording import Line, RecordedTurn, Recording, load

__all__ = ["ReplayAgent"]

_KIND = "replay"
_ADDRESS = re.compile(r"(?P<path>.+?)(?:\?speed=(?P<speed>\w+))?")
_LONGEST = 60.0  # seconds between two lines that are waited for


class ReplayAgent:
    """An agent runtime that plays a recording.

    Args:
        address: the path of the file; `?speed=real` behind it takes the time that it took.

    Raises:
        ValidationError: if the file is no recording, or the speed no speed.
    """

    types = True
    """It can answer with an object of a type, if that was recorded."""

    def __init__(self, address: str) -> None:
        found = _ADDRESS.fullmatch(address)
        speed = (found and found["speed"]) or "full"
        if found is None or speed not in ("full", "real"):
            raise ValidationError(
                f"expected replay:FILE or replay:FILE?speed=real; got 'replay:{address:.200}'"
            )
        self._path = Path(found["path"]).expanduser().absolute()
        self._real = speed == "real"
        load(self._path)

    async def answer(self, request: TurnRequest) -> AsyncGenerator[Output, None]:
        """Play the turn that stands at this place; see `AgentRuntime.answer`."""
        recorded = self._turn(load(self._path), len(request.conversation.path))
        passed = len(request.turn.approvals)
        rounds = _rounds(recorded.lines)
        place = _place(rounds, passed)
        lines = rounds[place] if place < len(rounds) else []
        if passed:
            told = _differs(rounds[place - 1], lines, request.turn)
        else:
            told = _other_prompt(recorded, request.turn)
        if told:
            yield base.note(_KIND, told)
            if passed:
                return
        at = _at(rounds[place - 1][-1], 0.0) if place else 0.0
        for line in lines:
            for pause, draft in self._beats(line, at):
                if pause:
                    await asyncio.sleep(pause)
                yield draft
            at = _at(line, at)

    def _turn(self, recording: Recording, number: int) -> RecordedTurn:
        if number > len(recording.turns):
            turns = counted(len(recording.turns), "turn")
            raise NotFoundError(
                f"the recording {self._path.name!r:.80} has {turns}, and this is one more; "
                "record it with %%chat --record"
            )
        return recording.turns[number - 1]

    def _beats(self, line: Line, before: float) -> Iterator[tuple[float, Draft]]:
        """Return what *line* is played as, and the seconds to wait before each piece."""
        drafts = list(_drafts(line, pieces=self._real))
        pause = min(_LONGEST, max(0.0, _at(line, before) - before)) if self._real else 0.0
        for draft in drafts:
            yield pause / len(drafts), draft


def _at(line: Line, default: float) -> float:
    at = line.get("at")
    return float(at) if isinstance(at, int | float) else default


def _is_question(line: Line) -> bool:
    return "ask" in line or "sign_in" in line


def _rounds(lines: Sequence[Line]) -> list[list[Line]]:
    """Return *lines* cut behind each group of questions: what is played in one go."""
    rounds: list[list[Line]] = [[]]
    for line in lines:
        if rounds[-1] and _is_question(rounds[-1][-1]) and not _is_question(line):
            rounds.append([])
        rounds[-1].append(line)
    return rounds


def _place(rounds: Sequence[Sequence[Line]], passed: int) -> int:
    """Return which round comes after *passed* questions."""
    asked = 0
    for index, lines in enumerate(rounds):
        if asked >= passed:
            return index
        asked += sum(map(_is_question, lines))
    return len(rounds)


def _other_prompt(recorded: RecordedTurn, turn: Turn) -> str:
    if " ".join(recorded.prompt.split()) == " ".join(turn.prompt.split()):
        return ""
    return (
        f"The recording answers another prompt here: “{one_line(recorded.prompt, 200)}”. "
        "What follows is its answer."
    )


def _differs(asked: Sequence[Line], lines: Sequence[Line], turn: Turn) -> str:
    """Return a sentence if an answer to *asked* is not the one that *lines* begin with."""
    questions = [line for line in asked if _is_question(line)]
    recorded = [line for line in lines if "answer" in line]
    newest = list(turn.approvals.values())[-len(questions) :]
    for question, approval in zip(questions, newest, strict=False):
        name = str_of(question.get("ask"), "sign_in")
        answer = next((a for a in recorded if a["answer"] == name), {})
        what = (
            f"this call of {one_line(question.get('tool', ''), 60)}" if "ask" in question else "it"
        )
        was, now = _decision(answer), _decision(approval.resolution or {})
        if was != now:
            return f"In the recording {what} was {was}; here it was {now}. The turn ends here."
        call = turn.tool_calls.get(str_of(approval.request.get("tool_call_id")))
        if now == "approved" and call is not None and dict(call.args) != answer.get("args", {}):
            return f"In the recording {what} had other arguments. The turn ends here."
    return ""


def _decision(answer: Data) -> str:
    if "approved" not in answer:
        return "left open"
    return "approved" if answer["approved"] is True else "denied"


def _drafts(line: Line, *, pieces: bool) -> Iterator[Draft]:
    """Return what *line* says; text in *pieces* of a word."""
    kind = next((k for k in _PLAYED if k in line), None)
    if kind is None:
        return
    if kind in ("say", "think") and pieces and line[kind]:
        words = re.findall(r"\s*\S+\s*|\s+$", str_of(line[kind])) or [line[kind]]
        yield from (_PLAYED[kind]({**line, kind: word}) for word in words)
        return
    draft = _PLAYED[kind](line)
    if draft is not None:
        yield draft


def _thought(line: Line) -> Draft:
    return base.think(str_of(line["think"]), done=line.get("done") is True)


def _call(line: Line) -> Draft:
    return base.tool(str_of(line["call"]), str_of(line.get("tool")), dict_of(line.get("args")))


def _progress(line: Line) -> Draft:
    fraction = line.get("fraction")
    known = fraction if isinstance(fraction, int | float) else None
    return base.progress(str_of(line["progress"]), known, str_of(line.get("text")))


def _result(line: Line) -> Draft:
    skipped = ("at", "result", "tool", "value")
    data: dict[str, Any] = {k: v for k, v in line.items() if k not in skipped}
    data |= {"tool_call_id": str_of(line["result"]), "tool_name": str_of(line.get("tool"))}
    if "error" not in data:
        data["result"] = line.get("value")
    return Draft(type="tool_result", data=data)


def _ask(line: Line) -> Draft:
    data: Data = {
        "tool_call_id": str_of(line["ask"]),
        "tool_name": str_of(line.get("tool")),
        "args": dict_of(line.get("args")),
        **{k: line[k] for k in ("args_schema", "reason", "always") if k in line},
    }
    return Draft(type="approval_request", data=data)


def _sign_in(line: Line) -> Draft:
    return base.reauth(str_of(line["sign_in"]), str_of(line.get("reason")))


def _event(line: Line) -> Draft:
    return Draft(type=str_of(line["event"]), data=dict_of(line.get("data")))


def _end(line: Line) -> Draft | None:
    if line["end"] == "failed":
        raise TurnFailedError(str_of(line.get("error")) or "the recorded turn failed")
    return base.note(_KIND, "The recording was stopped here.") if line["end"] == "stopped" else None


_Played: TypeAlias = Callable[[Line], Any]
_PLAYED: Mapping[str, _Played] = {
    "say": lambda line: base.say(str_of(line["say"])),
    "think": _thought,
    "call": _call,
    "progress": _progress,
    "result": _result,
    "ask": _ask,
    "sign_in": _sign_in,
    "event": _event,
    "end": _end,
}
"""How a line is played, by the key that makes its kind; `Draft`, or None for nothing."""
