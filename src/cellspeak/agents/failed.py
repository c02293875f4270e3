"""What a tool raised: a line for the model, and a traceback for the person who wrote it.

Its one law: bounded, without our own frames, and without the name of anybody's home.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType

from .rich import Shown

__all__ = ["failed", "traceback_of"]

_LIMIT = 8_000
_HOUSE = str(Path(__file__).resolve().parents[1])


def failed(error: BaseException) -> Shown:
    """Return *error* as the outcome of a call."""
    line = _line(error)
    return Shown(value=None, text=line, error=line, traceback=traceback_of(error))


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:2000]}" if text else type(error).__name__


def traceback_of(error: BaseException) -> str:
    """Return the traceback of *error* from the tool's own first line on; its middle may be cut."""
    lines = traceback.format_exception(type(error), error, _own(error.__traceback__))
    text = "".join(lines).rstrip().replace(str(Path.home()), "~")
    if len(text) <= _LIMIT:
        return text
    half = _LIMIT // 2
    return f"{text[:half]}\n… {len(text) - _LIMIT:,} characters left out …\n{text[-half:]}"


def _own(trace: TracebackType | None) -> TracebackType | None:
    """Return the part of *trace* that begins where our code called the tool."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_HOUSE):
        trace = trace.tb_next
    return trace
