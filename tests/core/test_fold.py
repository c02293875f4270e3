import json
import sys
from collections import Counter
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellspeak.core.codec import decode_conversation, decode_event, dumps, encode
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import apply, fold, leaves_gap
from cellspeak.errors import ProtocolError
from tests.core.strategies import JSON, events, logs

KEYS = ["type", "session_id", "seq", "turn_id", "message_id", "at", "data"]


@given(st.lists(events(), max_size=20))
def test_any_events_in_any_order_fold_without_an_error(log: list[SessionEvent]) -> None:
    conversation = fold(log)
    assert conversation.seq == max(seen(log), default=0)


def seen(log: list[SessionEvent]) -> set[int]:
    """Return the numbers that were taken: each follows what was held or covers what is missing."""
    conversation, taken = Conversation(), set[int]()
    for event in log:
        number = event.seq or 0
        if not leaves_gap(conversation, event) and number > conversation.seq:
            taken.add(number)
        conversation = apply(conversation, event)
    return taken


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), JSON) | JSON, max_size=8))
def test_whatever_the_border_lets_in_folds(raws: list[Any]) -> None:
    conversation = Conversation()
    for raw in raws:
        try:
            event = decode_event(raw)
        except ProtocolError:
            continue
        conversation = apply(conversation, replace(event, seq=conversation.seq + 1))
    assert decode_conversation(encode(conversation)) == conversation


@given(logs())
def test_nothing_is_open_after_idle(log: list[SessionEvent]) -> None:
    idle = SessionEvent(
        type="participant_status",
        session_id="s",
        seq=len(log) + 1,
        turn_id="s.1",
        data={"status": "Idle"},
    )
    turn = fold([*log, idle]).turns["s.1"]
    assert turn.idle
    assert turn.ended
    assert turn.pending == ()
    assert "open" not in {m.status for m in turn.messages}
    assert not {"running", "awaiting_approval"} & {c.status for c in turn.tool_calls.values()}


@given(logs(), st.integers(0, 21))
def test_a_cut_anywhere_changes_nothing(log: list[SessionEvent], cut: int) -> None:
    half = decode_conversation(json.loads(dumps(fold(log[:cut]))))
    assert encode(fold(log[cut:], half)) == encode(fold(log))


@given(logs())
def test_older_conversations_stay_what_they_were(log: list[SessionEvent]) -> None:
    versions, before = [Conversation()], [encode(Conversation())]
    for event in log:
        versions.append(apply(versions[-1], event))
        before.append(encode(versions[-1]))
    assert [encode(v) for v in versions] == before


@given(logs())
def test_message_ids_are_unique_within_a_turn(log: list[SessionEvent]) -> None:
    for turn in fold(log).turns.values():
        ids = Counter(m.id for m in turn.messages)
        assert set(ids.values()) <= {1}


def one_turn(number: int, start: int) -> list[SessionEvent]:
    turn_id, message_id = f"s.{number}", f"{number}.2"

    def event(k: int, type: str, **data: Any) -> SessionEvent:
        return SessionEvent(
            type=type,
            session_id="s",
            seq=start + k,
            turn_id=turn_id,
            message_id=message_id,
            data=data,
        )

    return [
        event(1, "message_posted", messages=[{"content": "Hi"}]),
        event(2, "participant_status", status="Processing"),
        event(3, "message_delta", delta="Hel"),
        event(4, "tool_call", tool_call_id="t1", tool_name="x", status="running"),
        event(5, "message_complete", text="Hello"),
        event(6, "participant_status", status="Idle"),
        event(7, "usage", input_tokens=1),
    ]


def after(turns: int) -> Conversation:
    return fold(e for n in range(1, turns + 1) for e in one_turn(n, 7 * (n - 1)))


def count_steps(conversation: Conversation, event: SessionEvent) -> tuple[Counter[str], int]:
    """Return the function calls and the number of bytecodes that folding *event* takes."""
    calls, codes = Counter[str](), 0

    def trace(frame: FrameType, what: str, _arg: object) -> Any:
        nonlocal codes
        frame.f_trace_opcodes = True
        if what == "call":
            calls[frame.f_code.co_qualname] += 1
        codes += what == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        apply(conversation, event)
    finally:
        sys.settrace(before)
    return calls, codes


CONVERSATIONS = {turns: after(turns) for turns in (10, 5_000)}


@pytest.mark.parametrize("step", range(7))
def test_folding_an_event_takes_the_same_steps_at_turn_10_and_at_turn_5000(step: int) -> None:
    figures = []
    for turns in (10, 5_000):
        conversation = CONVERSATIONS[turns]
        log = one_turn(turns + 1, conversation.seq)
        figures.append(count_steps(fold(log[:step], conversation), log[step]))
    assert figures[0][1] > 20
    assert figures[0] == figures[1]
