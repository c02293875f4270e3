"""The line of `%chat`: options in front, the rest as typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellspeak.errors import ValidationError
from cellspeak.notebook.line import OPTIONS, SUBCOMMANDS, parse, subcommand


def test_a_line_without_options_is_all_text() -> None:
    line = parse("  what is {x} and 'y', don't you know?  ")
    assert line.text == "what is {x} and 'y', don't you know?"
    assert (line.options, line.literal) == ({}, False)


@pytest.mark.parametrize(
    ("typed", "options", "text"),
    [
        ("--new hello", {"new": True}, "hello"),
        ("--agent Bob hello", {"agent": "Bob"}, "hello"),
        ("--agent=Bob hello", {"agent": "Bob"}, "hello"),
        ('--agent "Bob the first" hi', {"agent": "Bob the first"}, "hi"),
        ("--session 'my notes' hi", {"session": "my notes"}, "hi"),
        ("--into x --no-wait  two  words", {"into": "x", "no-wait": True}, "two  words"),
        ("--on-approval deny", {"on-approval": "deny"}, ""),
        ("hello --new", {}, "hello --new"),
        ("--new don't --agent", {"new": True}, "don't --agent"),
        ("- a list", {}, "- a list"),
        ("—dash", {}, "—dash"),
    ],
)
def test_options_stand_before_the_text(typed: str, options: dict[str, object], text: str) -> None:
    line = parse(typed)
    assert (line.options, line.text, line.literal) == (options, text, False)


@pytest.mark.parametrize("typed", ["-- stop", "--\tstop", "--new -- stop"])
def test_two_dashes_make_a_prompt_of_what_follows(typed: str) -> None:
    line = parse(typed)
    assert (line.text, line.literal) == ("stop", True)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("--agnet x", "--agent"),
        ("--nowait hi", "--no-wait"),
        ("--approval ask", "--on-approval"),
        ("--sesion x", "--session"),
    ],
)
def test_an_unknown_option_suggests_the_nearest(typed: str, nearest: str) -> None:
    with pytest.raises(ValidationError, match=f"did you mean {nearest}\\?"):
        parse(typed)


def test_an_option_like_no_other_lists_those_there_are() -> None:
    with pytest.raises(ValidationError, match="there are --agent, --model, --server, --session"):
        parse("--xyzzy hello")


@pytest.mark.parametrize("typed", ["--agent", "--agent ", "--agent --new", "--into=", '--agent "a'])
def test_a_missing_value_is_said(typed: str) -> None:
    with pytest.raises(ValidationError, match="expected a value: --"):
        parse(typed)


def test_a_wrong_choice_is_said_with_what_came() -> None:
    with pytest.raises(ValidationError, match=r"--on-approval ask\|deny\|allow; got 'maybe'"):
        parse("--on-approval maybe hi")


def test_a_value_given_to_a_switch_is_refused() -> None:
    with pytest.raises(ValidationError, match="expected --new alone, it takes no value; got '=yes"):
        parse("--new=yes hi")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status", ("status", "")),
        ("sessions", ("sessions", "")),
        ("resume", ("resume", "")),
        ("resume 3", ("resume", "3")),
        ("resume 0a1b2c3d", ("resume", "0a1b2c3d")),
        ("stop", ("stop", "")),
        ("clear", ("clear", "")),
        ("reset", ("reset", "")),
        ("export", ("export", "")),
        ("export notes/talk.html", ("export", "notes/talk.html")),
        ("where", ("where", "")),
        ("forget 2", ("forget", "2")),
        ("forget all", ("forget", "all")),
        ("help", ("help", "")),
    ],
)
def test_a_subcommand_in_exactly_its_form(text: str, expected: tuple[str, str]) -> None:
    assert subcommand(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Stop",
        "stop it",
        "stop.",
        "status?",
        "help me",
        "resume my work",
        "resume the paper",
        "forget",
        "forget it",
        "forget all of it",
        "forget me",
        "export the table",
        "export notes.pdf",
        "export a b.md",
        "clear\nthe table",
        "where is it",
        "",
    ],
)
def test_all_else_is_a_prompt(text: str) -> None:
    assert subcommand(text) is None


def test_every_listed_subcommand_is_one() -> None:
    examples = {"[NUMBER|ID]": "1", "[FILE]": "a.md", "ID|all": "all", "[NUMBER]": "3"}
    for form in SUBCOMMANDS:
        name, _, argument = form.partition(" ")
        full = f"{name} {examples[argument]}" if argument else name
        assert subcommand(full) == (name, examples.get(argument, ""))
        assert (subcommand(name) is None) == (argument == "ID|all")


def test_every_option_says_what_it_does() -> None:
    for name, option in OPTIONS.items():
        example = (option.choices or ("x",))[0]
        typed = f"--{name} {example} text" if option.value else f"--{name} text"
        assert parse(typed).text == "text"
        assert option.help


@given(st.text())
def test_a_prompt_never_raises_and_comes_out_as_typed(prompt: str) -> None:
    line = parse(f"-- {prompt}")
    assert (line.text, line.literal) == (prompt.strip(), True)


@given(st.text().filter(lambda t: not t.strip().startswith("--")))
def test_without_dashes_in_front_everything_is_text(prompt: str) -> None:
    line = parse(prompt)
    assert (line.text, line.options, line.literal) == (prompt.strip(), {}, False)


@given(st.lists(st.sampled_from(["--new", "--no-wait", "--into x"])), st.from_regex(r"\w.*"))
def test_options_take_nothing_from_the_text(options: list[str], prompt: str) -> None:
    assert parse(" ".join([*options, prompt])).text == prompt.strip()


@given(st.text())
def test_a_line_is_read_or_refused_in_one_sentence(typed: str) -> None:
    said = ""
    try:
        parse(f"--{typed}")
    except ValidationError as error:
        said = str(error)
    assert len(said) < 400
    assert not said or said.startswith("expected")
