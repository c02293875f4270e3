"""Two values that grow without being copied and without changing under anybody's eyes.

`Text` grows by pieces; `Turns` maps ids to turns.  Older versions stay what they were, and one step
costs the same at the start of a conversation and after five thousand turns.  Twin of `Turns`:
`js/src/core/turns.ts` (a JavaScript string already is what `Text` is).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

__all__ = ["Text", "Turns"]

T = TypeVar("T")


class Text:
    """A string that is appended to often and read seldom; `str(text)` joins it once."""

    __slots__ = ("_before", "_piece")

    def __init__(self, piece: str = "", before: Text | None = None) -> None:
        self._piece = piece
        self._before = before

    def __add__(self, piece: str) -> Text:
        return Text(piece, self)

    def __str__(self) -> str:
        if self._before is not None:
            # Only the representation changes: the chain is joined and let go of.
            self._piece, self._before = "".join(reversed(list(self._pieces()))), None
        return self._piece

    def _pieces(self) -> Iterator[str]:
        node: Text | None = self
        while node is not None:
            yield node._piece
            node = node._before

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text | str) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __bool__(self) -> bool:
        return any(self._pieces())

    def __repr__(self) -> str:
        return f"Text({str(self)!r})"


class Turns(Mapping[str, T], Generic[T]):
    """Turns by id, in the order they came.

    Few are live at a time (the running one and at most eight queued) and are copied on each
    change.  A settled one goes into a dict that all versions share and that only grows: a version
    sees its first `_size` entries.
    """

    __slots__ = ("_live", "_settled", "_size")

    def __init__(self) -> None:
        self._live: dict[str, T] = {}
        self._settled: dict[str, tuple[int, T]] = {}
        self._size = 0

    def put(self, key: str, turn: T, *, settled: bool = False) -> Turns[T]:
        """Return these turns with *turn* under *key*; `settled` says it will hardly change."""
        base = self._without(key) if self.is_settled(key) else self
        new: Turns[T] = Turns()
        if settled:
            new._live = {k: v for k, v in base._live.items() if k != key}
            new._settled, new._size = base._settle(key, turn)
        else:
            new._live = {**base._live, key: turn}
            new._settled, new._size = base._settled, base._size
        return new

    @property
    def live(self) -> tuple[T, ...]:
        """The turns that are not settled: running and queued ones, oldest first."""
        return tuple(self._live.values())

    def is_settled(self, key: str) -> bool:
        """Tell whether *key* was put as settled."""
        entry = self._settled.get(key)
        return entry is not None and entry[0] < self._size

    def _settle(self, key: str, turn: T) -> tuple[dict[str, tuple[int, T]], int]:
        shared = self._settled
        if len(shared) != self._size:  # another version has grown it meanwhile
            shared = {k: v for k, v in shared.items() if v[0] < self._size}
        shared[key] = (self._size, turn)
        return shared, self._size + 1

    def _without(self, key: str) -> Turns[T]:
        new: Turns[T] = Turns()
        kept = [(k, v) for k, (i, v) in self._settled.items() if i < self._size and k != key]
        new._live = self._live
        new._settled = {k: (i, v) for i, (k, v) in enumerate(kept)}
        new._size = len(kept)
        return new

    def __getitem__(self, key: str) -> T:
        if self.is_settled(key):
            return self._settled[key][1]
        return self._live[key]

    def __iter__(self) -> Iterator[str]:
        for key, (index, _) in list(self._settled.items()):
            if index < self._size:
                yield key
        yield from self._live

    def __len__(self) -> int:
        return self._size + len(self._live)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self) == dict(other)

    __hash__ = None  # type: ignore[assignment]  # a mapping of turns is not a key
