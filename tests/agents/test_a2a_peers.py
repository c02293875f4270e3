"""An agent at a peer as it is met in the wild: fasta2a, a2a-sdk, and one like Hector."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cellspeak.agents.a2a import peer
from cellspeak.agents.a2a.agent import A2aAgent, Address
from cellspeak.agents.scripted import Think
from cellspeak.core.conversation import Turn
from tests.agents.peers import Hector, fasta2a_app, sdk_app, up
from tests.engine.talk import GATED, Talk, talking, words
from tests.server.serving import agent_of, serving


def at(url: str, **options: Any) -> A2aAgent:
    return A2aAgent(Address(url=url, **options))


@pytest.fixture
def hector() -> Iterator[Hector]:
    peer = Hector()
    with up(peer.app) as address:
        peer.hosts = address
        yield peer


@pytest.fixture(scope="module")
def sdk() -> Iterator[str]:
    with up(sdk_app) as address:
        yield address


async def answered(talk: Talk, text: str, **answer: Any) -> Turn:
    """Post *text*, answer the one question that comes, and return the turn at its end."""
    receipt = await talk.post(text)
    await talk.answer(await talk.pending(), **answer)
    return await talk.ended(receipt.turn_id)


# By this package itself


@pytest.mark.parametrize("version", ["1.0", "0.3"])
async def test_this_packages_own_server_is_understood_in_both_versions(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = peer._faces
    monkeypatch.setattr(
        peer,
        "_faces",
        lambda card, base: [f for f in faces(card, base) if f.protocol_version == version],
    )
    script = [Think("hm"), *GATED]
    with serving([agent_of(script, "gated")]) as address:
        async with talking(at(f"{address}/a2a/gated/")) as talk:
            turn = await answered(talk, "go", args={"path": "b.txt"})
            log = await talk.log()
    assert (turn.status, turn.text) == ("complete", "I will delete it.\n\nDone.")
    assert "thought" in words(log)
    (call,) = turn.tool_calls.values()
    assert call.outcome is not None
    assert (call.args, call.outcome["result"]) == ({"path": "b.txt"}, {"deleted": "b.txt"})


# Like Hector


async def test_a_card_that_says_1_0_and_is_one_of_0_3_is_asked_by_0_3(hector: Hector) -> None:
    async with talking(at(f"{hector.hosts}/agents/ada")) as talk:
        turn = await talk.ask("hello")
        log = await talk.log()
    assert hector.methods == ["message/stream"]
    assert turn.text == "I look. \n\nIt is sunny."
    assert [c for c in words(log) if c in ("thinking", "thought", "running", "done")] == [
        *("thinking", "thought", "running", "done")
    ]
    (call,) = turn.tool_calls.values()
    assert (call.tool_name, call.args) == ("weather", {"at": 1})
    assert call.outcome is not None
    assert call.outcome["result"] == "sunny"


@pytest.mark.parametrize(("prompt", "path"), [("delete", "a.txt"), ("remove", "b")])
async def test_both_ways_of_asking_are_an_approval_that_is_answered_in_the_context(
    hector: Hector, prompt: str, path: str
) -> None:
    async with talking(at(f"{hector.hosts}/agents/ada")) as talk:
        receipt = await talk.post(prompt)
        approval = await talk.pending()
        assert (approval.request["tool_name"], approval.request["args"]) == ("rm", {"path": path})
        await talk.answer(approval)
        turn = await talk.ended(receipt.turn_id)
    assert turn.text == "You said approve."
    answer = hector.calls[-1][1]["message"]
    assert (answer["contextId"], answer.get("taskId")) == ("context-1", None)
    assert answer["parts"][0]["data"] == {
        "type": "tool_approval",
        "decision": "approve",
        "tool_call_id": "c7",
        "tool_name": "rm",
        "task_id": "task-1",
    }


async def test_what_cannot_be_run_with_other_arguments_is_not_run(hector: Hector) -> None:
    async with talking(at(f"{hector.hosts}/agents/ada")) as talk:
        turn = await answered(talk, "delete", args={"path": "another.txt"})
    assert turn.text == "You said deny."


async def test_a_question_without_a_word_is_a_card_with_words_and_a_way_to_answer(
    hector: Hector,
) -> None:
    async with talking(at(f"{hector.hosts}/agents/ada")) as talk:
        await talk.post("ask")
        request = (await talk.pending()).request
    assert request["reason"]
    assert request["args_schema"]["required"] == list(request["args"])


async def test_a_broken_stream_goes_on_by_subscribing(hector: Hector) -> None:
    async with talking(at(f"{hector.hosts}/agents/ada")) as talk:
        turn = await talk.ask("count")
    assert (turn.status, turn.text) == ("complete", "One, two, three.")
    assert hector.methods == ["message/stream", "tasks/resubscribe"]


async def test_a_stop_reaches_the_other_side_after_the_log_has_it(hector: Hector) -> None:
    async with talking(at(f"{hector.hosts}/agents/ada")) as talk:
        receipt = await talk.post("wait")
        await talk.until(lambda c: c.turns[str(receipt.turn_id)].text)
        assert hector.cancelled == []
        await talk.cancel(receipt.turn_id)
        turn = await talk.ended(receipt.turn_id)
        await talk.ask("fail")  # turns begin one after the other
    assert turn.status == "cancelled"
    assert hector.cancelled == ["task-1"]


async def test_a_stop_reaches_a_task_that_waits_for_a_person(hector: Hector) -> None:
    async with talking(at(f"{hector.hosts}/agents/ada")) as talk:
        receipt = await talk.post("delete")
        await talk.pending()
        await talk.cancel(receipt.turn_id)
        await talk.ended(receipt.turn_id)
        await talk.ask("fail")
    assert hector.cancelled == ["task-1"]


async def test_a_failed_task_says_so_in_our_words(hector: Hector) -> None:
    async with talking(at(f"{hector.hosts}/agents/ada")) as talk:
        turn = await talk.ask("fail")
    assert turn.status == "failed"
    assert str(turn.error).endswith(" failed")
    assert "no route" not in str(turn.error)


async def test_the_next_turn_is_in_the_same_context(hector: Hector) -> None:
    async with talking(at(f"{hector.hosts}/agents/ada")) as talk:
        await talk.ask("hello")
        await talk.ask("hello")
    posts = [params["message"] for _, params in hector.calls]
    assert [p.get("contextId") for p in posts] == [None, "context-1"]
    assert [p.get("taskId") for p in posts] == [None, None]


async def test_the_token_goes_to_the_address_alone_and_into_no_log(
    hector: Hector, monkeypatch: pytest.MonkeyPatch
) -> None:
    hector.hosts, here = "http://elsewhere.example", hector.hosts
    monkeypatch.setenv("ADA_TOKEN", "s3cret-of-ada")
    async with talking(at(f"{here}/agents/ada", token="${ADA_TOKEN}")) as talk:
        turn = await talk.ask("hello")
        log = json.dumps([dict(e.data) for e in await talk.log()])
    assert turn.status == "complete"  # although its card names another host
    assert {h["authorization"] for h in hector.headers} == {"Bearer s3cret-of-ada"}
    assert "s3cret-of-ada" not in log


# By fasta2a


async def test_a_peer_that_streams_no_words_is_asked_for_them_at_the_end() -> None:
    with up(fasta2a_app) as address:
        async with talking(at(address)) as talk:
            first, second = await talk.ask("one"), await talk.ask("two")
    assert (first.text, second.text) == ("You said one.", "You said two.")


# By a2a-sdk, over REST


async def test_a_question_in_words_takes_the_answer_in_words(sdk: str) -> None:
    async with talking(at(sdk)) as talk:
        turn = await answered(talk, "ask", args={"answer": "green"})
    assert (turn.status, turn.text) == ("complete", "You said green.")
    assert [c.status for c in turn.tool_calls.values()] == ["done"]


async def test_a_denial_in_words_carries_its_reason(sdk: str) -> None:
    async with talking(at(sdk)) as talk:
        turn = await answered(talk, "ask", approved=False, deny_reason="none of them")
    assert turn.text == "You said deny: none of them."


async def test_a_sign_in_shows_where_and_goes_on_after_the_answer(sdk: str) -> None:
    async with talking(at(sdk)) as talk:
        receipt = await talk.post("sign")
        asked = await talk.pending()
        assert asked.request["url"] == "https://login.example/x"
        await talk.answer(asked)
        turn = await talk.ended(receipt.turn_id)
    assert turn.text == "You said approve."


async def test_files_are_shown_and_addresses_are_not_fetched(sdk: str) -> None:
    async with talking(at(sdk)) as talk:
        turn = await talk.ask("draw")
    (card,) = turn.tool_calls.values()
    assert card.outcome is not None
    assert list(card.outcome["mime"]) == ["image/png"]
    assert [f["name"] for f in card.outcome["result"]] == ["p.png", "far.txt"]
    assert turn.text == "Here."


async def test_nobody_at_the_address_is_one_sentence(sdk: str) -> None:
    async with talking(at("http://127.0.0.1:9/agent/")) as talk:
        turn = await talk.ask("hello")
    assert turn.status == "failed"
    assert "127.0.0.1:9 cannot be reached" in str(turn.error)
    async with talking(at(f"{sdk}/nowhere/", timeout=5)) as talk:
        turn = await talk.ask("hello")
    assert "got HTTP 404" in str(turn.error)
