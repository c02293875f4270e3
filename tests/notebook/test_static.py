from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cellspeak.agents.demo import demo_agent
from cellspeak.core.conversation import Conversation, Message, ToolCall, Turn
from cellspeak.core.mimes import TABLE
from cellspeak.core.persistent import Turns
from cellspeak.notebook.static import (
    chat_bundle,
    chat_html,
    chat_text,
    turn_bundle,
    turn_html,
    turn_text,
)
from tests.agents.driver import Talk
from tests.hostile import PAYLOADS, assert_inert, text_of
from tests.turns import everything, gated, message, turn_of

CLASS = "cellspeak-static-7f3a"


def size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def allowed(turn: Turn) -> float:
    said = sum(size(str(m.text)) for m in turn.messages if m.kind in ("text", "thinking"))
    return 1.5 * (size(turn.prompt) + said) + 2048 + rich(turn)


def rich(turn: Turn) -> float:
    """Tables and pictures may cost what they take, up to 48 KB."""
    found = [(c.outcome or {}).get("mime", {}) for c in turn.tool_calls.values()]
    tables = sum(3 * size(str(m[TABLE])) for m in found if TABLE in m)
    return min(48 * 1024, tables + sum(len(m.get("image/png", "")) for m in found))


def chat_of(*turns: Turn) -> Conversation:
    kept: Turns[Turn] = Turns()
    after = None
    for number, turn in enumerate(turns, 1):
        key = f"s.{number}"
        kept = kept.put(key, replace(turn, id=key, after=after))
        after = key
    return Conversation(head=after, turns=kept)


def calls(count: int, **call: Any) -> Turn:
    items: list[Message] = []
    made = {}
    for number in range(count):
        key = f"t{number}"
        items.append(Message(id=key, kind="tool_call", data={"tool_call_id": key}))
        made[key] = ToolCall(tool_call_id=key, tool_name="look", **call)
    return turn_of(*items, message("text", "Done."), tool_calls=made)


def test_it_carries_its_own_class_and_says_who_said_what() -> None:
    html = turn_html(turn_of(message("text", "**Hi**")), CLASS, "demo")
    assert html.startswith(f'<div class="cellspeak-static {CLASS}">')
    assert text_of(html).split() == ["You", "hello", "demo", "Hi"]
    assert "<strong>Hi</strong>" in html


def test_it_needs_no_style_and_no_script() -> None:
    html = turn_html(gated({"approved": True, "by": {"kind": "user"}}), CLASS, "demo")
    for word in ("<style", "<script", "style=", "onclick"):
        assert word not in html
    assert "<details><summary>Tool <code>delete_file</code>: done, 0.4 s</summary>" in html


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_a_turn_runs_or_loads_anything(payload: str) -> None:
    turn = everything(payload)
    for html in (
        turn_html(turn, payload, payload),
        turn_bundle(turn, CLASS, payload)["text/html"],
        chat_html(chat_of(turn, turn), payload, payload),
    ):
        assert_inert(html)
        assert size(html) <= 2 * allowed(turn) + size(payload) + 60


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_keeps_the_budget(payload: str) -> None:
    turn = everything(payload * 20)
    html = turn_html(turn, CLASS, payload)
    assert_inert(html)
    assert size(html) <= allowed(turn)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "word " * 400,
        "<" * 3000,
        "\\href" * 900,
        "&" * 10_000,
        "- a\n" * 2000,
        "|a|b|\n|-|-|\n" + "|c|d|\n" * 2000,
        "# h\n\n" * 500,
        "> " * 200 + "x",
        "**a** " * 2000,
        "é" * 5000,
        "🙂" * 5000,
        "[a](https://b.example) " * 300,
        "```\nx\n```\n" * 500,
        "\ud800" * 1000,
        "x" * 1_000_000,
    ],
)
def test_a_turn_costs_at_most_one_and_a_half_times_its_text_and_2_kb(text: str) -> None:
    turn = turn_of(message("text", text), message("thinking", text), prompt=text[:500])
    bundle = turn_bundle(turn, CLASS, "demo")
    assert sum(map(size, bundle.values())) <= allowed(turn)
    assert size(turn_html(turn, CLASS, "demo")) <= allowed(turn)
    assert_inert(bundle["text/html"])


@pytest.mark.parametrize("count", [1, 5, 12, 200])
@pytest.mark.parametrize(
    "call",
    [
        {"args": {}, "status": "done", "outcome": {"result": 1}},
        {"args": {"q": "x" * 9000}, "status": "done", "outcome": {"result": "y" * 9000}},
        {"args": {}, "status": "failed", "outcome": {"error": "z" * 9000}},
    ],
)
def test_calls_are_shortened_until_they_fit_and_the_reply_stays(
    count: int, call: dict[str, Any]
) -> None:
    turn = calls(count, **call)
    html = turn_html(turn, CLASS, "demo")
    assert size(html) <= allowed(turn)
    assert "<p>Done.</p>" in html
    if count == 1 and "q" in call["args"]:
        assert "more characters</code></pre>" in html
    if count == 200:
        assert "200 tool calls, thoughts and searches are not shown here." in html


