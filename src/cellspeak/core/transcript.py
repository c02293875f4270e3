"""Say what a turn holds, in the order a reader wants it, as a few kinds of blocks.

Its one law: nothing of the turn is left out and nothing is formatted; `export.py` writes the blocks
as markdown, plain text or HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .conversation import Approval, Message, ToolCall, Turn
from .events import Data

__all__ = [
    "Block",
    "Fold",
    "Link",
    "Note",
    "Prompt",
    "Reply",
    "Source",
    "Speaker",
    "blocks",
    "one_line",
]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says what follows."""

    name: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the user said, as it was typed, and the files that came with it."""

    text: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent said: markdown, and anybody's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """Text to show letter by letter: arguments, results."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """One result of a search, or an address to sign in at."""

    title: str
    url: str
    snippet: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One line about what happened."""

    text: str
    weight: str = "note"
    """`note`, or `error`."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Something with a heading that a reader may open: thinking, a tool call, a search."""

    lead: str
    name: str
    note: str
    body: tuple[Block, ...]


Block: TypeAlias = Speaker | Prompt | Reply | Source | Link | Note | Fold


def blocks(turn: Turn, agent_name: str) -> tuple[Block, ...]:
    """Return everything that *turn* holds, in the order of its appearance."""
    user, agent = Speaker("You"), Speaker(one_line(agent_name, 80) or "Agent")
    return (user, *_prompts(turn), agent, *_said(turn), *_end(turn))


def one_line(value: Any, most: int = 120) -> str:
    """Return a name from outside on one line: no breaks, controls or direction marks."""
    unseen = "\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    line = " ".join(re.sub(f"[{unseen}]+", " ", str(value)[: 4 * most]).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _prompts(turn: Turn) -> Iterator[Block]:
    for post in turn.posts:
        files = tuple(_file(f) for f in post.get("files") or () if isinstance(f, Mapping))
        yield Prompt(str(post.get("content", "")), files)


def _file(file: Data) -> str:
    name, mime = one_line(file.get("name") or "file"), one_line(file.get("mime") or "", 60)
    return f"{name} ({mime})" if mime else name


def _said(turn: Turn) -> Iterator[Block]:
    for message in turn.messages:
        yield from _BY_KIND.get(message.kind, _unknown)(turn, message)


def _text(_turn: Turn, message: Message) -> Iterator[Block]:
    if message.text:
        yield Reply(str(message.text))
    if message.status == "interrupted":
        yield Note("The reply was interrupted here.")


def _thinking(_turn: Turn, message: Message) -> Iterator[Block]:
    text = str(message.text) or str(message.data.get("summary", ""))
    yield Fold("Thinking", "", _duration(message.data), (Reply(text),))


def _tool(turn: Turn, message: Message) -> Iterator[Block]:
    call = turn.tool_calls.get(str(message.data.get("tool_call_id")))
    if call is None:
        return
    asked = [a for a in turn.approvals.values() if _is_about(a, call)]
    outcome = {} if call.status == "denied" else call.outcome or {}  # the decision says it
    body = (*_arguments(call, asked), *map(_decision, asked), *_outcome(outcome))
    note = ", ".join(filter(None, (_STATUS.get(call.status, one_line(call.status)), _took(call))))
    yield Fold("Tool", one_line(call.tool_name) or "unnamed", note, body)


def _is_about(approval: Approval, call: ToolCall) -> bool:
    return approval.request.get("tool_call_id") == call.tool_call_id


def _arguments(call: ToolCall, asked: list[Approval]) -> Iterator[Block]:
    before = asked[-1].request.get("args") if asked else call.args
    if before != call.args:
        yield Source("Arguments that were asked for", _readable(before))
        yield Source("Arguments that ran, edited", _readable(call.args))
    elif call.args:
        yield Source("Arguments", _readable(call.args))


def _decision(approval: Approval) -> Note:
    resolution = approval.resolution
    if resolution is None:
        return Note("Approval asked, not answered.")
    how = "Approved" if resolution.get("approved") else "Denied"
    why = one_line(resolution.get("deny_reason") or "", 400)
    return Note(f"{how} by {_who(resolution)}{_when(resolution)}{f': {why}' if why else '.'}")


def _who(data: Data) -> str:
    by = data.get("by")
    by = by if isinstance(by, Mapping) else {}
    kind, name = one_line(by.get("kind") or "somebody", 40), one_line(by.get("name") or "", 80)
    who = {"user": "the user", "timeout": "time-out", "policy": "policy"}.get(kind, kind)
    return f"{who} ({name})" if name else who


