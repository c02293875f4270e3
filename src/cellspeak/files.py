"""Files of a person: what is attached becomes a message, what is exported a new file."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeAlias

from cellspeak.core.events import Data
from cellspeak.errors import ValidationError

__all__ = ["Content", "as_message", "write_new"]

Content: TypeAlias = str | Path | bytes | BinaryIO
"""Text, or something to attach: a path, the bytes themselves, or a file opened in binary mode."""

LARGEST = 64 * 1024 * 1024
"""Bytes of one attachment; more would not pass through a notebook's connection in one piece."""


def as_message(
    content: Content,
    files: Sequence[Content] = (),
    mime_type: str | None = None,
    filename: str | None = None,
) -> Data:
    """Return the message `{content, files?}` for *content* and *files*.

    Raises:
        ValidationError: if a file is missing, too large or of a kind that cannot be attached.
    """
    if isinstance(files, str | Path | bytes) or not isinstance(files, Iterable):
        raise ValidationError(
            f"expected a list of files, such as files=[{type(files).__name__}(…)]; "
            f"got one {type(files).__name__}"
        )
    attached = [_as_file(f) for f in files]
    if isinstance(content, str):
        return {"content": content, **({"files": attached} if attached else {})}
    return {"content": "", "files": [_as_file(content, mime_type, filename), *attached]}


def _as_file(source: Content, mime_type: str | None = None, filename: str | None = None) -> Data:
    content, own_name = _read(source)
    if len(content) > LARGEST:
        raise ValidationError(
            f"expected a file of at most {LARGEST >> 20} MiB; {own_name!r:.80} has "
            f"{len(content) >> 20} MiB"
        )
    name = filename or own_name
    mime = mime_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    data = base64.b64encode(content).decode("ascii")
    return {"name": name, "mime": mime, "size": len(content), "data": data}


def _read(source: Content) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, "file"
    if isinstance(source, str | Path):
        path = Path(source)
        try:
            return path.read_bytes(), path.name
        except OSError as error:
            raise ValidationError(
                f"expected a file that can be read; {str(source)!r:.200}: {error.strerror}"
            ) from None
    if hasattr(source, "read"):
        content = source.read()
        if isinstance(content, bytes):
            return content, Path(str(getattr(source, "name", "file"))).name
    raise ValidationError(
        f"expected text, a Path, bytes or a file opened in binary mode; got {type(source).__name__}"
    )


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet: an export never replaces anything.

    Raises:
        ValidationError: if there is one, or it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except FileExistsError:
        raise ValidationError(f"{path} exists; give another name, or remove it first") from None
    except OSError as error:
        raise ValidationError(
            f"expected a file that can be written; {path}: {error.strerror}"
        ) from None
