"""The small model of a `%%chat` cell: it shows one turn of a hub.

Its one law: it carries no text and no program; the hub has both.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import anywidget
import traitlets

from cellspeak.core.conversation import Turn

from .model import bundle, comms, mime_bundle
from .output import StaticOutput
from .static import turn_bundle

if TYPE_CHECKING:
    from .widget import Chat

__all__ = ["TurnView"]


class TurnView(anywidget.AnyWidget):
    """One turn of a chat, below the cell that asked for it; under 1 KB in the notebook."""

    hub = traitlets.Unicode().tag(sync=True)
    turn_id = traitlets.Unicode().tag(sync=True)
    static_class = traitlets.Unicode().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)

    def __init__(self, chat: Chat, turn_id: str, note: str = "") -> None:
        self._chat = chat
        self._esm = bundle("turn.js")
        super().__init__(
            hub=f"IPY_MODEL_{chat.model_id}",
            turn_id=turn_id,
            static_class=f"cellspeak-{uuid.uuid4().hex}",
            note=note,
        )
        comms.add(str(self.model_id))
        self._output = StaticOutput(self._turn_bundle)
        self._kept: Turn | None = None
        chat._views.append(self)

    @property
    def turn(self) -> Turn:
        """The turn as it is now."""
        return self._chat.conversation().turns[self.turn_id]

    def keep(self) -> None:
        """Write the static transcript, if the turn has changed; from any thread."""
        turn = self.turn
        if turn is not self._kept:
            self._kept = turn
            self._output.update()

    def _turn_bundle(self) -> dict[str, str]:
        return turn_bundle(self.turn, self.static_class, self._chat.agent_name)

    def show(self) -> None:
        """Show the view and its static transcript as outputs of the running cell."""
        from IPython.display import display

        display(mime_bundle(self), raw=True)
        self._output.show()

    def _ipython_display_(self) -> None:
        self.show()
