from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from markdown_it import MarkdownIt

from cellspeak.core.conversation import Approval, Conversation, Message, ToolCall, Turn
from cellspeak.core.export import to_document, to_html, to_markdown, to_text
from cellspeak.core.html import markdown_to_html
from cellspeak.core.markdown import code_span, fenced, inert, literal, shortened
from cellspeak.core.mimes import TABLE, VARIABLE
from cellspeak.core.persistent import Turns
from tests.hostile import PAYLOADS, assert_inert, text_of
from tests.turns import everything, gated, message, turn_of

AT = "2026-11-22T09:30:00.000Z"


def noted(**data: str) -> Message:
    return Message(id="n", kind="note", data=data)


WRITERS = [to_markdown, to_text, to_html]


@pytest.mark.parametrize("write", WRITERS)
def test_what_was_said_is_there_in_its_order(write: Any) -> None:
    said = write(turn_of(message("text", "one"), message("text", "two")), agent_name="Ada")
    places = [said.index(part) for part in ("You", "hello", "Ada", "one", "two")]
    assert places == sorted(places)


@pytest.mark.parametrize("write", WRITERS)
def test_a_call_is_shown_with_its_arguments_decision_outcome_and_time(write: Any) -> None:
    resolution = {"approved": True, "by": {"kind": "user", "name": "Ann"}, "at": AT}
    said = write(gated(resolution))
    for part in ("delete_file", "done, 0.4 s", "a.txt", "deleted", "Approved by the user"):
        assert part in said
    assert "on 2026-11-22 at 09:30 UTC" in said


@pytest.mark.parametrize("write", WRITERS)
def test_edited_arguments_are_shown_beside_those_that_were_asked_for(write: Any) -> None:
    said = write(gated({"approved": True, "by": {"kind": "user"}}, ran="b.txt"))
    assert said.index("asked for") < said.index("a.txt") < said.index("b.txt")


@pytest.mark.parametrize("write", WRITERS)
def test_a_denial_says_who_and_why(write: Any) -> None:
    resolution = {"approved": False, "deny_reason": "not mine", "by": {"kind": "timeout"}}
    said = write(gated(resolution, status="denied"))
    assert "Denied by time-out: not mine" in said
    assert "Result" not in said


@pytest.mark.parametrize(
    ("by", "said"),
    [({"kind": "policy", "name": "remembered"}, "policy (remembered)"), (None, "somebody")],
)
def test_who_decided_is_named(by: Any, said: str) -> None:
    assert f"Approved by {said}" in to_text(gated({"approved": True, "by": by}))


def test_a_question_without_an_answer_says_so() -> None:
    assert "Approval asked, not answered." in to_text(gated(None, status="cancelled"))


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (turn_of(message("error", error="no luck"), status="failed"), "Error: no luck"),
        (turn_of(message("text", "half", "interrupted")), "The reply was interrupted here."),
        (turn_of(message("text", "", "interrupted")), "Agent:\n\n(The reply was interrupted"),
        (turn_of(status="queued"), "Waits for its turn."),
        (turn_of(status="running"), "Still running"),
        (turn_of(status="awaiting_approval"), "Waits for an approval."),
        (turn_of(status="interrupted"), "The turn was interrupted."),
        (turn_of(message("turn_cancelled", by={"kind": "user"})), "Stopped by the user."),
        (turn_of(message("turn_cancelled", reason="late")), "Stopped by somebody: late"),
        (turn_of(message("new_word", x=1)), "Event new_word"),
        (turn_of(post={"files": [{"name": "a.csv", "mime": "text/csv"}]}), "a.csv (text/csv)"),
        (turn_of(post={"files": [{"name": "a.csv"}, "no file"]}), "attached: a.csv)"),
        (turn_of(message("thinking", "hm", duration_ms=40)), "[Thinking: 40 ms]"),
        (turn_of(message("thinking", summary="in short")), "in short"),
        (turn_of(message("tool_call", tool_call_id="lost")), "Agent:"),
        (turn_of(noted(text="Waited 3 s.")), "(Waited 3 s.)"),
        (turn_of(noted(text="x", detail="all of it")), "[Detail]\n    all"),
        (turn_of(message("search_result", query="q", results=[7])), "[Search q: 1 result]"),
        (
            turn_of(
                usage={"input_tokens": 1200, "output_tokens": 5, "cost": 0.5, "duration_ms": 2100}
            ),
            "Used 1,200 tokens in, 5 tokens out, a cost of 0.5, 2.1 s.",
        ),
    ],
)
def test_what_happened_is_said_in_a_line(turn: Turn, said: str) -> None:
    assert said in to_text(turn)


