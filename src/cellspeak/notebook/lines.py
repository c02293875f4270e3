"""Errors that a cell shows as one line: no traceback, for there is nothing to debug."""

from __future__ import annotations

from cellspeak.core.words import one_line
from cellspeak.errors import CellspeakError

__all__ = ["ChatError", "ChatInterrupt"]

_MOST = 2_000


class ChatError(CellspeakError):
    """What a chat magic raises: shown as one line, and later cells of Run All do not run."""

    code = "chat"

    def _render_traceback_(self) -> list[str]:
        return [one_line(f"chat: {self}", _MOST)]


class ChatInterrupt(KeyboardInterrupt):
    """The kernel was interrupted while a chat cell waited; its turn was stopped."""

    def _render_traceback_(self) -> list[str]:
        return [one_line(f"chat: {self}", _MOST)]
