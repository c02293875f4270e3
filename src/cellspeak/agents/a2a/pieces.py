"""What is in a peer's parts: text, data, files, as the log keeps them.

Pure.  An address is shown and never fetched.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from a2a.types import Part
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message as Proto

from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of
from cellspeak.core.mimes import PICTURES

__all__ = ["card_of", "data_of", "json_of", "text_of"]

_MOST_OF_A_FILE = 8 * 2**20


def text_of(parts: Iterable[Part]) -> str:
    """Return the text of *parts*."""
    return "".join(p.text for p in parts if p.WhichOneof("content") == "text")


def data_of(parts: Iterable[Part]) -> list[Data]:
    """Return the data parts of *parts* that are objects."""
    found = (json_of(p.data) for p in parts if p.WhichOneof("content") == "data")
    return [dict_of(d) for d in found if isinstance(d, dict)]


def json_of(value: Proto) -> Any:
    """Return a protobuf value as JSON; a whole number is one again."""
    return _whole(MessageToDict(value))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _whole(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_whole(v) for v in value]
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return int(value) if whole else value


def card_of(parts: Iterable[Part]) -> Data | None:
    """Return the outcome of a card that shows files and data; None if there are none."""
    facts: list[Any] = []
    bundle: dict[str, Any] = {}
    for part in parts:
        match part.WhichOneof("content"):
            case "data":
                facts.append(json_of(part.data))
            case "url":
                facts.append({**_named(part), "url": part.url[:2000]})
            case "raw":
                facts.append({**_named(part), "size": len(part.raw)})
                if part.media_type in PICTURES and len(part.raw) <= _MOST_OF_A_FILE:
                    bundle[part.media_type] = base64.b64encode(part.raw).decode("ascii")
            case _:
                pass
    if not facts:
        return None
    outcome = {"result": facts[0] if len(facts) == 1 else facts}
    return {**outcome, "mime": bundle} if bundle else outcome


def _named(part: Part) -> dict[str, Any]:
    names = {"name": part.filename[:200], "mime": part.media_type[:100]}
    return {k: v for k, v in names.items() if v}