def _when(data: Data) -> str:
    found = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)", str(data.get("at", "")))
    return f" on {found[1]} at {found[2]} UTC" if found else ""


def _outcome(outcome: Data) -> Iterator[Block]:
    if "error" in outcome:
        yield Note(f"Error: {one_line(outcome['error'], 2000)}", "error")
    elif outcome:
        yield Source("Result", _result(outcome))
    if outcome.get("truncated"):
        yield Note("The result was longer and has been cut.")


def _result(outcome: Data) -> str:
    mime = outcome.get("mime")
    if outcome.get("result") is not None or not isinstance(mime, Mapping):
        return _readable(outcome.get("result"))
    plain = mime.get("text/plain")
    return plain if isinstance(plain, str) else "of type " + ", ".join(map(one_line, mime))


def _search(_turn: Turn, message: Message) -> Iterator[Block]:
    results = message.data.get("results")
    links = tuple(map(_link, results)) if isinstance(results, list | tuple) else ()
    count = "1 result" if len(links) == 1 else f"{len(links)} results"
    yield Fold("Search", one_line(message.data.get("query") or "", 200), count, links)


def _link(found: Any) -> Link:
    data = found if isinstance(found, Mapping) else {}
    url = str(data.get("url") or "")
    title = one_line(data.get("title") or "", 200) or one_line(url) or "untitled"
    return Link(title, url, one_line(data.get("snippet") or "", 400))


def _reauth(turn: Turn, message: Message) -> Iterator[Block]:
    yield Note(f"Sign-in asked: {one_line(message.data.get('reason') or '', 400)}")
    yield Link("the page to sign in", str(message.data.get("url") or ""))
    approval = turn.approvals.get(str(message.data.get("request_id")))
    if approval is not None and approval.resolution is not None:
        how = "Signed in" if approval.resolution.get("approved") else "Not signed in"
        yield Note(f"{how}{_when(approval.resolution)}.")


def _error(_turn: Turn, message: Message) -> Iterator[Block]:
    yield Note(f"Error: {one_line(message.data.get('error') or 'unknown', 2000)}", "error")


def _stopped(_turn: Turn, message: Message) -> Iterator[Block]:
    why = one_line(message.data.get("reason") or "", 400)
    yield Note(f"Stopped by {_who(message.data)}{f': {why}' if why else '.'}")


def _unknown(_turn: Turn, message: Message) -> Iterator[Block]:
    text = str(message.text) or _readable(message.data)
    yield Fold("Event", one_line(message.kind), "", (Source("Content", text),))


_BY_KIND: dict[str, Callable[[Turn, Message], Iterator[Block]]] = {
    "text": _text,
    "thinking": _thinking,
    "tool_call": _tool,
    "search_result": _search,
    "reauth_request": _reauth,
    "error": _error,
    "turn_cancelled": _stopped,
}

_STATUS = {
    "running": "running",
    "awaiting_approval": "waits for approval",
    "done": "done",
    "failed": "failed",
    "denied": "denied",
    "cancelled": "cancelled",
}
_OPEN_TURN = {
    "queued": "Waits for its turn.",
    "running": "Still running when this was written.",
    "awaiting_approval": "Waits for an approval.",
    "interrupted": "The turn was interrupted.",
}


def _end(turn: Turn) -> Iterator[Block]:
    if turn.status in _OPEN_TURN:
        yield Note(_OPEN_TURN[turn.status])
    used = ", ".join(_used(turn.usage or {}))
    if used:
        yield Note(f"Used {used}.")


def _used(usage: Data) -> Iterator[str]:
    for key, unit in (("input_tokens", "tokens in"), ("output_tokens", "tokens out")):
        if _is_number(usage.get(key)):
            yield f"{usage[key]:,} {unit}"
    if _is_number(usage.get("cost")):
        yield f"a cost of {usage['cost']:g}"
    took = _duration(usage)
    if took:
        yield took


def _took(call: ToolCall) -> str:
    return _duration(call.outcome or {})


def _duration(data: Data) -> str:
    value: Any = data.get("duration_ms")
    if not _is_number(value):
        return ""
    return f"{value:.0f} ms" if value < 100 else f"{value / 1000:.1f} s"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _readable(value: Any) -> str:
    """Return JSON for reading; a string as it is."""
    if isinstance(value, str):
        return value
    line = json.dumps(value, ensure_ascii=False, default=_plain)
    if len(line) <= _WIDTH:
        return line
    return json.dumps(value, indent=2, ensure_ascii=False, default=_plain)


_WIDTH = 80  # longer JSON is broken into lines


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
