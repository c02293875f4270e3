"""Hold Ctrl-C back while something must not be left half done.

Its one law: a held SIGINT is never lost.  The holder takes it, or it goes to the handler that was
there before, once that one is back.
"""

from __future__ import annotations

import signal
from typing import Self

__all__ = ["HeldInterrupt"]


class HeldInterrupt:
    """A context in which SIGINT is only noted; for the main thread alone."""

    def __init__(self) -> None:
        self._noted = False

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        if self._noted:
            signal.raise_signal(signal.SIGINT)

    def taken(self) -> bool:
        """Whether SIGINT came since the last call; whoever asks has to act on it."""
        noted, self._noted = self._noted, False
        return noted

    def _note(self, *_: object) -> None:
        self._noted = True
