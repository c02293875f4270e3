"""The native frames of the session socket."""

from __future__ import annotations

import pytest

from cellspeak.core import wire
from cellspeak.core.commands import Cancel, Command, Create, Post, Receipt, Respond, SetHead
from cellspeak.core.events import SessionEvent
from cellspeak.errors import ApprovalError, ProtocolError

COMMANDS: list[Command] = [
    Create(agent={"kind": "chatbot", "name": "Bob"}, client_id="c", labels={"title": "t"}),
    Post(session_id="s", client_id="c", messages=({"content": "hi"},), after_turn="s.1"),
    Respond(session_id="s", client_id="c", request_id="r", approved=True, args={"a": 1}),
    Cancel(session_id="s", client_id="c"),
    SetHead(session_id="s", client_id="c", turn_id="s.1"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: type(c).__name__)
def test_a_command_crosses_as_it_is(command: Command) -> None:
    frame = wire.encode_frame(command)
    assert frame["events"] == 1
    assert wire.decode_frame(frame) == command


def test_an_acknowledgement_carries_the_receipt_or_the_error() -> None:
    receipt = Receipt(session_id="s", seq=4, turn_id="s.1", message_ids=("1.1",), repeated=True)
    ack = wire.encode_ack("create_session", "c", receipt)
    assert (ack["type"], ack["client_id"]) == ("session_created", "c")
    assert wire.decode_ack(ack) == receipt
    problem = ApprovalError("too late", problem="expired", session_id="s")
    failure = wire.encode_failure("respond_approval", problem, "c")
    assert failure["error"] == "too late"
    with pytest.raises(ApprovalError, match="too late") as raised:
        wire.decode_ack(failure)
    assert (raised.value.problem, raised.value.session_id) == ("expired", "s")
    assert "client_id" not in wire.encode_failure("x", problem)


def test_an_event_crosses_as_it_is_and_other_frames_carry_none() -> None:
    event = SessionEvent(type="a_newer_word", session_id="s", seq=3, data={"x": [1]})
    assert wire.event_of(wire.encode_event_frame(event)) == event
    assert wire.event_of({"type": "pong"}) is None


def test_a_frame_of_another_kind_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"expected a frame of type create_session, .*'dance'"):
        wire.decode_frame({"type": "dance"})
    with pytest.raises(ProtocolError, match="expected an object as a frame; got list"):
        wire.event_of([])
    with pytest.raises(ProtocolError, match="expected an object for the event"):
        wire.event_of({"type": "event"})
