"""What a turn has used: tokens, and their price where it is known.

Its one law: it counts the whole turn, also what was used before a question was answered.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.usage import RunUsage

from cellspeak.agents import base
from cellspeak.core.events import Data, Draft

__all__ = ["bill"]


def bill(used: RunUsage, messages: Sequence[ModelMessage], before: Data) -> Draft:
    """Return what the turn has used so far.

    Args:
        used: the tokens of this pass.
        messages: the messages of this pass.
        before: the usage of the turn when this pass began.
    """
    counts: dict[str, float] = {
        "input_tokens": used.input_tokens,
        "output_tokens": used.output_tokens,
    }
    cost = _cost(messages)
    if cost is not None:
        counts["cost"] = cost
    return base.usage(**{k: v + before.get(k, 0) for k, v in counts.items()})


def _cost(messages: Sequence[ModelMessage]) -> float | None:
    """Return the price of *messages* in US dollars, or None if nobody knows it."""
    responses = [m for m in messages if isinstance(m, ModelResponse)]
    try:
        return float(sum(m.cost().total_price for m in responses))
    except (LookupError, ValueError, AssertionError):
        return None