@pytest.mark.parametrize(("approved", "said"), [(True, "Signed in"), (False, "Not signed in")])
def test_signing_in_is_told(approved: bool, said: str) -> None:
    item = message("reauth_request", request_id="r", url="https://a.example", reason="why")
    approval = Approval(request_id="r", request={}, resolution={"approved": approved, "at": AT})
    html = to_html(turn_of(item, approvals={"r": approval}))
    assert 'href="https://a.example"' in html
    assert f"{said} on 2026-11-22" in html


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ({"mime": {"text/plain": "a frame", "text/html": "<b>"}}, "a frame"),
        ({"mime": {"image/tiff": "…", "x/y": "…"}}, "of type image/tiff, x/y"),
        ({"result": "as it is\n  here"}, "as it is\n      here"),
        ({"result": None}, "null"),
        ({"result": ["x" * 50, "y" * 50]}, '[\n      "xxx'),
        ({"result": 1, "truncated": True}, "has been cut"),
        ({"error": "disk\nfull"}, "Error: disk full"),
    ],
)
def test_outcomes_are_readable(outcome: dict[str, Any], said: str) -> None:
    call = ToolCall(tool_call_id="t", tool_name="", args={}, status="done", outcome=outcome)
    text = to_text(turn_of(message("tool_call", tool_call_id="t"), tool_calls={"t": call}))
    assert said in text
    assert "[Tool unnamed: done]" in text


def test_a_conversation_is_exported_along_its_path_with_the_name_of_its_agent() -> None:
    turns: Turns[Turn] = Turns()
    for key, after in (("s.1", None), ("s.2", "s.1"), ("s.3", "s.1")):
        turns = turns.put(key, replace(turn_of(prompt=f"prompt {key}"), id=key, after=after))
    conversation = Conversation(head="s.3", turns=turns, agent={"name": "Ada"})
    text = to_text(conversation)
    assert "prompt s.1" in text
    assert "prompt s.3" in text
    assert "prompt s.2" not in text
    assert "Ada:" in text
    assert "Conversation with Ada" in to_document(conversation)
    assert "Agent:" in to_text(Conversation(turns=turns, head="s.1"))


def test_a_document_is_a_whole_page_that_may_load_nothing() -> None:
    page = to_document([turn_of(message("text", "hi"))], title="</title><script>")
    assert page.startswith("<!doctype html>")
    assert "default-src 'none'" in page
    assert "&lt;/title&gt;&lt;script&gt;</title>" in page
    assert "light-dark" in page


