"""The figures that a tool draws with matplotlib: caught, turned into a picture, and closed.

Its one law: only the tool's own figures are touched; what the user draws in a cell meanwhile is
left alone.  matplotlib is never imported here: who has not loaded it drew nothing.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

__all__ = ["caught", "is_figure", "note", "picture_of"]

_DOTS_PER_INCH = 100
_MOST = 10  # figures of one call that are drawn

_drawn: ContextVar[list[Any] | None] = ContextVar("cellspeak_drawn", default=None)

_HOOK = f"{__name__}:note"


def note(figure: Any) -> None:
    """Remember *figure* for the tool that makes it; matplotlib calls this for each new one."""
    drawn = _drawn.get()
    if drawn is not None:
        drawn.append(figure)


@contextmanager
def caught() -> Iterator[Callable[[], Sequence[Any]]]:
    """Give what returns the figures made inside and still open; close them at the end."""
    drawn: list[Any] | None = [] if _hooked() else None
    token = _drawn.set(drawn)
    try:
        yield lambda: _still_open(drawn)
    finally:
        _drawn.reset(token)
        for figure in _still_open(drawn):
            sys.modules["matplotlib.pyplot"].close(figure)


def _hooked() -> bool:
    """Let matplotlib tell of its new figures; False if nobody has loaded it yet."""
    matplotlib = sys.modules.get("matplotlib")
    hooks = getattr(matplotlib, "rcParams", {}).get("figure.hooks")
    if matplotlib is None or hooks is None:
        return False
    if _HOOK not in hooks:
        matplotlib.rcParams["figure.hooks"] = [*hooks, _HOOK]
    return True


def _still_open(drawn: Sequence[Any] | None) -> Sequence[Any]:
    """Return the open ones of *drawn*; all there are, if the tool itself loaded matplotlib."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    if drawn is None:
        return [pyplot.figure(number) for number in pyplot.get_fignums()]
    return [f for f in drawn if pyplot.fignum_exists(getattr(f, "number", -1))]


def is_figure(value: object) -> bool:
    """Tell whether *value* is a figure of matplotlib."""
    return any(
        c.__module__ == "matplotlib.figure" and c.__name__ == "Figure" for c in type(value).__mro__
    )


def picture_of(figures: Sequence[Any]) -> bytes | None:
    """Return *figures* as one PNG, one below the other; None if they cannot be drawn."""
    pictures = []
    for figure in figures[:_MOST]:
        with suppress(Exception):  # a figure that cannot be drawn must not cost the result
            stream = io.BytesIO()
            figure.savefig(stream, format="png", dpi=_DOTS_PER_INCH, bbox_inches="tight")
            pictures.append(stream.getvalue())
    return pictures[0] if len(pictures) == 1 else _stacked(pictures)


def _stacked(pictures: Sequence[bytes]) -> bytes | None:
    if not pictures:
        return None
    from PIL import Image  # matplotlib brings it

    parts = [Image.open(io.BytesIO(p)).convert("RGB") for p in pictures]
    size = (max(p.width for p in parts), sum(p.height for p in parts))
    whole = Image.new("RGB", size, "white")
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    stream = io.BytesIO()
    whole.save(stream, "PNG")
    return stream.getvalue()
