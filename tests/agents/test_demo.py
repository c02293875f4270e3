from __future__ import annotations

import base64
import json

import pytest

from cellspeak.agents.arithmetic import evaluate, find_expression
from cellspeak.agents.demo import demo_agent
from cellspeak.agents.prose import topic_words, write
from cellspeak.core.html import markdown_to_html
from cellspeak.errors import TurnFailedError, ValidationError
from tests.agents.driver import Talk
from tests.hostile import PAYLOADS, assert_inert

YES = {"approved": True}


def talk() -> Talk:
    return Talk(demo_agent(pace=0))


async def reply(*prompts: str) -> str:
    """What is said to the last of *prompts*; the first reply's introduction is left out."""
    here = talk()
    await here.post("hello")
    for prompt in prompts:
        await here.post(prompt)
    return here.turn.text


async def test_the_first_reply_and_only_that_says_it_is_a_demo_and_how_to_connect_an_agent() -> (
    None
):
    here = talk()
    first, second = (await here.post("hello")).text, (await here.post("hello")).text
    assert "a scripted demo and no language model" in first
    assert '`Agent("mine", model="openai:gpt-5-mini")` and `%chat --agent mine`' in first
    assert "scripted demo" not in second


async def test_where_a_model_could_answer_the_first_reply_says_the_line_for_it() -> None:
    here = Talk(demo_agent(pace=0, suggested=lambda: "openai:gpt-5-mini"))
    first, second = (await here.post("hello")).text, (await here.post("hello")).text
    assert "run `%chat --model openai:gpt-5-mini Hello`" in first
    assert "pip install" not in first
    assert "%chat --model" not in second


async def test_any_other_prompt_gets_a_useful_answer_in_several_pieces() -> None:
    here = talk()
    turn = await here.post("tell me something")
    assert "`tell me something`" in turn.text
    assert "Delete the file report.txt" in turn.text
    assert sum(d.type == "message_delta" for d in here.drafts) > 20


async def test_the_same_conversation_gets_the_same_answers() -> None:
    prompts = ("write 300 words about tea", "think about tea", "what is 2+2", "nonsense")
    assert [await reply(p) for p in prompts] == [await reply(p) for p in prompts]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("My name is Alice", "Alice"),
        ("hi, my name is alice.", "alice"),
        ("MY NAME'S Ada Lovelace and I like tea", "Ada Lovelace"),
        ("call me O'Brien!", "O'Brien"),
        ("my name is “Jean-Luc”", "Jean-Luc"),
        ("My name is Žofie", "Žofie"),
        ("my name is Alice; no, my name is Bob", "Bob"),
        ("My name is <b>Eve</b>", None),
        ("My name is *Eve*", None),
    ],
)
async def test_a_name_that_was_told_is_remembered(told: str, name: str | None) -> None:
    said = await reply(told, "What is my name?")
    assert said == f"Your name is {name}." if name else "have not told me" in said


async def test_a_name_told_in_another_conversation_is_not_known() -> None:
    agent = demo_agent(pace=0)
    one, other = Talk(agent), Talk(agent)
    await one.post("My name is Alice")
    assert "Alice." not in (await other.post("What's my name?")).text
    assert "Your name is Alice." in (await one.post("who am I?")).text


async def test_arithmetic_is_done_by_a_tool() -> None:
    here = talk()
    turn = await here.post("What is 12 * 12?")
    (call,) = turn.tool_calls.values()
    assert (call.tool_name, call.args) == ("calculator", {"expression": "12 * 12"})
    assert call.outcome == {"result": 144}
    assert "144" in turn.text


async def test_a_division_by_zero_is_an_error_of_the_tool_and_is_explained() -> None:
    turn = await talk().post("What is 1 / 0?")
    assert "division by zero" in str(turn.tool_calls["s.1-t1"].outcome)
    assert "division by zero" in turn.text
    assert turn.status == "complete"


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("12*12", 144),
        ("what is 7 divided by 2?", 3.5),
        ("how much is 2 plus 3 times 4", 14),
        ("compute (1 + 2) * -3", -9),
        ("1,000 × 3", 3000),
        ("2^10 please", 1024),
        ("17 // 5 % 2", 1),
        ("0.1 + 0.2", 0.3),
        ("4 x 5", 20),
        ("2**60", str(2**60)),
        ("What is 6 / 2.", 3),
    ],
)
def test_an_expression_is_found_in_a_sentence_and_worked_out(
    sentence: str, value: float | str
) -> None:
    assert evaluate(find_expression(sentence) or "") == value


