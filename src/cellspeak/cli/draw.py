"""A turn as rich draws it: markdown, and one line for each call and decision.

Its one law: everything is an agent's text until it went through `safe`; links show their address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.text import Text

from cellspeak.core.conversation import Message, Turn
from cellspeak.core.kinds import list_of, str_of

from .said import safe

__all__ = ["draw"]

MOST = 400
"""Characters of one line about a call."""


def draw(turn: Turn) -> RenderableType:
    """Return what *turn* says so far."""
    return Group(*(part for m in turn.messages for part in _DRAW.get(m.kind, _nothing)(turn, m)))


def _text(_turn: Turn, message: Message) -> Iterator[RenderableType]:
    if message.text:
        # Not clickable: the words of such a link would hide where it leads.
        yield Markdown(safe(str(message.text)), hyperlinks=False)


def _thinking(_turn: Turn, message: Message) -> Iterator[RenderableType]:
    text = str(message.text) or str_of(message.data.get("summary"))
    yield _line(f"thinking: {text}", "dim italic")


def _call(turn: Turn, message: Message) -> Iterator[RenderableType]:
    call = turn.tool_calls.get(str_of(message.data.get("tool_call_id")))
    if call is None:
        return
    status = call.status.replace("_", " ")
    error = str_of((call.outcome or {}).get("error"))
    yield _line(f"• {call.tool_name}: {status}{f' ({error})' if error else ''}", "cyan")


def _search(_turn: Turn, message: Message) -> Iterator[RenderableType]:
    count = len(list_of(message.data.get("results")))
    yield _line(f"• searched {str_of(message.data.get('query'))}: {count} results", "cyan")


def _error(_turn: Turn, message: Message) -> Iterator[RenderableType]:
    yield _line(f"error: {str_of(message.data.get('error'))}", "red")


def _nothing(_turn: Turn, _message: Message) -> Iterator[RenderableType]:
    yield from ()


def _line(text: str, style: str) -> Text:
    line = " ".join(safe(text).split())
    return Text(line if len(line) <= MOST else line[: MOST - 1] + "…", style=style)


_DRAW: dict[str, Callable[[Turn, Message], Iterator[RenderableType]]] = {
    "text": _text,
    "thinking": _thinking,
    "tool_call": _call,
    "search_result": _search,
    "error": _error,
}
