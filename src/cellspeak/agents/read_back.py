"""Read the files attached to a post back, as the demo agent does.

Its one law: a file is anybody's; its name and its text are shown as code, shortened, and no more.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data
from cellspeak.core.markdown import code_span, fenced, shortened
from cellspeak.core.words import counted

from .base import TurnRequest
from .scripted import Say, Step

__all__ = ["files", "read_files"]

_MOST_FILES = 5
_SHOWN_OF_A_FILE = 4_000


def files(turn: Turn) -> list[Data]:
    """Return the files attached to the turn's posts."""
    return [f for post in turn.posts for f in post.get("files") or () if isinstance(f, Mapping)]


async def read_files(request: TurnRequest) -> list[Step]:
    """Read the attached files back."""
    attached = files(request.turn)
    steps: list[Step] = [
        Say(_read_back(file, await _content(file, request))) for file in attached[:_MOST_FILES]
    ]
    if len(attached) > _MOST_FILES:
        steps.append(Say(f"And {len(attached) - _MOST_FILES} more, which I did not read.\n"))
    return steps


async def _content(file: Data, request: TurnRequest) -> bytes | None:
    if isinstance(file.get("blob"), str):
        return await request.read_blob(file["blob"])
    try:
        return base64.b64decode(str(file.get("data", "")), validate=True)
    except (binascii.Error, ValueError):
        return None


def _read_back(file: Data, content: bytes | None) -> str:
    name = code_span(shortened(str(file.get("name") or "the file"), 100))
    if content is None:
        return f"I could not read {name}: its data is not base64.\n\n"
    text = _text(content)
    if text is None:
        mime = code_span(shortened(str(file.get("mime") or "unknown"), 60))
        return f"{name} is no text: {len(content):,} bytes of type {mime}.\n\n"
    size = f"{counted(len(text.splitlines()), 'line')} and {counted(len(text), 'character')}"
    return f"{name} has {size}:\n\n{fenced(shortened(text, _SHOWN_OF_A_FILE), 'text')}\n\n"


def _text(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
