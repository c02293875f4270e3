"""Tables of the benchmarks, and the place of each in `docs/benchmarks.md`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["PLOTS", "ROOT", "load_note", "percentile", "table", "write"]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
PLOTS = ROOT / "docs" / "plots"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a markdown table; all columns but the first are figures."""
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (heads, rule, *rows))


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that *share* (0 to 1) of *values* do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def load_note() -> str:
    """Say on what machine this runs, and how busy it is with other things."""
    return f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}"


def write(name: str, text: str) -> None:
    """Put *text* between the marks *name* of the page; the marks must be there.

    Raises:
        ValueError: if they are not.
    """
    begin, end = f"<!-- {name}: made by benchmarks/{name}.py -->\n", f"<!-- end of {name} -->"
    page = PAGE.read_text(encoding="utf-8")
    between = re.compile(f"(?<={re.escape(begin)}).*?(?={re.escape(end)})", re.DOTALL)
    if not between.search(page):
        raise ValueError(f"expected the line {begin.strip()!r} in {PAGE.name}")
    PAGE.write_text(between.sub(lambda _: f"{text}\n", page), encoding="utf-8")
