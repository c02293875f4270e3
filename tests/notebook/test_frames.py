"""Frames: what is packed says the same as the events, and says each text once."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cellspeak.core.codec import decode_event, dumps, encode
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import fold
from cellspeak.notebook.frames import Packer, split
from tests.core.strategies import logs
from tests.core.vectors import CONFORMANCE, vectors
from tests.notebook.page import FrameReader

VECTORS = CONFORMANCE / "packed.json"
PACKED = [
    case
    for case in vectors("fold.json")
    if [e.get("seq") for e in case["events"]] == [*range(1, len(case["events"]) + 1)]
    and any(e["type"] == "message_delta" for e in case["events"])
]
MOST = 1 << 20


def delta(seq: int, text: str, message: str = "m1", index: int | None = None) -> SessionEvent:
    data = {"delta": text, "index": seq - 1 if index is None else index}
    return event(seq, "message_delta", message, data)


def event(seq: int, kind: str, message: str | None, data: dict[str, Any]) -> SessionEvent:
    return SessionEvent(
        type=kind, session_id="s", seq=seq, turn_id="s.1", message_id=message, at="now", data=data
    )


def packed(events: Sequence[SessionEvent], cuts: Sequence[int] = ()) -> list[dict[str, Any]]:
    """Return the frames of *events*, cut behind the places *cuts*, through JSON."""
    packer, frames = Packer(), []
    edges = [0, *sorted({c for c in cuts if 0 < c < len(events)}), len(events)]
    for start, end in pairwise(edges):
        frames += [packer.pack(run) for run in split(events[start:end], MOST)]
    return [json.loads(dumps(frame)) for frame in frames]


def read(frames: Sequence[dict[str, Any]], held: Conversation | None = None) -> Conversation:
    """Return what a page comes to; it must not ask for a new start."""
    reader, conversation = FrameReader(), held or Conversation()
    for frame in frames:
        events = reader.read(frame, conversation)
        assert events is not None, frame
        conversation = fold(events, conversation)
    return conversation


def test_deltas_of_one_message_are_bare_strings() -> None:
    (frame,) = packed([delta(1, "Hel"), delta(2, "lo")])
    assert frame == {
        "t": "events",
        "first": 1,
        "seq": 2,
        "turn": "s.1",
        "message": "m1",
        "items": ["Hel", "lo"],
    }


def test_turn_and_message_are_named_once() -> None:
    first, second, other = packed([delta(1, "a"), delta(2, "b"), delta(3, "c", "m2")], [1])
    assert first["message"] == "m1"
    assert "message" not in second
    assert other["message"] == "m2"


def test_deltas_of_two_messages_are_two_frames() -> None:
    events = [delta(1, "a"), delta(2, "b", "m2", 0), delta(3, "c", "m1", 1)]
    assert [f["items"] for f in packed(events)] == [["a"], ["b"], ["c"]]


def test_a_complete_text_goes_as_length_and_checksum() -> None:
    whole = event(3, "message_complete", "m1", {"text": "Grüße", "status": "complete"})
    (frame,) = packed([delta(1, "Grü", index=0), delta(2, "ße", index=1), whole])
    data = frame["items"][-1]["data"]
    content = "Grüße".encode()
    assert data == {"status": "complete", "length": len(content), "crc32": zlib.crc32(content)}


def test_a_text_whose_deltas_were_not_all_sent_goes_whole() -> None:
    whole = event(4, "message_complete", "m1", {"text": "abc", "status": "complete", "first": 1})
    (frame,) = packed([delta(2, "b", index=1), delta(3, "c", index=2), whole])
    assert frame["items"][-1]["data"]["text"] == "abc"


def test_a_text_with_a_hole_in_its_deltas_goes_whole() -> None:
    whole = event(4, "message_streaming", "m1", {"text": "abc", "closed": True})
    (frame,) = packed([delta(1, "a", index=0), delta(3, "c", index=2), whole])
    assert frame["items"][-1]["data"]["text"] == "abc"
    assert frame["items"][1]["seq"] == 3


def test_what_an_event_covers_is_not_missing() -> None:
    whole = event(7, "message_complete", "m1", {"text": "abc", "status": "complete", "first": 3})
    (frame,) = packed([whole])
    assert (frame["first"], frame["seq"], frame["items"][0]["seq"]) == (3, 7, 7)


def test_a_delta_of_nothing_in_particular_is_not_taken_for_the_last_messages() -> None:
    stray = SessionEvent(type="message_delta", session_id="s", seq=2, data={"delta": "x"})
    odd = event(3, "message_delta", "m1", {"delta": ["not", "text"]})
    (frame,) = packed([delta(1, "a"), stray, odd])
    assert frame["items"][0] == "a"
    assert [i["data"]["delta"] for i in frame["items"][1:]] == ["x", ["not", "text"]]


def test_a_large_backlog_is_cut() -> None:
    events = [delta(n, "x" * 100) for n in range(1, 101)]
    runs = split(events, 1000)
    assert [e for run in runs for e in run] == events
    assert all(len(run) <= 11 for run in runs)


@given(logs(), st.lists(st.integers(0, 13)))
def test_a_page_comes_to_the_same_however_frames_are_cut(
    events: list[SessionEvent], cuts: list[int]
) -> None:
    assert encode(read(packed(events, cuts))) == encode(fold(events))


@given(logs(), st.integers(0, 12))
def test_a_page_that_starts_late_comes_to_the_same(events: list[SessionEvent], have: int) -> None:
    held = fold(events[:have])
    assert encode(read(packed(events[have:]), held)) == encode(fold(events))


@given(logs(), st.lists(st.integers(0, 13)), st.randoms())
def test_frames_that_come_twice_change_nothing(
    events: list[SessionEvent], cuts: list[int], random: Any
) -> None:
    doubled = [f for frame in packed(events, cuts) for f in [frame] * random.choice((1, 2))]
    assert encode(read(doubled)) == encode(fold(events))


@given(st.lists(st.text(max_size=4), min_size=1, max_size=9), st.integers(0, 9))
def test_deltas_that_the_log_dropped_are_made_up_for(pieces: list[str], gone_from: int) -> None:
    post = event(1, "message_posted", None, {"messages": []})
    deltas = [delta(n + 2, piece, index=n) for n, piece in enumerate(pieces)]
    data = {"text": "".join(pieces), "status": "complete", "first": 2}
    whole = event(len(pieces) + 2, "message_complete", "m1", data)
    log = [post, *deltas[:gone_from], whole]
    assert read(packed(log)).turns["s.1"].text == "".join(pieces)


def test_the_frames_that_typescript_reads_are_those_that_are_packed() -> None:
    made = [vector(case) for case in PACKED]
    text = "[\n" + ",\n".join(map(as_lines, made)) + "\n]\n"
    if not VECTORS.exists():
        VECTORS.write_text(text, encoding="utf-8")
    assert len(made) == 33
    assert text == VECTORS.read_text(encoding="utf-8"), (
        "some turns are packed differently now; if that is meant, delete conformance/packed.json, "
        "run this test again and look at the difference"
    )


def vector(case: dict[str, Any]) -> dict[str, Any]:
    """Return how the log of a fold vector goes over the comm, three events a frame."""
    events = indexed([decode_event(e) for e in case["events"]])
    frames = packed(events, range(3, len(events), 3))
    assert encode(read(frames)) == case["expected"]
    return {"name": case["name"], "frames": frames}


def as_lines(made: dict[str, Any]) -> str:
    frames = ",\n  ".join(json.dumps(f, sort_keys=True) for f in made["frames"])
    return f'{{"name": {json.dumps(made["name"])}, "frames": [\n  {frames}\n]}}'


def indexed(events: Sequence[SessionEvent]) -> list[SessionEvent]:
    """Number the deltas of each message, as the engine does."""
    counts: dict[str | None, int] = {}
    made = []
    for e in events:
        if e.type == "message_delta":
            counts[e.message_id] = counts.get(e.message_id, -1) + 1
            e = replace(e, data={**e.data, "index": counts[e.message_id]})
        made.append(e)
    return made
