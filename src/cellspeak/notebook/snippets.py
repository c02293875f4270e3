"""Keep the code that a person wants in a cell of the notebook.

A front end takes a new cell only at the end of a cell that runs.  Its one law: code is put into a
cell and never run, and only after a person pressed a button or wrote the line that asks for it.
"""

from __future__ import annotations

import threading
from typing import Any

from cellspeak.errors import NotFoundError, ValidationError
from cellspeak.tools import cells

__all__ = ["keep_snippet", "put_below", "snippet"]

MOST = 99
"""Snippets that are remembered; the oldest go first."""
LONGEST = 256 * 1024
"""Characters in one snippet."""

_lock = threading.Lock()
_kept: dict[int, str] = {}
_due: list[str] = []
_count = 0


def keep_snippet(text: object, *, waits: bool) -> int:
    """Remember *text* and return its number, from 1.

    Args:
        text: what the view sent.
        waits: whether a cell waits for a turn now: then the code goes below it when it ends.

    Raises:
        ValidationError: if it is no text, or too long for a cell.
    """
    global _count
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise ValidationError("expected some code, of at most 256 K characters; copy it instead")
    with _lock:
        _count += 1
        _kept[_count] = text.rstrip("\n")
        if waits:
            _due.append(_kept[_count])
        if len(_kept) > MOST:
            del _kept[next(iter(_kept))]
        return _count


def snippet(number: int | None) -> str:
    """Return the snippet with this *number*; None: the newest.

    Raises:
        NotFoundError: if there is none.
    """
    with _lock:
        if not _kept:
            raise NotFoundError("no code was marked yet; press Insert above some code of a reply")
        text = _kept.get(_count if number is None else number)
        if text is None:
            first = next(iter(_kept))
            raise NotFoundError(f"expected a number from {first} to {_count}; got {number}")
        return text


def put_below(shell: Any, text: str | None = None) -> None:
    """Let *shell* open a cell with *text*, or with all that is due, below the cell that runs."""
    with _lock:
        text = "\n\n".join(_due) if text is None else text
        _due.clear()
    if text and shell is not None:
        cells.put_below(shell, text)
