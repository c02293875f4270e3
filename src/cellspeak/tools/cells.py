"""Put code into a new cell of the notebook, for the person to read and run.

Its one law: it never runs anything; where a front end cannot insert, the code is on the card.
"""

from __future__ import annotations

from typing import Any

from cellspeak.agents.offload import cell_waits
from cellspeak.agents.tools import tool
from cellspeak.context import shell

__all__ = ["insert_cell", "put_below"]

_SOURCE = "set_next_input"


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
    put_below(running, code)
    return "Inserted below the cell, for the user to run."


def put_below(running: Any, text: str) -> None:
    """Let the IPython *running* open a cell with *text* below the one that runs, at its end.

    A front end takes one such cell; what is due for it already stays before *text*.
    """
    due = [p["text"] for p in running.payload_manager.read_payload() if p.get("source") == _SOURCE]
    running.set_next_input("\n\n".join([*due, text]), replace=False)