@pytest.mark.parametrize(
    "sentence", ["hello", "in 2026", "on 2026-11-22", "__import__('os')", "a+b", "", "- - -"]
)
def test_a_sentence_without_arithmetic_has_no_expression(sentence: str) -> None:
    assert find_expression(sentence) is None


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "(1).__class__",
        "'a' * 10**9",
        "[1] * 10**9",
        "True + 1",
        "1 if 1 else 2",
        "9**9**9**9",
        "9**999 * 9**999",
        "(-8) ** 0.5",
        "1e308 * 10",
        "1e999",
        "2.5 ** 100000",
        "0 ** -1",
        "1 % 0",
        "1 // 0",
        "1 << 99",
        "~1",
        "1 +",
        "(" * 100 + "1" + ")" * 99,
        "1" * 201,
        "lambda: 1",
        "f(1)",
        "1; 2",
        "x := 1",
    ],
)
def test_what_is_no_bounded_arithmetic_is_refused(expression: str) -> None:
    with pytest.raises(ValidationError):
        evaluate(expression)


@pytest.mark.parametrize(
    ("prompt", "paths"),
    [
        ("Please delete the file report.txt", ["report.txt"]),
        ("delete report.txt.", ["report.txt"]),
        ("REMOVE the file 'my notes.md', please", ["my notes.md"]),
        ('erase "/tmp/a b/c.txt"!', ["/tmp/a b/c.txt"]),
        ("delete the file named Makefile", ["Makefile"]),
        ("delete ../../etc/passwd.bak", ["../../etc/passwd.bak"]),
        ("delete a.txt, b.txt and a.txt", ["a.txt", "b.txt"]),
        ("delete `<img src=x onerror=alert(1)>`", ["<img src=x onerror=alert(1)>"]),
    ],
)
async def test_deleting_asks_for_approval_with_the_named_paths(
    prompt: str, paths: list[str]
) -> None:
    turn = await talk().post(prompt)
    assert [a.request["args"]["path"] for a in turn.pending] == paths
    assert turn.pending[0].request["args_schema"]["required"] == ["path"]
    assert turn.status != "complete"


async def test_an_approved_file_is_told_as_deleted_by_the_name_that_ran() -> None:
    here = talk()
    await here.post("Please delete the file report.txt")
    turn = await here.answer({"approved": True, "args": {"path": "other.txt"}})
    assert "`other.txt` is deleted" in turn.text
    assert turn.tool_calls["s.1-t1"].outcome is not None
    assert turn.tool_calls["s.1-t1"].outcome["result"]["deleted"] == "other.txt"


async def test_a_denied_file_is_left_alone_and_the_reason_is_told() -> None:
    here = talk()
    await here.post("delete report.txt")
    turn = await here.answer({"approved": False, "deny_reason": "I need `it`"})
    assert turn.text.endswith("I left `report.txt` alone: `` I need `it` ``.")
    assert turn.status == "complete"


@pytest.mark.parametrize("prompt", ["delete the", "How do I remove a file in Linux?"])
async def test_deleting_nothing_in_particular_asks_which(prompt: str) -> None:
    assert "Which file" in await reply(prompt)


async def test_an_attached_text_is_read_back() -> None:
    here = talk()
    data = base64.b64encode("Grüße\n```\nend".encode()).decode()
    turn = await here.post("read this", {"name": "a.txt", "mime": "text/plain", "data": data})
    assert "`a.txt` has 3 lines" in turn.text
    assert "````text\nGrüße\n```\nend\n````" in turn.text


async def test_an_attached_blob_is_fetched_and_cut_visibly() -> None:
    here = talk()
    file = {"name": "big.txt", "mime": "text/plain", **here.attach(b"x" * 50_000)}
    turn = await here.post("read this", file)
    assert "50,000 characters" in turn.text
    assert "46,000 more characters" in turn.text


async def test_of_many_files_the_first_five_are_read() -> None:
    files = [{"name": f"{n}.txt", "data": "YQ=="} for n in range(7)]
    said = (await talk().post("read", *files)).text
    assert "`4.txt` has 1 line and 1 character" in said
    assert "And 2 more, which I did not read." in said


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ({"name": "p.png", "mime": "image/png", "data": "iVBORw0KGgoAAAA="}, "is no text"),
        ({"name": "n.bin", "data": base64.b64encode(b"a\0b").decode()}, "is no text"),
        ({"name": "bad.txt", "data": "%%%"}, "could not read `bad.txt`"),
        ({"data": ""}, "`the file` has 0 lines"),
    ],
)
async def test_a_file_that_is_no_text_is_described(file: dict[str, str], said: str) -> None:
    assert said in (await talk().post("read", file)).text


