"""JSON forms of events, commands and conversations.

A value that is not there is left out, never written as null; what is unknown is passed over.
`decode(encode(x)) == x`.  Twin: `js/src/core/codec.ts`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from cellspeak.errors import ProtocolError

from .commands import COMMANDS, Command
from .conversation import Approval, Conversation, Message, ToolCall, Turn
from .events import Data, SessionEvent
from .persistent import Text, Turns

__all__ = [
    "decode_command",
    "decode_conversation",
    "decode_event",
    "decode_turn",
    "dumps",
    "encode",
    "encode_command",
]

_WORDS = {cls: word for word, cls in COMMANDS.items()}


def encode(value: Any) -> Any:
    """Return the JSON form of an event, a conversation, a turn, or any part of one."""
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, Mapping):
        return {k: encode(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [encode(v) for v in value]
    if is_dataclass(value):
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value))
        return {k: encode(v) for k, v in pairs if v is not None}
    return value


def dumps(value: Any) -> str:
    """Return *value* in its JSON form as compact text.

    Raises:
        ValueError: if it holds NaN, an infinity or something that is no JSON.
    """
    return json.dumps(encode(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def decode_event(raw: Any) -> SessionEvent:
    """Return the event in *raw*; an unknown type is kept.

    Raises:
        ProtocolError: if *raw* is not an object with `type` and `session_id`.
    """
    _require(raw, "event", "type", "session_id")
    seq = raw.get("seq")
    return SessionEvent(
        type=raw["type"],
        session_id=raw["session_id"],
        seq=seq if isinstance(seq, int) else None,
        turn_id=raw.get("turn_id"),
        message_id=raw.get("message_id"),
        at=raw.get("at", ""),
        data=_object(raw.get("data")),
    )


def encode_command(command: Command) -> dict[str, Any]:
    """Return the JSON form of *command*, its word under `type`."""
    return {"type": _WORDS[type(command)], **encode(command)}


def decode_command(raw: Any) -> Command:
    """Return the command in *raw*; unknown fields are passed over.

    Raises:
        ProtocolError: if the word is unknown or a field is missing or of a wrong kind.
    """
    _require(raw, "command", "type")
    cls = COMMANDS.get(raw["type"])
    if cls is None:
        words = ", ".join(COMMANDS)
        raise ProtocolError(f"expected a command of type {words}; got {raw['type']!r}")
    known = {f.name: raw[f.name] for f in fields(cls) if f.name in raw}
    if "messages" in known:
        known["messages"] = _messages(known["messages"])
    try:
        command: Command = cls(**known)
    except TypeError:
        missing = sorted({"client_id"} - known.keys()) or ["a field"]
        raise ProtocolError(f"expected {missing[0]} in the command {raw['type']!r}") from None
    return command


def decode_conversation(raw: Any) -> Conversation:
    """Return the conversation in *raw*, as `encode` wrote it."""
    turns: Turns[Turn] = Turns()
    for key, turn in _object(raw.get("turns")).items():
        decoded = decode_turn(turn)
        turns = turns.put(key, decoded, settled=decoded.ended)
    return Conversation(
        seq=raw.get("seq", 0),
        head=raw.get("head"),
        agent=raw.get("agent"),
        terminated=raw.get("terminated", False),
        turns=turns,
        grants=tuple(raw.get("grants", ())),
    )


def decode_turn(raw: Data) -> Turn:
    """Return the turn in *raw*, as `encode` wrote it."""
    messages = (Message(**{**m, "text": Text(m.get("text", ""))}) for m in raw.get("messages", ()))
    calls = {k: ToolCall(**v) for k, v in raw.get("tool_calls", {}).items()}
    approvals = {k: Approval(**v) for k, v in raw.get("approvals", {}).items()}
    return Turn(
        **{
            **raw,
            "posts": tuple(raw.get("posts", ())),
            "messages": tuple(messages),
            "tool_calls": calls,
            "approvals": approvals,
        }
    )


def _require(raw: Any, what: str, *keys: str) -> None:
    if not isinstance(raw, Mapping):
        raise ProtocolError(f"expected an object for the {what}; got {type(raw).__name__}")
    for key in keys:
        if not isinstance(raw.get(key), str):
            raise ProtocolError(
                f"expected a string {key!r} in the {what}; got {raw.get(key)!r:.80}"
            )


def _messages(value: Any) -> tuple[Data, ...]:
    if not isinstance(value, list) or not all(isinstance(m, Mapping) for m in value):
        raise ProtocolError(f"expected messages as a list of objects; got {value!r:.80}")
    return tuple(value)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
