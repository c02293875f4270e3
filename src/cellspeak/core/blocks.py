"""The kinds of blocks that a transcript is made of.

Its one law: a block is data; `export.py` alone knows how each looks as markdown, text or HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "Block",
    "Fold",
    "Link",
    "Markup",
    "Note",
    "Picture",
    "Prompt",
    "Reply",
    "Source",
    "Speaker",
    "Table",
]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says what follows."""

    name: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the user said, as it was typed, and the files that came with it."""

    text: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent said: markdown, and anybody's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """Text to show letter by letter: arguments, results."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """One result of a search, or an address to sign in at."""

    title: str
    url: str
    snippet: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One line about what happened."""

    text: str
    weight: str = "note"
    """`note`, or `error`."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under their heads."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    """How much more there was; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that brings its own bytes."""

    mime: str
    base64: str
    label: str = "picture"


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML that nobody vouches for, and the same as text."""

    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Fold:
    """Something with a heading that a reader may open: thinking, a tool call, a search."""

    lead: str
    name: str
    note: str
    body: tuple[Block, ...]


Block: TypeAlias = Speaker | Prompt | Reply | Source | Link | Note | Table | Picture | Markup | Fold
