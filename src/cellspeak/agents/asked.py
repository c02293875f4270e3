"""The type that a post wants as its answer: `await agent.run(…, output_type=Invoice)`.

A post carries the type's name and JSON Schema, so that any process can answer it.  Its one law:
only types that are JSON objects are asked for, because only these can every provider give.
"""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from typing import Any

from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, str_of
from cellspeak.core.rules import args_digest
from cellspeak.errors import TurnFailedError, ValidationError

from .base import ReadBlob

__all__ = ["Asked", "asked_of", "typed_answer", "wish"]

_MOST = 64  # types that are remembered
_types: dict[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a post asks for."""

    name: str
    schema: Data
    type: Any = None
    """The type itself, where it is known."""

    def as_json(self, value: Any) -> Any:
        """Return an answer as the log keeps it."""
        return value if self.type is None else _adapter(self.type).dump_python(value, mode="json")


def wish(output_type: Any) -> Data:
    """Return what a post says to ask for *output_type*.

    Raises:
        ValidationError: if it is none that a model can give.
    """
    if not _is_object(output_type):
        name = getattr(output_type, "__name__", repr(output_type))
        raise ValidationError(
            "expected output_type as a pydantic model, a dataclass or a TypedDict; "
            f"got {name!r:.80}; put other types into a field of one"
        )
    try:
        schema = _adapter(output_type).json_schema()
    except Exception as error:  # noqa: BLE001 - pydantic's are many, and it may not be there
        raise ValidationError(_why_not(output_type, error)) from None
    _types[args_digest(schema)] = output_type
    while len(_types) > _MOST:
        del _types[next(iter(_types))]
    return {"name": output_type.__name__, "schema": schema}


def _why_not(output_type: type, error: Exception) -> str:
    if getattr(error, "code", None) == "typed-dict-version":
        return "expected the TypedDict of typing_extensions; typing's own tells too little here"
    return (
        f"expected output_type with fields that JSON can carry; {output_type.__name__!r:.80}: "
        f"{type(error).__name__}"
    )


def asked_of(turn: Turn) -> Asked | None:
    """Return what *turn* asks for, if it asks for a type."""
    wishes = [dict_of(p["output"]) for p in turn.posts if "output" in p]
    schema = dict_of(wishes[-1].get("schema")) if wishes else {}
    if not schema:
        return None
    name = str_of(wishes[-1].get("name")) or "answer"
    return Asked(name=name, schema=schema, type=_types.get(args_digest(schema)))


async def typed_answer(turn: Turn, output_type: Any, read_blob: ReadBlob) -> Any:
    """Return the object that *turn* has answered with.

    Args:
        turn: the turn, ended.
        output_type: what was asked for.
        read_blob: fetches an answer that is too long for the log.

    Raises:
        TurnFailedError: if it answered with something else.
    """
    outcomes = [dict_of(c.outcome) for c in turn.tool_calls.values()]
    found = [o["result"] for o in outcomes if o.get("typed") is True and "result" in o]
    if not found:
        raise TurnFailedError(
            f"expected an answer of the type {output_type.__name__}; the agent gave text; "
            "only an agent with a language model can answer with a type",
            turn_id=turn.id,
        )
    given = found[-1]
    if set(given) == {"blob", "mime", "size"}:
        return _adapter(output_type).validate_json(await read_blob(given["blob"]))
    return _adapter(output_type).validate_python(given)


def _is_object(output_type: Any) -> bool:
    if not isinstance(output_type, type):
        return False
    model = hasattr(output_type, "model_json_schema")
    return model or is_dataclass(output_type) or _is_typed_dict(output_type)


def _is_typed_dict(output_type: type) -> bool:
    # Not by `is_typeddict`: there are two kinds, of `typing` and of `typing_extensions`.
    return issubclass(output_type, dict) and hasattr(output_type, "__total__")


def _adapter(output_type: Any) -> Any:
    from pydantic import TypeAdapter  # comes with every model's package

    return TypeAdapter(output_type)