def test_html_is_folded_where_a_reader_may_open_it() -> None:
    html = to_html(everything("x"))
    assert html.count("<details>") == html.count("</details>") == 7


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_somebody_wrote_runs_or_loads(payload: str) -> None:
    assert_inert(to_html(everything(payload), agent_name=payload))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markdown_of_ours_does_not_obey_what_somebody_wrote(payload: str) -> None:
    """Written to markdown, and read by a reader that allows raw HTML and every address."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    quiet = replace(everything(payload), messages=everything(payload).messages[2:])
    html = reader.render(to_markdown(quiet, agent_name=payload))
    for tag in ("<script", "<img", "<svg", "<iframe", "<style", "<form", "<a href=j", "<!--"):
        assert tag not in html
    assert html.count("<details>") == html.count("</details>") == 6


@pytest.mark.parametrize("payload", PAYLOADS)
def test_pictures_and_raw_html_of_a_reply_are_text_in_markdown(payload: str) -> None:
    reader = MarkdownIt("commonmark", {"html": True})
    html = reader.render(inert(payload))
    assert "<img" not in html
    assert "<script" not in html


@pytest.mark.parametrize(
    "text",
    [
        "a `Vec<T>` b",
        "```html\n<b>![x](y)</b>\n```",
        "~~~\n<b>\n```\n<b>\n~~~",
        "1 < 2 and <https://a.example>",
        "``a ` <b>``",
    ],
)
def test_code_and_addresses_of_a_reply_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "- a\n  ```\nb ![x](https://evil.example/p)",
        "  ```\na\n```\n![x](https://evil.example/p)",
        "`a\n` ![x](https://evil.example/p) `b\n`",
        "\\![x](https://evil.example/p)",
        "\\\\![x](https://evil.example/p)",
        "> ```\n![x](https://evil.example/p)",
        "`a` <img src=x> `b`",
        "`a` " * 600 + "<img src=x>",
    ],
)
def test_code_that_only_looks_like_it_hides_nothing(text: str) -> None:
    html = MarkdownIt("commonmark", {"html": True}).render(inert(text))
    assert "<img" not in html


def test_a_search_result_is_a_link_in_markdown_and_its_address_ends_where_it_should() -> None:
    found = [{"title": "a](b", "url": "https://a.example/x_(y)", "snippet": "*s*"}]
    said = to_markdown(turn_of(message("search_result", query="q", results=found)))
    html = MarkdownIt("commonmark").render(said.split("\n\n")[-2])
    assert '<a href="https://a.example/x_%28y%29">a](b</a> – *s*' in html


def test_results_of_any_mapping_are_readable() -> None:
    frozen = MappingProxyType({"a": MappingProxyType({"b": 1})})
    call = ToolCall(tool_call_id="t", tool_name="n", args=frozen, status="done")
    turn = turn_of(message("tool_call", tool_call_id="t"), tool_calls={"t": call})
    assert '{"a": {"b": 1}}' in to_text(turn)


def test_text_looks_in_html_as_it_was_written() -> None:
    for payload in ("<b>&amp;\n\"'", "$\\href{a}{b}$", "a  b"):
        assert payload in text_of(to_html(turn_of(prompt=payload)).replace("<br>", "\n"))


@pytest.mark.parametrize(
    "text", ["*a* _b_ [c](d)", "# h", "1. one", "- x", "    code", "a | b", "$x$"]
)
def test_literal_text_shows_its_signs(text: str) -> None:
    html = MarkdownIt("commonmark").enable(["table"]).render(literal(text))
    assert text_of(html).strip() == text.strip()
    assert html.startswith("<p>")


@pytest.mark.parametrize("text", ["a", "`", "``a`", "a`b``c", "a\nb", "<b>"])
def test_a_code_span_holds_its_text(text: str) -> None:
    html = MarkdownIt("commonmark").render(code_span(text))
    assert text_of(html).strip() == " ".join(text.split())


def test_code_spans_and_fences_have_an_end() -> None:
    assert code_span(" \n") == ""
    assert fenced("a\n```\nb", "c++ <x>") == "````c++x\na\n```\nb\n````"
    assert shortened("abcdef", 4) == "abcd… 2 more characters"
    assert shortened("abc", 3) == "abc"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("[a](https://b.example)", '<a href="https://b.example" rel='),
        ("[a](javascript:b)", "<span>a</span> (<code>javascript:b</code>)"),
        ("![a](https://b.example/c.png)", '[<a href="https://b.example/c.png" rel='),
        ("![](c.png)", "[picture: no description (<code>c.png</code>)]"),
        ("[![a](https://b.example)](https://c.example)", ">[picture: a]</a>"),
        ("~~a~~", "<s>a</s>"),
        ("<b>", "&lt;b&gt;"),
        ("|a|\n|-:|\n|b|", '<td style="text-align:right">b</td>'),
    ],
)
def test_markdown_becomes_the_html_of_the_view(source: str, html: str) -> None:
    assert html in markdown_to_html(source)


def test_the_markdown_parser_is_loaded_only_when_html_is_written() -> None:
    program = "import sys, cellspeak.core.export; print('markdown_it' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "False"


@pytest.mark.parametrize("write", WRITERS)
def test_what_is_written_can_be_saved_and_printed(write: Any) -> None:
    said = write(turn_of(message("text", "a\x1b[31mb\ud800c\td")))
    assert "a\ufffd[31mb\ufffdc\td" in said
    said.encode()


PIXEL = "iVBORw0KGgo="


def returned(mime: dict[str, Any], **outcome: Any) -> Turn:
    call = ToolCall(
        tool_call_id="t",
        tool_name="look",
        args={},
        status="done",
        outcome={"mime": mime, **outcome},
        progress={"fraction": 0.5, "text": "half way"},
    )
    return turn_of(message("tool_call", tool_call_id="t"), tool_calls={"t": call})


FRAME = {"columns": ["name", "n"], "rows": [["a|b", 1], [None, 2.5]], "total_rows": 1234}


def test_a_table_is_drawn_from_its_cells_alone() -> None:
    turn = returned({TABLE: FRAME, "text/html": "<b>no</b>", "text/plain": "r"}, result="r")
    html = to_html(turn)
    assert "<thead><tr><th>name</th><th>n</th></tr></thead>" in html
    assert "<tr><td>a|b</td><td>1</td></tr><tr><td></td><td>2.5</td></tr>" in html
    assert "2 of 1,234 rows" in html
    assert "Result" not in html
    assert "| a\\|b | 1 |" in to_markdown(turn)
    assert "name  n\n  a|b   1" in to_text(turn)
    assert "(2 of 1,234 rows)" in to_text(turn)
    assert "half way" in html


def test_a_table_without_more_has_no_note_and_one_without_rows_is_empty() -> None:
    whole = returned({TABLE: {**FRAME, "total_rows": 2}})
    assert "rows" not in to_markdown(whole).replace("</", "")
    assert "rows" not in to_text(whole)
    assert "<tbody></tbody>" in to_html(returned({TABLE: {"columns": "abc", "rows": 7}}))


def test_a_picture_that_brings_its_bytes_is_shown_and_any_other_is_named() -> None:
    html = to_html(returned({"image/png": PIXEL[:6] + "\n" + PIXEL[6:]}, result=None))
    assert f'<img src="data:image/png;base64,{PIXEL}" alt="picture, image/png, 9 bytes">' in html
    shown = returned({"image/png": PIXEL})
    assert "(picture, image/png, 9 bytes)" in to_text(shown)
    assert "*picture, image/png, 9 bytes*" in to_markdown(shown)
    for data in ('x" onerror="x', {"blob": "ab", "size": 45_000}, {"size": 2_000_000}):
        kept = to_html(returned({"image/png": data}))
        assert "<img" not in kept
        assert "is kept with the session" in kept
    assert "image/png, 45 KB" in to_text(returned({"image/png": {"blob": "ab", "size": 45_000}}))
    assert "2.0 MB" in to_text(returned({"image/png": {"size": 2_000_000}}))


def test_markup_is_cleaned_in_html_and_text_elsewhere() -> None:
    turn = returned({"text/html": "<b onclick=x>bold</b><script>x</script>", "text/plain": "B"})
    assert "<div><strong>bold</strong></div>" in to_html(turn)
    assert "```\nB\n```" in to_markdown(turn)
    assert "  B" in to_text(turn)
    assert "HTML" in to_text(returned({"text/html": "<b>"}))


def test_what_a_tool_printed_stands_beside_what_it_drew() -> None:
    turn = returned({"image/png": PIXEL, "text/plain": "Figure"}, result="printed")
    assert to_html(turn).index("printed") < to_html(turn).index("<img")
    assert "Figure" not in to_text(turn)


def test_a_traceback_is_folded_below_its_error() -> None:
    turn = returned({}, error="ZeroDivisionError: division", traceback="line 1\n  1/0")
    html = to_html(turn)
    assert html.index("ZeroDivisionError") < html.index("<summary>Traceback</summary>")
    assert "<pre><code>line 1\n  1/0</code></pre>" in html
    assert "[Traceback]\n      line 1" in to_text(turn)
    assert "```\nline 1" in to_markdown(turn)


def test_what_was_sent_of_a_variable_opens_to_exactly_that() -> None:
    sent = {"name": "df", "mime": VARIABLE, "data": "c2hhcGUgKDMsIDIp"}
    html = to_html(turn_of(post={"files": [sent]}))
    assert "attached: df</em>" in html
    assert "<summary>Sent <code>df</code></summary>\n<pre><code>shape (3, 2)</code></pre>" in html
    assert "cannot be read" in to_text(turn_of(post={"files": [{**sent, "data": "é"}]}))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "Approved by the user."),
        ({"args": {"path": "b"}}, "Approved by the user, with changed arguments."),
        ({"remember": "tool"}, "and always in this session for this tool."),
        ({"remember": "args"}, "and always in this session with these arguments."),
    ],
)
def test_a_decision_says_whether_the_arguments_were_changed_and_for_how_long(
    more: dict[str, Any], said: str
) -> None:
    call = {"tool_call_id": "t1", "tool_name": "delete", "args": {"path": "a"}}
    resolution = {"approved": True, "by": {"kind": "user"}, "args": {"path": "a"}, **more}
    turn = Turn(
        id="s.1",
        messages=(Message(id="m", kind="tool_call", data={"tool_call_id": "t1"}),),
        tool_calls={"t1": ToolCall(**{**call, "args": resolution["args"]}, status="done")},
        approvals={"r": Approval(request_id="r", request=call, resolution=resolution)},
    )
    for written in (to_text(turn), to_html(turn), to_markdown(turn)):
        assert said in written
