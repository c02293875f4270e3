"""How long to go on trying: exponential backoff with full jitter, within a budget."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

__all__ = ["Patience", "Retries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds, each > 0."""

    budget: float = 60.0
    """How long to go on trying without any success; then the error comes out."""
    first: float = 0.1
    """The longest first pause; it doubles with each failure."""
    most: float = 5.0
    """The longest pause of all."""


class Retries:
    """Counts the failures since the last success."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._failures = 0
        self._since: float | None = None

    def succeed(self) -> None:
        """Forget the failures: something came."""
        self._failures, self._since = 0, None

    async def pause(self) -> bool:
        """Wait before the next try; False at once if the budget is spent."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        left = self._since + self._patience.budget - now
        if left <= 0:
            return False
        longest = min(self._patience.first * 2**self._failures, self._patience.most, left)
        self._failures = min(self._failures + 1, 30)
        # All of it by chance: a thousand clients of one server must not come back at once.
        await asyncio.sleep(random.uniform(0, longest))
        return True
