"""The steps that a script is made of; `scripted.py` plays them.

Its one law: a step is a value that says what shall happen, and does nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, TypeAlias

from cellspeak.core.events import Data, Draft

from .base import TurnRequest

__all__ = [
    "Ask",
    "AskAll",
    "Await",
    "Call",
    "Emit",
    "Fail",
    "Question",
    "Run",
    "Save",
    "Say",
    "Script",
    "Search",
    "SignIn",
    "Step",
    "Think",
    "Usage",
    "Wait",
]


@dataclass(frozen=True, slots=True)
class Say:
    """Say *text* in `pieces` deltas of about one length; None: word by word."""

    text: str
    pieces: int | None = None


@dataclass(frozen=True, slots=True)
class Think:
    """Think *text* aloud, in pieces like `Say`; the thought ends with it."""

    text: str
    pieces: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for so many seconds, ≥ 0."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Call:
    """Run a tool that needs no approval.

    Its outcome is `run(args)` if that is given (a `CellspeakError` raised there is the tool's
    error), else `error`, else `result`.
    """

    tool_name: str
    args: Data
    _: KW_ONLY
    result: Any = None
    error: str | None = None
    run: Callable[[Data], Any] | None = None
    seconds: float = 0.0
    """How long it takes, ≥ 0."""
    progress: Sequence[str] = ()
    """What it reports on its way, spread evenly over `seconds`."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask a person to approve *call*; the script goes on when the answer is there.

    Approved, the call runs with the arguments of the answer, then come the steps of `then`;
    denied, only those of `denied`.
    """

    call: Call
    _: KW_ONLY
    args_schema: Data | None = None
    reason: str | None = None
    then: Sequence[Step] = ()
    denied: Sequence[Step] = ()


@dataclass(frozen=True, slots=True)
class AskAll:
    """Ask several questions at once; the script goes on when all are answered."""

    asks: Sequence[Ask]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Ask a person to sign in at *url*, then play `then`, or `denied` if nobody did."""

    url: str
    reason: str
    _: KW_ONLY
    then: Sequence[Step] = ()
    denied: Sequence[Step] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """Show what a search found: `results` of `{title, url, snippet}`."""

    query: str
    results: Sequence[Data]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tell what the turn used, such as `{"output_tokens": 12}`."""

    counts: dict[str, float]


@dataclass(frozen=True, slots=True)
class Save:
    """Save *state*: the next call finds it in `request.state`."""

    state: bytes


@dataclass(frozen=True, slots=True)
class Emit:
    """Yield *draft* as it is: for words that have no step of their own."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class Fail:
    """End the turn by raising: an exception as it is, a string as `TurnFailedError`."""

    error: str | Exception


@dataclass(frozen=True, slots=True)
class Await:
    """Play the steps that `make` comes to, for what has to be awaited, such as a blob."""

    make: Callable[[TurnRequest], Awaitable[Iterable[Step]]]


@dataclass(frozen=True, slots=True)
class Run:
    """An approved call, with the arguments of the answer."""

    tool_call_id: str
    call: Call


Question: TypeAlias = Ask | AskAll | SignIn
Step: TypeAlias = (
    Say | Think | Wait | Call | Search | Usage | Save | Emit | Fail | Await | Question | Run
)
Script: TypeAlias = Sequence[Step] | Callable[[TurnRequest], Iterable[Step]]
