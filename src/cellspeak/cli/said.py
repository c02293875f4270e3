"""Write for a terminal: what comes out where, and how it ends.

Its one law: what an agent says never moves a cursor; replies go to stdout, all else to stderr.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cellspeak.core.conversation import Turn
from cellspeak.errors import (
    ActionRequiredError,
    AuthenticationError,
    CellspeakError,
    ConnectError,
    PermissionDeniedError,
    RequestTimeoutError,
    SessionDisconnectedError,
    TurnFailedError,
)

__all__ = ["Exit", "exits", "note", "out", "safe", "table"]


class Exit:
    """The exit codes, as `cellspeak --help` and docs/cli.md list them."""

    DONE = 0
    FAILED = 1
    INPUT = 2
    PERSON = 3
    SERVER = 4
    INTERRUPTED = 130

    @staticmethod
    def of(turn: Turn) -> int:
        """Return how a command that asked for *turn* ends."""
        if turn.pending:
            return Exit.PERSON
        return Exit.DONE if turn.status == "complete" or not turn.ended else Exit.FAILED


_CODES: Sequence[tuple[type[CellspeakError], int]] = (
    (TurnFailedError, Exit.FAILED),
    (ActionRequiredError, Exit.PERSON),
    (ConnectError, Exit.SERVER),
    (RequestTimeoutError, Exit.SERVER),
    (SessionDisconnectedError, Exit.SERVER),
    (AuthenticationError, Exit.SERVER),
    (PermissionDeniedError, Exit.SERVER),
)


@contextmanager
def exits() -> Iterator[None]:
    """Turn what goes wrong into one line on stderr and an exit code."""
    try:
        yield
    except CellspeakError as error:
        note(f"cellspeak: {error}")
        found = (code for cls, code in _CODES if isinstance(error, cls))
        raise SystemExit(next(found, Exit.INPUT)) from None
    except KeyboardInterrupt:
        raise SystemExit(Exit.INTERRUPTED) from None
    except BrokenPipeError:  # `| head` has seen enough
        sys.stdout = None  # or the interpreter complains once more when it flushes
        raise SystemExit(Exit.DONE) from None


def safe(text: str) -> str:
    """Return *text* without control characters: an escape sequence could rewrite the screen."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")


def out(text: str, end: str = "\n") -> None:
    """Write to stdout at once."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


def note(text: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(safe(text) + "\n")
    sys.stderr.flush()


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return *rows* in aligned columns; the first is the head."""
    clean = [[" ".join(safe(cell).split()) for cell in row] for row in rows]
    widths = [max(len(row[n]) for row in clean) for n in range(len(clean[0]))]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in clean)
    return "\n".join(line.rstrip() for line in lines)
