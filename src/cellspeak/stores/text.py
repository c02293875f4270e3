"""JSON as text, as every store that keeps text takes it."""

from __future__ import annotations

import json
from typing import Any

from cellspeak.core.codec import dumps, encode
from cellspeak.errors import ValidationError

__all__ = ["as_text"]


def as_text(value: Any) -> str:
    """Return *value* as JSON text that every database takes, lone surrogates escaped.

    Raises:
        ValidationError: if it holds something that is no JSON.
    """
    try:
        text = dumps(value)
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(encode(value), separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise ValidationError(f"expected a value that JSON can hold: {error}") from None
    return text
