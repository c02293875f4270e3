"""A real model on this machine: streaming, stopping, and that its process is well behaved.

The model is small and says nothing sensible; it is real tokens through a real server.  `make
.models/.made` fetches it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from cellspeak.agents import local
from cellspeak.agents.asked import typed_answer, wish
from cellspeak.agents.model import ModelAgent
from cellspeak.agents.providers import LLMInfo
from cellspeak.errors import ValidationError
from tests.engine.talk import talking

ROOT = Path(__file__).resolve().parents[2]
MODEL = next(ROOT.glob(".models/**/*.gguf"), None)
needs_model = pytest.mark.skipif(
    MODEL is None, reason="NO LOCAL MODEL: run `make .models/.made` first"
)
LONG = 600  # tokens; far more than are waited for


@pytest.fixture(scope="module", autouse=True)
def _end_all() -> Iterator[None]:
    yield
    local.close_all()


def info(tokens: int = 6, context: int | None = None) -> LLMInfo:
    told = {"temperature": 0, "max_tokens": tokens}
    return LLMInfo(
        provider="local", model_id=str(MODEL), settings=told, context_window=context, timeout=50
    )


@needs_model
async def test_the_first_question_loads_it_with_size_and_progress_and_the_next_does_not() -> None:
    local.close_all()
    async with talking(ModelAgent(info())) as talk:
        first = await talk.ask("Hi")
        second = await talk.ask("And you?")
    card = first.tool_calls["cellspeak:load"]
    assert (card.tool_name, card.status) == ("load_model", "done")
    assert card.args == {"file": "SmolLM2-135M-Instruct.Q4_1.gguf", "size": "98 MB"}
    assert card.progress is not None
    assert card.progress["text"] == "loading"
    assert not second.tool_calls
    assert first.text
    assert second.text
    assert first.usage is not None
    assert second.usage is not None
    assert second.usage["input_tokens"] > first.usage["input_tokens"]  # it knows the first


@needs_model
async def test_a_stop_in_mid_stream_keeps_what_came_and_the_next_turn_works() -> None:
    async with talking(ModelAgent(info(LONG))) as talk:
        receipt = await talk.post("Write a very long story about a lighthouse.")
        key = str(receipt.turn_id)
        await talk.until(lambda c: len(c.turns[key].text) > 20)
        await talk.cancel()
        turn = await talk.ended(key)
        assert turn.status == "cancelled"
        assert len(turn.text) > 20
        deltas = [e for e in await talk.log() if e.type == "message_delta" and e.turn_id == key]
        assert deltas or turn.text  # dropped at the turn's end, or still there
        receipt = await talk.post("Stop.")
        await talk.until(lambda c: c.turns[str(receipt.turn_id)].text)  # its one slot is free again
        await talk.cancel()


@needs_model
async def test_it_answers_with_a_type_by_its_schema() -> None:
    @dataclass
    class City:
        name: str
        people: int

    async with talking(ModelAgent(info(60))) as talk:
        post = talk.post_of("Paris has 2000000 people. Give it as JSON.")
        message = {**post.messages[0], "output": wish(City)}
        receipt = await talk.engine.send(replace(post, messages=(message,)))
        turn = await talk.ended(receipt.turn_id)

    async def no_blob(sha256: str) -> bytes:
        raise AssertionError(sha256)

    assert turn.text == ""
    assert isinstance(await typed_answer(turn, City, no_blob), City)


@needs_model
async def test_a_conversation_that_outgrows_it_is_cut_and_goes_on() -> None:
    async with talking(ModelAgent(info(4, context=256))) as talk:
        turns = [await talk.ask("word " * 100) for _ in range(3)]
    notes = [str(m.data["text"]) for t in turns for m in t.messages if m.kind == "note"]
    assert [t.status for t in turns] == ["complete"] * 3
    assert notes
    assert notes[0].startswith(
        "This conversation is longer than local:SmolLM2-135M-Instruct.Q4_1.gguf can read. The first"
    )


@needs_model
async def test_nobody_else_gets_in() -> None:
    async for _ in local.loading(info()):
        pass
    check_that_nobody_else_gets_in(local.served(info()))


def check_that_nobody_else_gets_in(place: local.Served) -> None:
    assert place.base_url.startswith("http://127.0.0.1:")
    assert place.key not in repr(place)
    statuses = {
        path: _status(f"{place.base_url.removesuffix('/v1')}{path}", key)
        for path, key in (("/v1/models", "guessed"), ("/slots", place.key), ("/", place.key))
    }
    assert statuses == {"/v1/models": 401, "/slots": 501, "/": 404}
    assert place.key not in " ".join(psutil.Process(_pid()).cmdline())
    request = urllib.request.Request(
        f"{place.base_url}/models",
        headers={"Origin": "null", "Authorization": f"Bearer {place.key}"},
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "https://nobody.invalid"


def _pid() -> int:
    return next(c.process.pid for c in local._children.values() if c.lives)


def _status(url: str, key: str) -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


PARENT = """
import asyncio, sys
from cellspeak.agents import local
from cellspeak.agents.providers import LLMInfo

async def main():
    async for _ in local.loading(LLMInfo(provider="local", model_id=sys.argv[1])):
        pass

asyncio.run(main())
print(next(iter(local._children.values())).process.pid, flush=True)
if sys.argv[2] == "stay":
    input()
"""


@needs_model
@pytest.mark.parametrize("end", ["killed", "left"])
def test_it_ends_with_its_parent_however_that_ends(end: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(MODEL), "stay" if end == "killed" else "go"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    if end == "killed":
        assert child.is_running()
        parent.send_signal(signal.SIGKILL)
    parent.communicate(timeout=30)
    assert _is_gone(child)


def _is_gone(process: psutil.Process) -> bool:
    for _ in range(300):
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "No such file"), (b"PK zip", "is none")],
)
def test_what_is_no_model_is_refused_before_anything_is_asked(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "m.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        ValidationError, match=f"expected local:PATH with a GGUF file; .*{sentence}"
    ):
        ModelAgent(LLMInfo(provider="local", model_id=str(path)))


async def test_a_broken_model_is_an_error_on_its_card(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF and then noise")
    async with talking(ModelAgent(LLMInfo(provider="local", model_id=str(path)))) as talk:
        turn = await talk.ask("Hi")
    assert turn.status == "failed"
    assert "expected a model that llama.cpp can load; 'broken.gguf': " in str(turn.error)
    outcome = turn.tool_calls["cellspeak:load"].outcome
    assert outcome is not None
    assert outcome["error"] == turn.error
    assert json.dumps(dict(outcome))
