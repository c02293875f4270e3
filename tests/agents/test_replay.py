"""Recordings: what is written, that it plays as it was, and what is said where it cannot."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from cellspeak.agents.recording import Line, RecordedTurn, Recording, load, save
from cellspeak.agents.replay import ReplayAgent
from cellspeak.agents.scripted import Ask, Call, Fail, Say, SignIn, Step, Think, Usage
from cellspeak.agents.taping import taped
from cellspeak.core.conversation import Turn
from cellspeak.core.events import SessionEvent
from cellspeak.errors import ValidationError
from tests.agents.driver import Talk as Driver
from tests.engine.talk import Talk, talking, words

DELETE = Call("delete", {"path": "a.txt"}, run=lambda args: {"deleted": args["path"]})
SCRIPT: list[Step] = [
    Think("hm"),
    Say("I add. ", 2),
    Call("add", {"a": 1}, result=3, progress=["half"]),
    Ask(DELETE, then=[Say("Done.", 1)], denied=[Say("Then not.", 1)]),
    Usage({"input_tokens": 7}),
]


async def record(path: Path, script: list[Step], prompt: str = "go", **answer: Any) -> list[str]:
    """Play *script* once, tape it into *path*, and return the words of its log."""
    async with talking(script) as talk:
        receipt = await talk.post(prompt)
        log = await talk.listen(until=lambda e: e.requires_action or e.is_turn_end)
        while not log[-1].is_turn_end:
            await talk.answer(await talk.pending(), **answer)
            after = log[-1].seq or 0
            log += await talk.listen(
                until=lambda e: (e.requires_action and (e.seq or 0) > after) or e.is_turn_end,  # noqa: B023
                after=after,
            )
        own = [e for e in log if e.turn_id == receipt.turn_id]
        turn = await taped(own, lambda sha: talk.engine.blob(talk.session_id, sha))
    save(path, Recording(agent="tester", model="scripted:test", turns=[turn]))
    return words(own)


async def play(path: Path, prompt: str = "go", **answer: Any) -> tuple[Turn, list[SessionEvent]]:
    async with talking(ReplayAgent(str(path))) as talk:
        receipt = await talk.post(prompt)
        turn = await _settled(talk, str(receipt.turn_id), answer)
        return turn, [e for e in await talk.log() if e.turn_id == turn.id]


async def _settled(talk: Talk, turn_id: str, answer: dict[str, Any]) -> Turn:
    while True:
        turn = (
            await talk.until(lambda c: c.turns[turn_id].idle or c.turns[turn_id].pending)
        ).turns[turn_id]
        if turn.idle:
            return turn
        await talk.answer(turn.pending[0], **answer)


def notes(turn: Turn) -> list[str]:
    return [str(m.data["text"]) for m in turn.messages if m.kind == "note"]


def plain(recorded: list[str]) -> list[str]:
    """Without what a recording leaves to the engine."""
    return [w for w in recorded if w != "usage"]


ANSWERS: dict[str, dict[str, Any]] = {
    "approved": {},
    "edited": {"args": {"path": "b.txt"}},
    "denied": {"approved": False, "deny_reason": "not that"},
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
async def test_a_recorded_turn_plays_as_it_was(tmp_path: Path, answer: dict[str, Any]) -> None:
    path = tmp_path / "talk.jsonl"
    recorded = await record(path, SCRIPT, **answer)
    turn, log = await play(path, **answer)
    assert plain(words(log)) == plain(recorded)
    assert notes(turn) == []
    assert turn.usage is not None
    assert turn.usage["input_tokens"] == 7
    assert [c.status for c in turn.tool_calls.values()] == [
        "done",
        "denied" if answer.get("approved") is False else "done",
    ]


async def test_a_recording_is_lines_that_a_person_can_read(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    await record(path, SCRIPT, args={"path": "b.txt"})
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line in lines:
        line.pop("at", None)
    assert lines == [
        {"cellspeak": "recording", "version": 1, "agent": "tester", "model": "scripted:test"},
        {"turn": 1, "prompt": "go"},
        {"think": "hm"},
        {"think": "", "done": True},
        {"say": "I add. "},
        {"call": "c1", "tool": "add", "args": {"a": 1}},
        {"progress": "c1", "fraction": 0.5, "text": "half"},
        {"result": "c1", "value": 3, "tool": "add"},
        {"ask": "c2", "tool": "delete", "args": {"path": "a.txt"}},
        {"answer": "c2", "approved": True, "args": {"path": "b.txt"}},
        {"call": "c2", "tool": "delete", "args": {"path": "b.txt"}},
        {"result": "c2", "value": {"deleted": "b.txt"}, "tool": "delete"},
        {"say": "Done."},
        {"event": "usage", "data": {"input_tokens": 7}},
        {"end": "complete"},
    ]


async def test_a_recording_of_a_replay_is_the_same_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    await record(first, SCRIPT)
    _, log = await play(first)
    async with talking([]) as talk:
        turn = await taped(log, lambda sha: talk.engine.blob(talk.session_id, sha))
    save(second, Recording(agent="tester", model="scripted:test", turns=[turn]))
    timeless = [
        [{k: v for k, v in line.items() if k != "at"} for line in load(p).turns[0].lines]
        for p in (first, second)
    ]
    assert timeless[0] == timeless[1]


@pytest.mark.parametrize(
    ("recorded", "now", "said"),
    [
        ("approved", "denied", "this call of delete was approved; here it was denied"),
        ("denied", "approved", "this call of delete was denied; here it was approved"),
        ("approved", "edited", "this call of delete had other arguments"),
    ],
)
async def test_another_decision_says_so_and_plays_nothing_that_is_no_longer_true(
    tmp_path: Path, recorded: str, now: str, said: str
) -> None:
    path = tmp_path / "talk.jsonl"
    await record(path, SCRIPT, **ANSWERS[recorded])
    turn, _ = await play(path, **ANSWERS[now])
    assert (turn.status, turn.text) == ("complete", "I add. ")
    assert [said in note for note in notes(turn)] == [True]


async def test_another_prompt_says_so_and_gets_the_recorded_answer(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    await record(path, [Say("Four.", 1)], "What is 2 + 2?")
    turn, _ = await play(path, "What is 3 + 3?")
    assert turn.text == "Four."
    assert notes(turn) == [
        "The recording answers another prompt here: “What is 2 + 2?”. What follows is its answer."
    ]
    same, _ = await play(path, "  What is\n2 + 2? ")
    assert notes(same) == []


async def test_one_turn_more_than_was_recorded_says_how_many_there_are(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    await record(path, [Say("Hi.", 1)])
    async with talking(ReplayAgent(str(path))) as talk:
        await talk.ask("go")
        turn = await talk.ask("go on")
    assert "the recording 'talk.jsonl' has 1 turn, and this is one more" in str(turn.error)


async def test_a_failed_turn_fails_again_with_its_sentence(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    await record(path, [Say("Half", 1), Fail("the tide was out")])
    turn, _ = await play(path)
    assert (turn.status, turn.text, turn.error) == ("failed", "Half", "the tide was out")


async def test_a_sign_in_is_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    step = SignIn("https://example.org/in", "to read", then=[Say("In.", 1)])
    await record(path, [step])
    turn, _ = await play(path)
    assert (turn.text, notes(turn)) == ("In.", [])
    other, _ = await play(path, approved=False)
    assert "it was approved; here it was denied" in notes(other)[0]


async def test_a_result_that_was_a_blob_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    await record(path, [Call("load", {}, result="x" * 50_000)])
    assert "x" * 50_000 in path.read_text("utf-8")


async def test_no_key_of_the_environment_gets_into_a_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM_API_KEY", 'sk-"quoted"-0123')
    monkeypatch.setenv("SHORT_TOKEN", "word")
    path = tmp_path / "talk.jsonl"
    await record(path, [Say('Your key is sk-"quoted"-0123, in a word.', 1)])
    text = path.read_text("utf-8")
    assert "0123" not in text
    assert "Your key is [secret], in a word." in text


async def test_real_speed_takes_the_recorded_pauses_word_by_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "talk.jsonl"
    lines: list[Line] = [
        {"at": 1.0, "say": "One two "},
        {"at": 4.0, "say": "three."},
        {"end": "complete"},
    ]
    save(path, Recording(turns=[RecordedTurn(prompt="go", lines=lines)]))
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr("cellspeak.agents.replay.asyncio.sleep", noted)
    talk = Driver(ReplayAgent(f"{path}?speed=real"))
    await talk.post("go")
    assert pauses == [0.5, 0.5, 3.0]
    assert [d.data["delta"] for d in talk.drafts] == ["One ", "two ", "three."]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "No such file"),
        ("", "as %%chat --record FILE writes it"),
        ("# notes\n", "line 1: expected a JSON object"),
        ('{"a": 1}\n', "as %%chat --record FILE writes it"),
        ('{"cellspeak": "recording", "version": 9}\n', "of version 1; .* has 9; record it again"),
        ('{"cellspeak": "recording", "version": 1}\n\n[1]\n', "line 3: expected a JSON object"),
    ],
)
def test_what_is_no_recording_is_one_sentence(
    tmp_path: Path, text: str | None, sentence: str
) -> None:
    path = tmp_path / "talk.jsonl"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ValidationError, match=sentence):
        ReplayAgent(str(path))


def test_another_speed_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"expected replay:FILE or replay:FILE\?speed=real"):
        ReplayAgent("talk.jsonl?speed=warp")


async def test_a_line_of_an_unknown_kind_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    lines: list[dict[str, Any]] = [{"at": 0, "hologram": 1}, {"say": "Hi."}, {"end": "complete"}]
    save(path, Recording(turns=[RecordedTurn(prompt="go", lines=lines)]))
    turn, _ = await play(path)
    assert turn.text == "Hi."
