"""Errors that a cell shows as one line: no traceback, for there is nothing to debug."""

from __future__ import annotations

from cellspeak.errors import CellspeakError

__all__ = ["ChatError", "ChatInterrupt", "count", "one_line"]


class ChatError(CellspeakError):
    """What a chat magic raises: shown as one line, and later cells of Run All do not run."""

    code = "chat"

    def _render_traceback_(self) -> list[str]:
        return [one_line(f"chat: {self}")]


class ChatInterrupt(KeyboardInterrupt):
    """The kernel was interrupted while a chat cell waited; its turn was stopped."""

    def _render_traceback_(self) -> list[str]:
        return [one_line(f"chat: {self}")]


def count(number: int, noun: str) -> str:
    """Return *number* and *noun*, which gets its s unless there is just one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def one_line(text: str) -> str:
    """Return *text* on one line and without control characters: it may hold hostile text."""
    return "".join(c if c.isprintable() else " " for c in text)
