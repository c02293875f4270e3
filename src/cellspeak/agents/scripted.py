"""Play a script as an agent: the test double, and the machine below the demo.

Its one law: a script is played from its start at every call, and what was played before the newest
question of the turn is passed over in silence.  So it needs no memory: the turn itself says where
it stands, live and in a new process.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from cellspeak.core.conversation import Approval, Turn
from cellspeak.core.events import Draft
from cellspeak.errors import CellspeakError, TurnFailedError

from . import base
from .base import Output, SaveState, TurnRequest
from .steps import (
    Ask,
    AskAll,
    Await,
    Call,
    Emit,
    Fail,
    Question,
    Run,
    Save,
    Say,
    Script,
    Search,
    SignIn,
    Step,
    Think,
    Usage,
    Wait,
)

__all__ = [
    "Ask",
    "AskAll",
    "Await",
    "Call",
    "Emit",
    "Fail",
    "Save",
    "Say",
    "Script",
    "ScriptedAgent",
    "Search",
    "SignIn",
    "Step",
    "Think",
    "Usage",
    "Wait",
    "approval_of",
    "call_id",
]


_Beat: TypeAlias = tuple[Output | None, float]
"""Something to yield, and the seconds to let pass after it."""


class ScriptedAgent:
    """An agent runtime that plays a script.

    Args:
        script: the steps, or a function that gives them for a request.  The function is called
            anew after each question and must give the same steps up to it; what follows a
            question may depend on its answer in `request.turn` (see `approval_of`).
        pace: seconds between two pieces of text, ≥ 0.
    """

    def __init__(self, script: Script, *, pace: float = 0.0) -> None:
        self._script = script
        self._pace = pace

    async def answer(self, request: TurnRequest) -> AsyncIterator[Output]:
        """Play the script on from where the turn stands; see `AgentRuntime.answer`."""
        script = self._script
        place = _Place(request.turn)
        stack = [iter(script(request) if callable(script) else script)]
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
            elif isinstance(step, Await):
                stack.append(iter(await step.make(request)))
            elif isinstance(step, Ask | AskAll | SignIn):
                answered = place.answered(step)
                if answered is None:
                    for draft in place.questions:
                        yield draft
                    return
                stack.append(iter(answered))
            else:
                for output, seconds in place.beats(step, self._pace):
                    if output is not None:
                        yield output
                    await asyncio.sleep(seconds)


def call_id(turn: Turn, number: int) -> str:
    """Return the id of the turn's call *number*, counted from 1 over all calls and questions."""
    return f"{turn.id}-t{number}"


def approval_of(turn: Turn, tool_call_id: str) -> Approval | None:
    """Return the question about a call, or None if it was not asked (yet)."""
    asked = turn.approvals.values()
    return next((a for a in asked if a.request.get("tool_call_id") == tool_call_id), None)


class _Place:
    """How far into its script a turn is."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._calls = 0
        self._sign_ins = 0
        self._ahead = len(turn.approvals)  # questions that were asked before and are still to pass
        self.questions: list[Draft] = []
        """What to ask now; empty while a question of before still waits for its answer."""

    def answered(self, step: Question) -> Iterable[Step] | None:
        """Return what follows the answer of *step*, or None if it must be waited for."""
        approvals = self._take(step)
        if any(a is None or a.resolution is None for a in approvals):
            return None
        self._ahead -= len(approvals)
        return self._follow(
            step, [bool((a.resolution or {}).get("approved")) for a in approvals if a]
        )

    def _take(self, step: Question) -> list[Approval | None]:
        if isinstance(step, SignIn):
            self._sign_ins += 1
            asked = [a for a in self._turn.approvals.values() if "tool_call_id" not in a.request]
            known = asked[self._sign_ins - 1 : self._sign_ins]
            self.questions = [] if known else [base.reauth(step.url, step.reason)]
            return [known[0] if known else None]
        asks = step.asks if isinstance(step, AskAll) else [step]
        ids = [self._next_id() for _ in asks]
        found = [approval_of(self._turn, i) for i in ids]
        pairs = zip(ids, asks, found, strict=True)
        self.questions = [_question(i, ask) for i, ask, a in pairs if a is None]
        return found

    def _follow(self, step: Question, approved: list[bool]) -> list[Step]:
        if isinstance(step, SignIn):
            return list(step.then if approved[0] else step.denied)
        asks = step.asks if isinstance(step, AskAll) else [step]
        first = self._calls - len(asks) + 1
        steps: list[Step] = []
        for number, (ask, yes) in enumerate(zip(asks, approved, strict=True), first):
            steps += [self._run(number, ask.call), *ask.then] if yes else ask.denied
        return steps

    def _run(self, number: int, call: Call) -> Run:
        key = call_id(self._turn, number)
        asked = self._turn.tool_calls.get(key)
        return Run(key, replace(call, args=asked.args) if asked else call)

    def _next_id(self) -> str:
        self._calls += 1
        return call_id(self._turn, self._calls)

    def beats(self, step: Step, pace: float) -> Iterator[_Beat]:
        """Return what *step* is to yield and how it is timed; nothing if it was played before."""
        if isinstance(step, Call):
            step = Run(self._next_id(), step)
        return iter(()) if self._ahead else _beats(step, pace)


def _beats(step: Step, pace: float) -> Iterator[_Beat]:
    match step:
        case Say():
            yield from ((base.say(piece), pace) for piece in _pieces(step))
        case Think():
            yield from ((base.think(piece), pace) for piece in _pieces(step))
            yield base.think("", done=True), 0
        case Wait():
            yield None, step.seconds
        case Run():
            yield from _running(step.tool_call_id, step.call)
        case Search():
            yield base.search(step.query, list(step.results)), 0
        case Usage():
            yield base.usage(**step.counts), 0
        case Save():
            yield SaveState(state=step.state), 0
        case Emit():
            yield step.draft, 0
        case Fail():
            raise step.error if isinstance(step.error, Exception) else TurnFailedError(step.error)
        case _:
            raise TypeError(f"expected a step of cellspeak.agents.scripted; got {step!r:.80}")


def _running(key: str, call: Call) -> Iterator[_Beat]:
    each = call.seconds / (len(call.progress) + 1)
    yield base.tool(key, call.tool_name, call.args), each
    for i, text in enumerate(call.progress, 1):
        yield base.progress(key, round(i / (len(call.progress) + 1), 4), text), each
    yield _outcome(key, call), 0


def _outcome(key: str, call: Call) -> Draft:
    if call.run is None:
        return base.result(key, call.tool_name, call.result, error=call.error)
    try:
        return base.result(key, call.tool_name, call.run(call.args))
    except CellspeakError as error:
        return base.result(key, call.tool_name, error=str(error))


def _question(key: str, ask: Ask) -> Draft:
    call = ask.call
    return base.ask(key, call.tool_name, call.args, args_schema=ask.args_schema, reason=ask.reason)


def _pieces(step: Say | Think) -> list[str]:
    if step.pieces is None:
        return re.findall(r"\s*\S+\s*|\s+$", step.text)
    size = max(1, -(-len(step.text) // max(1, step.pieces)))
    return [step.text[i : i + size] for i in range(0, len(step.text), size)]
