"""Commands: each once, whatever is sent twice, at once, too late or too often."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import pytest

from cellspeak.agents import base
from cellspeak.agents.base import Output, TurnRequest
from cellspeak.agents.scripted import Ask, Call, Save, Say, Script, SignIn, Step, Wait
from cellspeak.core.commands import Create, Respond, SetHead, Terminate
from cellspeak.core.events import Draft, SessionEvent
from cellspeak.core.rules import Limits
from cellspeak.errors import (
    ApprovalError,
    NotFoundError,
    RateLimitError,
    SessionNotFoundError,
    ValidationError,
)
from cellspeak.stores.memory import MemoryStore
from tests.engine.talk import GATED, SPEC, Clock, Fake, Talk, talking, words

SLOW: Script = [Say("so "), Wait(60)]
DROP = Call("drop", {"table": "a"}, result="dropped")


# Posting


async def test_the_same_post_sent_ten_times_at_once_makes_one_turn() -> None:
    async with talking([Say("hello")]) as talk:
        post = talk.post_of("hi")
        receipts = await asyncio.gather(*(talk.engine.send(post) for _ in range(10)))
        assert {r.turn_id for r in receipts} == {f"{talk.session_id}.1"}
        assert sorted(r.repeated for r in receipts) == [False] + [True] * 9
        await talk.ended(receipts[0].turn_id)
        assert len((await talk.conversation()).turns) == 1
        again = await talk.engine.send(post)
        assert (again.turn_id, again.repeated) == (receipts[0].turn_id, True)


async def test_a_session_is_created_once_however_often_it_is_asked_for() -> None:
    async with talking([]) as talk:
        command = Create(agent=SPEC, client_id="twice")
        receipts = await asyncio.gather(*(talk.engine.send(command) for _ in range(10)))
        receipts.append(await talk.engine.send(command))
        assert len({r.session_id for r in receipts}) == 1
        assert len(await talk.engine.sessions()) == 2


async def test_eight_posts_wait_and_the_ninth_is_refused() -> None:
    async with talking(SLOW) as talk:
        first = str((await talk.post("0")).turn_id)
        await talk.until(lambda c: c.turns[first].text)
        queued = [await talk.post(str(n)) for n in range(1, 9)]
        with pytest.raises(RateLimitError, match="8 messages are waiting already; wait for"):
            await talk.post("9")
        resent = [e for e in await talk.log() if e.type == "message_posted"]
        assert len(resent) == 9
        assert [e.data.get("queued") for e in resent] == [None] + [True] * 8
        # A resend of one that waits is not a ninth.
        client_id = (await talk.conversation()).turns[str(queued[0].turn_id)].client_id
        assert (await talk.post("1", client_id=client_id)).repeated
        await talk.cancel(queued[-1].turn_id)
        await talk.post("9")  # there is room again


async def test_queued_turns_run_in_their_order_after_the_first() -> None:
    async with talking([Say("hello")]) as talk:
        receipts = [await talk.post(str(n)) for n in range(4)]
        for receipt in receipts:
            assert (await talk.ended(receipt.turn_id)).status == "complete"
        conversation = await talk.conversation()
        assert [t.prompt for t in conversation.path] == ["0", "1", "2", "3"]
        begun = [e.turn_id for e in await talk.log() if e.status == "Processing"]
        assert begun == [r.turn_id for r in receipts]


async def test_a_queued_turn_can_be_cancelled_and_never_begins() -> None:
    async with talking(SLOW) as talk:
        await talk.post("first")
        second, third = await talk.post("second"), await talk.post("third")
        await talk.cancel(second.turn_id)
        assert (await talk.cancel(second.turn_id)).repeated
        await talk.cancel()
        await talk.until(lambda c: c.turns[str(third.turn_id)].text)
        await talk.cancel()
        log = await talk.log()
    mine = [e for e in log if e.turn_id == second.turn_id]
    assert words(mine) == ["message_posted", "turn_cancelled", "interrupted"]


async def test_stopping_what_has_ended_changes_nothing() -> None:
    async with talking([Say("hello")]) as talk:
        turn = await talk.ask()
        end = (await talk.conversation()).seq
        assert (await talk.cancel(turn.id)).repeated
        assert (await talk.cancel()).repeated
        assert (await talk.conversation()).seq == end
        with pytest.raises(NotFoundError, match="expected a turn of this session; got 'x'"):
            await talk.cancel("x")


async def test_ten_stops_at_once_leave_one_note() -> None:
    async with talking(SLOW) as talk:
        turn_id = str((await talk.post()).turn_id)
        await talk.until(lambda c: c.turns[turn_id].text)
        await asyncio.gather(*(talk.cancel(turn_id) for _ in range(10)))
        assert [e.type for e in await talk.log()].count("turn_cancelled") == 1


async def test_a_stop_right_after_the_post_wins() -> None:
    for _ in range(20):
        async with talking([Say("hello"), Wait(60)]) as talk:
            receipt = await talk.post()
            await talk.cancel(receipt.turn_id)
            turn = await talk.ended(receipt.turn_id)
            log = await talk.log()
            assert turn.status == "cancelled"
            assert [e.is_complete for e in log].count(True) == 1
            assert words(log)[-1] in ("Idle", "interrupted")


@pytest.mark.parametrize("text", ["", " \n\t", "\u00a0\u2003"])
async def test_white_space_is_no_message(text: str) -> None:
    async with talking([]) as talk:
        with pytest.raises(ValidationError, match="expected a message with some text; got only"):
            await talk.post(text)
        assert (await talk.conversation()).turns == {}


async def test_five_megabytes_of_prompt_are_refused_with_the_way_out() -> None:
    async with talking([]) as talk:
        with pytest.raises(ValidationError, match=r"at most 1 MiB .* got 5\.0 MiB; attach it as a"):
            await talk.post("x" * 5 * 1024 * 1024)
        assert (await talk.conversation()).turns == {}


async def test_a_post_to_nowhere_is_told_so() -> None:
    async with talking([]) as talk:
        session, talk.session_id = talk.session_id, "nowhere"
        with pytest.raises(SessionNotFoundError, match="there is none called 'nowhere'"):
            await talk.post()
        talk.session_id = session
        with pytest.raises(NotFoundError, match="expected after_turn to name a turn"):
            await talk.post(after_turn="x.9")


# The tree of turns


async def test_a_post_behind_an_older_turn_is_a_branch() -> None:
    async with talking([Say("hello")]) as talk:
        one, two = await talk.ask("one"), await talk.ask("two")
        other = await talk.ask("other two", after_turn=one.id)
        root = await talk.ask("other one", root=True)
        conversation = await talk.conversation()
        assert [t.id for t in conversation.path] == [root.id]
        assert (other.after, root.after) == (one.id, None)
        await talk.engine.send(SetHead(session_id=talk.session_id, client_id="h", turn_id=two.id))
        assert [t.id for t in (await talk.conversation()).path] == [one.id, two.id]
        follow = await talk.ask("three")
        assert follow.after == two.id
        with pytest.raises(NotFoundError):
            await talk.engine.send(SetHead(session_id=talk.session_id, client_id="i", turn_id="x"))


async def test_an_agent_is_told_the_path_to_its_own_turn_wherever_the_head_is() -> None:
    paths: list[list[str]] = []

    async def remember(request: TurnRequest) -> AsyncIterator[Output]:
        paths.append([t.prompt for t in request.conversation.path])
        await asyncio.sleep(0.01)  # the next one is posted meanwhile
        yield Draft(type="message_delta", message_id="m", data={"delta": "ok"})

    async with talking(Fake(remember)) as talk:
        one = await talk.ask("one")
        await talk.post("two")
        await talk.post("three")
        other = await talk.post("other two", after_turn=one.id)
        await talk.ended(other.turn_id)
        assert paths == [["one"], ["one", "two"], ["one", "two", "three"], ["one", "other two"]]


# Approvals


async def test_an_approval_is_answered_once_by_two_views_at_once() -> None:
    async with talking(GATED) as talk:
        turn_id = (await talk.post()).turn_id
        approval = await talk.pending()
        answers = [talk.answer(approval, approved=n % 2 == 0) for n in range(6)]
        found = await asyncio.gather(*answers, return_exceptions=True)
        refused = [f for f in found if isinstance(f, ApprovalError)]
        assert len(refused) == 5
        assert {e.problem for e in refused} == {"already_resolved"}
        await talk.ended(turn_id)
        assert [e.type for e in await talk.log()].count("approval_resolved") == 1


async def test_the_same_answer_sent_ten_times_at_once_counts_once() -> None:
    async with talking(GATED) as talk:
        turn_id = (await talk.post()).turn_id
        approval = await talk.pending()
        answers = [talk.answer(approval, client_id="same") for _ in range(10)]
        receipts = await asyncio.gather(*answers)
        assert [r.repeated for r in receipts].count(False) == 1
        await talk.ended(turn_id)
        assert (await talk.answer(approval, client_id="same")).repeated


@pytest.mark.parametrize(
    ("approved", "sentence"),
    [(True, "this was approved already by the user"), (False, "this was denied already by the")],
)
async def test_a_late_answer_is_told_how_it_was_answered(approved: bool, sentence: str) -> None:
    async with talking(GATED) as talk:
        turn_id = (await talk.post()).turn_id
        approval = await talk.pending()
        await talk.answer(approval, approved=approved)
        with pytest.raises(ApprovalError, match=sentence):
            await talk.answer(approval)
        await talk.ended(turn_id)
        with pytest.raises(ApprovalError, match=sentence):
            await talk.answer(approval)


async def test_an_answer_after_the_turn_was_stopped_is_told_so() -> None:
    async with talking(GATED) as talk:
        await talk.post()
        approval = await talk.pending()
        await talk.cancel()
        with pytest.raises(ApprovalError, match="was cancelled; nothing waits for an answer"):
            await talk.answer(approval)


async def test_an_answer_to_nothing_or_for_other_arguments_is_told_so() -> None:
    async with talking(GATED) as talk:
        await talk.post()
        approval = await talk.pending()
        command = Respond(
            session_id=talk.session_id, client_id="x", request_id="nothing", approved=True
        )
        with pytest.raises(ApprovalError) as unknown:
            await talk.engine.send(command)
        assert unknown.value.problem == "unknown"
        with pytest.raises(ApprovalError) as other:
            await talk.answer(approval, args_digest="0" * 64)
        assert other.value.problem == "digest_differs"
        await talk.answer(approval, args_digest=approval.request["args_digest"])


async def test_an_approval_expires_by_the_engines_clock() -> None:
    clock = Clock()
    async with talking(GATED, limits=Limits(approval_timeout=0.05), now=clock) as talk:
        turn_id = (await talk.post()).turn_id
        approval = await talk.pending()
        await asyncio.sleep(0.12)  # the real time is nothing to it
        assert (await talk.pending()).resolution is None
        clock.now += 1
        with pytest.raises(ApprovalError, match="this approval expired") as late:
            await talk.answer(approval)
        assert late.value.problem == "expired"
        turn = await talk.ended(turn_id)
        with pytest.raises(ApprovalError, match="this approval expired"):
            await talk.answer(approval)
    (answered,) = turn.approvals.values()
    assert (answered.resolution or {})["by"] == {"kind": "timeout"}
    assert turn.text == "I will delete it.\n\nThen not."


class SlowAnswers(MemoryStore):
    """Takes its time to keep the answer to an approval."""

    async def append(
        self, session_id: str, after: int, events: Sequence[SessionEvent], **options: Any
    ) -> None:
        if any(e.type == "approval_resolved" for e in events):
            await asyncio.sleep(0.3)
        await super().append(session_id, after, events, **options)


async def test_an_answer_that_is_just_being_kept_when_the_time_is_over_counts() -> None:
    limits = Limits(approval_timeout=0.15)
    async with talking(GATED, store=SlowAnswers(), limits=limits) as talk:
        turn_id = (await talk.post()).turn_id
        await talk.answer(await talk.pending())
        turn = await talk.ended(turn_id)
    assert (turn.status, turn.text) == ("complete", "I will delete it.\n\nDone.")


@pytest.mark.parametrize(("policy", "last"), [("allow", "Done."), ("deny", "Then not.")])
async def test_a_policy_of_the_post_answers_and_can_be_seen(policy: str, last: str) -> None:
    async with talking(GATED) as talk:
        turn = await talk.ask(on_approval=policy)
        log = await talk.log()
    assert turn.text.endswith(last)
    by = next(e for e in log if e.type == "approval_resolved").data["by"]
    assert by == {"kind": "policy", "name": "on_approval"}


async def test_a_policy_denies_a_sign_in_but_cannot_allow_one() -> None:
    play: Script = [
        SignIn("https://id.example", "expired", then=[Say("In.")], denied=[Say("Out.")])
    ]
    async with talking(play) as talk:
        assert (await talk.ask(on_approval="deny")).text == "Out."
        turn_id = (await talk.post(on_approval="allow")).turn_id
        await talk.answer(await talk.pending())
        assert (await talk.ended(turn_id)).text == "In."


async def test_a_remembered_tool_is_allowed_from_then_on() -> None:
    async with talking([Ask(DROP, then=[Say("Gone.")])]) as talk:
        first = (await talk.post()).turn_id
        await talk.answer(await talk.pending(), remember="tool")
        await talk.ended(first)
        turn = await talk.ask()
        log = await talk.log()
        assert (await talk.conversation()).grants == ({"tool_name": "drop"},)
    assert turn.text == "Gone."
    mine = [e for e in log if e.turn_id == turn.id and e.type == "approval_resolved"]
    assert [e.data["by"] for e in mine] == [{"kind": "policy", "name": "remembered"}]


async def test_remembered_arguments_allow_those_alone() -> None:
    tables = iter(["a", "a", "b"])
    plays: dict[str, str] = {}

    def play(request: TurnRequest) -> Iterable[Step]:
        key = request.turn.id
        table = plays.setdefault(key, "") or next(tables)
        plays[key] = table
        return [Ask(Call("drop", {"table": table}, result=1))]

    async with talking(play) as talk:
        first = (await talk.post()).turn_id
        await talk.answer(await talk.pending(), remember="args")
        await talk.ended(first)
        assert (await talk.ask()).status == "complete"  # the same call again
        third = (await talk.post()).turn_id
        await talk.answer(await talk.pending(), approved=False)  # another one: asked again
        await talk.ended(third)


# State and blobs


async def test_what_a_runtime_saved_comes_back_in_the_next_turn() -> None:
    seen: list[bytes | None] = []

    def play(request: TurnRequest) -> Iterable[Step]:
        seen.append(request.state)
        return [Save(b"one"), Say("x"), Save(b"two" if len(seen) == 1 else b"three")]

    async with talking(play) as talk:
        one = await talk.ask()
        await talk.ask()
        await talk.ask("branch", after_turn=one.id)
    assert seen == [None, b"two", b"two"]


async def test_large_files_and_results_become_blobs_and_read_back() -> None:
    content = bytes(range(256)) * 200
    big = "x" * 40_000

    async def play(request: TurnRequest) -> AsyncIterator[Output]:
        file = request.turn.posts[0]["files"][0]
        read = await request.read_blob(file["blob"])
        yield base.tool("t", "read", {})
        yield base.result("t", "read", {"big": big, "same": read == content})

    file = {"name": "a.bin", "mime": "x/y", "data": base64.b64encode(content).decode()}
    small = {**file, "name": "b.bin", "data": base64.b64encode(b"small").decode()}
    async with talking(Fake(play)) as talk:
        turn = await talk.ask("", files=[file, small])
        large, kept = turn.posts[0]["files"]
        assert await talk.engine.blob(talk.session_id, large["blob"]) == content
        assert (large["size"], "data" in large) == (len(content), False)
        assert (kept["size"], kept["data"]) == (5, small["data"])
        (call,) = turn.tool_calls.values()
        result = (call.outcome or {})["result"]
        read = await talk.engine.blob(talk.session_id, result["blob"])
        assert b'"same": true' in read
        assert result["mime"] == "application/json"
        assert max(len(str(e)) for e in await talk.log()) < 5_000
        with pytest.raises(NotFoundError, match="expected a blob of this session"):
            await talk.engine.blob(talk.session_id, "0" * 64)


async def test_a_file_that_is_no_base64_is_refused_whole() -> None:
    async with talking([]) as talk:
        with pytest.raises(ValidationError, match=r"expected the file 'a\.txt' as base64"):
            await talk.post("x", files=[{"name": "a.txt", "data": "%%%"}])
        assert (await talk.conversation()).turns == {}


# The end of a session


async def terminated(talk: Talk) -> list[str]:
    reading = asyncio.create_task(talk.listen(until=lambda _: False))
    await asyncio.sleep(0)
    command = Terminate(session_id=talk.session_id, client_id="end", reason="done with it")
    await talk.engine.send(command)
    return words(await reading)


async def test_terminating_ends_all_turns_and_every_reader_sees_it() -> None:
    async with talking(SLOW) as talk:
        running = str((await talk.post()).turn_id)
        await talk.until(lambda c: c.turns[running].text)
        await talk.post("queued")
        log = await terminated(talk)
        assert log[-3:] == ["turn_cancelled", "interrupted", "session_terminated"]
        assert log.count("interrupted") == 2
        assert log.count("Processing") == 1
        with pytest.raises(SessionNotFoundError, match="was terminated; its content is gone"):
            await talk.post()
        assert await talk.engine.sessions() == []


async def test_terminating_a_session_that_waits_for_a_person() -> None:
    async with talking(GATED) as talk:
        await talk.post()
        await talk.pending()
        log = await terminated(talk)
        assert log[-5:] == ["turn_cancelled", "interrupted", "usage", "Idle", "session_terminated"]


async def test_nothing_of_a_session_stays_in_the_engine_once_it_is_terminated() -> None:
    async with talking([Say("hello")]) as talk:
        await talk.ask()
        await terminated(talk)
        assert talk.engine._live == {}
        for n in range(50):
            talk.session_id = f"unknown-{n}"
            with pytest.raises(SessionNotFoundError):
                await talk.post()
        assert talk.engine._opening._tasks == {}
