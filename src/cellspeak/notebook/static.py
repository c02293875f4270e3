"""The transcript that a notebook keeps beside the widget, for readers without a kernel.

Its one law: legible under any sanitiser (no style, no script, plain tags) and bounded: a turn costs
at most 1.5 times its text and 2 KB, and what its tables and pictures take up to 48 KB; a chat
64 KB, and what is left out is said.  How a turn is made to fit is in `fitting.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TypeAlias

from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.export import to_text
from cellspeak.core.kinds import dict_of
from cellspeak.core.mimes import PICTURES, TABLE
from cellspeak.core.transcript import blocks

from .fitting import byte_size, cut, fitted

__all__ = [
    "chat_bundle",
    "chat_html",
    "chat_text",
    "turn_bundle",
    "turn_html",
    "turn_text",
]

Bundle: TypeAlias = dict[str, str]

_TURN_EXTRA = 2_048
_TURN_FACTOR = 1.5
_RICH = 48 * 1024  # bytes that the tables and pictures of a turn may add
_MARKED = 3  # a cell's `<td>…</td>` and its row cost about three times as much as in JSON
_CHAT_TURNS = 20
_CHAT_BYTES = 64 * 1024
_PLAIN = 400  # bytes of the plain twin in a bundle: whoever shows it shows no HTML


def turn_bundle(turn: Turn, static_class: str, agent_name: str) -> Bundle:
    """Return what to display for *turn*: HTML, and a short plain text for hosts without it.

    Args:
        turn: the turn, ended or not.
        static_class: the class by which the live view hides this transcript.
        agent_name: who answers.
    """
    plain = cut(turn_text(turn, agent_name), _PLAIN)
    page = _turn_html(turn, static_class, agent_name, _budget(turn) - byte_size(plain))
    return {"text/html": page, "text/plain": plain}


def chat_bundle(
    conversation: Conversation,
    static_class: str,
    agent_name: str,
    shown: Collection[str] = frozenset(),
) -> Bundle:
    """Return what to display for a whole chat; see `turn_bundle`.

    Args:
        conversation: the chat.
        static_class: the class by which the live view hides this transcript.
        agent_name: who answers.
        shown: ids of the turns that cells of the notebook show already; only their count is said.
    """
    plain = cut(chat_text(conversation, agent_name), _PLAIN)
    room = _CHAT_BYTES - byte_size(plain)
    page = _chat_html(conversation, static_class, agent_name, room, shown)
    return {"text/html": page, "text/plain": plain}


def turn_html(turn: Turn, static_class: str, agent_name: str) -> str:
    """Return *turn* as HTML of at most 1.5 times its text and 2 KB."""
    return _turn_html(turn, static_class, agent_name, _budget(turn))


def chat_html(conversation: Conversation, static_class: str, agent_name: str) -> str:
    """Return the newest turns as HTML: at most 20, and at most 64 KB."""
    return _chat_html(conversation, static_class, agent_name, _CHAT_BYTES)


def turn_text(turn: Turn, agent_name: str) -> str:
    """Return the whole of *turn* as plain text, for a terminal."""
    return to_text(turn, agent_name=agent_name)


def chat_text(conversation: Conversation, agent_name: str) -> str:
    """Return the newest 20 turns as plain text, and how many are left out."""
    path = conversation.path
    left_out = _left_out(len(path) - _CHAT_TURNS)
    return f"{left_out}\n\n" * bool(left_out) + to_text(path[-_CHAT_TURNS:], agent_name=agent_name)


def _budget(turn: Turn) -> int:
    """Return the bytes that *turn* may cost: its text is what was said, thought included."""
    said = sum(byte_size(str(m.text)) for m in turn.messages if m.kind in ("text", "thinking"))
    return int(_TURN_FACTOR * (byte_size(turn.prompt) + said)) + _TURN_EXTRA + _rich(turn)


def _rich(turn: Turn) -> int:
    """Return the bytes that tables and pictures of *turn* may take: people look at those first."""
    bundles = [dict_of((call.outcome or {}).get("mime")) for call in turn.tool_calls.values()]
    tables = sum(_MARKED * byte_size(str(b[TABLE])) for b in bundles if TABLE in b)
    found = [b[kind] for b in bundles for kind in PICTURES if isinstance(b.get(kind), str)]
    return min(_RICH, tables + sum(map(len, found)))


def _turn_html(turn: Turn, static_class: str, agent_name: str, budget: int) -> str:
    room = budget - byte_size(_wrapped("", static_class))
    return _wrapped(fitted(blocks(turn, agent_name), room), static_class)


def _chat_html(
    conversation: Conversation,
    static_class: str,
    agent_name: str,
    budget: int,
    shown: Collection[str] = frozenset(),
) -> str:
    path = [turn for turn in conversation.path if turn.id not in shown]
    above = _above(len(conversation.path) - len(path))
    room = budget - byte_size(_wrapped(above + _notice(len(path)), static_class)) - 2
    kept: list[str] = []
    for turn in reversed(path[-_CHAT_TURNS:]):
        most = _budget(turn) if kept else min(_budget(turn), room - 1)
        page = fitted(blocks(turn, agent_name), most)
        if byte_size(page) + 1 > room:
            break
        kept.append(page)
        room -= byte_size(page) + 1
    notice = _notice(len(path) - len(kept))
    return _wrapped("\n".join(filter(None, [above, notice, *reversed(kept)])), static_class)


def _wrapped(body: str, static_class: str) -> str:
    """A class is letters, digits and dashes: it is ours, and nothing else gets into the tag."""
    name = re.sub(r"[^A-Za-z0-9_-]", "", static_class)[:80]
    return f'<div class="cellspeak-static {name}">\n{body}\n</div>'


def _notice(count: int) -> str:
    said = _left_out(count)
    return f"<p><em>{said}</em></p>" if said else ""


def _above(count: int) -> str:
    """A line in place of the turns that the notebook's cells hold, each with its transcript."""
    if count <= 0:
        return ""
    turns = "1 turn of this chat is" if count == 1 else f"{count:,} turns of this chat are"
    return f"<p><em>{turns} shown by the cells that asked.</em></p>"


def _left_out(count: int) -> str:
    if count <= 0:
        return ""
    turns = "1 earlier turn is" if count == 1 else f"{count:,} earlier turns are"
    return f"{turns} not shown here."
