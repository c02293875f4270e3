from typing import Any, TypeAlias

import pytest

from cellspeak.core import rules
from cellspeak.core.commands import Cancel, Post, Respond, SetHead
from cellspeak.core.conversation import Approval, Conversation, Turn
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import fold
from cellspeak.errors import (
    ApprovalError,
    NotFoundError,
    RateLimitError,
    SessionNotFoundError,
    ValidationError,
)

NOW = "2026-11-22T09:30:00.000Z"
LATER = "2026-11-22T09:31:00.000Z"
ARGS = {"path": "a.txt"}
LIMITS = rules.Limits()


Step: TypeAlias = tuple[str, str | None, dict[str, Any]]
"""Type, message id and data of an event."""


def log(*steps: Step, turn_id: str = "s.1") -> Conversation:
    return fold(
        SessionEvent(
            type=type, session_id="s", seq=n, turn_id=turn_id, message_id=message_id, data=data
        )
        for n, (type, message_id, data) in enumerate(steps, 1)
    )


POSTED: Step = ("message_posted", None, {"messages": [{"content": "Hi"}], "client_id": "c1"})
RUNS: Step = ("participant_status", None, {"status": "Processing"})
IDLE: Step = ("participant_status", None, {"status": "Idle"})
CALL = {"tool_call_id": "t1", "tool_name": "delete_file", "args": ARGS}
CALLED: Step = ("tool_call", "m3", {**CALL, "status": "awaiting_approval"})
ASKED: Step = ("approval_request", "m4", {"request_id": "r1", "args_digest": "d1", **CALL})
ANSWERED: Step = (
    "approval_resolved",
    None,
    {"request_id": "r1", "approved": True, "by": {"kind": "user"}, "client_id": "c2"},
)
DONE: Step = ("message_complete", "m5", {"text": "Done."})
ENDED: Step = ("session_terminated", None, {})


def post(text: Any = "Hi", **more: Any) -> Post:
    return Post(session_id="s", client_id="c9", **{"messages": ({"content": text},), **more})


def respond(**more: Any) -> Respond:
    return Respond(
        **{
            "session_id": "s",
            "client_id": "c9",
            "request_id": "r1",
            "approved": True,
            **more,
        }
    )


# Posts


def test_a_post_with_text_or_with_a_file_is_taken() -> None:
    rules.check_post(Conversation(), post(), LIMITS)
    rules.check_post(Conversation(), post("", messages=({"files": [{"name": "a"}]},)), LIMITS)


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_post_of_white_space_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="white space"):
        rules.check_post(Conversation(), post(text), LIMITS)


def test_a_post_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="some text"):
        rules.check_post(Conversation(), post(messages=()), LIMITS)


def test_a_post_whose_content_is_no_text_is_refused() -> None:
    with pytest.raises(ValidationError, match="string"):
        rules.check_post(Conversation(), post(["Hi"]), LIMITS)


def test_the_text_of_a_post_is_bounded_in_bytes_over_all_its_messages() -> None:
    limits = rules.Limits(prompt_bytes=6)
    halves = ({"content": "äb"}, {"content": "cä"})
    rules.check_post(Conversation(), post(messages=halves), limits)
    with pytest.raises(ValidationError, match="attach it as a file"):
        rules.check_post(Conversation(), post(messages=(*halves, {"content": "x"})), limits)


def test_half_a_character_is_counted_and_not_refused() -> None:
    rules.check_post(Conversation(), post("\ud83d"), rules.Limits(prompt_bytes=3))


def test_a_post_after_an_unknown_turn_is_refused_unless_it_is_a_root() -> None:
    conversation = log(POSTED, IDLE)
    rules.check_post(conversation, post(after_turn="s.1"), LIMITS)
    rules.check_post(conversation, post(after_turn="s.9", root=True), LIMITS)
    with pytest.raises(NotFoundError, match=r"s\.9"):
        rules.check_post(conversation, post(after_turn="s.9"), LIMITS)


