"""What a tool returned, as the log, the view and the model can take it.

Its one law: whatever it is, it becomes JSON of bounded size, and never an exception.  Of a bundle
only the kinds in `_KINDS` are kept, and HTML without anything that runs, styles or loads.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cellspeak.core.clean import clean_html
from cellspeak.core.codec import dumps
from cellspeak.core.events import Data
from cellspeak.core.mimes import PICTURES, TABLE

from .figures import is_figure, picture_of
from .tables import table_of

__all__ = ["MODEL_LIMIT", "Shown", "model_text", "shown"]

MODEL_LIMIT = 16_000
"""Most characters of a result that a model gets."""

_LOG_LIMIT = 256 * 1024  # characters of JSON; above it the log has the model's text
_MIME_LIMIT = 4 * 1024 * 1024  # characters of one entry of a mime bundle
_BY_METHOD = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
}
_KINDS = frozenset(
    (
        *("text/plain", "text/html", "text/markdown", "application/json", "image/svg+xml"),
        *PICTURES,
    )
)
_SEEN = "[a picture of it is shown to the person]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One result, for its three readers."""

    value: Any
    """JSON for the log."""
    text: str
    """What the model reads, at most `MODEL_LIMIT` characters and a note."""
    mime: Mapping[str, str | Data] = field(default_factory=dict)
    """Its rich forms by MIME type; pictures as base64, a table as an object."""
    truncated: bool = False
    """True if the log has less than there was."""
    error: str | None = None
    """One line of what the tool raised; then there is no value."""
    traceback: str | None = None

    def as_outcome(self) -> Data:
        """Return what a `tool_result` says of it: `result` or `error`, and what belongs to it."""
        if self.error is not None:
            facts = {"error": self.error, "traceback": self.traceback}
            return {key: value for key, value in facts.items() if value}
        extra = {"mime": dict(self.mime), "truncated": self.truncated}
        return {"result": self.value, **{key: value for key, value in extra.items() if value}}


def shown(value: Any, figures: Sequence[Any] = ()) -> Shown:
    """Return *value* for the log, the view and the model; its own code may run.

    Args:
        value: anything; a `Shown` is only given the figures.
        figures: of matplotlib, drawn besides.
    """
    known = value if isinstance(value, Shown) else _shown(value)
    own = [value] if is_figure(value) else []
    picture = picture_of([*own, *(f for f in figures if f is not value)])
    if picture is None:
        return known
    mime = {**known.mime, "image/png": _base64(picture)}
    text = known.text if value is not None else ""
    said = model_text("\n".join(filter(None, (text, _SEEN))))
    return Shown(value=known.value, text=said, mime=mime, truncated=known.truncated)


def _shown(value: Any) -> Shown:
    table = table_of(value)
    mime = _mime(value)
    if table is not None:
        mime = {TABLE: table, **{k: v for k, v in mime.items() if k != "text/html"}}
    as_json = _json(value)
    if as_json is None:
        text = _plain(mime) or _repr(value)
        # The plain form beside a rich one says that the result is no more than that.
        mime = {**mime, "text/plain": model_text(text)} if mime or is_figure(value) else mime
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


def _mime(value: Any) -> dict[str, str | Data]:
    found = {kind: _called(value, name) for name, kind in _BY_METHOD.items()}
    bundle = _called(value, "_repr_mimebundle_")
    if isinstance(bundle, tuple):  # a bundle may come with metadata
        bundle = bundle[0] if bundle else None
    if isinstance(bundle, Mapping):
        found.update(bundle)
    texts = {kind: _text(found[kind]) for kind in _KINDS & found.keys()}
    kept: dict[str, str | Data] = {
        k: clean_html(t) if k == "text/html" else t
        for k, t in sorted(texts.items())
        if t is not None and len(t) <= _MIME_LIMIT
    }
    return kept


def _plain(mime: Mapping[str, str | Data]) -> str:
    text = mime.get("text/plain")
    return text if isinstance(text, str) else ""


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
        return _base64(entry)
    if entry is None or isinstance(entry, str):
        return entry
    return _json(entry)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - as above
        return f"<{type(value).__name__}>"
