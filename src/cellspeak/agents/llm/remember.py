"""Keep a conversation within what its model reads, and say so.

Its one law: whatever the model no longer reads, a note in the conversation tells; the note alone is
enough to come to the same place again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_ai.direct import model_request_stream
from pydantic_ai.exceptions import AgentRunError
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, UserPromptPart
from pydantic_ai.models import Model

from cellspeak.agents import base
from cellspeak.agents.memory import MemoryPolicy
from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data, Draft

from .shorten import Limit, dropped, size, thinned, transcript, turns_in, with_summary

__all__ = ["MEMORY", "Shorter", "limit_of", "shorten", "window_of"]

MEMORY = "memory"
"""The kind of the notes."""

_UNKNOWN_WINDOW = 16_000  # tokens, for a model of which nobody says what it can take
_SUMMARY_LIMIT = 48_000  # characters that are summed up at once, about 12,000 tokens
_SUMMARY_SHARE = 2  # characters of them per token that the model can take: about half of it
_SUM_UP = (
    "Sum up the conversation below for yourself, so that you can go on with it without having it. "
    "Keep names, numbers, decisions, what was asked for and what is still open. Write plain text, "
    "at most 200 words, and nothing but the summary.\n\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shorter:
    """A history that fits, and the note that says what is missing."""

    messages: Sequence[ModelMessage]
    note: Draft
    summing: Sequence[ModelResponse] = ()
    """The model's own work on the summary, for the bill."""


def window_of(model: Model) -> int | None:
    """Return how many tokens *model* can take, if anybody knows."""
    window = model.profile.get("context_window")
    return window if isinstance(window, int) and window > 0 else None


def limit_of(policy: MemoryPolicy, model: Model) -> Limit:
    """Return what *policy* lets *model* read."""
    if policy.strategy == "all":
        return Limit()
    tokens = policy.tokens
    if tokens is None and policy.turns is None:
        tokens = (window_of(model) or _UNKNOWN_WINDOW) * 3 // 4
    return Limit(turns=policy.turns, tokens=tokens)


async def shorten(
    model: Model,
    messages: Sequence[ModelMessage],
    limit: Limit,
    policy: MemoryPolicy,
    path: Sequence[Turn],
    *,
    why: str = "",
) -> Shorter | None:
    """Return *messages* as far as *limit* allows; None if nothing can be left out.

    Args:
        model: sums up, if the policy wants that.
        messages: the history; it ends with the turn that is answered.
        limit: how much may be read.
        policy: what becomes of the rest.
        path: the turns of the conversation up to that turn.
        why: what the note says first.
    """
    if not limit.exceeded(messages):
        return None
    count = dropped(messages, limit)
    if count == 0:
        return _thinner(messages, why)
    turns = turns_in(messages)
    old = [m for turn in turns[:count] for m in turn]
    kept = [m for turn in turns[count:] for m in turn]
    gone = max(0, len(path) - (len(turns) - count))
    facts = {"turns": gone, "from_turn": path[gone].id if gone < len(path) else path[-1].id}
    if policy.strategy != "summary":
        return Shorter(messages=kept, note=_left_out(gone, facts, why))
    return await _summed_up(model, old, kept, gone, facts, why)


async def _summed_up(
    model: Model,
    old: Sequence[ModelMessage],
    kept: Sequence[ModelMessage],
    gone: int,
    facts: Data,
    why: str,
) -> Shorter:
    try:
        response = await _ask_for_summary(model, transcript(old))
    except AgentRunError:  # better without a summary than without an answer
        return Shorter(messages=kept, note=_left_out(gone, facts, why))
    summary = (response.text or "").strip()
    if not summary:
        return Shorter(messages=kept, note=_left_out(gone, facts, why), summing=[response])
    text = f"{why}{_first(gone)} summed up for the model."
    note = base.note(MEMORY, text, strategy="summary", detail=summary, **facts)
    return Shorter(messages=with_summary(kept, summary), note=note, summing=[response])


async def _ask_for_summary(model: Model, text: str) -> ModelResponse:
    most = min(_SUMMARY_LIMIT, _SUMMARY_SHARE * (window_of(model) or _SUMMARY_LIMIT))
    prompt = UserPromptPart(_SUM_UP + text[-most:])
    async with model_request_stream(model, [ModelRequest([prompt])]) as stream:
        async for _ in stream:
            pass
        return stream.get()


def _left_out(gone: int, facts: Data, why: str) -> Draft:
    return base.note(
        MEMORY, f"{why}{_first(gone)} left out for the model.", strategy="window", **facts
    )


def _first(gone: int) -> str:
    return "The first turn was" if gone == 1 else f"The first {gone} turns were"


def _thinner(messages: Sequence[ModelMessage], why: str) -> Shorter | None:
    """Return the one turn there is without the long results of its earlier calls."""
    thin = thinned(messages)
    if size(thin) >= size(messages):
        return None
    note = base.note(MEMORY, f"{why}Long results of earlier calls were left out for the model.")
    return Shorter(messages=thin, note=note)