def test_posts_wait_up_to_the_limit() -> None:
    events = [(POSTED, "s.1"), (RUNS, "s.1"), *((POSTED, f"s.{n}") for n in range(2, 10))]
    conversations = [Conversation()]
    for n, ((type, _, data), turn_id) in enumerate(events, 1):
        event = SessionEvent(type=type, session_id="s", seq=n, turn_id=turn_id, data=data)
        conversations.append(fold([event], conversations[-1]))
    assert [len(c.queued) for c in conversations[-2:]] == [7, 8]
    rules.check_post(conversations[-2], post(), LIMITS)
    with pytest.raises(RateLimitError, match="8 messages are waiting"):
        rules.check_post(conversations[-1], post(), LIMITS)


def test_without_a_queue_a_post_is_taken_when_nothing_runs() -> None:
    limits = rules.Limits(queue=0)
    rules.check_post(Conversation(), post(), limits)
    rules.check_post(log(POSTED, RUNS, DONE, IDLE), post(), limits)
    with pytest.raises(RateLimitError):
        rules.check_post(log(POSTED, RUNS), post(), limits)


def test_a_terminated_session_takes_nothing() -> None:
    rules.check_open(Conversation(), "s")
    with pytest.raises(SessionNotFoundError, match="terminated") as caught:
        rules.check_post(log(POSTED, ENDED), post(), LIMITS)
    assert caught.value.session_id == "s"


def test_a_post_is_found_again_by_its_client_id() -> None:
    found = rules.turn_of_client(log(POSTED), "c1")
    assert found is not None
    assert found.id == "s.1"
    assert rules.turn_of_client(log(POSTED), "c2") is None


# Head and cancel


def test_a_head_is_a_turn_of_the_session() -> None:
    command = SetHead(session_id="s", client_id="c", turn_id="s.1")
    assert rules.find_turn(log(POSTED), command).id == "s.1"
    with pytest.raises(NotFoundError):
        rules.find_turn(Conversation(), command)


def cancel(turn_id: str | None = None) -> Cancel:
    return Cancel(session_id="s", client_id="c", turn_id=turn_id)


def test_cancel_finds_the_named_turn_or_the_running_one() -> None:
    queued, running = log(POSTED), log(POSTED, RUNS)
    assert rules.find_cancel(running, cancel()) == running.turns["s.1"]
    assert rules.find_cancel(queued, cancel("s.1")) == queued.turns["s.1"]
    assert rules.find_cancel(queued, cancel()) is None


@pytest.mark.parametrize("turn_id", [None, "s.1"])
def test_there_is_nothing_to_cancel_in_a_turn_that_has_ended(turn_id: str | None) -> None:
    assert rules.find_cancel(log(POSTED, RUNS, DONE), cancel(turn_id)) is None
    assert rules.find_cancel(log(POSTED, RUNS, DONE, IDLE), cancel(turn_id)) is None


def test_an_unknown_turn_is_not_cancelled() -> None:
    with pytest.raises(NotFoundError, match=r"s\.9"):
        rules.find_cancel(log(POSTED), cancel("s.9"))


# Approvals


def problem_of(conversation: Conversation, command: Respond, now: str = NOW) -> str:
    with pytest.raises(ApprovalError) as caught:
        rules.find_approval(conversation, command, now)
    assert caught.value.session_id == "s"
    return caught.value.problem


def test_a_pending_approval_is_answered() -> None:
    found = rules.find_approval(log(POSTED, RUNS, CALLED, ASKED), respond(), NOW)
    assert found is not None
    assert (found[0].id, found[1].request_id) == ("s.1", "r1")


def test_an_unknown_request_is_not_answered() -> None:
    assert problem_of(log(POSTED, RUNS), respond()) == "unknown"


def test_an_answer_is_taken_once_and_a_second_one_is_told_so() -> None:
    conversation = log(POSTED, RUNS, CALLED, ASKED, ANSWERED)
    assert rules.find_approval(conversation, respond(client_id="c2"), NOW) is None
    assert problem_of(conversation, respond()) == "already_resolved"
    with pytest.raises(ApprovalError, match="approved already by the user"):
        rules.find_approval(conversation, respond(), NOW)


