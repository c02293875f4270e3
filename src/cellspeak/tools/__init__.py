"""Ready-made tools; an agent has none of them unless it is given one.

    from cellspeak.tools import files_below, run_python

    Agent("Ada", model=…, tools=[run_python, *files_below("data")])
    Agent("Bob", model=…, tools=["run_python", "inspect_variable"])

Its one law: what can change something asks a person first.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any

from cellspeak.errors import ValidationError

from .cells import insert_cell
from .files import files_below, list_files, read_file
from .python import inspect_variable, run_python

__all__ = [
    "files_below",
    "given",
    "insert_cell",
    "inspect_variable",
    "list_files",
    "read_file",
    "run_python",
]

_NAMED: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (run_python, inspect_variable, read_file, list_files, insert_cell)
}


def given(tools: Sequence[Callable[..., Any] | str]) -> list[Callable[..., Any]]:
    """Return *tools* with each name replaced by the ready-made tool of that name.

    Raises:
        ValidationError: if there is none of a name; it says which there are.
    """
    return [_named(t) if isinstance(t, str) else t for t in tools]


def _named(name: str) -> Callable[..., Any]:
    if name in _NAMED:
        return _NAMED[name]
    near = difflib.get_close_matches(name, _NAMED, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_NAMED)}"
    raise ValidationError(
        f"expected a function, or the name of a ready-made tool; got {name!r:.80}; {hint}"
    )
