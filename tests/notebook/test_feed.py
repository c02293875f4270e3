"""The feed: a real engine at one end, a page that speaks docs/comm.md at the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cellspeak.agents.base import AgentRuntime
from cellspeak.agents.scripted import Call, Fail, Say, Script, Step, Think, Wait
from cellspeak.core.codec import encode, encode_command
from cellspeak.core.commands import Terminate
from cellspeak.core.conversation import Conversation
from cellspeak.errors import StoreError
from cellspeak.notebook import delivery
from cellspeak.notebook.feed import Feed
from cellspeak.stores.memory import MemoryStore
from tests.engine.talk import GATED, Clock, Talk, talking
from tests.notebook.page import Page, Wire

Message = dict[str, Any]

STREAM: list[Step] = [
    Think("Let me see.", 4),
    Say("One two three four five. ", 9),
    Call("look", {"at": "it"}, result="seen"),
    Say("😀 and Grüße. " * 20, 40),
]
ODD: list[Any] = [None, True, -1, 0, 1.5, 10**18, "", "x", [], ["x"], {}, {"t": "x"}]


class Shown:
    """A talk, its feed, and a page at the end of a wire."""

    def __init__(self, talk: Talk, wire: Wire) -> None:
        self.talk, self.wire, self.clock = talk, wire, Clock(now=100.0)
        self.sent: list[Message] = []
        self.told: list[Conversation] = []
        self.feed = Feed(
            talk.engine, talk.session_id, self._down, self.told.append, clock=self.clock
        )
        self.page = Page(lambda m: wire.carry(self.feed.receive, m))

    def _down(self, content: Message, buffers: list[bytes] | None = None) -> None:
        self.sent.append(content)
        self.wire.carry(self.page.take, content, buffers or [])

    async def until(self, done: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not done():  # noqa: ASYNC110 - a page has no events to wait for
                await asyncio.sleep(0.002)

    async def agree(self) -> None:
        """Wait until the page shows what the log adds up to; it says hello when it has to."""
        end = await self.talk.conversation()
        async with asyncio.timeout(10):
            while self.page.conversation.seq < end.seq:
                for _ in range(12):
                    self.wire.flush()
                    await asyncio.sleep(0.01)
                    if self.page.conversation.seq >= end.seq:
                        break
                else:
                    self.clock.now += 10
                    self.page.hello()
        assert encode(self.page.conversation) == encode(end)

    def frames(self) -> list[Message]:
        return [m for m in self.sent if m["t"] == "events"]

    def count(self, kind: str) -> int:
        return sum(m["t"] == kind for m in self.sent)


@asynccontextmanager
async def shown(
    agent: Script | AgentRuntime, wire: Wire | None = None, **options: Any
) -> AsyncIterator[Shown]:
    async with talking(agent, **options) as talk:
        view = Shown(talk, wire or Wire())
        await view.feed.start()
        try:
            yield view
        finally:
            await view.feed.aclose()


async def test_a_page_shows_what_the_log_says() -> None:
    async with shown(STREAM) as view:
        view.page.hello()
        await view.talk.ask()
        await view.agree()
        assert view.count("reset") == 1
        assert view.told[-1] == await view.talk.conversation()


async def test_a_hello_before_the_log_is_there_is_answered_again_when_it_is() -> None:
    """A server's log takes a while to come, and a page is drawn meanwhile."""
    async with talking(STREAM) as talk:
        await talk.ask()
        view = Shown(talk, Wire())
        view.page.hello()
        assert view.page.conversation.seq == 0
        await view.feed.start()
        try:
            assert encode(view.page.conversation) == encode(await talk.conversation())
        finally:
            await view.feed.aclose()


async def test_a_last_frame_that_is_lost_is_found_out_without_a_word_from_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "ENDS", (0.05, 0.05, 0.05))
    async with shown(STREAM) as view:
        view.page.hello()
        lost = view.feed._delivery._send
        view.feed._delivery._send = lambda content, buffers=None: None
        await view.talk.ask()
        await view.until(lambda: not view.feed._delivery._backlog)
        view.feed._delivery._send = lost
        end = await view.talk.conversation()
        await view.until(lambda: view.page.conversation.seq == end.seq)
        assert view.count("end") <= 3


async def test_the_end_is_told_a_few_times_and_then_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "ENDS", (0.01, 0.01, 0.01))
    async with shown(STREAM) as view:
        view.page.hello()
        await view.talk.ask()
        await view.agree()
        await asyncio.sleep(0.2)
        assert 1 <= view.count("end") <= 2  # all is acknowledged: one for the other pages
        view.page.acks = False
        await view.talk.ask()
        await asyncio.sleep(0.3)
        assert view.count("end") <= 2 + 3 * 2