def test_a_denial_says_so_to_the_second_answer() -> None:
    denied = ("approval_resolved", None, {"request_id": "r1", "approved": False})
    with pytest.raises(ApprovalError, match="denied already by the somebody"):
        rules.find_approval(log(POSTED, RUNS, CALLED, ASKED, denied), respond(), NOW)


def test_what_timed_out_has_expired() -> None:
    data = {"request_id": "r1", "approved": False, "by": {"kind": "timeout"}}
    conversation = log(POSTED, RUNS, CALLED, ASKED, ("approval_resolved", None, data))
    assert problem_of(conversation, respond()) == "expired"


def expiring(expires_at: Any) -> Conversation:
    request = {"request_id": "r1", "expires_at": expires_at}
    return log(POSTED, RUNS, ("approval_request", "m4", request))


def test_an_approval_is_answered_before_it_expires_and_not_after() -> None:
    assert rules.find_approval(expiring(LATER), respond(), NOW) is not None
    assert problem_of(expiring(LATER), respond(), LATER) == "expired"
    assert rules.find_approval(expiring(5), respond(), NOW) is not None


def test_the_timeout_itself_may_deny_but_not_approve() -> None:
    by = {"kind": "timeout"}
    assert rules.find_approval(expiring(NOW), respond(by=by, approved=False), LATER) is not None
    assert problem_of(expiring(NOW), respond(by=by), LATER) == "expired"


def test_an_answer_for_other_arguments_is_refused() -> None:
    conversation = log(POSTED, RUNS, CALLED, ASKED)
    assert rules.find_approval(conversation, respond(args_digest="d1"), NOW) is not None
    assert problem_of(conversation, respond(args_digest="d2")) == "digest_differs"


def test_a_question_of_an_ended_turn_waits_for_nobody() -> None:
    conversation = log(POSTED, RUNS, CALLED, ASKED, DONE, IDLE)
    assert problem_of(conversation, respond()) == "already_resolved"


# Grants


def test_the_digest_is_that_of_canonical_json() -> None:
    assert rules.args_digest({"b": 1, "a": "ä"}) == rules.args_digest({"a": "ä", "b": 1})
    assert rules.args_digest({}) == (
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )
    assert len(rules.args_digest({"a": "\ud83d"})) == 64


@pytest.mark.parametrize(
    ("grant", "args", "covered"),
    [
        ({"tool_name": "x"}, {"a": 1}, True),
        ({"tool_name": "y"}, {"a": 1}, False),
        ({"tool_name": "x", "args": {"a": 1, "b": 2}}, {"b": 2, "a": 1}, True),
        ({"tool_name": "x", "args": {"a": 1}}, {"a": 2}, False),
        ({"tool_name": "x", "args": {"force": True}}, {"force": 1}, False),
        ({"tool_name": "x", "args": {}}, {"a": 1}, False),
    ],
)
def test_a_grant_covers_its_tool_or_exactly_its_arguments(
    grant: dict[str, Any], args: dict[str, Any], covered: bool
) -> None:
    assert rules.covered_by_grant(Conversation(grants=(grant,)), "x", args) is covered


# The end of a turn


def test_what_is_open_is_closed_calls_first_and_the_last_text_is_left() -> None:
    turn = log(
        POSTED,
        RUNS,
        ("thinking", "m2", {"text": "hm"}),
        ("message_delta", "m6", {"delta": "One"}),
        ("tool_call", "m3", {**CALL, "status": "running"}),
        ("tool_call", "m7", {**CALL, "tool_call_id": "t2", "status": "done"}),
        ("message_delta", "m8", {"delta": "Two"}),
    ).turns["s.1"]
    drafts = rules.closing(turn)
    assert [(d.type, d.turn_id, d.message_id) for d in drafts] == [
        ("tool_call", "s.1", None),
        ("thinking", "s.1", "m2"),
        ("message_streaming", "s.1", "m6"),
    ]
    cancelled = {"tool_call_id": "t1", "tool_name": "delete_file", "status": "cancelled"}
    assert drafts[0].data == cancelled
    assert drafts[1].data == {"text": "", "done": True}
    assert drafts[2].data == {"text": "One", "closed": True}


