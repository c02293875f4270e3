"""Reading JSON that somebody else wrote.

Each function answers for any value: the value if it is of the kind, else the default.
Twin: `js/src/core/json.ts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["dict_of", "int_of", "list_of", "opt_dict", "opt_str", "str_of", "without"]

_NOTHING: Mapping[str, Any] = {}


def str_of(value: object, default: str = "") -> str:
    """Return *value* if it is a string, else *default*."""
    return value if isinstance(value, str) else default


def opt_str(value: object) -> str | None:
    """Return *value* if it is a string, else None."""
    return value if isinstance(value, str) else None


def int_of(value: object, default: int | None = None) -> int | None:
    """Return *value* if it is a whole number that JavaScript holds, too, else *default*."""
    if not isinstance(value, int) or isinstance(value, bool):  # True is an int in Python only
        return default
    return value if abs(value) < 2**53 else default


def dict_of(value: object) -> Mapping[str, Any]:
    """Return *value* if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else _NOTHING


def opt_dict(value: object) -> Mapping[str, Any] | None:
    """Return *value* if it is an object, else None."""
    return value if isinstance(value, Mapping) else None


def list_of(value: object) -> list[Any] | tuple[Any, ...]:
    """Return *value* if it is a list, else an empty one."""
    return value if isinstance(value, list | tuple) else ()


def without(data: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Return *data* without *keys*."""
    return {k: v for k, v in data.items() if k not in keys}
