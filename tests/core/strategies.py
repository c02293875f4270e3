"""What hypothesis may try: any JSON, and events that mix the right words with any JSON."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cellspeak.core.events import ParticipantStatus, SessionEvent, SessionEventType

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
JSON: st.SearchStrategy[Any] = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)

_WORDS = st.sampled_from(
    [*ParticipantStatus, "running", "awaiting_approval", "done", "complete", "interrupted"]
)
_ABSENT = object()
_ODD: list[Any] = [_ABSENT, None, True, 0, 1.5, "x", "", [], ["x"], {}, {"x": [None, {"y": 1}]}]
_IDS_AND_ODD = st.sampled_from(["t1", "r1", "t1", "r1", "s.1", "s.2", "__proto__", *_ODD])
_TEXT_AND_ODD = st.sampled_from(["a", "bc", "😀", "\ud83d", "\ude00", "e\u0301", *_ODD])
_YES_NO_AND_ODD = st.sampled_from([True, False, True, *_ODD])
_STATUS_AND_ODD = _WORDS | st.sampled_from(_ODD)
_OBJECT_AND_ODD = st.sampled_from([{"path": "a"}, {"path": "b", "__proto__": 1}, *_ODD])
_NUMBER_AND_ODD = st.sampled_from([1, 2, 3, 5, 8, 13, -1, 2**60, *_ODD])
_MESSAGES = st.sampled_from([[{"content": "Hi"}], [{"content": ["x"]}, "x"], *_ODD])
_CALL = {"tool_call_id": _IDS_AND_ODD, "tool_name": _TEXT_AND_ODD, "args": _OBJECT_AND_ODD}
_ASK = {"request_id": _IDS_AND_ODD, **_CALL}

_FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "session_created": {"agent": _OBJECT_AND_ODD},
    "message_posted": {"messages": _MESSAGES, "after_turn": _IDS_AND_ODD},
    "messages_posted": {"messages": _MESSAGES, "client_id": _IDS_AND_ODD},
    "participant_status": {"status": _STATUS_AND_ODD},
    "message_delta": {"delta": _TEXT_AND_ODD},
    "message_streaming": {
        "text": _TEXT_AND_ODD,
        "closed": _YES_NO_AND_ODD,
        "first": _NUMBER_AND_ODD,
    },
    "message_complete": {
        "text": _TEXT_AND_ODD,
        "status": _STATUS_AND_ODD,
        "first": _NUMBER_AND_ODD,
    },
    "thinking": {"text": _TEXT_AND_ODD, "done": _YES_NO_AND_ODD},
    "tool_call": {**_CALL, "status": _STATUS_AND_ODD},
    "tool_progress": {"tool_call_id": _IDS_AND_ODD, "fraction": _NUMBER_AND_ODD},
    "tool_result": {"tool_call_id": _IDS_AND_ODD, "result": _OBJECT_AND_ODD},
    "approval_request": _ASK,
    "reauth_request": _ASK,
    "approval_resolved": {
        "request_id": _IDS_AND_ODD,
        "approved": _YES_NO_AND_ODD,
        "args": _OBJECT_AND_ODD,
        "remember": st.sampled_from(["tool", "args", *_ODD]),
    },
    "head_changed": {"turn_id": _IDS_AND_ODD},
    "usage": {"input_tokens": _NUMBER_AND_ODD},
}
_TYPES = st.sampled_from([*map(str, SessionEventType), "hologram", "__init__"])


@st.composite
def events(draw: st.DrawFn, seq: st.SearchStrategy[int | None] | None = None) -> SessionEvent:
    """Return an event that may make sense."""
    type = draw(_TYPES)
    drawn = {key: draw(values) for key, values in _FIELDS.get(type, {}).items()}
    return SessionEvent(
        type=type,
        session_id="s",
        seq=draw(seq if seq is not None else st.none() | st.integers(0, 12)),
        turn_id=draw(st.sampled_from(["s.1", "s.1", "s.1", "s.2", "", None])),
        message_id=draw(st.sampled_from(["m1", "m2", "m3", None])),
        data={key: value for key, value in drawn.items() if value is not _ABSENT},
    )


@st.composite
def logs(draw: st.DrawFn, max_size: int = 12) -> list[SessionEvent]:
    """Return the events of a session, numbered as the engine numbers them, after a post."""
    post = SessionEvent(
        type="message_posted", session_id="s", seq=1, turn_id="s.1", data={"messages": []}
    )
    size = draw(st.integers(0, max_size))
    return [post, *(draw(events(st.just(n))) for n in range(2, size + 2))]