def test_a_turn_with_nothing_open_has_nothing_to_close() -> None:
    assert rules.closing(log(POSTED, RUNS, DONE).turns["s.1"]) == []


@pytest.mark.parametrize(
    ("always", "policy", "answer"),
    [
        (False, "ask", (True, "remembered")),
        (True, "ask", None),
        (True, "deny", (False, "on_approval")),
        (True, "allow", (True, "on_approval")),
    ],
)
def test_a_tool_that_always_asks_is_put_to_a_person_whatever_was_allowed_before(
    always: bool, policy: str, answer: tuple[bool, str] | None
) -> None:
    request = {"tool_call_id": "t1", "tool_name": "x", "args": {}, "always": always}
    approval = Approval(request_id="r1", request=request)
    turn = Turn(id="s.1", posts=({"on_approval": policy},), approvals={"r1": approval})
    granted = Conversation(grants=({"tool_name": "x"},))
    assert rules.answer_of_policy(granted, turn, approval) == answer


# Edited arguments


def asked_with(schema: Any, **more: Any) -> Conversation:
    data = {**dict(ASKED[2]), "args_schema": schema, **more}
    return log(POSTED, RUNS, CALLED, ("approval_request", "m4", data))


SCHEMA = {"properties": {"path": {"type": "string"}}, "required": ["path"]}


def test_edited_arguments_are_taken_if_they_fit_the_tools_schema() -> None:
    conversation = asked_with(SCHEMA)
    assert rules.find_approval(conversation, respond(args={"path": "b"}), NOW) is not None
    with pytest.raises(ApprovalError, match="expected path to be a text; got 5; change") as caught:
        rules.find_approval(conversation, respond(args={"path": 5}), NOW)
    assert caught.value.problem == "invalid_args"
    assert problem_of(conversation, respond(args={})) == "invalid_args"


def test_arguments_that_nobody_edited_are_not_judged() -> None:
    conversation = asked_with({"required": ["other"]})
    assert rules.find_approval(conversation, respond(), NOW) is not None
    assert rules.find_approval(conversation, respond(args={**ARGS}), NOW) is not None


def test_a_denial_is_taken_whatever_comes_with_it() -> None:
    denial = respond(approved=False, args={"path": 5}, remember="tool")
    assert rules.find_approval(asked_with(SCHEMA, always=True), denial, NOW) is not None


@pytest.mark.parametrize("args", [{"path": {1, 2}}, {"path": float("nan")}, {"path": "x" * 2**21}])
def test_edited_arguments_are_json_of_bounded_size(args: dict[str, Any]) -> None:
    assert problem_of(asked_with({}), respond(args=args)) == "invalid_args"


def test_a_yes_is_not_remembered_for_a_tool_that_always_asks() -> None:
    conversation = asked_with(SCHEMA, always=True)
    assert problem_of(conversation, respond(remember="tool")) == "always_asks"
    assert rules.find_approval(conversation, respond(), NOW) is not None


@pytest.mark.parametrize(
    ("resolution", "edited"),
    [
        (None, False),
        ({"approved": False}, False),
        ({"approved": True, "args": {"path": "a.txt"}}, False),
        ({"approved": True, "args": {"path": "b.txt"}}, True),
        ({"approved": True, "args": {}}, True),
    ],
)
def test_what_ran_is_edited_if_it_differs_from_what_was_asked(
    resolution: dict[str, Any] | None, edited: bool
) -> None:
    approval = Approval(request_id="r1", request={"args": ARGS}, resolution=resolution)
    assert rules.is_edited(approval) is edited
