"""Words from outside and numbers, made fit for a line and for reading.

Its one law: what comes out has no breaks, controls or direction marks that could pretend.
Twin: `js/src/view/words.ts`.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["counted", "one_line", "size_of"]

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")


def one_line(value: Any, most: int = 120) -> str:
    """Return a name from outside on one line: no breaks, controls or direction marks."""
    line = " ".join(_UNSEEN.sub(" ", str(value)[: 4 * most]).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def counted(number: int, noun: str) -> str:
    """Return *number* and *noun*, which gets its s unless there is just one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size_of(count: int) -> str:
    """Return *count* bytes for a person."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e3:.0f} KB" if count < 999_500 else f"{count / 1e6:.1f} MB"
