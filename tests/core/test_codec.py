import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellspeak.core.codec import (
    decode_conversation,
    decode_event,
    decode_turn,
    dumps,
    encode,
)
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import fold
from cellspeak.core.persistent import Text
from cellspeak.errors import ProtocolError
from tests.core.strategies import JSON, events


@given(events())
def test_an_event_comes_back_from_json(event: SessionEvent) -> None:
    assert decode_event(json.loads(dumps(event))) == event


@given(st.lists(events(), max_size=12))
def test_a_conversation_comes_back_from_json(log: list[SessionEvent]) -> None:
    conversation = fold(log)
    raw = json.loads(dumps(conversation))
    assert decode_conversation(raw) == conversation
    assert {key: decode_turn(turn) for key, turn in raw["turns"].items()} == conversation.turns


@given(JSON)
def test_whatever_comes_is_read_or_refused_with_a_sentence(raw: Any) -> None:
    for decode in (decode_event, decode_conversation, decode_turn):
        sentence = refusal(partial(decode, raw))
        assert sentence is None or sentence.startswith("expected ")


def refusal(read: Callable[[], object]) -> str | None:
    try:
        read()
    except ProtocolError as error:
        return str(error)
    return None


@given(st.text(st.characters(codec=None)))
def test_dumps_can_always_be_written_as_utf8(text: str) -> None:
    written = dumps({"text": text})
    joined = str(Text(text[:1]) + text[1:])  # json.loads joins halves, too
    assert json.loads(written.encode("utf-8"))["text"] == joined


def test_dumps_is_compact_and_keeps_its_letters() -> None:
    assert dumps({"a": ["ä", Text("b"), (1, None)]}) == '{"a":["ä","b",[1,null]]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_dumps_refuses_what_json_has_not(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        dumps({"a": value})


def test_absent_values_are_not_written() -> None:
    assert encode(SessionEvent(type="pong", session_id="s")) == {
        "type": "pong",
        "session_id": "s",
        "at": "",
        "data": {},
    }
