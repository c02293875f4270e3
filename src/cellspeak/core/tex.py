"""Find formulas in markdown, and leave them as they were written.

A page may typeset TeX, a file shows it; either way its signs are no emphasis and no escapes.  Its
one law: money is no formula.  The view's twin is `js/src/view/markdown/tex.ts`.
"""

from __future__ import annotations

import re
from array import array
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

__all__ = ["add_formulas"]

_CLOSING = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_OPENING = re.compile(r"\\[(\[]|(?<!\$)\$\$(?!\$)|(?<![\w$])\$(?![\s$])")
_BLOCK = re.compile(r"\$\$(?!\$)|\\\[")
_PRICE = re.compile(r"\d[^\\]*\s[^\W\d_]{2,}")
_DOLLARS_APART = 400


def add_formulas(parser: MarkdownIt) -> None:
    """Teach *parser* formulas: text tokens, and `formula_block` with the text as its content."""
    parser.inline.ruler.before("escape", "formula", _inline)
    ends = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "formula_block", _block, {"alt": ends})


def _inline(state: StateInline, silent: bool) -> bool:
    opened = _OPENING.match(state.src, state.pos)
    if opened is None:
        return False
    mark = opened[0]
    end = _closing_in(state.src, opened.end(), mark)
    tex = state.src[opened.end() : end]
    if not 0 <= end <= state.posMax - len(mark) or not re.search(r"[^\W_]", tex):
        return False
    if mark == "$" and not _hugs(tex, state.src[end + 1 : end + 2]):
        return False
    if not silent:
        state.push("text", "", 0).content = state.src[state.pos : end + len(mark)]
    state.pos = end + len(mark)
    return True


def _hugs(tex: str, behind: str) -> bool:
    short = len(tex) <= _DOLLARS_APART and not tex[-1].isspace()
    return short and not behind.isdigit() and not _PRICE.match(tex)


def _closing_in(text: str, at: int, mark: str) -> int:
    """Return what `_closing_at` would, also where a text opens thousands and closes none."""
    if mark == "$":
        return _closing_at(text[: at + _DOLLARS_APART + 1], at, mark)
    return _ends(text, _CLOSING[mark])[at]


@lru_cache(maxsize=4)
def _ends(text: str, close: str) -> array[int]:
    """Return where *close* first stands, seen from every place of *text*; -1 if nowhere."""
    ends = array("l", [-1]) * (len(text) + 2)
    for at in range(len(text) - 1, -1, -1):
        behind = ends[at + (2 if text[at] == "\\" else 1)]
        ends[at] = at if text.startswith(close, at) else behind
    return ends


def _closing_at(text: str, at: int, close: str) -> int:
    """Return where *close* first stands, not counting what a backslash escapes; -1 if nowhere."""
    while at < len(text):
        if text.startswith(close, at):
            return at
        at += 2 if text[at] == "\\" else 1
    return -1


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    first = _line(state, start)
    opened = _BLOCK.match(first)
    if opened is None:
        return False
    last = _last_line(state, start, end, opened[0])
    if last is None:
        return False
    if not silent:
        token = state.push("formula_block", "", 0)
        token.content = state.getLines(start, last + 1, state.blkIndent, False).strip()
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _last_line(state: StateBlock, start: int, end: int, mark: str) -> int | None:
    """Return the line that ends with the closing mark, if it comes before a blank one."""
    # Where a look failed, one from a line on its way fails as well: thousands may open.
    failed = state.env.setdefault("formulas", {})
    key = mark, state.level, state.blkIndent, end
    first, stop = failed.get(key, (0, 0))
    if first <= start < stop:
        return None
    line, at = _stop(state, start, end, mark)
    if at >= 0 and not _line(state, line)[at + 2 :].strip():
        return line
    failed[key] = start, line
    return None


def _stop(state: StateBlock, start: int, end: int, mark: str) -> tuple[int, int]:
    """Return the first line that has the closing mark, and where; -1 if none comes in time."""
    for line in range(start, end):
        text = _line(state, line)
        if not text or state.sCount[line] < state.blkIndent:
            return line, -1
        at = _closing_at(text, len(mark) if line == start else 0, _CLOSING[mark])
        if at >= 0:
            return line, at
    return end, -1


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
