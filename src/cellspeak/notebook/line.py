"""Read the line of `%chat` and `%%chat`: leading options, then free text.

Only what stands before the text is looked at; quotes, braces and apostrophes of a prompt are just
text.  `--` ends the options, and what follows is always a prompt.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cellspeak.errors import ValidationError

__all__ = ["OPTIONS", "SUBCOMMANDS", "Line", "Option", "parse", "subcommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option: `value` names what it takes, empty for a switch; `choices` limits it."""

    value: str = ""
    choices: tuple[str, ...] = ()
    help: str


OPTIONS: Mapping[str, Option] = {
    "agent": Option(
        value="NAME", help="who answers; a session keeps its agent, so this starts one"
    ),
    "model": Option(value="MODEL", help="a model answers, such as openai:gpt-5-mini"),
    "server": Option(
        value="URL", help="sessions live at this cellspeak server; key: CELLSPEAK_API_KEY"
    ),
    "session": Option(value="NAME_OR_ID", help="the session to use; a new name starts one"),
    "new": Option(help="start a new session"),
    "no-wait": Option(help="return at once; the reply streams on below the cell"),
    "into": Option(value="NAME", help="put the reply into this variable: .text, .turn"),
    "record": Option(
        value="FILE", help="write the conversation up to this cell to FILE; replay:FILE plays it"
    ),
    "vars": Option(
        value="A,B", help="tell of these variables, too: their kind, size and beginning"
    ),
    "on-approval": Option(
        value="ask|deny|allow",
        choices=("ask", "deny", "allow"),
        help="what happens when a tool needs approval",
    ),
}

SUBCOMMANDS: Mapping[str, str] = {
    "status": "what runs, what waits, which session and agent",
    "sessions": "the sessions of the store, newest first",
    "resume [NUMBER|ID]": "go on with a session; without: the newest of this notebook",
    "stop": "stop the running turn; what was said stays",
    "fix": "ask about the last error, with its cell and its traceback",
    "clear": "start a new session; says how to get back",
    "reset": "the same as clear",
    "export [FILE]": "the conversation as .md, .html, .txt, .json or .ipynb; without: shown here",
    "insert [NUMBER]": "open a cell with the code that you pressed Insert for; without: the newest",
    "models": "which models could answer here, and what they need",
    "where": "what is kept, where, how large, and what the notebook holds",
    "forget ID|all": "delete a session, or all of them, for good",
    "help": "this list",
}

_BARE = (
    *("status", "sessions", "resume", "stop", "clear", "reset", "export"),
    *("fix", "insert", "models", "where", "help"),
)
_ID = r"\d{1,6}|[0-9a-f]{6,32}"
_WITH_ARGUMENT = re.compile(
    rf"(?:(resume|forget)\s+({_ID})|(insert)\s+(\d{{1,4}})|(forget)\s+(all)|(export)\s+(\S+\.(?:md|html|txt|json|ipynb)))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a line says."""

    options: Mapping[str, Any] = field(default_factory=dict)
    """Option name → its value, or True for a switch."""
    text: str = ""
    """What follows the options, as it was typed."""
    literal: bool = False
    """True after `--`: the text is a prompt whatever it says."""


def parse(line: str) -> Line:
    """Return the options and the text of *line*.

    Raises:
        ValidationError: for an option that is not known, lacks its value or has a wrong one.
    """
    options: dict[str, Any] = {}
    rest = line.strip()
    while rest.startswith("--"):
        if rest == "--" or rest[2].isspace():
            return Line(options=options, text=rest[2:].strip(), literal=True)
        name, value, rest = _option(rest)
        options[name] = value
    return Line(options=options, text=rest)


def subcommand(text: str) -> tuple[str, str] | None:
    """Return the subcommand that *text* is, and its argument; None if it is a prompt.

    Subcommands count only in exactly their form: `stop` is one, `stop it` is not.
    """
    if text in _BARE:
        return text, ""
    found = _WITH_ARGUMENT.fullmatch(text)
    if found is None:
        return None
    name, argument = (group for group in found.groups() if group is not None)
    return name, argument


def _option(rest: str) -> tuple[str, Any, str]:
    head = re.match(r"--([^\s=]+)", rest)
    name = head.group(1) if head else ""
    option = OPTIONS.get(name)
    if option is None:
        raise ValidationError(_unknown(name))
    rest = rest[len(name) + 2 :]
    if not option.value:
        if rest.startswith("="):
            raise ValidationError(f"expected --{name} alone, it takes no value; got {rest!r:.80}")
        return name, True, rest.lstrip()
    value, rest = _value(name, option, rest)
    if option.choices and value not in option.choices:
        raise ValidationError(f"expected --{name} {option.value}; got {value!r:.80}")
    return name, value, rest


def _value(name: str, option: Option, rest: str) -> tuple[str, str]:
    found = re.match(r"""(?:\s+|=)(?:"([^"]*)"|'([^']*)'|([^\s"'-]\S*))\s*""", rest)
    if found is None:
        raise ValidationError(f"expected a value: --{name} {option.value}")
    value = next(group for group in found.groups() if group is not None)
    return value, rest[found.end() :]


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, OPTIONS, n=1, cutoff=0.5)
    hint = f"did you mean --{near[0]}?" if near else f"there are --{', --'.join(OPTIONS)}."
    return (
        f"expected an option of %chat; got --{name:.60}; {hint} "
        "To send it as text put -- and a space before it"
    )
