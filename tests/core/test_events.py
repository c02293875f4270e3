from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from cellspeak.core.events import Draft, ParticipantStatus, SessionEvent, SessionEventType


def event(type: str, **data: Any) -> SessionEvent:
    return SessionEvent(type=type, session_id="s", seq=1, data=data)


def test_the_words_are_those_of_the_wire() -> None:
    assert " ".join(SessionEventType) == (
        "session_created session_connected message_posted messages_posted participant_status "
        "message_delta message_streaming message_complete thinking tool_call tool_progress "
        "tool_result search_result approval_request approval_resolved reauth_request "
        "turn_cancelled head_changed usage note error session_terminated pong"
    )
    assert " ".join(ParticipantStatus) == (
        "Idle Processing Offline Connected Typing AwaitingApproval"
    )


def test_a_type_may_be_given_as_the_enum_or_as_its_word() -> None:
    assert event(SessionEventType.MESSAGE_DELTA, delta="x") == event("message_delta", delta="x")


def test_only_a_delta_has_a_delta() -> None:
    assert event("message_delta", delta="Hi").delta == "Hi"
    assert event("message_delta").delta == ""
    assert event("message_complete", delta="Hi").delta == ""


def test_text_is_the_whole_text_or_the_piece() -> None:
    assert event("message_complete", text="Hi", delta="no").text == "Hi"
    assert event("message_delta", delta="Hi").text == "Hi"
    assert event("usage").text == ""


@pytest.mark.parametrize("name", ["tool_name", "error", "status"])
def test_a_word_of_the_data_is_read_if_it_is_one(name: str) -> None:
    assert getattr(event("x", **{name: "word"}), name) == "word"
    assert getattr(event("x", **{name: ["word"]}), name) is None
    assert getattr(event("x"), name) is None


@pytest.mark.parametrize("value", [None, 5, ["x"], {"x": 1}])
def test_text_of_a_wrong_kind_is_no_text(value: object) -> None:
    assert event("message_delta", delta=value).delta == ""
    assert event("message_complete", text=value).text == ""


def test_an_event_tells_what_it_means_for_its_reader() -> None:
    idle = event("participant_status", status="Idle")
    assert (idle.participant_status, idle.is_turn_end) == ("Idle", True)
    assert event("participant_status", status="Processing").is_turn_end is False
    assert event("tool_call", status="Idle").participant_status is None
    assert event("message_complete").is_complete is True
    assert event("message_streaming").is_complete is False
    asks = {t for t in SessionEventType if event(t).requires_action}
    assert asks == {"approval_request", "reauth_request"}


def test_events_and_drafts_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        event("pong").seq = 2  # type: ignore[misc]  # that is the point
    with pytest.raises(FrozenInstanceError):
        Draft(type="pong").type = "x"  # type: ignore[misc]  # that is the point
