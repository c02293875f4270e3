"""How long sessions live at a server, and how many one owner may have."""

from __future__ import annotations

from dataclasses import dataclass

from cellspeak.errors import RateLimitError
from cellspeak.stores.base import Store

__all__ = ["Life", "Quota"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Seconds, each > 0; None: for ever."""

    idle_timeout: float | None = None
    """Until a session in which nothing happens is put to rest; its log stays."""
    retention: float | None = None
    """Until a session is deleted for good."""
    most_sessions: int = 10_000
    """Of one owner, > 0."""


class Quota:
    """Counts the sessions of each owner.

    The store is asked for an owner's first session, and again where the count says that there are
    too many: retention and other processes delete some.

    Args:
        store: keeps the sessions.
        most: of one owner, > 0.
    """

    def __init__(self, store: Store, most: int) -> None:
        self._store, self._most = store, most
        self._counts: dict[str, int] = {}

    async def check(self, owner: str) -> None:
        """Raise RateLimitError if *owner* may not have another session."""
        if self._counts.get(owner, self._most) >= self._most:
            self._counts[owner] = len(await self._store.list(owner))
        if self._counts[owner] >= self._most:
            raise RateLimitError(
                f"there are {self._most} sessions already; delete some and try again"
            )

    def made(self, owner: str) -> None:
        """Count a new session."""
        self._counts[owner] = self._counts.get(owner, 0) + 1
