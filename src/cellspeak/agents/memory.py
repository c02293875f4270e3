"""How much of a conversation a model reads: `Agent(memory=…)`, or `memory:` in a file.

    memory: window                                  # the newest turns that fit
    memory: {strategy: summary, tokens: 8000}       # older ones summed up by the model itself

Its one law: the log keeps everything; only what the model is told gets shorter, and the
conversation says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

from cellspeak.errors import ValidationError

__all__ = ["MemoryPolicy", "MemorySetting", "Strategy", "memory_of"]

Strategy: TypeAlias = Literal["all", "window", "summary"]

_FORMS = "'all', 'window', 'summary', or {'strategy': …, 'turns': …, 'tokens': …}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPolicy:
    """What a model reads of a conversation that has grown.

    Raises:
        ValidationError: if a number is not above 0, or limits stand where nothing is limited.
    """

    strategy: Strategy = "all"
    """`all` of it; a `window` of the newest turns; or those after a `summary` of the others."""
    turns: int | None = None
    """Most turns that are read as they were, the new one included; None: only tokens count."""
    tokens: int | None = None
    """Most tokens that are read, estimated; None: three quarters of what the model can take."""

    def __post_init__(self) -> None:
        if self.strategy not in get_args(Strategy):
            raise ValidationError(f"expected memory as {_FORMS}; got {self.strategy!r:.80}")
        for name in ("turns", "tokens"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise ValidationError(f"expected memory's {name} above 0; got {number}")
        if self.strategy == "all" and (self.turns or self.tokens):
            raise ValidationError(
                "expected the memory strategy window or summary together with turns or tokens; "
                "'all' has no limit"
            )


MemorySetting: TypeAlias = str | Mapping[str, Any] | MemoryPolicy | None
"""What people write: a strategy, its parts, or the policy itself; None is `all`."""


def memory_of(setting: MemorySetting) -> MemoryPolicy:
    """Return the policy that *setting* says.

    Raises:
        ValidationError: if it says none.
    """
    if isinstance(setting, MemoryPolicy):
        return setting
    if setting is None or isinstance(setting, str):
        return MemoryPolicy(strategy=setting or "all")  # type: ignore[arg-type]  # looked at there
    if not isinstance(setting, Mapping):
        raise ValidationError(f"expected memory as {_FORMS}; got {type(setting).__name__}")
    known = [f.name for f in fields(MemoryPolicy)]
    unknown = next((k for k in setting if k not in known), None)
    if unknown is not None:
        raise ValidationError(f"expected memory with {', '.join(known)}; got {unknown!r:.80}")
    numbers = {k: _number(k, setting[k]) for k in ("turns", "tokens") if setting.get(k) is not None}
    return MemoryPolicy(strategy=setting.get("strategy", "window"), **numbers)


def _number(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ValidationError(f"expected a number as memory's {name}; got {value!r:.80}") from None
