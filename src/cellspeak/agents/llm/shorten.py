"""Shorten what a model reads of a long conversation.

Its one law: a cut falls between turns, so that every call that is left keeps its result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

__all__ = ["Limit", "dropped", "size", "thinned", "transcript", "turns_in", "with_summary"]

_BYTES_PER_TOKEN = 4
_FILE_TOKENS = 1_000  # a picture or a page; providers count 250 to 1,600
_PART_TOKENS = 4  # what surrounds a part
_LONG = 500  # characters of a result that is not worth leaving out
_SUMMED_UP = "What was said before, summed up:\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much may be read; None: as much as there is."""

    turns: int | None = None
    tokens: int | None = None

    def exceeded(self, messages: Sequence[ModelMessage]) -> bool:
        """Tell whether *messages* are more than that."""
        if self.turns is not None and len(turns_in(messages)) > self.turns:
            return True
        return self.tokens is not None and size(messages) > self.tokens


def turns_in(messages: Sequence[ModelMessage]) -> list[list[ModelMessage]]:
    """Return *messages* by turn: each begins with what the user said."""
    turns: list[list[ModelMessage]] = []
    for message in messages:
        if _begins(message) or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def size(messages: Sequence[ModelMessage]) -> int:
    """Return about how many tokens *messages* are."""
    return sum(_part_size(part) for message in messages for part in message.parts)


def dropped(messages: Sequence[ModelMessage], limit: Limit) -> int:
    """Return how many of the oldest turns to leave out; 0 if the limit is kept.

    A quarter more goes than must: the next turns then begin alike, which providers reward.
    """
    turns = turns_in(messages)
    if not limit.exceeded(messages):
        return 0
    kept = len(turns)
    if limit.turns is not None and kept > limit.turns:
        kept = limit.turns - limit.turns // 4
    if limit.tokens is not None:
        kept = min(kept, _fitting(turns, limit.tokens * 3 // 4))
    return len(turns) - max(1, kept)


def thinned(messages: Sequence[ModelMessage]) -> list[ModelMessage]:
    """Return *messages* without the long results of calls, the newest results excepted."""
    last = max((i for i, m in enumerate(messages) if _returns(m)), default=-1)
    return [m if i == last else _without_results(m) for i, m in enumerate(messages)]


def with_summary(messages: Sequence[ModelMessage], summary: str) -> list[ModelMessage]:
    """Return *messages* with what was said before them told in their first prompt."""
    first = messages[0]
    assert isinstance(first, ModelRequest)
    told = UserPromptPart(f"{_SUMMED_UP}{summary}")
    return [replace(first, parts=[told, *first.parts]), *messages[1:]]


def transcript(messages: Sequence[ModelMessage]) -> str:
    """Return *messages* as text for whoever sums them up."""
    return "\n".join(line for m in messages for p in m.parts if (line := _line(p)))


def _begins(message: ModelMessage) -> bool:
    # A tool may answer with a file, which comes as a prompt beside its result.
    return (
        isinstance(message, ModelRequest)
        and any(isinstance(p, UserPromptPart) for p in message.parts)
        and not _returns(message)
    )


def _returns(message: ModelMessage) -> bool:
    return any(isinstance(p, ToolReturnPart) for p in message.parts)


def _fitting(turns: Sequence[Sequence[ModelMessage]], tokens: int) -> int:
    """Return how many of the newest turns are at most so many *tokens*."""
    total = 0
    for count, turn in enumerate(reversed(turns)):
        total += size(turn)
        if total > tokens:
            return count
    return len(turns)


def _without_results(message: ModelMessage) -> ModelMessage:
    if not isinstance(message, ModelRequest):
        return message
    return replace(message, parts=[_left_out(p) for p in message.parts])


def _left_out(part: ModelRequestPart) -> ModelRequestPart:
    if not isinstance(part, ToolReturnPart) or len(str(part.content)) <= _LONG:
        return part
    note = f"[left out here: {len(str(part.content)):,} characters]"
    return ToolReturnPart(part.tool_name, note, tool_call_id=part.tool_call_id)


def _part_size(part: object) -> int:
    content = getattr(part, "args", None) or getattr(part, "content", None)
    pieces = content if isinstance(content, list | tuple) else [content]
    return _PART_TOKENS + sum(_piece_size(p) for p in pieces)


def _piece_size(piece: object) -> int:
    if isinstance(piece, BinaryContent):
        return _FILE_TOKENS
    # Bytes and not characters: a token has four of English, and one of many other scripts.
    return len(str(piece or "").encode("utf-8", "surrogatepass")) // _BYTES_PER_TOKEN


def _line(part: object) -> str:
    match part:
        case UserPromptPart(content=content):
            pieces = [content] if isinstance(content, str) else content
            return "User: " + " ".join(p if isinstance(p, str) else "[a file]" for p in pieces)
        case TextPart(content=text):
            return f"Agent: {text}"
        case ToolCallPart(tool_name=name, args=args):
            return f"Agent calls {name}: {args}"
        case ToolReturnPart(content=content):
            return f"Result: {str(content)[:_LONG]}"
        case _:
            return ""
