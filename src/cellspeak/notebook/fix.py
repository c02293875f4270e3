"""`%chat fix`: the last error of the notebook, with the cell that it came from.

Its one law: what is sent is attached in full view, the cell and the traceback, and nothing else.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from cellspeak.agents.failed import traceback_of
from cellspeak.context import as_file
from cellspeak.core.events import Data
from cellspeak.errors import NotFoundError

from .lines import ChatError, ChatInterrupt

__all__ = ["PROMPT", "last_failure"]

PROMPT = "This cell failed. Say why in a sentence, then show the cell as it should be."


def last_failure() -> list[Data]:
    """Return the cell that failed last and its traceback, as files of a message.

    Raises:
        NotFoundError: if no cell has failed.
    """
    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    if not isinstance(error, BaseException) or isinstance(error, ChatError | ChatInterrupt):
        raise NotFoundError("expected a cell that failed; none did since the kernel began")
    trace = _outside(error.__traceback__, _hosts())
    error = error.with_traceback(trace)
    text = traceback_of(error)
    cell = _source(error, trace)
    return [*([as_file("cell", cell)] if cell else []), as_file("traceback", text)]


def _source(error: BaseException, trace: TracebackType | None) -> str:
    """Return the text of the cell: where the traceback begins, or what could not be parsed."""
    name = trace.tb_frame.f_code.co_filename if trace is not None else ""
    if isinstance(error, SyntaxError) and trace is None:
        return "".join(linecache.getlines(error.filename or "")) or error.text or ""
    return "".join(linecache.getlines(name))


def _outside(trace: TracebackType | None, hosts: Sequence[str]) -> TracebackType | None:
    """Return the part of *trace* below the frames of those who run cells."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(tuple(hosts)):
        trace = trace.tb_next
    return trace


def _hosts() -> list[str]:
    found = (sys.modules.get(name) for name in ("IPython", "ipykernel"))
    files = (getattr(module, "__file__", None) for module in found)
    return [str(Path(file).parent) for file in files if file]
