"""What a runtime may yield: anybody's code, so everything is looked at before it is used.

Its one law: what passes is a draft of JSON that the engine does not write itself, or a state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from cellspeak.agents.base import Output, SaveState
from cellspeak.core.codec import dumps
from cellspeak.core.events import Data, Draft
from cellspeak.errors import TurnFailedError

__all__ = ["checked"]

_RESERVED = frozenset(
    {
        "approval_resolved",
        "head_changed",
        "message_complete",
        "message_posted",
        "message_streaming",
        "messages_posted",
        "participant_status",
        "pong",
        "session_connected",
        "session_created",
        "session_terminated",
        "turn_cancelled",
    }
)
"""Facts that the engine alone states: a runtime could otherwise approve its own calls."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)


_CALL: dict[str, Callable[[object], bool]] = {
    "tool_call_id": _is_text,
    "tool_name": _is_text,
    "args": _is_object,
}
_NEEDED: dict[str, dict[str, Callable[[object], bool]]] = {
    "message_delta": {"delta": _is_text},
    "tool_call": _CALL,
    "approval_request": _CALL,
    "tool_progress": {"tool_call_id": _is_text},
    "tool_result": {"tool_call_id": _is_text, "tool_name": _is_text},
    "reauth_request": {"url": _is_text},
}
_OPTIONAL = {"thinking": ("text", "summary"), "error": ("error",)}
"""Texts that may be missing, but are nothing else."""


def checked(output: object) -> Output:
    """Return *output* as JSON that nobody else can change any more.

    Raises:
        TurnFailedError: if a runtime must not yield it; the message names what, not its content.
    """
    if isinstance(output, Draft) and output.type == "message_delta" and _is_delta(output.data):
        return output  # most of all that comes, and the writer takes nothing of it but its text
    if isinstance(output, SaveState) and isinstance(output.state, bytes):
        return output
    if not isinstance(output, Draft) or not isinstance(output.data, Mapping):
        raise _wrong(f"a Draft or a SaveState; it yielded {type(output).__name__}")
    if output.type in _RESERVED:
        raise _wrong(f"no {output.type}, which only the engine writes")
    _require_fields(output)
    return Draft(type=output.type, data=_as_json(output))


def _is_delta(data: object) -> bool:
    return isinstance(data, dict) and isinstance(data.get("delta"), str)


def _require_fields(draft: Draft) -> None:
    for name, fits in _NEEDED.get(draft.type, {}).items():
        if not fits(draft.data.get(name)):
            raise _wrong(f"a {name!r} of the right kind in {draft.type}")
    for name in _OPTIONAL.get(draft.type, ()):
        if not isinstance(draft.data.get(name, ""), str):
            raise _wrong(f"text as {name!r} in {draft.type}")


def _as_json(draft: Draft) -> Data:
    try:
        data: dict[str, Any] = json.loads(dumps(draft.data))
    except (TypeError, ValueError, RecursionError):
        raise _wrong(f"JSON in {draft.type:.40}, such as texts, numbers and lists") from None
    return data


def _wrong(expected: str) -> TurnFailedError:
    return TurnFailedError(f"the agent has a fault: expected {expected}")
