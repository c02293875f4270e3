"""What a tool returned, as the log, the view and the model can take it.

Its one law: whatever it is, it becomes JSON of bounded size, and never an exception.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cellspeak.core.codec import dumps

__all__ = ["MODEL_LIMIT", "Shown", "model_text", "shown"]

MODEL_LIMIT = 16_000
"""Most characters of a result that a model gets."""

_LOG_LIMIT = 256 * 1024  # characters of JSON; above it the log has the model's text
_MIME_LIMIT = 4 * 1024 * 1024  # characters of one entry of a mime bundle
_BY_METHOD = {
    "_repr_html_": "text/html",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One result, for its three readers."""

    value: Any
    """JSON for the log."""
    text: str
    """What the model reads, at most `MODEL_LIMIT` characters and a note."""
    mime: Mapping[str, str] = field(default_factory=dict)
    """Its rich forms by MIME type; pictures as base64."""
    truncated: bool = False
    """True if the log has less than there was."""


def shown(value: Any) -> Shown:
    """Return *value* for the log, the view and the model; its own code may run."""
    mime = _mime(value)
    as_json = _json(value)
    if as_json is None:
        text = mime.get("text/plain") or _repr(value)
    else:
        text = value if isinstance(value, str) else as_json
    small = as_json is not None and len(as_json) <= _LOG_LIMIT
    cut = model_text(text)
    return Shown(
        value=json.loads(as_json) if small and as_json is not None else cut,
        text=cut,
        mime=mime,
        truncated=not small and len(text) > MODEL_LIMIT,
    )


def model_text(text: str) -> str:
    """Return *text*, cut with a note if it is longer than a model shall get."""
    if len(text) <= MODEL_LIMIT:
        return text
    return f"{text[:MODEL_LIMIT]}\n[cut here: {len(text) - MODEL_LIMIT:,} more characters]"


def _json(value: Any) -> str | None:
    try:
        return dumps(value)
    except (TypeError, ValueError, RecursionError):
        return None


def _mime(value: Any) -> dict[str, str]:
    found = {kind: _called(value, name) for name, kind in _BY_METHOD.items()}
    bundle = _called(value, "_repr_mimebundle_")
    if isinstance(bundle, tuple):  # a bundle may come with metadata
        bundle = bundle[0] if bundle else None
    if isinstance(bundle, Mapping):
        found.update(bundle)
    texts = {str(kind): _text(entry) for kind, entry in found.items()}
    return {k: t for k, t in texts.items() if t is not None and len(t) <= _MIME_LIMIT}


def _called(value: Any, method: str) -> Any:
    # On the class, as IPython does: objects that answer to every name have no picture.
    if isinstance(value, type) or not callable(getattr(type(value), method, None)):
        return None
    try:
        return getattr(value, method)()
    except Exception:  # noqa: BLE001 - a failing repr is no reason to lose the result
        return None


def _text(entry: Any) -> str | None:
    if isinstance(entry, bytes):
        return base64.b64encode(entry).decode("ascii")
    if entry is None or isinstance(entry, str):
        return entry
    return _json(entry)


def _repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - as above
        return f"<{type(value).__name__}>"
