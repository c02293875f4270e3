"""Pack events into the frames that go down the comm (docs/comm.md).

A string item is a delta of the message named last; a complete text that the reader already holds
goes as length and checksum.  Twin: `js/src/core/frames.ts`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, TypeAlias

from cellspeak.core.events import Data, SessionEvent

__all__ = ["Packer", "split"]

_Owner: TypeAlias = tuple[str | None, str | None]
"""Turn and message that a delta belongs to."""


class Packer:
    """Packs one session's events from one `reset` (or restart) to the next; then make a new one."""

    def __init__(self) -> None:
        self._names: _Owner | None = None
        self._sent: dict[str, int] = {}
        """Message id → deltas sent without a hole from its first one; -1 after a hole."""

    def pack(self, events: Sequence[SessionEvent]) -> dict[str, Any]:
        """Return one frame for *events*: ascending, numbered, at least one.

        Strings of one frame belong to one message; `split` makes such runs.
        """
        first = _first(events[0])
        frame: dict[str, Any] = {"t": "events", "first": first, "seq": events[-1].seq}
        delta = next((e for e in events if _bare(e)), None)
        if delta is not None and _owner(delta) != self._names:
            self._names = _owner(delta)
            frame |= {"turn": delta.turn_id, "message": delta.message_id}
        expected = first
        items: list[Any] = []
        for event in events:
            items.append(self._item(event, expected))
            expected = (event.seq or 0) + 1
        return {**frame, "items": items}

    def _item(self, event: SessionEvent, expected: int) -> Any:
        self._count(event)
        if _bare(event) and event.seq == expected and _owner(event) == self._names:
            return event.delta
        named = {"turn_id": event.turn_id, "message_id": event.message_id}
        skipped = {} if event.seq == expected else {"seq": event.seq}
        return {
            "type": event.type,
            **{k: v for k, v in named.items() if v is not None},
            **skipped,
            "at": event.at,
            "data": self._data(event),
        }

    def _count(self, event: SessionEvent) -> None:
        if event.type != "message_delta" or event.message_id is None:
            return
        sent = self._sent.get(event.message_id, 0)
        if event.data.get("index") == sent:
            self._sent[event.message_id] = sent + 1
        else:
            self._sent[event.message_id] = -1  # the reader may lack some: send the whole text

    def _data(self, event: SessionEvent) -> Data:
        closes = event.type == "message_complete" or event.data.get("closed") is True
        if not closes or self._sent.pop(event.message_id or "", 0) <= 0:
            return event.data
        try:
            content = event.text.encode()
        except UnicodeEncodeError:  # half a character has no UTF-8, so no checksum either
            return event.data
        rest = {k: v for k, v in event.data.items() if k != "text"}
        return {**rest, "length": len(content), "crc32": zlib.crc32(content)}


def split(events: Sequence[SessionEvent], most: int) -> list[Sequence[SessionEvent]]:
    """Cut *events* into runs for one frame each, of about *most* characters of data at most."""
    runs: list[list[SessionEvent]] = []
    size, owner = 0, None
    for event in events:
        other = _bare(event) and owner is not None and _owner(event) != owner
        if not runs or size > most or other:
            runs.append([])
            size, owner = 0, None
        runs[-1].append(event)
        owner = _owner(event) if _bare(event) else owner
        size += len(event.delta) if _bare(event) else len(str(event.data))
    return list(runs)


def _bare(event: SessionEvent) -> bool:
    """A delta that says nothing but its text."""
    named = event.turn_id is not None and event.message_id is not None
    return event.type == "message_delta" and named and isinstance(event.data.get("delta"), str)


def _owner(event: SessionEvent) -> _Owner:
    return event.turn_id, event.message_id


def _first(event: SessionEvent) -> int:
    """The number that the reader must have come to: what an event covers is not missing."""
    seq = event.seq or 0
    first = event.data.get("first", seq)
    return min(first, seq) if isinstance(first, int) else seq
