"""The list of sessions as a table: HTML for a notebook, aligned text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cellspeak.core.html import escaped
from cellspeak.core.words import counted, one_line
from cellspeak.stores.base import SessionRecord

__all__ = ["age", "show_sessions"]

HEADS = ("", "first words", "agent", "notebook", "last used", "id")
MOST = 30


def show_sessions(records: Sequence[SessionRecord], current: str | None) -> None:
    """Show *records* numbered, newest first; the one with the id *current* is marked."""
    from IPython.display import display

    if not records:
        print("no sessions yet; %chat TEXT starts one")  # noqa: T201 - the output of a magic
        return
    rows = [_row(n, r, r.session_id == current) for n, r in enumerate(records[:MOST], 1)]
    more = len(records) - len(rows)
    note = f"… and {more} older" if more > 0 else "%chat resume NUMBER goes on with one"
    display({"text/html": _html(rows, note), "text/plain": _text(rows, note)}, raw=True)


def age(at: str) -> str:
    """Return how long ago *at* (ISO 8601) was, in words."""
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()
    except ValueError:
        return "at an unknown time"
    for limit, size, unit in ((90, 1, "second"), (5400, 60, "minute"), (129600, 3600, "hour")):
        if seconds < limit:
            return f"{counted(max(0, round(seconds / size)), unit)} ago"
    return f"{counted(round(seconds / 86400), 'day')} ago"


def _row(number: int, record: SessionRecord, is_current: bool) -> tuple[str, ...]:
    labels = record.labels
    name = str(labels.get("name", ""))
    words = str(labels.get("title") or labels.get("first_words") or "")
    return (
        f"{number}{' *' if is_current else ''}",
        one_line(f"{name}: {words}" if name and words else name or words or "(empty)", 60),
        one_line(str(record.agent.get("name", "")), 24),
        one_line(str(labels.get("notebook", "")).rpartition("/")[2], 32),
        age(record.active_at),
        record.session_id[:8],
    )


def _html(rows: Sequence[Sequence[str]], note: str) -> str:
    head = "".join(f"<th>{h}</th>" for h in HEADS)
    body = "".join(
        "<tr>" + "".join(f"<td>{escaped(c)}</td>" for c in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{note}</p>"


def _text(rows: Sequence[Sequence[str]], note: str) -> str:
    widths = [max(len(r[i]) for r in [HEADS, *rows]) for i in range(len(HEADS))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in [HEADS, *rows]]
    return "\n".join([*(line.rstrip() for line in lines), note])
