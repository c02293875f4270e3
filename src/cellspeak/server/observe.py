"""Tell observers of every event that this process has committed.

Its one law: an observer sees what is in the log and nothing else, and its trouble is its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

from cellspeak.core.events import SessionEvent
from cellspeak.stores.base import SavedState, Store

__all__ = ["Observer", "observed"]

Observer: TypeAlias = Callable[[Sequence[SessionEvent]], None]
"""Called with events just committed, on the engine's loop; it must be quick."""

_log = logging.getLogger(__name__)


def observed(store: Store, observers: Sequence[Observer]) -> Store:
    """Return *store* so that *observers* hear of all that is appended; itself without any."""
    return cast("Store", _Observed(store, observers)) if observers else store


class _Observed:
    """The store, but for `append`."""

    def __init__(self, store: Store, observers: Sequence[Observer]) -> None:
        self._store, self._observers = store, observers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def append(
        self,
        session_id: str,
        after: int,
        events: Sequence[SessionEvent],
        *,
        epoch: int,
        state: SavedState | None = None,
    ) -> None:
        await self._store.append(session_id, after, events, epoch=epoch, state=state)
        for observer in self._observers:
            try:
                observer(events)
            except Exception as error:  # noqa: BLE001 - whoever watches must not stop a turn
                _log.warning("an observer failed: %s", type(error).__name__)
