"""Ask about an approval at the kernel's prompt, where no view is there to be pressed.

Its one law: only what plainly says yes approves; whatever else is typed denies, and is the reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cellspeak.core.arguments import complaint
from cellspeak.core.conversation import Approval
from cellspeak.core.events import Data

__all__ = ["Decision", "ask"]

LONGEST = 2000
"""Characters of arguments in a prompt; the rest is in the session."""

_YES: dict[str, Literal["tool", "args"] | None] = {"y": None, "yes": None, "s": "args", "t": "tool"}
_OFFERS = {
    "y": "yes",
    "n": "no (and why)",
    "e": "edit the arguments",
    "s": "always with the same arguments",
    "t": "always for this tool",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person typed: the answer to one approval, as `Session.respond_approval` takes it."""

    approved: bool
    deny_reason: str | None = None
    args: Data | None = None
    remember: Literal["tool", "args"] | None = None


def ask(approval: Approval) -> Decision:
    """Ask until there is an answer; an empty line denies."""
    request = approval.request
    tool = ascii(request.get("tool_name", request.get("url", "")))
    args = request.get("args", {})
    offered = _offered(request)
    menu = ", ".join(f"{key} {_OFFERS[key]}" for key in offered)
    while True:
        said = input(f"The agent asks to run {tool} with\n{_shown(args)}\nApprove? [{menu}] ")
        word = said.strip().lower()
        if word == "e" and word in offered:
            args = _edited(args, request.get("args_schema"))
        elif word in _YES and word[:1] in offered:
            edited = None if args is request.get("args") else args
            return Decision(approved=True, args=edited, remember=_YES[word])
        else:
            return _denial(said.strip())


def _offered(request: Data) -> str:
    """Return the letters that mean something here."""
    if "tool_call_id" not in request:
        return "yn"  # a sign-in has no arguments, and is never remembered
    return "yne" if request.get("always") is True else "ynest"


def _denial(answer: str) -> Decision:
    reason = answer[1:].strip() if answer.lower().startswith("n") else answer
    return Decision(approved=False, deny_reason=reason or None)


def _shown(args: Any) -> str:
    text = json.dumps(args, ensure_ascii=True, indent=1)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _edited(args: Data, schema: Any) -> Data:
    """Return the arguments as they were typed, checked; an empty line leaves them as they are."""
    hint = ""
    while True:
        typed = input(f"{hint}The arguments as JSON, or nothing to leave them: ").strip()
        if not typed:
            return args
        try:
            value = json.loads(typed)
        except (ValueError, RecursionError):
            hint = "That is no JSON. "
            continue
        wrong = complaint(value, schema) if isinstance(value, Mapping) else "expected an object"
        if wrong is None:
            return dict(value)
        hint = f"That does not fit: {ascii(wrong)[1:-1]:.300}. "
