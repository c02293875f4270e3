"""Lines of a cell that IPython would take for something else, and what a magic's value is for.

Its one law: the text of a prompt is never changed; only how the magic is called.
"""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Iterator

__all__ = ["is_assigned", "keep_prompts"]

_QUOTES = re.compile(r"\"{3}|'{3}")
_LINE = re.compile(r"^(?P<name>\s*(?:[\w.\[\]'\", ]+=\s*)?)%chat[ \t]+(?P<text>\S.*?)\s*$")


def keep_prompts(lines: list[str]) -> list[str]:
    """Rewrite what IPython would take for something else: `%chat … ?` and `name = %chat …`.

    The first would be a request for help.  An input transformer: gets and returns a cell's lines.
    """
    if lines and lines[0].lstrip().startswith("%%"):
        return lines  # the body of a cell magic is its own
    quoted = _in_long_strings(lines)
    return [line if q else _keep(line) for line, q in zip(lines, quoted, strict=True)]


def _in_long_strings(lines: list[str]) -> Iterator[bool]:
    """Tell of each line whether it begins inside a string of three quotes."""
    open_quote = ""
    for line in lines:
        yield bool(open_quote)
        for quote in () if not open_quote and "%chat" in line else _QUOTES.findall(line):
            open_quote = "" if quote == open_quote else open_quote or quote


def _keep(line: str) -> str:
    found = _LINE.match(line)
    if found is None or not (found["name"].strip() or found["text"].endswith("?")):
        return line
    magic = "chat_reply" if found["name"].strip() else "chat"
    return f"{found['name']}get_ipython().run_line_magic({magic!r}, {found['text']!r})\n"


_ASSIGNED = re.compile(r"^\s*[^=#'\"]+=\s*get_ipython\(\)\.run_line_magic\('chat'")


def is_assigned() -> bool:
    """Tell whether the line of the cell that called keeps the magic's value: `x = %chat …`.

    Such a line is rewritten by IPython itself in the very cell of `%load_ext`, before
    `keep_prompts` was there.
    """
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    return _ASSIGNED.match(line) is not None
