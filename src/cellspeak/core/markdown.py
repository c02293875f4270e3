"""Write any text so that markdown shows it as it is.

Its one law: what went in comes out as characters to read, never as markup, a link or a picture.
For text that a person, a tool or a model chose and that is quoted inside markdown of ours.
"""

from __future__ import annotations

import re

__all__ = ["code_span", "fenced", "inert", "literal", "shortened"]


def code_span(text: str) -> str:
    """Return *text* on one line as a code span; an empty text as an empty string."""
    line = " ".join(text.split())
    if not line:
        return ""
    fence = "`" * (_longest_run("`", line) + 1)
    pad = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def fenced(text: str, info: str = "") -> str:
    """Return *text* as a fenced code block; `info` names its language, letters and digits."""
    fence = "`" * max(3, _longest_run("`", text) + 1)
    return f"{fence}{re.sub(r'[^A-Za-z0-9_+-]', '', info)}\n{text.rstrip()}\n{fence}"


def literal(text: str) -> str:
    """Return *text*, of any number of lines, so that markdown shows its signs as they are."""
    text = re.sub(r"[\\`*_\[\]<>&~|$!#]", r"\\\g<0>", text)
    # At the start of a line these would begin a list, a rule or a table; four spaces, code.
    text = re.sub(r"(?m)^([ \t]*)([-+=:]|\d{1,9}(?=[.)]))", _literal_start, text)
    return re.sub(r"(?m)^[ \t]+", "", text)


def _literal_start(match: re.Match[str]) -> str:
    sign = match[2]
    return f"{match[1]}\\{sign}" if not sign[0].isdigit() else f"{match[1]}{sign}\\"


def shortened(text: str, limit: int) -> str:
    """Return at most *limit* characters of *text* (≥ 0), and how many more there were."""
    more = len(text) - limit
    return text if more <= 0 else f"{text[:limit]}… {more:,} more characters"


def _longest_run(sign: str, text: str) -> int:
    return max((len(run) for run in re.findall(f"{re.escape(sign)}+", text)), default=0)


def inert(text: str) -> str:
    """Return markdown whose pictures and raw HTML are shown, not loaded or obeyed.

    For markdown that nobody vouches for and that goes to a reader of unknown manners.  Code keeps
    its signs as long as it is surely code.
    """
    kept = _outside_code(text)
    return _LIVE.sub(_entity, text) if _is_live(kept) else kept


_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")
_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_LONGEST_LINE = 2_000
_LIVE = re.compile(r"!(?=\[)|<(?=[A-Za-z/!?])(?!https?://|mailto:)")


def _entity(match: re.Match[str]) -> str:
    """An entity and no backslash: one may stand before it already and would undo it."""
    return f"&#{ord(match.group())};"


def _outside_code(text: str) -> str:
    lines, fence = [], ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1][0] == fence[0] and len(mark[1]) >= len(fence) and not mark[2].strip():
            fence = ""
        elif not fence:
            line = _outside_spans(line)
        lines.append(line)
    return "\n".join(lines)


def _outside_spans(line: str) -> str:
    kept, end = [], 0
    # Looking for spans in a line without an end takes its square in time.
    for span in _SPAN.finditer(line) if len(line) <= _LONGEST_LINE else ():
        kept += [_LIVE.sub(_entity, line[end : span.start()]), span.group()]
        end = span.end()
    return "".join([*kept, _LIVE.sub(_entity, line[end:])])


def _is_live(text: str) -> bool:
    """Tell whether a whole parser finds what the eye of `_outside_code` missed."""
    from markdown_it import MarkdownIt

    blocks = MarkdownIt("commonmark").enable("table").parse(text)
    tokens = [*blocks, *(child for block in blocks for child in block.children or ())]
    return any(token.type in ("image", "html_block", "html_inline") for token in tokens)