@pytest.mark.parametrize("seed", range(12))
async def test_a_bad_wire_loses_time_and_nothing_else(seed: int) -> None:
    async with shown([*STREAM, *GATED], Wire(seed)) as view:
        view.page.hello()
        await view.talk.post()
        approval = await view.talk.pending()
        await asyncio.sleep(0.05)
        view.page.hello()
        turn = (await view.talk.conversation()).path[-1]
        await view.talk.answer(approval)
        await view.talk.ended(turn.id)
        view.wire.heal()
        await view.agree()


async def test_a_view_that_comes_in_mid_stream_shows_the_same() -> None:
    slow: list[Step] = [*STREAM, Wait(0.1), *STREAM]
    async with shown(slow) as view:
        receipt = await view.talk.post()
        await view.until(lambda: len(view.told) > 3)
        assert view.sent == []
        view.page.hello()
        await view.talk.ended(receipt.turn_id)
        await view.agree()
        assert view.count("reset") == 1


async def test_nothing_is_sent_to_nobody() -> None:
    async with shown(STREAM) as view:
        await view.talk.ask()
        await view.feed.reached((await view.talk.conversation()).seq)
        assert view.sent == []
        assert view.feed._delivery._backlog == []


async def test_a_view_that_went_away_costs_nothing_and_starts_anew() -> None:
    async with shown(STREAM) as view:
        view.page.hello()
        await view.talk.ask()
        await view.agree()
        view.clock.now += delivery.FORGOTTEN + 1
        sent = len(view.sent)
        await view.talk.ask()
        await view.feed.reached((await view.talk.conversation()).seq)
        await asyncio.sleep(0.05)
        assert len(view.sent) == sent
        view.page.hello()
        await view.agree()


async def test_frames_leave_at_most_sixty_times_a_second() -> None:
    async with shown([Say("word " * 400, 400), Wait(0.01)] * 5) as view:
        view.page.hello()
        loop = asyncio.get_running_loop()
        start = loop.time()
        await view.talk.ask()
        await view.agree()
        assert len(view.frames()) <= 60 * (loop.time() - start) + 2


async def test_without_acknowledgements_frames_are_fewer_and_nothing_is_lost() -> None:
    async with shown([Say("a b c d e", 5), Wait(0.05)] * 8) as view:
        view.page.hello()
        view.page.acks = False
        loop = asyncio.get_running_loop()
        start = loop.time()
        await view.talk.ask()
        await view.until(lambda: view.page.conversation.seq >= view.feed.conversation.seq)
        assert len(view.frames()) <= 10 * (loop.time() - start) + 3
        await view.agree()
        assert view.count("reset") == 1


async def test_a_view_that_falls_far_behind_gets_a_new_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "BACKLOG", 5)
    async with shown(STREAM) as view:
        view.page.hello()
        await view.talk.ask()
        await view.feed.reached((await view.talk.conversation()).seq)
        assert view.feed._delivery._backlog == []
        await view.agree()
        assert view.count("reset") == 2


async def test_a_lost_last_frame_is_made_up_for_at_the_next_hello() -> None:
    async with shown(STREAM) as view:
        view.page.hello()
        view.wire.carry = lambda *_: None  # type: ignore[method-assign]
        await view.talk.ask()
        await view.until(lambda: view.frames())
        await asyncio.sleep(0.05)
        del view.wire.carry
        await view.agree()


async def test_a_fast_stream_costs_little_more_than_its_text() -> None:
    text = "".join(f"token{n:04} " for n in range(8000))
    async with shown([Say(text, 8000)]) as view:
        view.page.hello()
        await view.talk.ask()
        await view.agree()
        frames = view.frames()
        size = sum(len(json.dumps(f, ensure_ascii=False).encode()) for f in frames)
        assert size <= 1.3 * len(text) + 600 * len(frames)
        whole = [
            i for f in frames for i in f["items"] if isinstance(i, dict) and "text" in i["data"]
        ]
        assert whole == []


async def test_other_incarnations_and_old_numbers_get_a_new_start() -> None:
    async with shown(STREAM) as view:
        view.page.hello()
        await view.talk.ask()
        await view.agree()
        end = view.page.conversation.seq
        for have, incarnation in [(end, "another"), (0, view.page.incarnation), (end, None)]:
            resets = view.count("reset")
            view.feed.receive({"t": "hello", "have": have, "incarnation": incarnation})
            assert view.count("reset") == resets + 1
        view.feed.receive({"t": "hello", "have": end, "incarnation": view.page.incarnation})
        assert view.count("reset") == resets + 1


# What a page may ask for


