"""Say what a turn holds, in the order a reader wants it, as a few kinds of blocks.

Its one law: nothing of the turn is left out and nothing is formatted; `export.py` writes the blocks
as markdown, plain text or HTML.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .blocks import Block, Fold, Link, Note, Prompt, Reply, Source, Speaker
from .conversation import Approval, Message, ToolCall, Turn
from .events import Data
from .mimes import VARIABLE
from .outcome import outcome_blocks, readable
from .rules import is_edited
from .words import counted, one_line

__all__ = ["blocks"]


def blocks(turn: Turn, agent_name: str) -> tuple[Block, ...]:
    """Return everything that *turn* holds, in the order of its appearance."""
    user, agent = Speaker("You"), Speaker(one_line(agent_name, 80) or "Agent")
    return (user, *_prompts(turn), agent, *_said(turn), *_end(turn))


def _prompts(turn: Turn) -> Iterator[Block]:
    for post in turn.posts:
        files = [f for f in post.get("files") or () if isinstance(f, Mapping)]
        yield Prompt(str(post.get("content", "")), tuple(map(_file, files)))
        yield from (_variable(f) for f in files if f.get("mime") == VARIABLE and "data" in f)


def _file(file: Data) -> str:
    name, mime = one_line(file.get("name") or "file"), one_line(file.get("mime") or "", 60)
    return f"{name} ({mime})" if mime and mime != VARIABLE else name


def _variable(file: Data) -> Fold:
    """What was told of a variable, because the words of a prompt alone do not show it."""
    try:
        text = base64.b64decode(str(file["data"]), validate=True).decode("utf-8", "replace")
    except ValueError:
        text = "cannot be read"
    return Fold("Sent", one_line(file.get("name") or "file"), "", (Source("", text),))


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
    decided = map(_decision, asked)
    body = (*_arguments(call, asked), *decided, *_progress(call), *outcome_blocks(outcome))
    note = ", ".join(filter(None, (_STATUS.get(call.status, one_line(call.status)), _took(call))))
    yield Fold("Tool", one_line(call.tool_name) or "unnamed", note, body)


def _is_about(approval: Approval, call: ToolCall) -> bool:
    return approval.request.get("tool_call_id") == call.tool_call_id


def _arguments(call: ToolCall, asked: list[Approval]) -> Iterator[Block]:
    before = asked[-1].request.get("args") if asked else call.args
    if before != call.args:
        yield Source("Arguments that were asked for", readable(before))
        yield Source("Arguments that ran, edited", readable(call.args))
    elif call.args:
        yield Source("Arguments", readable(call.args))


def _progress(call: ToolCall) -> Iterator[Block]:
    """Say how far the call was when it said so last."""
    said = one_line((call.progress or {}).get("text") or "", 200)
    if said:
        yield Note(f"Progress: {said}")


def _decision(approval: Approval) -> Note:
    resolution = approval.resolution
    if resolution is None:
        return Note("Approval asked, not answered.")
    approved = resolution.get("approved") is True
    said = f"{'Approved' if approved else 'Denied'} by {_who(resolution)}{_when(resolution)}"
    if approved:
        return Note(f"{', '.join((said, *_conditions(approval)))}.")
    why = one_line(resolution.get("deny_reason") or "", 400)
    return Note(f"{said}{f': {why}' if why else '.'}")


def _conditions(approval: Approval) -> Iterator[str]:
    if is_edited(approval):
        yield "with changed arguments"
    remember = (approval.resolution or {}).get("remember")
    if remember == "tool":
        yield "and always in this session for this tool"
    if remember == "args":
        yield "and always in this session with these arguments"


def _who(data: Data) -> str:
    by = data.get("by")
    by = by if isinstance(by, Mapping) else {}
    kind, name = one_line(by.get("kind") or "somebody", 40), one_line(by.get("name") or "", 80)
    who = {"user": "the user", "timeout": "time-out", "policy": "policy"}.get(kind, kind)
    return f"{who} ({name})" if name else who


def _when(data: Data) -> str:
    found = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)", str(data.get("at", "")))
    return f" on {found[1]} at {found[2]} UTC" if found else ""


def _search(_turn: Turn, message: Message) -> Iterator[Block]:
    results = message.data.get("results")
    links = tuple(map(_link, results)) if isinstance(results, list | tuple) else ()
    query = one_line(message.data.get("query") or "", 200)
    yield Fold("Search", query, counted(len(links), "result"), links)


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


def _note(_turn: Turn, message: Message) -> Iterator[Block]:
    """A quiet line about the turn itself, such as that the model was waited for."""
    yield Note(one_line(message.data.get("text") or "", 400))
    detail = message.data.get("detail")
    if isinstance(detail, str) and detail:
        yield Fold("Detail", "", "", (Source("", detail),))


def _unknown(_turn: Turn, message: Message) -> Iterator[Block]:
    text = str(message.text) or readable(message.data)
    yield Fold("Event", one_line(message.kind), "", (Source("Content", text),))


_BY_KIND: dict[str, Callable[[Turn, Message], Iterator[Block]]] = {
    "text": _text,
    "thinking": _thinking,
    "tool_call": _tool,
    "search_result": _search,
    "reauth_request": _reauth,
    "error": _error,
    "note": _note,
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