async def test_thinking_is_aloud_and_then_there_is_a_reply() -> None:
    here = talk()
    turn = await here.post("Think about black holes.")
    assert [m.kind for m in turn.messages] == ["text", "thinking", "text"]
    assert "black holes" in str(turn.messages[1].text) + turn.text


@pytest.mark.parametrize("words", [1, 10, 30, 60, 100, 300, 500, 2000, 20_000])
def test_about_as_many_words_are_written_as_were_asked_for(words: int) -> None:
    assert abs(len(write("tea", words).split()) - words) <= max(15, words // 10)


async def test_long_text_holds_every_kind_of_block() -> None:
    here = talk()
    turn = await here.post("Please write 2,000 words about the history of tea. Be nice!")
    html = markdown_to_html(turn.text)
    assert "# The history of tea\n" in turn.text
    for tag in ("<h1>", "<h2>", "<ul>", "<ol>", "<table>", "<blockquote>", "<pre>", "$$"):
        assert tag in html
    assert abs(len(turn.text.split()) - 2000) < 150


async def test_a_topic_cannot_carry_markup() -> None:
    assert topic_words("<b>*tea*</b> [x](http://y)") == "b tea b x http y"
    said = await reply("write 100 words about <img src=x>[a](javascript:b)")
    assert "<" not in said
    assert "[" not in said


async def test_writing_stops_at_the_most_it_can() -> None:
    said = await reply("write 900k words about tea")
    assert said.startswith("I stop at 20,000 words.")
    assert len(said.split()) < 20_500


async def test_slow_work_tells_how_far_it_is() -> None:
    here = talk()
    turn = await here.post("work for 0.02 seconds")
    assert "worked for 0.02 seconds" in turn.text
    (call,) = turn.tool_calls.values()
    assert (call.tool_name, call.outcome) == ("slow_work", {"result": {"worked_seconds": 0.02}})


async def test_work_is_paced_and_ends_before_the_turn_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    here = talk()
    await here.post("work for 3 hours")
    assert sum(slept) == pytest.approx(590)
    assert sum(d.type == "tool_progress" for d in here.drafts) == 59


@pytest.mark.parametrize("prompt", ["fail", "Please fail!", "Can you fail for me"])
async def test_it_fails_when_asked_to(prompt: str) -> None:
    with pytest.raises(TurnFailedError, match="because it was asked to"):
        await talk().post(prompt)


@pytest.mark.parametrize("prompt", ["Why do tests fail?", "show the log in the cell"])
async def test_words_of_an_ability_in_another_sense_do_not_start_it(prompt: str) -> None:
    assert "You said" in await reply(prompt)


async def test_search_results_are_marked_as_made_up() -> None:
    turn = await talk().post("search for <b>Lighthouses</b> & more?")
    found = next(m for m in turn.messages if m.kind == "search_result").data
    assert found["query"] == "<b>Lighthouses</b> & more"
    assert all(r["url"].startswith("https://example.org/") for r in found["results"])
    assert all("made up" in r["title"] for r in found["results"])


@pytest.mark.parametrize(
    ("answer", "said"), [(YES, "you are signed in"), ({"approved": False}, "did not sign in")]
)
async def test_signing_in_is_asked_for_and_gone_on_from(answer: dict[str, bool], said: str) -> None:
    here = talk()
    turn = await here.post("please sign in")
    assert turn.pending[0].request["url"] == "https://example.org/sign-in"
    assert said in (await here.answer(answer)).text


HOSTILE = [
    *PAYLOADS[::4],
    "delete `",
    "delete '" + "a" * 5000,
    "write 99999999999999999999 words",
    "write 0 words",
    "what is " + "9" * 5000 + "*9",
    "what is " + "(" * 5000,
    "what is 9" + "+9" * 5000,
    "my name is " + "A" * 5000,
    "{__import__('os')}",
    "write " * 150_000,
    "a" * 1_000_000,
    " ",
]


@pytest.mark.parametrize("before", ["", "search for ", "delete the file ", "my name is "])
async def test_no_prompt_gets_markup_through_the_reply(before: str) -> None:
    for prompt in HOSTILE:
        turn = await talk().post(before + prompt)
        assert_inert(markdown_to_html(turn.text))


async def test_a_hostile_name_of_the_agent_stays_text() -> None:
    here = Talk(demo_agent(name="`<b>*x*", instructions="![a](http://b)", pace=0))
    said = (await here.post("hello")).text
    assert "`` `<b>*x* ``" in said
    assert "`![a](http://b)`" in said


async def test_everything_it_yields_is_json() -> None:
    here = talk()
    for prompt in ("what is 2**60", "what is 2/3", "search for x", "write 100 words about y"):
        await here.post(prompt)
    json.dumps([dict(d.data) for d in here.drafts], allow_nan=False)