async def test_a_page_posts_answers_and_is_told() -> None:
    async with shown(GATED) as view:
        view.page.hello()
        view.page.command("c1", {"type": "post", "messages": [{"content": "go"}]})
        await view.until(lambda: "c1" in view.page.answers)
        turn_id = view.page.answers["c1"]["receipt"]["turn_id"]
        approval = await view.talk.pending()
        answer = {"type": "respond", "request_id": approval.request_id, "approved": True}
        view.page.command("c2", answer)
        turn = await view.talk.ended(turn_id)
        assert turn.tool_calls[approval.request["tool_call_id"]].status == "done"
        await view.agree()


async def test_a_command_that_comes_again_acts_once() -> None:
    async with shown(STREAM) as view:
        view.page.hello()
        for _ in range(5):
            view.page.command("c1", {"type": "post", "messages": [{"content": "go"}]})
        await view.until(lambda: view.count("cmd_ack") == 5)
        assert len((await view.talk.conversation()).turns) == 1
        turns = {m["receipt"]["turn_id"] for m in view.sent if m["t"] == "cmd_ack"}
        assert len(turns) == 1


async def test_a_second_answer_is_told_that_it_is_late() -> None:
    async with shown(GATED) as view:
        view.page.hello()
        await view.talk.post()
        approval = await view.talk.pending()
        answer = {"type": "respond", "request_id": approval.request_id}
        view.page.command("first", {**answer, "approved": False})
        view.page.command("second", {**answer, "approved": True})
        await view.until(lambda: len(view.page.answers) == 2)
        assert "error" not in view.page.answers["first"]
        error = view.page.answers["second"]["error"]
        assert (error["code"], error["problem"]) == ("approval", "already_resolved")


async def test_a_page_answers_as_a_person_whatever_it_says() -> None:
    async with shown(GATED) as view:
        await view.talk.post()
        approval = await view.talk.pending()
        answer = {"type": "respond", "request_id": approval.request_id, "approved": True}
        view.page.command("c", {**answer, "by": {"kind": "policy", "name": "on_approval"}})
        await view.until(lambda: "c" in view.page.answers)
        (found,) = (await view.talk.conversation()).path[-1].approvals.values()
        assert found.resolution is not None
        assert found.resolution["by"] == {"kind": "user"}


@pytest.mark.parametrize("kind", ["create", "terminate"])
async def test_a_page_can_neither_end_nor_make_sessions(kind: str) -> None:
    async with shown(STREAM) as view:
        command = {"type": kind, "agent": {}, "reason": "x"}
        view.page.command("c", command)
        await view.until(lambda: "c" in view.page.answers)
        assert view.page.answers["c"]["error"]["code"] == "protocol"
        assert not (await view.talk.conversation()).terminated


async def test_a_page_reaches_no_session_but_its_own() -> None:
    async with shown(STREAM) as view:
        other = await Talk(view.talk.engine).create()
        command = encode_command(other.post_of("go"))
        view.page.command("c", command)
        await view.until(lambda: "c" in view.page.answers)
        assert view.page.answers["c"]["receipt"]["session_id"] == view.talk.session_id
        assert len((await other.conversation()).turns) == 0


async def test_a_command_that_fails_inside_is_answered() -> None:
    class Broken:
        async def send(self, _command: object) -> None:
            raise RuntimeError("secret detail")

    async with shown(STREAM) as view:
        view.feed._transport = Broken()  # type: ignore[assignment]
        view.page.command("c", {"type": "post", "messages": [{"content": "go"}]})
        await view.until(lambda: "c" in view.page.answers)
        assert "secret" not in json.dumps(view.page.answers["c"])
        assert view.page.answers["c"]["error"]["code"] == "error"


@pytest.mark.parametrize("kind", ["hello", "ack", "resync", "page", "blob", "cmd", "ping", "x", 7])
async def test_malformed_messages_change_nothing_and_break_nothing(kind: object) -> None:
    async with shown(STREAM) as view:
        view.page.hello()
        await view.talk.ask()
        await view.agree()
        before = await view.talk.conversation()
        fields = ("have", "incarnation", "seq", "before", "sha256", "cid", "command")
        for odd in ODD:
            view.feed.receive(odd)
            view.feed.receive({"t": kind, **dict.fromkeys(fields, odd)})
            view.feed.receive({"t": kind, "cid": "c", "command": {"type": "post", "messages": odd}})
            view.feed.receive({"t": kind, "cid": "c", "command": {"type": odd}})
        await asyncio.sleep(0.05)
        view.page.hello()
        await view.agree()
        await view.talk.ask()
        await view.agree()
        assert len((await view.talk.conversation()).turns) == len(before.turns) + 1


# What else comes down


