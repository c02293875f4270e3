"""Say what came of a tool call: a table, a picture, markup, JSON or an error, as blocks.

Its one law: a bundle is somebody else's.  Of its entries only the kinds named here are shown, each
looked at before; a kind that is not known is named, and nothing is ever loaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .blocks import Block, Fold, Markup, Note, Picture, Source, Table
from .clean import is_picture
from .events import Data
from .kinds import dict_of
from .mimes import PICTURES, TABLE
from .words import one_line, size_of

__all__ = ["outcome_blocks", "readable"]

_COLUMNS, _ROWS, _CELL = 20, 50, 200
_WIDTH = 80  # longer JSON is broken into lines


def outcome_blocks(outcome: Data) -> Iterator[Block]:
    """Yield what *outcome* (`result` or `error`, `mime`, `traceback`) shows."""
    if "error" in outcome:
        yield Note(f"Error: {one_line(outcome['error'], 2000)}", "error")
    elif outcome:
        yield from _shown(outcome, dict_of(outcome.get("mime")))
    if isinstance(outcome.get("traceback"), str):
        yield Fold("Traceback", "", "", (Source("", outcome["traceback"]),))
    if outcome.get("truncated"):
        yield Note("The result was longer and has been cut.")


def readable(value: Any) -> str:
    """Return JSON for reading; a string as it is."""
    if isinstance(value, str):
        return value
    line = json.dumps(value, ensure_ascii=False, default=_plain)
    if len(line) <= _WIDTH:
        return line
    return json.dumps(value, indent=2, ensure_ascii=False, default=_plain)


def _shown(outcome: Data, bundle: Data) -> Iterator[Block]:
    rich = tuple(_rich(bundle))
    plain, result = bundle.get("text/plain"), outcome.get("result")
    if result is None and bundle:
        result = plain
    if not rich and result is None and bundle:
        yield Source("Result", "of type " + ", ".join(map(one_line, bundle)))
    elif not rich or (result is not None and result != plain):
        yield Source("Result", readable(result))
    yield from rich


def _rich(bundle: Data) -> Iterator[Block]:
    """Yield what there is to see: a table or else markup, and a picture."""
    table, markup = bundle.get(TABLE), bundle.get("text/html")
    if isinstance(table, Mapping):
        yield _table(table)
    elif isinstance(markup, str):
        yield Markup(markup, readable(bundle.get("text/plain") or "HTML"))
    kind = next((kind for kind in PICTURES if kind in bundle), None)
    if kind is not None:
        yield _picture(kind, bundle[kind])


def _table(table: Data) -> Table:
    columns = tuple(map(_cell, _list(table.get("columns"))[:_COLUMNS]))
    rows = _list(table.get("rows"))
    kept = tuple(tuple(map(_cell, _list(row)[: len(columns)])) for row in rows[:_ROWS])
    total = table.get("total_rows")
    more = isinstance(total, int) and total > len(kept)
    return Table(columns, kept, f"{len(kept):,} of {total:,} rows" if more else "")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return one_line(value if isinstance(value, str) else readable(value), _CELL)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _picture(kind: str, data: Any) -> Block:
    if isinstance(data, str) and is_picture(f"data:{kind};base64,{''.join(data.split())}"):
        return Picture(kind, "".join(data.split()))
    size = dict_of(data).get("size")
    known = f", {size_of(size)}" if isinstance(size, int) else ""
    return Note(f"A picture ({kind}{known}) is kept with the session and not in this text.")


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
