"""The native frames of the session socket: commands, their acknowledgements, and events.

A frame that carries `"events": 1` is native: its word is the dialect's, its fields are those of the
command.  The plain frames of the same socket are a lossy projection, see `server/plain.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellspeak.errors import CellspeakError, ProtocolError, from_json, to_json

from .codec import decode_command, decode_event, encode, encode_command
from .commands import Command, Create, Receipt
from .events import Data, SessionEvent
from .kinds import dict_of, int_of, list_of, opt_str, str_of

__all__ = [
    "FRAMES",
    "decode_ack",
    "decode_frame",
    "encode_ack",
    "encode_event_frame",
    "encode_failure",
    "encode_frame",
    "event_of",
]

FRAMES = {
    "create": "create_session",
    "post": "post_messages",
    "respond": "respond_approval",
    "cancel": "cancel_turn",
    "set_head": "set_head",
    "terminate": "terminate_session",
}
"""The frame's word for each command."""

_COMMANDS = {frame: word for word, frame in FRAMES.items()}


def encode_frame(command: Command) -> dict[str, Any]:
    """Return the frame that asks for *command*."""
    raw = encode_command(command)
    frame = {**raw, "type": FRAMES[raw["type"]], "events": 1}
    if isinstance(command, Create):
        # Who runs the session knows its agents: they are asked for by name alone.
        frame.pop("agent")
        frame["object_type"] = str_of(command.agent.get("kind"), "agent")
        frame["object_id"] = str_of(command.agent.get("name"))
    return frame


def decode_frame(frame: Data) -> Command:
    """Return the command that *frame* asks for.

    Raises:
        ProtocolError: if the word is unknown or a field is missing or of a wrong kind.
    """
    word = _COMMANDS.get(str_of(frame.get("type")))
    if word is None:
        raise ProtocolError(
            f"expected a frame of type {', '.join(_COMMANDS)}; got {frame.get('type')!r:.80}"
        )
    raw = {**frame, "type": word}
    if word == "create":
        raw["agent"] = {"kind": frame.get("object_type"), "name": frame.get("object_id")}
    return decode_command(raw)


def encode_ack(frame_type: str, client_id: str, receipt: Receipt) -> dict[str, Any]:
    """Return the frame that acknowledges a command; `create_session` answers in its own word."""
    return {
        "type": "session_created" if frame_type == "create_session" else frame_type,
        "success": True,
        "session_id": receipt.session_id,
        "client_id": client_id,
        "receipt": encode(receipt),
    }


def encode_failure(frame_type: str, error: CellspeakError, client_id: str = "") -> dict[str, Any]:
    """Return the frame that says why a command was not taken."""
    named = {"client_id": client_id} if client_id else {}
    return {
        "type": frame_type,
        "success": False,
        **named,
        "error": str(error),
        "detail": to_json(error),
    }


def decode_ack(frame: Data) -> Receipt:
    """Return the receipt in an acknowledgement, or raise the error that it carries."""
    if frame.get("success") is not True:
        raise from_json({"message": str_of(frame.get("error")), **dict_of(frame.get("detail"))})
    receipt = dict_of(frame.get("receipt"))
    return Receipt(
        session_id=str_of(receipt.get("session_id")),
        seq=int_of(receipt.get("seq")) or 0,
        turn_id=opt_str(receipt.get("turn_id")),
        message_ids=tuple(str_of(i) for i in list_of(receipt.get("message_ids"))),
        repeated=receipt.get("repeated") is True,
    )


def encode_event_frame(event: SessionEvent) -> dict[str, Any]:
    """Return the frame that carries *event*."""
    return {"type": "event", "event": encode(event)}


def event_of(frame: Any) -> SessionEvent | None:
    """Return the event that a frame carries; None for a frame of another word.

    Raises:
        ProtocolError: if the frame is no object, or what it carries is no event.
    """
    if not isinstance(frame, Mapping):
        raise ProtocolError(f"expected an object as a frame; got {type(frame).__name__}")
    return decode_event(frame.get("event")) if frame.get("type") == "event" else None