async def test_the_snapshot_is_bounded_and_older_turns_come_in_pages() -> None:
    async with shown([Say("x" * 60_000, 1)]) as view:
        for _ in range(9):
            await view.talk.ask()
        await view.feed.reached((await view.talk.conversation()).seq)
        view.page.hello()
        (reset,) = view.sent
        assert len(json.dumps(reset)) < 300_000
        for held in (4, 8):
            assert (len(view.page.conversation.turns), view.page.more) == (held, True)
            view.page.older()
        assert (len(view.page.conversation.turns), view.page.more) == (9, False)
        assert encode(view.page.conversation) == encode(await view.talk.conversation())
        assert list(view.page.conversation.turns) == list((await view.talk.conversation()).turns)


async def test_one_turn_larger_than_a_snapshot_still_comes() -> None:
    async with shown([Say("x" * 400_000, 1)]) as view:
        await view.talk.ask()
        await view.talk.ask()
        await view.feed.reached((await view.talk.conversation()).seq)
        view.page.hello()
        assert len(view.page.conversation.turns) == 1
        view.page.older()
        await view.agree()


async def test_a_blob_comes_as_a_buffer_and_a_missing_one_as_a_sentence() -> None:
    async with shown([Call("big", {}, result="y" * 100_000)]) as view:
        turn = await view.talk.ask()
        (call,) = turn.tool_calls.values()
        assert call.outcome is not None
        sha256 = call.outcome["result"]["blob"]
        view.feed.receive({"t": "blob", "sha256": sha256})
        view.feed.receive({"t": "blob", "sha256": "nothing"})
        await view.until(lambda: view.count("blob") == 2)
        assert b"y" * 100_000 in view.page.buffers[0]
        assert "expected a blob" in next(m for m in view.sent if "error" in m)["error"]


async def test_views_hear_that_a_cell_waits_also_those_that_come_later() -> None:
    async with shown(GATED) as view:
        view.page.hello()
        view.feed.wait_for("s.1")
        assert view.sent[-1] == {"t": "waiting", "turn_id": "s.1"}
        view.feed.receive({"t": "hello", "have": 0})
        assert view.sent[-1] == {"t": "waiting", "turn_id": "s.1"}
        view.feed.wait_for(None)
        assert view.sent[-1] == {"t": "waiting"}


async def test_a_ping_is_answered_and_breaks_the_silence() -> None:
    async with shown(STREAM) as view:
        assert view.feed.silence == float("inf")
        view.feed.receive({"t": "ping"})
        view.clock.now += 3
        assert view.sent == [{"t": "pong"}]
        assert f"{view.feed.silence:.1f}" == "3.0"


async def test_no_message_has_a_string_id_on_top() -> None:
    """ipykernel 7.4 would route it elsewhere."""
    async with shown([*STREAM, Fail("no")]) as view:
        view.page.hello()
        await view.talk.ask()
        view.page.older()
        view.page.command("c", {"type": "post"})
        await view.agree()
        assert len({m["t"] for m in view.sent}) >= 3
        assert not [m for m in view.sent if "id" in m]


# What may go wrong in the kernel


async def test_a_transcript_that_cannot_be_kept_does_not_end_the_stream() -> None:
    async with shown(STREAM) as view:

        def changed(_: Conversation) -> None:
            raise OSError("no output")

        view.feed._changed = changed
        view.page.hello()
        await view.talk.ask()
        await view.agree()


async def test_the_feed_ends_with_its_session() -> None:
    async with shown(STREAM) as view:
        view.page.hello()
        await view.talk.ask()
        terminate = Terminate(session_id=view.talk.session_id, client_id="t")
        await view.talk.engine.send(terminate)
        await view.until(lambda: view.page.conversation.terminated)
        view.page.command("c", {"type": "post", "messages": [{"content": "go"}]})
        await view.until(lambda: "c" in view.page.answers)
        assert "was terminated" in view.page.answers["c"]["error"]["message"]
        await view.until(lambda: len(view.feed._tasks) == 0)


async def test_the_feed_goes_on_after_a_store_had_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    async with shown(STREAM, store=store) as view:
        view.page.hello()
        await view.talk.ask()
        with monkeypatch.context() as trouble:

            async def full(*_: object, **__: object) -> None:
                raise StoreError("the disk is full")

            trouble.setattr(store, "append", full)
            with pytest.raises(StoreError):
                await view.talk.post()
        turn = await view.talk.ask()
        assert turn.status == "complete"
        await view.until(lambda: turn.id in view.page.conversation.turns)


async def test_closing_leaves_no_task_behind() -> None:
    async with shown(STREAM) as view:
        view.page.hello()
        view.feed.receive({"t": "blob", "sha256": "x"})
        await view.feed.aclose()
        await asyncio.sleep(0)
        assert view.feed._tasks == set()
