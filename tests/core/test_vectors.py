import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no annotations
import pytest

from cellspeak.core.codec import (
    decode_command,
    decode_conversation,
    decode_event,
    dumps,
    encode,
    encode_command,
)
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import apply, fold, leaves_gap
from cellspeak.errors import ProtocolError
from tests.core.vectors import CONFORMANCE, name, vectors

FOLD = vectors("fold.json")
CODEC = vectors("events.json")
FRAMES = vectors("frames.json")


def events_of(case: dict[str, Any]) -> list[SessionEvent]:
    return [decode_event(e) for e in case["events"]]


def covered(events: Sequence[SessionEvent]) -> set[int]:
    """Return the numbers of the deltas that a later event covers."""
    whole = [e for e in events if e.type in ("message_streaming", "message_complete") and e.seq]
    firsts = [(e.data["first"], e.seq) for e in whole if isinstance(e.data.get("first"), int)]
    return {n for first, seq in firsts for n in range(first, seq or 0)}


def through_json(value: Any) -> Any:
    return json.loads(dumps(value))


PLAIN = [c for c in FOLD if all(e.get("seq") == i for i, e in enumerate(c["events"], 1))]
COVERED = [c for c in PLAIN if covered(events_of(c))]
READ = [c for c in FOLD if "reads" in c]

every_fold = pytest.mark.parametrize("case", FOLD, ids=name)


def test_no_vector_is_lost_by_the_loader() -> None:
    assert (len(FOLD), len(PLAIN), len(COVERED), len(READ)) == (92, 82, 17, 26)
    assert (len(CODEC), sum("error" in c for c in CODEC)) == (51, 25)
    assert (len(FRAMES), sum("resync" in c for c in FRAMES)) == (29, 14)


@pytest.mark.parametrize(
    "file", ["fold.json", "events.json", "frames.json", "arguments.json", "attacks.json"]
)
def test_each_file_has_its_form_and_each_case_its_own_name(file: str) -> None:
    schema = json.loads((CONFORMANCE / "schema.json").read_text(encoding="utf-8"))
    cases = vectors(file)
    jsonschema.Draft202012Validator({**schema, "$ref": f"#/$defs/{file}"}).validate(cases)
    assert len({c["name"] for c in cases}) == len(cases)


@every_fold
def test_a_log_folds_to_what_is_expected(case: dict[str, Any]) -> None:
    assert encode(fold(events_of(case))) == case["expected"]


@every_fold
def test_a_log_cut_anywhere_folds_to_the_same(case: dict[str, Any]) -> None:
    events = events_of(case)
    for cut in range(len(events) + 1):
        half = fold(events[:cut])
        read = decode_conversation(through_json(half))
        assert read == half
        assert read.turns.live == half.turns.live
        assert encode(fold(events[cut:], read)) == case["expected"]


@every_fold
def test_an_event_seen_twice_changes_nothing(case: dict[str, Any]) -> None:
    events = events_of(case)
    assert encode(fold(e for event in events for e in (event, event))) == case["expected"]
    assert encode(fold(events, fold(events))) == case["expected"]


@every_fold
def test_neither_events_nor_older_conversations_change(case: dict[str, Any]) -> None:
    events = events_of(case)
    versions = [Conversation()]
    before = [encode(versions[0])]
    for event in events:
        versions.append(apply(versions[-1], event))
        before.append(encode(versions[-1]))
    assert [encode(v) for v in versions] == before
    assert events == events_of(case)


@every_fold
def test_a_gap_is_reported_and_nothing_else(case: dict[str, Any]) -> None:
    events = events_of(case)
    gaps = [leaves_gap(fold(events[:i]), e) for i, e in enumerate(events)]
    assert gaps == [bool(case.get("gap")) and i == len(events) - 1 for i in range(len(events))]


