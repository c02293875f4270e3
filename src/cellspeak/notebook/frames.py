"""Pack events into the frames that go down the comm (docs/comm.md).

A string item is a delta of the message named last; a complete text that the reader already holds
goes as length and checksum.  Twin: `js/src/core/frames.ts`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, TypeAlias

from cellspeak.core.codec import encode
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import Data, SessionEvent

__all__ = ["Packer", "page_of", "split"]

_Owner: TypeAlias = tuple[str | None, str | None]
"""Turn and message that a delta belongs to."""
_Digest: TypeAlias = tuple[int, int]
"""Length and CRC-32 of a text in UTF-8."""
_NOTHING: _Digest = (0, 0)


class Packer:
    """Packs one session's events from one `reset` (or restart) to the next; then make a new one."""

    def __init__(self) -> None:
        self._names: _Owner | None = None
        self._sent: dict[_Owner, _Digest | None] = {}
        """Message → what its deltas that were sent add up to; None: they are not its text."""

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
        if _bare(event):
            sent = self._sent.get(_owner(event), _NOTHING)
            self._sent[_owner(event)] = sent and _digest(event.delta, sent)

    def _data(self, event: SessionEvent) -> Data:
        if event.type not in ("message_streaming", "message_complete"):
            return event.data
        sent = self._sent.get(_owner(event))
        self._sent[_owner(event)] = None
        whole = _digest(event.text)
        if sent != whole or "text" not in event.data:
            return event.data  # the reader lacks some of it, or holds something else
        rest = {k: v for k, v in event.data.items() if k != "text"}
        return {**rest, "length": whole[0], "crc32": whole[1]}


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


def _digest(text: str, before: _Digest = _NOTHING) -> _Digest:
    content = text.encode("utf-8", "surrogatepass")
    return before[0] + len(content), zlib.crc32(content, before[1])


def _owner(event: SessionEvent) -> _Owner:
    return event.turn_id, event.message_id


def _first(event: SessionEvent) -> int:
    """The number that the reader must have come to: what an event covers is not missing."""
    seq = event.seq or 0
    first = event.data.get("first", seq)
    return min(first, seq) if isinstance(first, int) else seq


def page_of(
    conversation: Conversation, before: str | None, most: int
) -> tuple[dict[str, Any], bool]:
    """Return the newest turns as JSON, and whether more exist.

    Args:
        conversation: what is shown.
        before: only turns older than this one; None or an unknown one: all.
        most: about how many bytes, > 0; one turn is given in any case.
    """
    ids = list(conversation.turns)
    end = ids.index(before) if before in ids else len(ids)
    taken: dict[str, Any] = {}
    size = 0
    for key in reversed(ids[:end]):
        turn = encode(conversation.turns[key])
        size += len(str(turn))
        if taken and size > most:
            return _in_order(taken), True
        taken[key] = turn
    return _in_order(taken), False


def _in_order(turns: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(turns.items()))
