"""What the demo agent can do, one small script each.

Its one law: prompts are anybody's text; they are quoted as code or reduced to plain words, never
run.  The tools are pretended: nothing on the disk or the network is touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data
from cellspeak.core.markdown import code_span, shortened
from cellspeak.errors import ValidationError

from .arithmetic import evaluate
from .base import TurnRequest
from .prose import thoughts, topic_words, write
from .scripted import (
    Ask,
    AskAll,
    Call,
    Fail,
    Say,
    Search,
    SignIn,
    Step,
    Think,
    approval_of,
    call_id,
)

__all__ = [
    "TELLS_NAME",
    "calculate",
    "delete",
    "fail",
    "greet",
    "read_prompt",
    "recall",
    "search",
    "sign_in",
    "think",
    "work",
    "write_words",
]

_MOST_WORDS = 20_000
_MOST_SECONDS = 590.0  # a turn ends by itself after 600
_MOST_FILES = 5
_READ = 2_000


def read_prompt(turn: Turn) -> str:
    """Return the prompt as far as it is read: no pattern meets a megabyte."""
    return turn.prompt[:_READ]


# --- a name ----------------------------------------------------------------------------------

_WORD = r"[^\W_](?:[^\W_]|['’-](?=[^\W_]))*"
TELLS_NAME = rf"\b(?:my\s+name(?:\s+is|['’]s)|call\s+me)\s+['\"“‘]?(?P<name>{_WORD}(?:[ ]{_WORD})*)"
"""A sentence that tells a name; letters and digits only, so that it can be said as it is."""


def greet(match: re.Match[str], _request: TurnRequest) -> Iterator[Step]:
    """Answer someone who told a name; the conversation is the memory."""
    yield Say(f"Nice to meet you, {_name(match)}. Ask me *What is my name?* whenever you like.")


def recall(_match: re.Match[str], request: TurnRequest) -> Iterator[Step]:
    """Say the name that was told last on this path."""
    # Posts that wait behind this turn have not been said yet.
    path = replace(request.conversation, head=request.turn.id).path
    told = (_told_name(turn) for turn in reversed(path))
    name = next((name for name in told if name), None)
    yield Say(
        f"Your name is {name}."
        if name
        else "You have not told me your name in this conversation. Say *My name is Alice*."
    )


def _told_name(turn: Turn) -> str | None:
    found = list(re.finditer(TELLS_NAME, read_prompt(turn), re.IGNORECASE))
    return _name(found[-1]) if found else None


def _name(match: re.Match[str]) -> str:
    """Return the first word, and those after it as long as they are written like names."""
    first, *more = match["name"][:200].split(" ")[:3]
    names = [first]
    for word in more:
        if not word[0].isupper():
            break
        names.append(word)
    return " ".join(names)[:60]


# --- a tool that runs by itself --------------------------------------------------------------


def calculate(expression: str) -> Iterator[Step]:
    """Work out *expression* with the calculator tool."""
    shown = code_span(expression)
    yield Call(
        "calculator", {"expression": expression}, run=lambda args: evaluate(args["expression"])
    )
    try:
        yield Say(f"{shown} is **{evaluate(expression)}**.")
    except ValidationError as error:
        yield Say(f"I cannot work out {shown}: {error}.")


# --- a tool that waits for a person ----------------------------------------------------------

_QUOTED = r"\"[^\"\n]+\"|'[^'\n]+'|`[^`\n]+`|“[^”\n]+”"
_FILE = re.compile(rf"(?P<quoted>{_QUOTED})|(?P<dotted>[^\s,;]*[^\s,;.]\.[A-Za-z0-9]\w*)")
_ANY_FILE = re.compile(
    r"\bfiles?\s+(?:named\s+|called\s+)?"
    r"(?!(?:in|on|of|from|with|that|which|please|and|or)\b)(?P<name>[^\s,;]+)",
    re.IGNORECASE,
)
_ARGS_SCHEMA = {
    "type": "object",
    "properties": {"path": {"type": "string", "minLength": 1, "description": "The file to delete"}},
    "required": ["path"],
    "additionalProperties": False,
}


def delete(match: re.Match[str], request: TurnRequest) -> Iterator[Step]:
    """Ask to delete the files that were named, and tell what became of each."""
    paths = _paths(match["what"])
    if not paths:
        yield Say("Which file shall I delete? Say *Delete the file report.txt*.")
        return
    names = " and ".join(code_span(path) for path in paths)
    yield Say(f"I will delete {names}. That needs your approval.")
    yield AskAll([_ask_to_delete(path) for path in paths])
    lines = [_deleted(request.turn, number) for number in range(1, len(paths) + 1)]
    yield Say(lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines))


def _paths(text: str) -> list[str]:
    found = [m["dotted"] or m["quoted"][1:-1].strip() for m in _FILE.finditer(text)]
    if not found:
        found = [m["name"].rstrip(".!?:") for m in _ANY_FILE.finditer(text)]
    return list(dict.fromkeys(path for path in found if path))[:_MOST_FILES]


def _ask_to_delete(path: str) -> Ask:
    call = Call("delete_file", {"path": path}, run=_pretend_to_delete, seconds=0.4)
    return Ask(call, args_schema=_ARGS_SCHEMA, reason="A deleted file cannot be brought back.")


def _pretend_to_delete(args: Data) -> Data:
    return {"deleted": args.get("path"), "note": "a pretended file: nothing on the disk changed"}


def _deleted(turn: Turn, number: int) -> str:
    key = call_id(turn, number)
    approval, call = approval_of(turn, key), turn.tool_calls.get(key)
    answer: Mapping[str, Any] = (approval and approval.resolution) or {}
    path = code_span(str(call.args.get("path", ""))) if call else "the file"
    if answer.get("approved"):
        return f"Done: {path} is deleted. (It was pretended: nothing on your disk changed.)"
    why = code_span(str(answer.get("deny_reason") or ""))
    return f"I left {path} alone" + (f": {why}." if why else ".")


# --- text, long and slow ---------------------------------------------------------------------


def think(match: re.Match[str], _request: TurnRequest) -> Iterator[Step]:
    """Think aloud, then say what came of it."""
    topic = topic_words(
        _sentence(re.sub(r"^(?:\W|aloud\b|hard\b|about\b|of\b)+", "", match["topic"]))
    )
    thought, conclusion = thoughts(topic)
    yield Think(thought)
    yield Say(conclusion)


def write_words(match: re.Match[str], _request: TurnRequest) -> Iterator[Step]:
    """Write about so many words in markdown."""
    groups = match.groupdict()
    number = int(str(groups.get("number") or "300").replace(",", "")[:9] or 0)
    number *= 1000 if groups.get("thousands") else 1
    if number > _MOST_WORDS:
        yield Say(f"I stop at {_MOST_WORDS:,} words.\n\n")
    wanted = max(1, min(number, _MOST_WORDS))
    text = write(topic_words(_sentence(groups.get("topic") or "")), wanted)
    yield Say(text, pieces=min(wanted, 2_000))  # at the usual pace half a minute at most


def _sentence(text: str) -> str:
    """Return the first sentence of *text*."""
    return re.split(r"[.?!](?:\s|$)", text, maxsplit=1)[0]


def work(match: re.Match[str], _request: TurnRequest) -> Iterator[Step]:
    """Let time pass in a tool that tells how far it is."""
    number, unit = match["number"], (match["unit"] or "s")[0].lower()
    wanted = (float(number) if number[0].isdigit() else 1.0) * {"s": 1, "m": 60, "h": 3600}[unit]
    seconds = min(wanted, _MOST_SECONDS)
    if seconds < wanted:
        yield Say(f"I stop after {seconds:g} seconds, before the turn's time is over.\n\n")
    parts = max(1, min(round(seconds), 60))
    told = [f"{seconds * i / parts:.3g} of {seconds:g} s" for i in range(1, parts)]
    result = {"worked_seconds": seconds}
    yield Call("slow_work", {"seconds": seconds}, result=result, seconds=seconds, progress=told)
    yield Say(f"Done: I worked for {seconds:g} seconds.")


def fail(_match: re.Match[str], _request: TurnRequest) -> Iterator[Step]:
    """Say half a sentence, then fail."""
    yield Say("I will try, but ")
    yield Fail("the demo agent failed because it was asked to; ask for something else")


# --- search and sign in ----------------------------------------------------------------------


def search(match: re.Match[str], _request: TurnRequest) -> Iterator[Step]:
    """Show made-up search results."""
    query = shortened(match["query"].strip().rstrip("?.! "), 200)
    slug = "-".join(re.findall(r"[a-z0-9]+", query.lower()))[:60] or "anything"
    kinds = ("an introduction", "questions and answers", "a short history")
    results = [
        {
            "title": f"{topic_words(query).capitalize()}: {kind} (made up)",
            "url": f"https://example.org/{kind.split()[-1]}/{slug}",
            "snippet": "This result is made up: the demo has no network.",
        }
        for kind in kinds
    ]
    yield Search(query, results)
    yield Say(
        f"I found {len(results)} results for {code_span(query)}. They are made up:"
        " the demo has no network."
    )


def sign_in(_match: re.Match[str], request: TurnRequest) -> Iterator[Step]:
    """Ask to sign in at a page that does not exist, and go on after the answer."""
    yield Say("You have to sign in first.")
    yield SignIn(
        "https://example.org/sign-in",
        "The demo pretends to need an account.",
        then=[Say("Thank you: you are signed in. (Pretended: there is no account.)")],
        denied=[Say("You did not sign in, so I go on without an account.")],
    )