@every_fold
def test_nothing_is_open_in_an_idle_turn(case: dict[str, Any]) -> None:
    for turn in fold(events_of(case)).turns.values():
        if turn.idle:
            assert turn.ended
            assert turn.pending == ()
            assert "open" not in {m.status for m in turn.messages}
            assert not {"running", "awaiting_approval"} & {
                c.status for c in turn.tool_calls.values()
            }


@every_fold
def test_events_come_back_from_json(case: dict[str, Any]) -> None:
    for event in events_of(case):
        assert decode_event(through_json(event)) == event


@pytest.mark.parametrize("case", PLAIN, ids=name)
def test_one_delta_per_character_gives_the_same_texts(case: dict[str, Any]) -> None:
    events = events_of(case)
    assert texts(fold(by_character(events))) == texts(fold(events))


@pytest.mark.parametrize("case", COVERED, ids=name)
def test_covered_deltas_may_be_dropped(case: dict[str, Any]) -> None:
    events = events_of(case)
    dropped = [e for e in events if e.seq in covered(events)]
    assert {e.type for e in dropped} == {"message_delta"}
    assert encode(fold(e for e in events if e not in dropped)) == case["expected"]


@pytest.mark.parametrize("case", READ, ids=name)
def test_what_is_read_off_a_conversation(case: dict[str, Any]) -> None:
    conversation = fold(events_of(case))
    head = conversation.turns[conversation.head or ""]
    open_turn = conversation.open_turn
    found = {
        "path": [t.id for t in conversation.path],
        "open_turn": open_turn.id if open_turn else None,
        "queued": [t.id for t in conversation.queued],
        "pending": [a.request_id for a in head.pending],
        "text": head.text,
        "prompt": head.prompt,
        "error": head.error,
    }
    assert {key: found[key] for key in case["reads"]} == case["reads"]


@pytest.mark.parametrize("case", CODEC, ids=name)
def test_what_comes_is_read_or_refused(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(ProtocolError, match=case["error"]):
            round_trip(case["what"], case["raw"])
        return
    assert round_trip(case["what"], case["raw"]) == case["expected"]
    assert round_trip(case["what"], case["expected"]) == case["expected"]


@pytest.mark.parametrize("case", [c for c in FRAMES if "expected" in c], ids=name)
def test_a_frames_digests_are_those_of_the_texts(case: dict[str, Any]) -> None:
    expected = [decode_event(e) for e in case["expected"]]
    texts_sent = {e.message_id: e.text.encode() for e in expected if "text" in e.data}
    for item in (i for f in case["frames"] for i in f["items"] if isinstance(i, dict)):
        if "crc32" in item["data"]:
            text = texts_sent[item["message_id"]]
            assert (len(text), zlib.crc32(text)) == (item["data"]["length"], item["data"]["crc32"])
    before = fold(decode_event(e) for e in case["before"])
    end = max(frame["seq"] for frame in case["frames"])
    assert fold(expected, before).seq == max(before.seq, end)


def by_character(events: Sequence[SessionEvent]) -> list[SessionEvent]:
    """Return the log with one delta per character, numbered anew."""
    starts: dict[Any, int] = {}
    made: list[SessionEvent] = []
    for event in events:
        starts[event.seq] = len(made) + 1
        first = event.data.get("first")
        moved = {"first": starts[first]} if isinstance(first, int) and first in starts else {}
        pieces = [{"delta": c} for c in event.delta] or [{}]
        for piece in pieces:
            data = {**event.data, **moved, **piece}
            made.append(replace(event, seq=len(made) + 1, data=data))
    return made


def texts(conversation: Conversation) -> list[Any]:
    return [
        (turn.id, turn.status, [(m.kind, str(m.text), m.status) for m in turn.messages])
        for turn in conversation.turns.values()
    ]


def round_trip(what: str, raw: Any) -> Any:
    if what == "command":
        return json.loads(json.dumps(encode_command(decode_command(raw))))
    decode = decode_event if what == "event" else decode_conversation
    return through_json(decode(raw))
