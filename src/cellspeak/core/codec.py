"""JSON forms of events, commands and conversations.

A value that is not there is left out, never written as null; what is unknown is passed over.
`decode(encode(x)) == x`.  Twin: `js/src/core/codec.ts`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar

from cellspeak.errors import ProtocolError

from .commands import COMMANDS, Command
from .conversation import Approval, Conversation, Message, ToolCall, Turn
from .events import SessionEvent
from .kinds import dict_of, int_of, list_of, opt_dict, opt_str, str_of
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

T = TypeVar("T")

_WORDS = {cls: word for word, cls in COMMANDS.items()}
_HALF = re.compile("[\ud800-\udfff]")
_PLAIN = frozenset({str, int, float, bool, type(None)})
"""What JSON has already; looked up first, because most values are."""
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def encode(value: Any) -> Any:
    """Return the JSON form of an event, a conversation, a turn, or any part of one."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict or isinstance(value, Mapping):
        return {k: encode(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [encode(v) for v in value]
    if isinstance(value, Text):
        return str(value)
    if is_dataclass(value):
        pairs = ((name, getattr(value, name)) for name in _names(kind))
        return {k: encode(v) for k, v in pairs if v is not None}
    return value


@cache  # each token of each session passes here; `fields` alone would be a fifth of it
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def dumps(value: Any) -> str:
    """Return *value* in its JSON form as compact text that UTF-8 can always carry.

    Raises:
        ValueError: if it holds NaN, an infinity or something that is no JSON.
    """
    text = _JSON.encode(encode(value))
    if text.isascii():
        return text
    # Half a character is legal in JSON as an escape only; `JSON.stringify` does the same.
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def decode_event(raw: Any) -> SessionEvent:
    """Return the event in *raw*; an unknown type is kept.

    Raises:
        ProtocolError: if *raw* is not an object with `type` and `session_id`.
    """
    _require(raw, "event", "type", "session_id")
    return SessionEvent(
        type=raw["type"],
        session_id=raw["session_id"],
        seq=int_of(raw.get("seq")),
        turn_id=opt_str(raw.get("turn_id")),
        message_id=opt_str(raw.get("message_id")),
        at=str_of(raw.get("at")),
        data=dict_of(raw.get("data")),
    )


def encode_command(command: Command) -> dict[str, Any]:
    """Return the JSON form of *command*, its word under `type`."""
    return {"type": _WORDS[type(command)], **encode(command)}


def decode_command(raw: Any) -> Command:
    """Return the command in *raw*; unknown fields are passed over, null is as good as absent.

    Raises:
        ProtocolError: if the word is unknown or a field is missing or of a wrong kind.
    """
    _require(raw, "command", "type")
    word = raw["type"]
    cls = COMMANDS.get(word)
    if cls is None:
        raise ProtocolError(f"expected a command of type {', '.join(COMMANDS)}; got {word!r:.80}")
    known = {f.name: raw[f.name] for f in fields(cls) if raw.get(f.name) is not None}
    for f in fields(cls):
        if f.name not in known and f.default is MISSING and f.default_factory is MISSING:
            raise ProtocolError(f"expected {f.name!r} in the command {word!r}; it is missing")
    for name, value in known.items():
        _check_field(word, name, value)
    if "messages" in known:
        known["messages"] = tuple(known["messages"])
    command: Command = cls(**known)
    return command


def _check_field(word: str, name: str, value: Any) -> None:
    expected, fits = _FIELDS.get(name, _STRING)
    if not fits(value):
        raise ProtocolError(f"expected {expected} as {name!r} of {word!r}; got {value!r:.80}")


def _one_of(*words: str) -> tuple[str, Callable[[Any], bool]]:
    return "one of " + ", ".join(words), lambda v: isinstance(v, str) and v in words


_STRING: tuple[str, Callable[[Any], bool]] = ("a string", lambda v: isinstance(v, str))
_OBJECT: tuple[str, Callable[[Any], bool]] = ("an object", lambda v: isinstance(v, Mapping))
_BOOLEAN: tuple[str, Callable[[Any], bool]] = ("true or false", lambda v: isinstance(v, bool))
_FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "agent": _OBJECT,
    "labels": _OBJECT,
    "args": _OBJECT,
    "by": _OBJECT,
    "root": _BOOLEAN,
    "approved": _BOOLEAN,
    "on_approval": _one_of("ask", "deny", "allow"),
    "remember": _one_of("tool", "args"),
    "messages": (
        "a list of objects",
        lambda v: isinstance(v, list | tuple) and all(isinstance(m, Mapping) for m in v),
    ),
}
"""What a command's field must be; all others are strings."""


def decode_conversation(raw: Any) -> Conversation:
    """Return the conversation in *raw*, as `encode` wrote it.

    Raises:
        ProtocolError: if it or one of its parts is no object or lacks its id.
    """
    _require(raw, "conversation")
    turns: Turns[Turn] = Turns()
    for value in dict_of(raw.get("turns")).values():
        turn = decode_turn(value)
        turns = turns.put(turn.id, turn, settled=turn.idle)
    return Conversation(
        seq=int_of(raw.get("seq")) or 0,
        head=opt_str(raw.get("head")),
        agent=opt_dict(raw.get("agent")),
        terminated=raw.get("terminated") is True,
        turns=turns,
        grants=tuple(dict_of(g) for g in list_of(raw.get("grants"))),
    )


def decode_turn(raw: Any) -> Turn:
    """Return the turn in *raw*, as `encode` wrote it.

    Raises:
        ProtocolError: if it or one of its parts is no object or lacks its id.
    """
    _require(raw, "turn", "id")
    return Turn(
        id=raw["id"],
        after=opt_str(raw.get("after")),
        client_id=opt_str(raw.get("client_id")),
        author=opt_str(raw.get("author")),
        status=str_of(raw.get("status"), "queued"),  # type: ignore[arg-type]  # a newer word is kept
        idle=raw.get("idle") is True,
        posts=tuple(dict_of(p) for p in list_of(raw.get("posts"))),
        messages=tuple(_message(m) for m in list_of(raw.get("messages"))),
        tool_calls=_map(raw.get("tool_calls"), _call),
        approvals=_map(raw.get("approvals"), _approval),
        usage=opt_dict(raw.get("usage")),
    )


def _message(raw: Any) -> Message:
    _require(raw, "message", "id", "kind")
    return Message(
        id=raw["id"],
        kind=raw["kind"],
        text=Text(str_of(raw.get("text"))),
        status=str_of(raw.get("status"), "open"),
        data=dict_of(raw.get("data")),
    )


def _call(raw: Any) -> ToolCall:
    _require(raw, "tool call", "tool_call_id", "tool_name", "status")
    return ToolCall(
        tool_call_id=raw["tool_call_id"],
        tool_name=raw["tool_name"],
        args=dict_of(raw.get("args")),
        status=raw["status"],
        progress=opt_dict(raw.get("progress")),
        outcome=opt_dict(raw.get("outcome")),
        began_at=opt_str(raw.get("began_at")),
    )


def _approval(raw: Any) -> Approval:
    _require(raw, "approval", "request_id")
    return Approval(
        request_id=raw["request_id"],
        request=dict_of(raw.get("request")),
        resolution=opt_dict(raw.get("resolution")),
    )


def _map(raw: Any, decode: Callable[[Any], T]) -> dict[str, T]:
    return {key: decode(value) for key, value in dict_of(raw).items()}


def _require(raw: Any, what: str, *keys: str) -> None:
    if not isinstance(raw, Mapping):
        raise ProtocolError(f"expected an object for the {what}; got {type(raw).__name__}")
    for key in keys:
        if not isinstance(raw.get(key), str):
            raise ProtocolError(
                f"expected a string {key!r} in the {what}; got {raw.get(key)!r:.80}"
            )
