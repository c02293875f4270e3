"""Check edited arguments against their JSON Schema.

Its one law: any schema and any value end within a bounded number of steps, and a word of the schema
that is not known here allows everything: what is judged is judged as JSON Schema says, the rest is
left to the tool.  Left out on purpose: `pattern`, which can take for ever, and `format`.
Twin: `js/src/more/arguments.ts`; both are held to `conformance/arguments.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from .kinds import dict_of, int_of, list_of

__all__ = ["complaint", "same_json"]

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
_STEPS = 10_000
_DEPTH = 60


def complaint(args: Any, schema: Any) -> str | None:
    """Return what is wrong with *args*, the first thing only; None if nothing is.

    Args:
        args: the arguments of a tool, as JSON.
        schema: their JSON Schema (2020-12 or older), from anybody.
    """
    return _At(value=args, path="", root=schema, budget=[_STEPS]).fault(schema)


def same_json(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are equal; true is not 1, and 1.0 is 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_json(one[k], other[k]) for k in one)
    if _is_list(one) and _is_list(other):
        return len(one) == len(other) and all(map(same_json, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    """One value on the way through the schema."""

    value: Any
    path: str
    root: Any
    budget: list[int]
    depth: int = 0

    def fault(self, schema: Any) -> str | None:
        self.budget[0] -= 1
        if self.budget[0] < 0 or self.depth > _DEPTH:
            return None
        if schema is False:
            return f"expected no {self.path or 'arguments'}"
        if not isinstance(schema, Mapping):
            return None
        asked = ((rule, schema[word]) for word, rule in _RULES.items() if word in schema)
        return _first(rule(self, argument, schema) for rule, argument in asked)

    def spend(self, steps: int) -> bool:
        """Take *steps* of what may still be done; False if that is not left."""
        self.budget[0] -= steps
        return self.budget[0] >= 0

    def expected(self, what: str) -> str:
        return f"expected {self.path or 'the arguments'} {what}; got {_short(self.value)}"

    def inner(self, value: Any, step: str | int) -> _At:
        key = f"[{step}]" if isinstance(step, int) else f".{step}" if self.path else step
        return replace(self, value=value, path=f"{self.path}{key}", depth=self.depth + 1)

    def same(self, schema: Any) -> str | None:
        """Hold the same value to another schema."""
        return replace(self, depth=self.depth + 1).fault(schema)


_Fits: TypeAlias = Callable[[Any, Any], bool]
_Rule: TypeAlias = Callable[[_At, Any, Mapping[str, Any]], str | None]


def _first(faults: Iterator[str | None]) -> str | None:
    return next((fault for fault in faults if fault is not None), None)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and math.isfinite(value) and value == int(value)


_TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "string": ("a text", lambda v: isinstance(v, str)),
    "integer": ("a whole number", _is_whole),
    "number": ("a number", _is_number),
    "boolean": ("true or false", lambda v: isinstance(v, bool)),
    "array": ("a list", _is_list),
    "object": ("an object", lambda v: isinstance(v, Mapping)),
    "null": ("null", lambda v: v is None),
}


def _short(value: Any) -> str:
    # In pieces: many forms may each complain about one very large value.
    text = ""
    for piece in _JSON.iterencode(value[:80] if isinstance(value, str) else value):
        text += piece[:80]
        if len(text) > 60:
            return f"{text[:59]}…"
    return text


def _type(at: _At, names: Any, _: Any) -> str | None:
    wanted = [names] if isinstance(names, str) else list_of(names)
    known = [_TYPES[n] for n in wanted if isinstance(n, str) and n in _TYPES]
    if len(known) < len(wanted) or any(fits(at.value) for _, fits in known):
        return None
    return at.expected(f"to be {' or '.join(word for word, _ in known)}")


def _enum(at: _At, options: Any, _: Any) -> str | None:
    if not _is_list(options) or not at.spend(len(options)):
        return None
    if any(same_json(at.value, o) for o in options):
        return None
    return at.expected(f"to be one of {', '.join(map(_short, options[:8]))}")


def _const(at: _At, value: Any, _: Any) -> str | None:
    return None if same_json(at.value, value) else at.expected(f"to be {_short(value)}")


def _bound(
    limit: Callable[[Any], bool], measured: Callable[[Any], Any], words: str, fits: _Fits
) -> _Rule:
    """Return the rule of a word that compares a measure of some values with a number."""

    def rule(at: _At, bound: Any, _: Any) -> str | None:
        size = measured(at.value)
        if size is None or not limit(bound) or fits(size, bound):
            return None
        return at.expected(words.format(_short(bound)))

    return rule


def _number(value: Any) -> Any:
    return value if _is_number(value) else None


def _length(value: Any) -> int | None:
    return len(value) if isinstance(value, str) else None


def _items_count(value: Any) -> int | None:
    return len(value) if _is_list(value) else None


def _keys_count(value: Any) -> int | None:
    return len(value) if isinstance(value, Mapping) else None


def _at_least(size: Any, bound: Any) -> bool:
    return bool(size >= bound)


def _at_most(size: Any, bound: Any) -> bool:
    return bool(size <= bound)


def _required(at: _At, names: Any, _: Any) -> str | None:
    if not isinstance(at.value, Mapping) or not at.spend(len(list_of(names))):
        return None
    missing = [n for n in list_of(names) if isinstance(n, str) and n not in at.value]
    return f"expected {at.inner(None, missing[0]).path}, which is missing" if missing else None


def _properties(at: _At, schemas: Any, _: Any) -> str | None:
    if not isinstance(at.value, Mapping):
        return None
    pairs = ((at.inner(at.value[k], k), s) for k, s in dict_of(schemas).items() if k in at.value)
    return _first(inner.fault(s) for inner, s in pairs)


def _additional(at: _At, allowed: Any, schema: Mapping[str, Any]) -> str | None:
    if not isinstance(at.value, Mapping) or "patternProperties" in schema:
        return None
    known = dict_of(schema.get("properties"))
    others = (at.inner(v, str(k)) for k, v in at.value.items() if k not in known)
    return _first(inner.fault(allowed) for inner in others)


def _items(at: _At, each: Any, schema: Mapping[str, Any]) -> str | None:
    if not _is_list(at.value) or _is_list(each):  # a list is an older draft's `prefixItems`
        return _prefix(at, each, schema)
    first = len(list_of(schema.get("prefixItems")))
    inners = (at.inner(v, i) for i, v in enumerate(at.value) if i >= first)
    return _first(inner.fault(each) for inner in inners)


def _prefix(at: _At, schemas: Any, _: Any) -> str | None:
    if not _is_list(at.value) or not _is_list(schemas):
        return None
    pairs = ((at.inner(v, i), s) for i, (v, s) in enumerate(zip(at.value, schemas, strict=False)))
    return _first(inner.fault(s) for inner, s in pairs)


def _unique(at: _At, wanted: Any, _: Any) -> str | None:
    if wanted is not True or not _is_list(at.value):
        return None
    if not at.spend(len(at.value) ** 2 // 2):
        return None
    twice = any(same_json(v, w) for i, v in enumerate(at.value) for w in at.value[:i])
    return at.expected("to have each item once") if twice else None


def _all_of(at: _At, schemas: Any, _: Any) -> str | None:
    return _first(at.same(s) for s in list_of(schemas))


def _any_of(at: _At, schemas: Any, _: Any) -> str | None:
    faults = [(at.same(s), dict_of(s).get("type") == "null") for s in list_of(schemas)]
    if not faults or any(fault is None for fault, _ in faults):
        return None
    # `X | None`: what is wrong with X says more than that no form fits.
    telling = [fault for fault, is_null in faults if not is_null]
    return telling[0] if len(telling) == 1 else _no_form(at)


def _one_of(at: _At, schemas: Any, _: Any) -> str | None:
    fitting = [s for s in list_of(schemas) if at.same(s) is None]
    return None if len(fitting) == 1 or not list_of(schemas) else _no_form(at)


def _no_form(at: _At) -> str:
    return at.expected("to have one of the forms that the tool allows")


def _not(at: _At, schema: Any, _: Any) -> str | None:
    # At the end of the budget everything fits, and then this says nothing.
    fits = at.same(schema) is None and at.budget[0] >= 0 and at.depth < _DEPTH
    return at.expected("to be something else") if fits else None


def _ref(at: _At, pointer: Any, _: Any) -> str | None:
    """Follow a pointer into the same schema; nothing is ever fetched."""
    if not isinstance(pointer, str) or not pointer.startswith("#"):
        return None
    found = at.root
    for part in pointer[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return at.same(found)


def _is_count(bound: Any) -> bool:
    return int_of(bound) is not None


_RULES: dict[str, _Rule] = {
    "$ref": _ref,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _bound(_is_number, _number, "to be at least {}", _at_least),
    "maximum": _bound(_is_number, _number, "to be at most {}", _at_most),
    "exclusiveMinimum": _bound(_is_number, _number, "to be more than {}", lambda v, b: v > b),
    "exclusiveMaximum": _bound(_is_number, _number, "to be less than {}", lambda v, b: v < b),
    "minLength": _bound(_is_count, _length, "to have at least {} characters", _at_least),
    "maxLength": _bound(_is_count, _length, "to have at most {} characters", _at_most),
    "minItems": _bound(_is_count, _items_count, "to have at least {} items", _at_least),
    "maxItems": _bound(_is_count, _items_count, "to have at most {} items", _at_most),
    "minProperties": _bound(_is_count, _keys_count, "to have at least {} entries", _at_least),
    "maxProperties": _bound(_is_count, _keys_count, "to have at most {} entries", _at_most),
    "uniqueItems": _unique,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "prefixItems": _prefix,
    "items": _items,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
}
"""Word of the schema → what it asks.  The order is that of the complaints."""
