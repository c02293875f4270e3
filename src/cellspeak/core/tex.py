"""Find formulas in markdown, and leave them as they were written.

A page may typeset TeX, a file shows it; either way its signs are no emphasis and no escapes.  Its
one law: money is no formula.  The view's twin is `js/src/view/markdown/tex.ts`.
"""

from __future__ import annotations

import re
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
    end = _closing_at(state.src[: state.posMax], opened.end(), _CLOSING[mark])
    tex = state.src[opened.end() : end]
    if end < 0 or not re.search(r"[^\W_]", tex):
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
    close = _CLOSING[mark]
    for line in range(start, end):
        text = _line(state, line)
        if not text or state.sCount[line] < state.blkIndent:
            return None
        at = _closing_at(text, len(mark) if line == start else 0, close)
        if at >= 0:
            return line if not text[at + 2 :].strip() else None
    return None


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
