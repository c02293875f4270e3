"""`@name` at the start of a prompt: who shall answer this one.

Its one law: only the exact name of an agent that is there is an address.  Everything else that
begins with @ (a decorator, half of a mail address, a name that is wrong) is text, with no guess.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["addressed"]

_ENDS = (",", ":")


def addressed(prompt: str, names: Iterable[str]) -> tuple[str, str]:
    """Return the agent that *prompt* names first, and what is left to say to it.

    Args:
        prompt: as it was typed.
        names: of the agents there are; the longest that fits counts.

    Returns:
        The name, empty if the prompt names nobody, and the prompt without it.
    """
    for name in sorted(names, key=len, reverse=True):
        if prompt.startswith(f"@{name}"):
            rest = prompt[len(name) + 1 :]
            if not rest or rest[0].isspace() or rest.startswith(_ENDS):
                return name, rest.removeprefix(rest[:1] if rest.startswith(_ENDS) else "").strip()
    return "", prompt
