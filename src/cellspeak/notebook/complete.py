"""Tab behind `%chat` and `%%chat`: options, their values, subcommands, sessions."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from cellspeak.errors import CellspeakError

from .current import records
from .folder import agent_names
from .line import OPTIONS, SUBCOMMANDS

__all__ = ["complete_chat", "match_agents"]

MOST = 20
"""Sessions offered at most; older ones are in `%chat sessions`."""


def complete_chat(_shell: Any, event: Any) -> list[str]:
    """Return what may stand at the cursor; IPython filters by what is typed already."""
    words = event.line.split()
    typed = event.symbol
    before = words[:-1] if typed and words and words[-1].endswith(typed) else words
    last = before[-1] if before else ""
    if last.startswith("--"):
        values = _values(last[2:])
        if values is not None:
            return values
    if last in ("resume", "forget"):
        return [*_sessions(), *(["all"] if last == "forget" else [])]
    options = [f"--{name}" for name in OPTIONS]
    only_options = event.line.lstrip().startswith("%%") or typed.startswith("-")
    commands = [] if only_options or len(before) > 1 else [c.split()[0] for c in SUBCOMMANDS]
    return [c for c in (*options, *commands) if c.startswith(typed)]


_ADDRESS = re.compile(r"(%%?chat[ \t]+(?:.*[ \t])?)?@([\w.-]*)")


@context_matcher()
def match_agents(context: CompletionContext) -> Any:
    """Offer agents behind an `@` that may begin the text of a `%chat` or a `%%chat`."""
    typed = _ADDRESS.fullmatch(context.text_until_cursor)
    if typed is None or not (typed[1] or context.full_text.startswith("%%chat")):
        return {"completions": []}
    names = [name for name in _agents() if name.startswith(typed[2])]
    found = [SimpleCompletion(text=name, type="agent") for name in names]
    return {"completions": found, "matched_fragment": typed[2], "suppress": bool(found)}


def _values(name: str) -> list[str] | None:
    option = OPTIONS.get(name)
    if option is None or not option.value:
        return None
    if option.choices:
        return list(option.choices)
    return {"agent": _agents, "session": _named_sessions}.get(name, list)()


def _agents() -> list[str]:
    with suppress(CellspeakError):
        return [_quoted(name) for name in agent_names()]
    return []


def _sessions() -> list[str]:
    with suppress(CellspeakError):
        return [r.session_id for r in records()[:MOST]]
    return []


def _named_sessions() -> list[str]:
    with suppress(CellspeakError):
        names = [str(r.labels["name"]) for r in records() if r.labels.get("name")]
        return [*map(_quoted, names[:MOST]), *_sessions()]
    return []


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
