"""A turn as a task: what its updates add up to, whatever the log does to its deltas."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from a2a.types import Task, TaskArtifactUpdateEvent, TaskState
from google.protobuf.json_format import MessageToDict, MessageToJson, ParseDict
from hypothesis import given, settings
from hypothesis import strategies as st

from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import apply
from cellspeak.core.persistent import Turns
from cellspeak.server.a2a.parts import bundle_parts, data_part, file_part, text_part
from cellspeak.server.a2a.progress import Progress, Update
from cellspeak.server.a2a.tasks import Place, state_of, task_of
from tests.core import strategies
from tests.turns import everything

PLACE = Place(task_id="s.1", context_id="s", blobs="http://here/sessions/s/blobs/")
AT = "2026-11-22T09:30:00.000Z"
Fact = tuple[str, str | None, dict[str, Any]]


def log(facts: Iterable[Fact]) -> list[SessionEvent]:
    posted: list[Fact] = [
        ("message_posted", None, {"messages": [{"id": "u", "content": "hi"}], "client_id": "c"}),
        ("participant_status", None, {"status": "Processing"}),
    ]
    return [
        SessionEvent(type=t, session_id="s", seq=n, turn_id="s.1", message_id=m, at=AT, data=data)
        for n, (t, m, data) in enumerate([*posted, *facts], 1)
    ]


def folded(events: Sequence[SessionEvent]) -> Conversation:
    conversation = Conversation()
    for event in events:
        conversation = apply(conversation, event)
    return conversation


def told(events: Sequence[SessionEvent], start: int = 0) -> list[Update]:
    """Return what a reader is told that knows the first *start* events."""
    conversation = folded(events[:start])
    progress = Progress(PLACE, conversation)
    found: list[Update] = []
    for event in events[start:]:
        conversation = apply(conversation, event)
        found += progress.tell(event, conversation)
    return found


def reply(updates: Iterable[Update], text: str = "") -> str:
    for update in updates:
        if isinstance(update, Task):
            text = "".join(p.text for a in update.artifacts for p in a.parts)
        elif isinstance(update, TaskArtifactUpdateEvent):
            piece = "".join(p.text for p in update.artifact.parts)
            text = text + piece if update.append else piece
    return text


def delta(message_id: str, text: str) -> Fact:
    return "message_delta", message_id, {"delta": text}


def closed(message_id: str, text: str) -> Fact:
    return "message_streaming", message_id, {"text": text, "closed": True}


def complete(message_id: str, text: str) -> Fact:
    return "message_complete", message_id, {"text": text, "status": "complete", "first": 1}


IDLE: Fact = ("participant_status", None, {"status": "Idle"})
ids = st.sampled_from(["a", "b", "c"])
words = st.text("xy \n", max_size=4)
said_facts = st.lists(
    st.one_of(st.builds(delta, ids, words), st.builds(closed, ids, words)), max_size=12
)


@settings(deadline=None)
@given(said_facts, ids, words, st.integers(0, 20))
def test_the_updates_add_up_to_the_turn_wherever_a_reader_joins(
    facts: list[Fact], last: str, text: str, cut: int
) -> None:
    events = log([*facts, complete(last, text), IDLE])
    cut = min(cut, len(events))
    known = folded(events[:cut]).turns.get("s.1")
    whole = folded(events).turns["s.1"].text
    assert reply(told(events, cut), known.text if known else "") == whole


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ([delta("a", "He"), delta("a", "y."), complete("a", "Hey.")], "Hey."),
        ([complete("a", "Hey.")], "Hey."),
        ([delta("a", "He"), complete("a", "Hey.")], "Hey."),
        ([delta("a", "Hmm"), complete("a", "Hey.")], "Hey."),
        (
            [delta("a", "I."), closed("a", "I."), delta("b", "So."), complete("b", "So.")],
            "I.\n\nSo.",
        ),
        ([delta("a", "I."), closed("a", "I."), complete("b", "So.")], "I.\n\nSo."),
    ],
)
def test_what_the_log_replaces_is_replaced(facts: list[Fact], text: str) -> None:
    updates = told(log([*facts, IDLE]))
    assert reply(updates) == text
    assert isinstance(updates[0], Task)


def test_the_end_is_told_once_and_last() -> None:
    usage: Fact = ("usage", None, {"output_tokens": 2})
    updates = told(log([delta("a", "Hey."), complete("a", "Hey."), usage, IDLE]))
    states = [MessageToDict(u)["status"]["state"] for u in updates if hasattr(u, "status")]
    assert states == ["TASK_STATE_SUBMITTED", "TASK_STATE_WORKING", "TASK_STATE_COMPLETED"]
    assert MessageToDict(updates[-1])["status"]["timestamp"] == "2026-11-22T09:30:00Z"


def asked(policy: str) -> list[SessionEvent]:
    call = {"tool_call_id": "t", "tool_name": "rm", "args": {}}
    events = log(
        [
            ("tool_call", "t", {**call, "status": "awaiting_approval"}),
            ("approval_request", "r", {**call, "request_id": "r", "args_digest": "d"}),
            ("participant_status", None, {"status": "AwaitingApproval"}),
        ]
    )
    post = {"id": "u", "content": "hi", "on_approval": policy}
    first = SessionEvent(
        type="message_posted",
        session_id="s",
        seq=1,
        turn_id="s.1",
        at=AT,
        data={"messages": [post]},
    )
    return [first, *events[1:]]


def test_what_a_policy_answers_asks_nobody() -> None:
    for policy, state in (("ask", "INPUT_REQUIRED"), ("deny", "WORKING")):
        conversation = folded(asked(policy))
        found = state_of(conversation, conversation.turns["s.1"])
        assert TaskState.Name(found) == f"TASK_STATE_{state}"


def test_half_a_character_breaks_nothing() -> None:
    half = "a\ud800"
    facts = [delta("a", half), complete("a", half), IDLE]
    assert reply(told(log(facts))) == "a?"
    assert data_part({half: [half]}).data.struct_value["a?"][0] == "a?"
    assert text_part(half).text == "a?"
    named = file_part({"name": half, "mime": half, "data": "eA=="}, PLACE.blobs)
    assert (named.filename, named.media_type, named.raw) == ("a?", "a?", b"x")


def test_a_rich_result_has_a_part_for_each_of_its_forms() -> None:
    picture = base64.b64encode(b"png").decode()
    bundle = {
        "text/html": "<b>x</b>",
        "image/png": picture,
        "image/svg+xml": "<svg/>",
        "application/vnd.table+json": {"rows": [1]},
        "image/jpeg": {"blob": "abc", "mime": "image/jpeg", "size": 40_000},
        "audio/wav": "not base64 at all!",
    }
    parts = {p.media_type: p for p in bundle_parts(bundle, PLACE.blobs)}
    assert parts["text/html"].text == "<b>x</b>"
    assert parts["image/png"].raw == b"png"
    assert parts["image/svg+xml"].text == "<svg/>"
    assert MessageToDict(parts["application/vnd.table+json"])["data"] == {"rows": [1]}
    assert parts["image/jpeg"].url == "http://here/sessions/s/blobs/abc"
    assert parts["audio/wav"].WhichOneof("content") == "raw"


def test_a_task_without_a_reply_has_no_artifact() -> None:
    conversation = folded(log([]))
    task = task_of(PLACE, conversation, conversation.turns["s.1"], history=0)
    assert (list(task.artifacts), list(task.history)) == ([], [])
    assert not task.status.HasField("timestamp")


@settings(deadline=None)
@given(strategies.logs())
def test_whatever_a_log_holds_can_be_told(events: list[SessionEvent]) -> None:
    conversation, progress = Conversation(), Progress(PLACE, Conversation())
    for event in events:
        conversation = apply(conversation, event)
        if "s.1" in conversation.turns and event.turn_id == "s.1":
            for update in progress.tell(event, conversation):
                MessageToJson(update)
    for turn in conversation.turns.values():
        MessageToJson(task_of(PLACE, conversation, turn, AT))


@pytest.mark.parametrize("text", ["\ud800", "\x00", "</script>", "\u202e", "😀" * 9])
def test_whatever_a_turn_holds_can_be_told(text: str) -> None:
    turn = everything(text)
    none: Turns[Turn] = Turns()
    conversation = Conversation(turns=none.put(turn.id, turn))
    task = task_of(PLACE, conversation, turn, AT)
    assert ParseDict(MessageToDict(task), Task()) == task
