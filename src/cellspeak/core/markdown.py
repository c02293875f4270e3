"""Write any text so that markdown shows it as it is.

Its one law: what went in comes out as characters to read, never as markup, a link or a picture.
For text that a person, a tool or a model chose and that is quoted inside markdown of ours.
"""

from __future__ import annotations

import re

__all__ = ["code_span", "fenced", "shortened"]


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


def shortened(text: str, limit: int) -> str:
    """Return at most *limit* characters of *text* (≥ 0), and how many more there were."""
    more = len(text) - limit
    return text if more <= 0 else f"{text[:limit]}… {more:,} more characters"


def _longest_run(sign: str, text: str) -> int:
    return max((len(run) for run in re.findall(f"{re.escape(sign)}+", text)), default=0)