def test_ordinary_text_is_never_cut() -> None:
    text = "A *sentence* of the usual kind, with `code`.\n\n" * 200
    html = turn_html(turn_of(message("text", text)), CLASS, "demo")
    assert html.count("<em>sentence</em>") == 200
    assert "more characters" not in html


def test_the_plain_twin_in_the_bundle_is_short_and_says_what_is_missing() -> None:
    turn = turn_of(message("text", "word " * 1000))
    assert turn_text(turn, "demo").count("word") == 1000
    plain = turn_bundle(turn, CLASS, "demo")["text/plain"]
    assert plain.startswith("You:\n\nhello")
    assert "more characters" in plain
    assert size(plain) <= 400


def test_a_short_chat_is_shown_whole() -> None:
    html = chat_html(chat_of(*(turn_of(prompt=f"prompt {n}") for n in range(3))), CLASS, "demo")
    assert [f"prompt {n}" in html for n in range(3)] == [True] * 3
    assert "not shown" not in html


def test_a_long_chat_keeps_its_newest_20_turns_and_says_how_many_are_left_out() -> None:
    chat = chat_of(*(turn_of(prompt=f"prompt {n}.") for n in range(25)))
    for said in (chat_html(chat, CLASS, "demo"), chat_text(chat, "demo")):
        assert "5 earlier turns are not shown here." in said
        assert "prompt 4." not in said
        assert said.index("prompt 5.") < said.index("prompt 24.")


@pytest.mark.parametrize("length", [5_000, 30_000, 200_000])
def test_a_chat_keeps_to_64_kb_and_the_newest_turn_is_always_in_it(length: int) -> None:
    chat = chat_of(*(turn_of(message("text", "x " * (length // 2))) for _ in range(21)))
    bundle = chat_bundle(chat, CLASS, "demo")
    assert sum(map(size, bundle.values())) <= 64 * 1024
    assert_inert(bundle["text/html"])
    shown = text_of(bundle["text/html"]).count("hello")
    assert shown >= 1
    assert f"{21 - shown} earlier turns are not shown here." in bundle["text/html"]


def test_one_turn_left_out_is_one() -> None:
    assert "1 earlier turn is" in chat_html(chat_of(*[turn_of()] * 21), CLASS, "demo")


def test_an_empty_chat_is_empty() -> None:
    assert text_of(chat_html(Conversation(), CLASS, "demo")).strip() == ""


async def test_a_conversation_with_the_demo_is_legible_and_within_budget() -> None:
    talk = Talk(demo_agent(pace=0))
    for prompt in ("hello", "what is 12 * 12", "think about tea", "search for tea"):
        await talk.post(prompt)
    await talk.post("write 2000 words about tea")
    await talk.post("delete the file report.txt")
    turn = await talk.answer({"approved": True, "by": {"kind": "user"}})
    for turn in talk.conversation.path:
        html = turn_html(turn, CLASS, "demo")
        assert_inert(html)
        assert "more characters" not in html
        assert size(html) <= allowed(turn)
    assert "Approved by the user" in html


def test_a_chat_only_points_to_the_turns_that_cells_show() -> None:
    in_a_cell, typed = message("text", "kept in its cell"), message("text", "typed below")
    chat = chat_of(turn_of(in_a_cell), turn_of(typed))
    page = chat_bundle(chat, CLASS, "demo", shown={"s.1"})["text/html"]
    assert "kept in its cell" not in page
    assert "typed below" in page
    assert "1 turn of this chat is shown by the cells that asked." in page


def drawn(picture: int, rows: int) -> Turn:
    table = {"columns": ["n", "word"], "rows": [[n, "word"] for n in range(rows)]}
    mime = {"image/png": "A" * picture, TABLE: {**table, "total_rows": rows}}
    return calls(1, args={}, status="done", outcome={"result": "", "mime": mime})


@pytest.mark.parametrize(
    ("picture", "rows", "cells", "pictures"),
    [(20_000, 10, 20, 1), (40_000, 50, 40, 1), (80_000, 50, 40, 0), (4, 2, 4, 1)],
)
def test_pictures_and_tables_are_shown_as_far_as_they_fit(
    picture: int, rows: int, cells: int, pictures: int
) -> None:
    turn = drawn(picture, rows)
    html = turn_html(turn, CLASS, "demo")
    assert_inert(html)
    assert size(html) <= allowed(turn)
    assert (html.count("<td>"), html.count("<img")) == (cells, pictures)
    assert ("20 of 50 rows" in html) is (rows == 50)
    assert ("The picture is not shown here." in html) is not pictures


def test_long_markup_becomes_the_text_that_it_stands_for() -> None:
    mime = {"text/html": "<p>x</p>" * 2000, "text/plain": "the same in words"}
    turn = calls(1, args={}, status="done", outcome={"mime": mime})
    assert "<pre><code>the same in words</code></pre>" in turn_html(turn, CLASS, "demo")
