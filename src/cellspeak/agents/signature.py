"""The JSON Schema of a function's arguments, read off its signature.

Light: no library is loaded for it, so that a session can say what its tools take before any model
answers.  Its one law: a type that it does not know allows everything.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from cellspeak.core.events import Data

__all__ = ["args_schema"]

_PLAIN: dict[object, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}
_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_UNION = get_origin(Literal[1] | None)  # what `X | Y` is where X is no class
_LISTS = (list, tuple, set, frozenset, Sequence, AbstractSet)
_OBJECTS = (dict, Mapping)


def args_schema(function: Callable[..., Any], context: str | None = None) -> Data:
    """Return the schema of what *function* is called with, by name.

    Args:
        function: any function; what its hints do not say is left open.
        context: a parameter that is given by us and is none of the arguments.
    """
    hints: Mapping[str, object] = {}
    with suppress(Exception):  # hints that cannot be read say nothing about a type
        hints = get_type_hints(function, include_extras=True)
    given = inspect.signature(function).parameters.values()
    named = [p for p in given if p.name != context and p.kind not in _MANY]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {p.name: _property(hints.get(p.name, Any), p) for p in named},
    }
    required = [p.name for p in named if p.default is p.empty]
    if required:
        schema["required"] = required
    return schema


def _property(hint: object, parameter: inspect.Parameter) -> Data:
    schema = _schema(hint)
    if isinstance(parameter.default, str | int | float | bool | None):
        return {**schema, "default": parameter.default}
    return schema


def _schema(hint: object) -> Data:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _schema(args[0])
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if origin is Literal:
        return {"enum": list(args)}
    if origin is types.UnionType or origin is _UNION:
        return {"anyOf": [_schema(a) for a in args]}
    kind = hint if origin is None else origin
    if kind in _LISTS:
        items = _schema(args[0]) if args and kind is not tuple else {}
        return {"type": "array", "items": items} if items else {"type": "array"}
    return {"type": "object"} if kind in _OBJECTS else {}
