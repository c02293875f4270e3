from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from cellspeak.agents.base import AgentRuntime, TurnRequest
from cellspeak.agents.scripted import (
    Ask,
    AskAll,
    Await,
    Call,
    Emit,
    Fail,
    Save,
    Say,
    ScriptedAgent,
    Search,
    SignIn,
    Step,
    Think,
    Usage,
    Wait,
    approval_of,
    call_id,
)
from cellspeak.core.events import Draft
from cellspeak.errors import TurnFailedError, ValidationError
from tests.agents.driver import Talk

YES = {"approved": True}
NO = {"approved": False, "deny_reason": "not now"}
DELETE = Call("delete_file", {"path": "a.txt"}, run=lambda args: {"deleted": args["path"]})


def types(talk: Talk) -> list[str]:
    return [draft.type for draft in talk.drafts]


async def test_text_comes_in_pieces_that_join_to_the_whole() -> None:
    talk = Talk(ScriptedAgent([Say(" two  words\n"), Say("abcdefg", pieces=3), Say("")]))
    turn = await talk.post("hello")
    assert [d.data["delta"] for d in talk.drafts] == [" two  ", "words\n", "abc", "def", "g"]
    assert turn.text == " two  words\nabcdefg"


async def test_a_thought_ends_with_its_last_piece() -> None:
    talk = Talk(ScriptedAgent([Think("let me see"), Say("Yes.")]))
    turn = await talk.post("hello")
    thought, reply = turn.messages
    assert (thought.kind, str(thought.text), thought.status) == ("thinking", "let me see", "closed")
    assert (str(reply.text), turn.status) == ("Yes.", "complete")


async def test_a_call_tells_its_progress_and_its_outcome() -> None:
    call = Call("copy", {"n": 1}, result=[1], progress=["half way"])
    talk = Talk(ScriptedAgent([call]))
    turn = await talk.post("go")
    assert types(talk) == ["tool_call", "tool_progress", "tool_result"]
    assert talk.drafts[1].data["fraction"] == 0.5
    copied = turn.tool_calls["s.1-t1"]
    assert (copied.status, copied.outcome) == ("done", {"result": [1]})


@pytest.mark.parametrize(
    "call",
    [
        Call("copy", {}, error="disk full"),
        Call("copy", {}, run=lambda _: _refuse()),
    ],
)
async def test_a_tool_can_fail_without_failing_the_turn(call: Call) -> None:
    turn = await Talk(ScriptedAgent([call, Say("Sorry.")])).post("go")
    assert turn.tool_calls["s.1-t1"].outcome == {"error": "disk full"}
    assert (turn.status, turn.text) == ("complete", "Sorry.")


def _refuse() -> None:
    raise ValidationError("disk full")


ASKING: list[Step] = [
    Say("I will delete it."),
    Call("look", {}),
    Ask(DELETE, reason="gone for good", then=[Say("Done.")], denied=[Say("I left it.")]),
    Say("Bye."),
]


async def test_an_answered_question_is_gone_on_from_and_nothing_is_said_twice() -> None:
    talk = Talk(ScriptedAgent(ASKING))
    turn = await talk.post("delete it")
    assert [a.request["tool_call_id"] for a in turn.pending] == ["s.1-t2"]
    assert turn.tool_calls["s.1-t2"].status == "awaiting_approval"
    turn = await talk.answer(YES)
    assert turn.text == "I will delete it.\n\nDone.Bye."
    assert turn.tool_calls["s.1-t2"].outcome == {"result": {"deleted": "a.txt"}}
    assert types(talk).count("approval_request") == 1


async def test_another_instance_goes_on_like_the_one_that_asked() -> None:
    alone, relayed = Talk(ScriptedAgent(ASKING)), Talk(ScriptedAgent(ASKING))
    for talk in (alone, relayed):
        await talk.post("delete it")
    relayed.agent = ScriptedAgent(ASKING)
    assert await relayed.answer(YES) == await alone.answer(YES)
    assert relayed.drafts == alone.drafts


async def test_a_denied_call_does_not_run_and_the_script_says_what_it_says_then() -> None:
    talk = Talk(ScriptedAgent(ASKING))
    await talk.post("delete it")
    turn = await talk.answer(NO)
    assert turn.text == "I will delete it.\n\nI left it.Bye."
    assert turn.tool_calls["s.1-t2"].status == "denied"
    asked_on = types(talk).index("approval_request")
    assert "tool_call" not in types(talk)[asked_on:]


async def test_an_approved_call_runs_with_the_edited_arguments() -> None:
    talk = Talk(ScriptedAgent([Ask(DELETE)]))
    await talk.post("delete it")
    turn = await talk.answer({"approved": True, "args": {"path": "b.txt"}})
    assert turn.tool_calls["s.1-t1"].outcome == {"result": {"deleted": "b.txt"}}
    assert talk.drafts[-2].data["args"] == {"path": "b.txt"}


