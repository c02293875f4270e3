"""Large things leave the event and become blobs, named by the hash of their bytes.

An event keeps `{blob, mime, size, name}`; the bytes are fetched through the session.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cellspeak.core.events import Data
from cellspeak.core.mimes import PICTURES
from cellspeak.errors import ValidationError

__all__ = ["Blobs", "split_message", "split_result"]

Blobs = dict[str, bytes]
"""sha256 → bytes."""


def split_message(message: Data, limit: int) -> tuple[Data, Blobs]:
    """Return a posted *message* whose files above *limit* bytes are blobs, and the blobs.

    Raises:
        ValidationError: if a file's `data` is no base64.
    """
    blobs: Blobs = {}
    files = [_split_file(f, limit, blobs) for f in message.get("files") or ()]
    return ({**message, "files": files} if files else message), blobs


def split_result(data: Data, limit: int) -> tuple[Data, Blobs]:
    """Return a tool result whose large parts are blobs, and the blobs.

    `result` is kept as it is when small; each entry of a `mime` bundle goes by itself.
    """
    blobs: Blobs = {}
    out = dict(data)
    if "result" in out:
        out["result"] = _split_json(out["result"], "application/json", limit, blobs)
    if isinstance(out.get("mime"), Mapping):
        out["mime"] = {k: _split_entry(v, k, limit, blobs) for k, v in out["mime"].items()}
    return out, blobs


def _split_file(file: Data, limit: int, blobs: Blobs) -> Data:
    if "blob" in file:
        return file
    try:
        content = base64.b64decode(file.get("data", ""), validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise ValidationError(
            f"expected the file {str(file.get('name'))!r:.80} as base64 text in 'data'"
        ) from None
    kept = {k: v for k, v in file.items() if k != "data"} | {"size": len(content)}
    if len(content) <= limit:
        return {**kept, "data": file.get("data", "")}
    return {**kept, "blob": _keep(content, blobs)}


def _split_entry(value: Any, mime: str, limit: int, blobs: Blobs) -> Any:
    """A picture becomes its own bytes, so that whoever fetches it can show it as it is."""
    if mime not in PICTURES or not isinstance(value, str) or len(value) <= limit:
        return _split_json(value, mime, limit, blobs)
    try:
        content = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return _split_json(value, mime, limit, blobs)
    name = f"picture.{mime.partition('/')[2]}"
    return {"blob": _keep(content, blobs), "mime": mime, "size": len(content), "name": name}


def _split_json(value: Any, mime: str, limit: int, blobs: Blobs) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    content = text.encode("utf-8", "surrogatepass")
    if len(content) <= limit:
        return value
    return {"blob": _keep(content, blobs), "mime": mime, "size": len(content)}


def _keep(content: bytes, blobs: Blobs) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    blobs[sha256] = content
    return sha256
