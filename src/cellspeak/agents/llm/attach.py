"""Files as a model takes them: pictures, sound and documents as they are, texts as text.

Its one law: what a model cannot take is said before it is asked, by name, and never sent as noise.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from pydantic_ai.messages import BinaryContent, UserContent

from cellspeak.agents.base import ReadBlob
from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, str_of
from cellspeak.errors import ValidationError

__all__ = ["Taken", "content_of", "kinds_of"]

Taken = Mapping[str, Any]
"""What a model can take, by the library's names for it; what is missing is taken."""

_KINDS = (
    ("image/", "pictures", "supports_image_input"),
    ("audio/", "sound", "supports_audio_file_input"),
    ("video/", "video", "supports_video_input"),
    ("application/pdf", "PDF", "supports_document_input"),
)


async def content_of(
    turn: Turn, read_blob: ReadBlob, model: str, taken: Taken, *, newest: bool
) -> str | list[UserContent]:
    """Return what the user posted: the text, and its files as the model takes them.

    Args:
        turn: whose posts.
        read_blob: fetches what is too long for the log.
        model: how the model is called.
        taken: what it can take.
        newest: whether this is asked now; an older file that does not fit is only named.

    Raises:
        ValidationError: if a file of the newest turn cannot be read by the model.
    """
    files = [dict_of(f) for p in turn.posts for f in p.get("files") or ()]
    if not files:
        return turn.prompt
    found: list[UserContent] = [turn.prompt]
    for file in files:
        try:
            _require_taken(file, model, taken)
            found.append(await _read(file, read_blob))
        except ValidationError:
            if newest:
                raise
            found.append(f"[{_name(file)} is not shown here]")
    return found


def kinds_of(turn: Turn) -> str:
    """Return the kinds of files in *turn* in words, such as `pictures and PDF`; or nothing."""
    files = [dict_of(f) for p in turn.posts for f in p.get("files") or ()]
    kinds = [kind for start, kind, _ in _KINDS if any(_mime(f).startswith(start) for f in files)]
    return " and ".join(kinds)


def _require_taken(file: Data, model: str, taken: Taken) -> None:
    for start, kind, flag in _KINDS:
        if _mime(file).startswith(start) and not taken.get(flag, True):
            raise ValidationError(
                f"{model} takes no {kind}; send {_name(file)} to a model that does, or without it"
            )


async def _read(file: Data, read_blob: ReadBlob) -> UserContent:
    blob = file.get("blob")
    if isinstance(blob, str):
        content = await read_blob(blob)
    else:
        content = base64.b64decode(str_of(file.get("data")))
    mime = _mime(file)
    if any(mime.startswith(start) for start, _, _ in _KINDS):
        return BinaryContent(content, media_type=mime)
    return f"The file {_name(file)}:\n{_text(content, file)}"


def _text(content: bytes, file: Data) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0" if b"\0" in content else content.decode("latin-1")
    if "\0" in text:
        raise ValidationError(
            f"expected text, a picture, sound or a PDF; {_name(file)} is none of them "
            f"({_mime(file)}); convert it first, or let a tool read it"
        )
    return text


def _mime(file: Data) -> str:
    return str_of(file.get("mime"), "application/octet-stream")


def _name(file: Data) -> str:
    return json.dumps(str_of(file.get("name"), "file")[:80])
