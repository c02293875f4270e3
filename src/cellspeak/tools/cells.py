"""Put code into a new cell of the notebook, for the person to read and run.

Its one law: it never runs anything; where a front end cannot insert, the code is on the card.
"""

from __future__ import annotations

from cellspeak.agents.offload import cell_waits
from cellspeak.agents.tools import tool
from cellspeak.context import shell

__all__ = ["insert_cell"]

_pending: tuple[object, str] = (None, "")
"""The cell that runs, and what it has been given to insert: a front end takes only the last."""


@tool(main_thread=True)
def insert_cell(code: str) -> str:
    """Put code into a new cell below the one that asked; the user may then run it.

    Args:
        code: the whole text of the new cell.
    """
    running = shell()
    # The text travels with the end of a cell; without one it would appear below some later cell.
    if running is None or not cell_waits():
        return "No cell waits, so nothing was inserted; the user can copy the code from this card."
    running.set_next_input(_joined(running.execution_count, code), replace=False)
    return "Inserted below the cell, for the user to run."


def _joined(cell: object, code: str) -> str:
    global _pending
    known, before = _pending
    _pending = (cell, f"{before}\n\n{code}" if known == cell else code)
    return _pending[1]
