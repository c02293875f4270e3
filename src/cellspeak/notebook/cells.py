"""Which turn each cell asked: so that running a cell again asks its turn again.

Running the cell of the newest turn again makes a branch: the turn is asked anew from where it
stood.  Running an older one adds a turn at the end, and the view says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cellspeak import thread
from cellspeak.session import Session

__all__ = ["Again", "Cells", "current_cell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """How a cell's prompt is posted: the options of `Session.send`, and a note for the view."""

    after_turn: str | None = None
    root: bool = False
    note: str = ""


class Cells:
    """Remembers the turn of each cell, for this kernel's life."""

    def __init__(self) -> None:
        self._turns: dict[str, str] = {}

    def remember(self, cell: str | None, turn_id: str) -> None:
        """Note that *cell* asked *turn_id*."""
        if cell is not None:
            self._turns[cell] = turn_id

    def again(self, cell: str | None, session: Session) -> Again:
        """Return how to post what *cell* asks now in *session*."""
        known = self._turns.get(cell or "")
        if known is None:
            return Again()
        conversation = thread.run(session.conversation())
        turn = conversation.turns.get(known)
        if turn is None:
            return Again()
        if turn.id == conversation.head:
            return Again(
                after_turn=turn.after,
                root=turn.after is None,
                note="Asked again; the earlier answer is kept as a branch.",
            )
        return Again(
            note="This cell ran before: its prompt was asked again at the end of the conversation."
        )


def current_cell(shell: Any) -> str | None:
    """Return the id of the cell that runs, where the front end tells it."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    cell = ((parent or {}).get("metadata") or {}).get("cellId")
    return cell if isinstance(cell, str) else None