async def test_several_questions_are_asked_at_once_and_each_answer_counts() -> None:
    asks = [Ask(DELETE, then=[Say("1 yes.")]), Ask(DELETE, denied=[Say("2 no.")])]
    talk = Talk(ScriptedAgent([AskAll(asks), Call("look", {})]))
    turn = await talk.post("both")
    assert len(turn.pending) == 2
    turn = await talk.answer(YES, NO)
    assert [c.status for c in turn.tool_calls.values()] == ["done", "denied", "done"]
    assert turn.text == "1 yes.2 no."


async def test_questions_one_after_the_other_are_each_waited_for() -> None:
    script: list[Step] = [
        Say("a"),
        Ask(DELETE),
        Say("b"),
        SignIn("https://x.example", "why"),
        Say("c"),
        Ask(DELETE),
    ]
    talk = Talk(ScriptedAgent([*script, Say("d")]))
    await talk.post("go")
    for answer in (YES, YES, NO):
        turn = await talk.answer(answer)
    assert turn.text == "a\n\nb\n\nc\n\nd"
    assert [c.status for c in turn.tool_calls.values()] == ["done", "denied"]


async def test_a_question_without_its_answer_is_waited_for_and_not_asked_again() -> None:
    talk = Talk(ScriptedAgent(ASKING))
    await talk.post("delete it")
    before = len(talk.drafts)
    turn = await talk.play()
    assert len(talk.drafts) == before
    assert len(turn.pending) == 1


@pytest.mark.parametrize(("answer", "said"), [(YES, "Welcome."), (NO, "Then not.")])
async def test_signing_in_goes_on_either_way(answer: dict[str, object], said: str) -> None:
    step = SignIn("https://x.example", "why", then=[Say("Welcome.")], denied=[Say("Then not.")])
    talk = Talk(ScriptedAgent([step]))
    turn = await talk.post("sign in")
    assert turn.pending[0].request["url"] == "https://x.example"
    assert (await talk.answer(answer)).text == said


async def test_a_script_may_be_a_function_that_reads_the_answer() -> None:
    def script(request: TurnRequest) -> Iterator[Step]:
        yield Say(f"{request.turn.prompt}? ")
        yield Ask(DELETE)
        asked = approval_of(request.turn, call_id(request.turn, 1))
        yield Say("kept" if asked is None or asked.resolution is None else "answered")

    talk = Talk(ScriptedAgent(script))
    await talk.post("Delete")
    assert (await talk.answer(YES)).text == "Delete? \n\nanswered"


async def test_what_has_to_be_awaited_gives_steps_too() -> None:
    async def make(request: TurnRequest) -> list[Step]:
        content = await request.read_blob(request.turn.posts[0]["files"][0]["blob"])
        return [Say(content.decode())]

    talk = Talk(ScriptedAgent([Await(make)]))
    assert (await talk.post("read", talk.attach(b"from a blob"))).text == "from a blob"


async def test_saved_state_is_there_in_the_next_call_and_not_needed() -> None:
    def script(request: TurnRequest) -> list[Step]:
        return [Save(b"one"), Ask(DELETE), Say(repr(request.state))]

    kept, lost = Talk(ScriptedAgent(script)), Talk(ScriptedAgent(script))
    for talk in (kept, lost):
        await talk.post("go")
    lost.state = None
    assert (await kept.answer(YES)).text == "b'one'"
    assert (await lost.answer(YES)).text == "None"


async def test_searches_bills_and_unknown_words_are_passed_on() -> None:
    found = [{"title": "t", "url": "u", "snippet": "s"}]
    emit = Emit(Draft(type="new_word", data={"x": 1}))
    talk = Talk(ScriptedAgent([Search("q", found), Usage({"output_tokens": 3}), emit]))
    turn = await talk.post("go")
    assert [m.kind for m in turn.messages] == ["search_result", "new_word"]
    assert turn.usage == {"output_tokens": 3}


@pytest.mark.parametrize(
    ("error", "kind"), [("no luck", TurnFailedError), (RuntimeError("no luck"), RuntimeError)]
)
async def test_a_script_can_fail(error: str | Exception, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="no luck"):
        await Talk(ScriptedAgent([Say("a"), Fail(error)])).post("go")


async def test_what_is_no_step_is_refused_in_one_sentence() -> None:
    with pytest.raises(
        TypeError, match=r"expected a step of cellspeak\.agents\.scripted; got 'hi'"
    ):
        await Talk(ScriptedAgent(["hi"])).post("go")  # type: ignore[list-item]


async def test_time_passes_only_by_sleeping_on_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    call = Call("t", {}, seconds=6, progress=["1", "2"])
    await Talk(ScriptedAgent([Say("a b"), Wait(5), call], pace=0.5)).post("go")
    assert [s for s in slept if s] == [0.5, 0.5, 5, 2, 2, 2]


def test_it_is_an_agent_runtime() -> None:
    runtime: AgentRuntime = ScriptedAgent([])
    assert callable(runtime.answer)
