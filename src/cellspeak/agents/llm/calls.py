"""The tool calls of one pass: their names in the log, what gates them, what came of them.

Its one law: in the log a call's id is unique within its turn, whatever ids a model gives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from cellspeak.agents import base
from cellspeak.agents.rich import Shown
from cellspeak.agents.tools import Report
from cellspeak.core.events import Draft

__all__ = ["Calls"]


class Calls:
    """What the pass knows of its calls; keys are the model's ids.

    Args:
        used: ids that the turn's log has already.
        names: the ids in the log of calls that wait from an earlier pass.
    """

    def __init__(self, used: Iterable[str], names: Mapping[str, str]) -> None:
        self._names = dict(names)
        self._used = set(used)
        self._gated: set[str] = set()
        self._outcomes: dict[str, Shown] = {}
        self.side: asyncio.Queue[object] = asyncio.Queue()
        """Where tools that run beside each other put what they report."""
        self._loop = asyncio.get_running_loop()

    def name(self, key: str) -> str:
        """Return the call's id in the log."""
        if key not in self._names:
            number, name = 1, key
            while name in self._used:
                number += 1
                name = f"{key}~{number}"
            self._used.add(name)
            self._names[key] = name
        return self._names[key]

    def gate(self, key: str) -> None:
        """Note that the call waits for a person."""
        self._gated.add(key)

    def is_gated(self, key: str) -> bool:
        """Tell whether the call waits for a person."""
        return key in self._gated

    def done(self, key: str, outcome: Shown) -> None:
        """Note what the call's function returned."""
        self._outcomes[key] = outcome

    def take(self, key: str) -> Shown | None:
        """Return what came of the call and forget it: its id may come again."""
        self._names.pop(key, None)
        return self._outcomes.pop(key, None)

    def reporter(self, key: str) -> Report:
        """Return what shows the call's progress, from any thread."""
        name = self.name(key)

        def report(fraction: float | None, text: str) -> None:
            draft: Draft = base.progress(name, fraction, text)
            self._loop.call_soon_threadsafe(self.side.put_nowait, draft)

        return report
