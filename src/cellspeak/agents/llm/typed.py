"""Answers of a type: what the model has to give, and the card that shows it.

In the process that asked the library checks with the type itself; elsewhere with its JSON Schema.
Its one law: what the log keeps is JSON that the type can be made from again.
"""

from __future__ import annotations

from typing import Any

from pydantic_ai import StructuredDict
from pydantic_ai.exceptions import UserError

from cellspeak.agents.asked import Asked, asked_of
from cellspeak.core.conversation import Turn
from cellspeak.errors import ValidationError

__all__ = ["Asked", "asked_of", "spec_of_output"]


def spec_of_output(turn: Turn) -> tuple[Asked | None, Any]:
    """Return what type *turn* asks for, and what the library calls that; `str` if none.

    Raises:
        ValidationError: if no model could give it.
    """
    asked = asked_of(turn)
    if asked is None:
        return None, str
    if asked.type is not None:
        return asked, asked.type
    try:
        return asked, StructuredDict(dict(asked.schema), name=asked.name)
    except UserError:
        raise ValidationError(
            f"expected an output_type without references to itself; got {asked.name!r:.80}"
        ) from None
