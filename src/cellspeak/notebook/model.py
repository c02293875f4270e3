"""What our widget models share: their program, their comms, how they are shown and sent.

Its one law: a comm is ours from the moment its model is made, so that clicks reach it in a wait.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import anywidget

from cellspeak.errors import ValidationError

__all__ = ["bundle", "comms", "is_ours", "mime_bundle", "without_halves"]

STATIC = Path(__file__).parent.parent / "static"

comms: set[str] = set()
"""The ids of our models' comms."""


@cache
def bundle(name: str) -> str:
    """Return the text of a file of the browser bundle.

    Raises:
        ValidationError: if it is missing.
    """
    try:
        return (STATIC / name).read_text(encoding="utf-8")
    except OSError:
        raise ValidationError(
            f"the browser bundle {name} is missing from this installation; "
            "in a checkout run `make build`, else reinstall cellspeak"
        ) from None


def is_ours(comm_id: str) -> bool:
    """Tell whether *comm_id* belongs to one of our widgets; the pump asks."""
    return comm_id in comms


def mime_bundle(widget: anywidget.AnyWidget) -> dict[str, Any]:
    """Return the widget's view; its plain text is empty: the transcript beside it has it."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}


def without_halves(content: dict[str, Any]) -> dict[str, Any]:
    """Return *content* with every lone surrogate replaced by U+FFFD."""
    text = json.dumps(content, ensure_ascii=False).encode("utf-16", "surrogatepass")
    whole: dict[str, Any] = json.loads(text.decode("utf-16", "replace"))
    return whole
