"""A message as it grows at a peer that may tell again, after a loss, what it told before.

Pure.  Its one law: what is logged is a beginning of the peer's text, whatever was cut or repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

from cellspeak.core.events import Data

__all__ = ["Text", "Thought"]


@dataclass(slots=True)
class Text:
    """A reply, whose deltas have numbers."""

    shown: str = ""
    """What the log has."""
    pieces: str = ""
    """What the deltas add up to: behind *shown* while a peer tells again what the history had."""
    count: int = 0
    """How many deltas are in *pieces*."""
    done: bool = False

    def delta(self, index: int, value: str, *, covered: bool = False) -> Data | None:
        """Return what to log of a delta; None if the log has it.

        Args:
            index: its number in the message, from 0.
            value: its text.
            covered: whether *shown* holds what the peer had said when it came.
        """
        if self.done or index < self.count or (covered and index > self.count):
            return None
        had = self.shown if index > self.count else self.pieces  # what was missed is in the history
        self.pieces, self.count = had + value, index + 1
        if len(had) < len(self.shown):
            if self.shown.startswith(self.pieces):
                return None
            if not self.pieces.startswith(self.shown):  # the history had another text
                self.pieces = self.shown + value
        new, self.shown = self.pieces[len(self.shown) :], self.pieces
        return {"delta": new, "index": index} if new else None

    def so_far(self, value: str, *, done: bool) -> Data | None:
        """Return what to log of the whole text so far; None if the log has it."""
        if self.done or (not done and self.shown.startswith(value)):
            return None
        self.shown, self.done = value, done
        return {"text": value, "closed": True} if done else {"text": value}


@dataclass(slots=True)
class Thought:
    """Thinking, whose pieces have no numbers."""

    shown: str = ""
    again: str = ""
    """What the present connection has brought of it."""

    def new(self, value: str, whole: bool) -> str | None:
        """Return the text to log of a piece, or of the *whole*; None if the log has it."""
        told = value if whole else self.again + value
        self.again = self.again if whole else told
        if self.shown and self.shown.startswith(told):
            return None
        new = told[len(self.shown) :] if told.startswith(self.shown) else value
        self.shown += new
        return new
