"""Values that grow without being copied and without changing under anybody's eyes.

`Text` grows by pieces; `Turns` maps ids to turns.  Older versions stay what they were, and one step
costs the same at the start of a conversation and after five thousand turns.  One thread makes new
versions, any may read.  Twin of `Turns`: `js/src/core/turns.ts` (a JavaScript string already is
what `Text` is).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Generic, TypeVar

__all__ = ["Text", "Turns", "evolve"]

T = TypeVar("T")
V = TypeVar("V")

_CHUNK = 64
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def evolve(value: V, **changes: Any) -> V:
    """Return *value* with *changes*: `dataclasses.replace` for a class that checks nothing.

    It takes half the time, and the fold does little else.  *value* must be a dataclass with slots.
    """
    new: V = object.__new__(type(value))
    for name in value.__slots__:  # type: ignore[attr-defined]  # a dataclass with slots has them
        object.__setattr__(new, name, changes[name] if name in changes else getattr(value, name))
    return new


class Text:
    """A string that is appended to often and read seldom; `str(text)` joins it once."""

    __slots__ = ("_end",)

    def __init__(self, piece: str = "", before: Text | None = None) -> None:
        self._end = (before, piece)

    def __add__(self, piece: str) -> Text:
        return Text(piece, self)

    def __str__(self) -> str:
        before, piece = self._end
        if before is None:
            return piece
        joined = _PAIR.sub(_character, "".join(reversed(list(self._pieces()))))
        # Only the representation changes, in one step: another thread sees either, never a mix.
        self._end = (None, joined)
        return joined

    def _pieces(self) -> Iterator[str]:
        node: Text | None = self
        while node is not None:
            node, piece = node._end
            yield piece

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text | str) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __bool__(self) -> bool:
        return any(self._pieces())

    def __repr__(self) -> str:
        return f"Text({str(self)!r})"


def _character(halves: re.Match[str]) -> str:
    """Join the halves of a character that came in two pieces, as a JavaScript string does."""
    return halves[0].encode("utf-16", "surrogatepass").decode("utf-16")


class Turns(Mapping[str, T], Generic[T]):
    """Turns by id, in the order they came.

    Few are live at a time (the running one and at most eight queued) and are copied on each change.
    """

    __slots__ = ("_chunks", "_live", "_order", "_size")

    def __init__(self) -> None:
        self._order: dict[str, int] = {}
        """Id → place.  Shared by all versions, only grows: this one knows `_size` entries."""
        self._size = 0
        self._chunks: tuple[tuple[T | None, ...], ...] = ()
        """The settled turns by place, 64 together, so that changing one copies few."""
        self._live: dict[str, T] = {}

    def put(self, key: str, turn: T, *, settled: bool = False) -> Turns[T]:
        """Return these turns with *turn* under *key*; `settled` says it will hardly change."""
        new: Turns[T] = Turns.__new__(Turns)
        known = key in self
        new._order = self._order if known else self._grown(key)
        new._size = self._size if known else self._size + 1
        if settled:
            new._live = {k: v for k, v in self._live.items() if k != key}
            new._chunks = _replaced(self._chunks, new._order[key], turn)
        else:
            new._live = {**self._live, key: turn}
            new._chunks = self._chunks
        return new

    @property
    def live(self) -> tuple[T, ...]:
        """The turns that are not settled: running and queued ones, oldest first."""
        return tuple(self._live.values())

    def is_settled(self, key: str) -> bool:
        """Tell whether *key* was put as settled."""
        return key not in self._live and key in self

    def _grown(self, key: str) -> dict[str, int]:
        order = self._order
        if len(order) != self._size:  # another version has grown it meanwhile: part ways
            order = dict(islice(order.items(), self._size))
        order[key] = self._size
        return order

    def __getitem__(self, key: str) -> T:
        if key in self._live:
            return self._live[key]
        at = self._order[key]
        if at >= self._size:  # only a newer version has it
            raise KeyError(key)
        return self._chunks[at // _CHUNK][at % _CHUNK]  # type: ignore[return-value]  # it was put there

    def __contains__(self, key: object) -> bool:
        return key in self._live or self._order.get(key, self._size) < self._size  # type: ignore[call-overload]  # any key may be asked for

    def __iter__(self) -> Iterator[str]:
        return iter(list(islice(self._order, self._size)))

    def __len__(self) -> int:
        return self._size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self) == dict(other)

    __hash__ = None  # type: ignore[assignment]  # a mapping of turns is not a key


def _replaced(
    chunks: tuple[tuple[T | None, ...], ...], at: int, turn: T
) -> tuple[tuple[T | None, ...], ...]:
    i, j = divmod(at, _CHUNK)
    chunks += ((None,) * _CHUNK,) * (i + 1 - len(chunks))
    chunk = (*chunks[i][:j], turn, *chunks[i][j + 1 :])
    return (*chunks[:i], chunk, *chunks[i + 1 :])
