"""`%chat --model` and `%chat models`: a language model in a cell, over real HTTP."""

from __future__ import annotations

from pathlib import Path

from cellspeak.agents.offload import in_thread
from tests.agents.provider import serving, streamed
from tests.notebook.shell import Ran, Shell


def cells(folder: Path, *code: str, **env: str) -> list[Ran]:
    """Run *code* in one shell and return what came of each."""
    with Shell(folder, **env) as shell:
        shell.run("%load_ext cellspeak")
        return [shell.run(c) for c in code]


async def test_a_model_answers_in_a_cell_and_goes_on_in_another_kernel(tmp_path: Path) -> None:
    async with serving(streamed("I am ", "small."), streamed("As before.")) as provider:
        env = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": provider.url}
        ask = "reply = %chat --model openai:small Who are you?"
        first, text = await in_thread(lambda: cells(tmp_path, ask, "reply.text", **env))
        again = await in_thread(
            lambda: cells(tmp_path, "%chat resume", "reply = %chat And now?", "reply.text", **env)
        )
    assert first.ok, first.printed
    assert text.result == "'I am small.'"
    assert again[-1].result == "'As before.'"
    said = [m["content"] for m in provider.asked[1].body["messages"]]
    assert said == ["Who are you?", "I am small.", "And now?"]


async def test_what_is_missing_is_one_line_below_the_cell(tmp_path: Path) -> None:
    none = {"OPENAI_API_KEY": "", "ANTHROPIC_API_KEY": "k", "GOOGLE_API_KEY": ""}
    code = [
        "%chat models",
        "%chat --model clever:best hi",
        "%chat --model openai:x --agent demo hi",
        "%chat --model openai:x hi",
    ]
    ran = await in_thread(lambda: cells(tmp_path, *code, GEMINI_API_KEY="", **none))
    assert ran[0].lines[:2] == [
        "openai:MODEL       no key: set OPENAI_API_KEY",
        "anthropic:MODEL    ready, with the key in ANTHROPIC_API_KEY",
    ]
    assert "expected the model 'scripted:demo', one of 'openai:…'" in ran[1].printed
    assert "expected --agent NAME or --model MODEL; got both" in ran[2].printed
    assert "%env OPENAI_API_KEY=" in ran[3].printed
    assert not any("Traceback" in r.printed for r in ran)
