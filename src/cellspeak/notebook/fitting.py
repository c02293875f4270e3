"""Make a turn's blocks fit into so many bytes: each level keeps less, and says so.

Its one law: what was said is the last to go, and no page is ever larger than its room.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from cellspeak.core.blocks import (
    Block,
    Fold,
    Markup,
    Note,
    Picture,
    Prompt,
    Reply,
    Source,
    Speaker,
    Table,
)
from cellspeak.core.export import blocks_to_html
from cellspeak.core.html import escaped
from cellspeak.core.markdown import shortened

__all__ = ["byte_size", "cut", "fitted"]

_DEAREST = len("<span>\\</span>")  # no other character takes more bytes in HTML
_MOST_MARKDOWN = 200_000


def fitted(parts: Sequence[Block], room: int) -> str:
    """Return *parts* as HTML of at most *room* bytes."""
    tried: list[Block] = []
    for level in _LEVELS if _is_quick(parts) else ():
        kept = level(parts)
        if kept == tried:
            continue
        page = blocks_to_html(kept)
        if byte_size(page) <= room:
            return page
        tried = kept
    return _bare(parts, room)


def _is_quick(parts: Sequence[Block]) -> bool:
    """Parsing a megabyte of markdown would hold up every session for seconds."""
    return sum(len(part.text) for part in parts if isinstance(part, Reply)) <= _MOST_MARKDOWN


def _with_short_sources(limit: int) -> Callable[[Sequence[Block]], list[Block]]:
    return lambda parts: [_short(part, limit) for part in parts]


def _short(part: Block, limit: int) -> Block:
    match part:
        case Source():
            return replace(part, text=shortened(part.text, limit))
        case Note():
            return replace(part, text=shortened(part.text, limit))
        case Table():
            return _fewer_rows(part, max(1, limit // 50))
        case Picture():
            fits = len(part.base64) <= limit * 48
            return part if fits else Note(f"The {part.label} is not shown here.")
        case Markup():
            fits = len(part.html) <= limit * 8
            return part if fits else Source("", shortened(part.text, limit))
        case Fold():
            return replace(part, body=tuple(_short(p, limit) for p in part.body))
        case _:
            return part


def _fewer_rows(table: Table, most: int) -> Table:
    """Return at most *most* rows, and a note that says of how many."""
    if len(table.rows) <= most:
        return table
    note = re.sub(r"^[\d,]+", f"{most:,}", table.note or f"0 of {len(table.rows):,} rows")
    return replace(table, rows=table.rows[:most], note=note)


def _without_bodies(parts: Sequence[Block]) -> list[Block]:
    """Keep of what is folded one line each."""
    return [_line(part) if isinstance(part, Fold) else _short(part, 200) for part in parts]


def _line(fold: Fold) -> Note:
    title = " ".join(filter(None, (fold.lead, fold.name)))
    return Note(f"{title}: {fold.note}" if fold.note else title)


def _words_only(parts: Sequence[Block]) -> list[Block]:
    """Keep what was said, and of the rest how much there was."""
    folds = sum(isinstance(part, Fold) for part in parts)
    if not folds:
        return _without_bodies(parts)
    said = [_short(part, 200) for part in parts if not isinstance(part, Fold)]
    return [*said, Note(f"{folds} tool calls, thoughts and searches are not shown here.")]


_LEVELS: tuple[Callable[[Sequence[Block]], list[Block]], ...] = (
    _with_short_sources(1_000),
    _with_short_sources(250),
    _with_short_sources(60),
    _without_bodies,
    _words_only,
)


def _bare(parts: Sequence[Block], room: int) -> str:
    """Return what was said without its markup, cut to *room* bytes."""
    text = "\n\n".join(filter(None, map(_said, parts)))
    limit = min(len(text), room)
    while limit > 0:
        page = f"<pre>{escaped(shortened(text, limit))}</pre>"
        over = byte_size(page) - room
        if over <= 0:
            return page
        limit -= over // _DEAREST + 1  # so many must go at least
    return ""


def _said(part: Block) -> str:
    match part:
        case Speaker():
            return f"{part.name}:"
        case Prompt() | Reply() | Note():
            return part.text
        case _:
            return ""


def cut(text: str, most: int) -> str:
    """Return *text* within *most* bytes, and how much more there was."""
    if byte_size(text) <= most:
        return text
    kept = text.encode("utf-8", "replace")[: most - 40].decode("utf-8", "ignore")
    return shortened(text, len(kept))


def byte_size(text: str) -> int:
    """Return the bytes of *text* in UTF-8."""
    return len(text.encode("utf-8", "replace"))
