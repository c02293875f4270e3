"""What goes with a prompt, and to whom: `--vars`, `%chat fix`, `@name`, in a real IPython."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebook.shell import Shell
from tests.notebook.test_magics import prepare

AGENTS = """
for name in ("Ada", "Bob"):
    Agent(name, runtime=demo_agent(name=name, pace=0))
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with Shell(tmp_path_factory.mktemp("shared")) as shell:
        prepare(shell)
        shell.said(AGENTS)
        shell.said("frame = {'n': 3}; x = [1, 2]")
        yield shell


@pytest.fixture
def shell(shared: Shell) -> Shell:
    shared.said("%chat clear")
    return shared


def files(shell: Shell) -> list[str]:
    return list(shell.value("[f['name'] for f in r.turn.posts[0].get('files', ())]"))


def text_of(shell: Shell, number: int) -> str:
    decoded = f"__import__('base64').b64decode(r.turn.posts[0]['files'][{number}]['data']).decode()"
    return str(shell.value(decoded))


def agent(shell: Shell) -> str:
    spec = "__import__('cellspeak.thread').thread.run(r.session.conversation()).agent['name']"
    return str(shell.value(spec))


# Variables


def test_named_variables_go_with_the_message(shell: Shell) -> None:
    assert "has 2 lines" in shell.said("%chat --vars frame,x --into r look at them")
    assert files(shell) == ["frame", "x"]
    assert text_of(shell, 0) == "dict of 1 items\n{'n': 3}"


def test_a_variable_that_is_not_there_sends_nothing_and_names_the_nearest(shell: Shell) -> None:
    line = shell.refused("%chat --vars frames look")
    assert "there is no 'frames' here; did you mean 'frame'?" in line
    assert "no session yet" in shell.said("%chat status")


# The last error


def test_fix_sends_the_cell_that_failed_and_its_traceback(shell: Shell) -> None:
    assert not shell.run("total = 7\ntotal / 0").ok
    assert shell.run("r = %chat fix").ok
    assert files(shell) == ["cell", "traceback"]
    assert text_of(shell, 0).strip() == "total = 7\ntotal / 0"
    trace = text_of(shell, 1)
    assert trace.endswith("ZeroDivisionError: division by zero")
    assert "interactiveshell.py" not in trace


def test_fix_sends_a_cell_that_could_not_be_read(shell: Shell) -> None:
    assert not shell.run("def broken(:").ok
    assert shell.run("r = %chat fix").ok
    assert text_of(shell, 0).strip() == "def broken(:"
    assert "SyntaxError" in text_of(shell, 1)


def test_fix_without_an_error_says_so(tmp_path: Path) -> None:
    with Shell(tmp_path) as shell:
        shell.said("%load_ext cellspeak")
        assert "expected a cell that failed" in shell.refused("%chat fix")


# Several agents


def test_a_prompt_that_begins_with_a_name_goes_to_that_agent_and_the_next_one_does_not(
    shell: Shell,
) -> None:
    shell.said("r = %chat hello")
    assert agent(shell) == "quick"
    shell.said("r = %chat @Ada my name is Eve")
    assert agent(shell) == "Ada"
    assert shell.value("r.turn.posts[0]['content']") == "my name is Eve"
    shell.said("r = %chat hello again")
    assert agent(shell) == "quick"


def test_each_agent_keeps_its_own_conversation(shell: Shell) -> None:
    shell.said("%chat @Ada my name is Eve")
    shell.said("%%chat --into r\n@Bob what is my name?")
    assert "Eve" not in shell.value("r.text")
    shell.said("r = %chat @Ada what is my name?")
    assert "Eve" in shell.value("r.text")
    shell.said("%chat --new --into r @Ada what is my name?")
    assert "Eve" not in shell.value("r.text")


def test_a_name_that_nobody_has_and_a_literal_one_are_text(shell: Shell) -> None:
    for line in ("@Nobody hi", "-- @Ada hi", "--agent Bob @Ada hi"):
        shell.said(f"%chat --into r {line}")
        assert shell.value("r.turn.posts[0]['content']").startswith("@")
    assert "expected a message with some text" in shell.refused("%chat @Ada")


def test_stop_and_forget_reach_the_session_of_a_name(shell: Shell) -> None:
    shell.said("%chat --no-wait @Bob work for 30 seconds")
    assert shell.said("%chat stop").startswith("stopped")
    shell.said("r = %chat @Bob hello")
    shell.said(f"%chat forget {shell.value('r.session.session_id')}")
    shell.said("r = %chat @Bob hello")
    assert len(shell.value("[t.id for t in [r.turn] if t.after is None]")) == 1


def test_tab_offers_agents_behind_an_at(shell: Shell) -> None:
    shell.said("import warnings; warnings.simplefilter('ignore')")
    offered = "[c.text for c in get_ipython().Completer.completions({0!r}, len({0!r}))]"
    for line in ("%chat @A", "%chat --new @A", "%%chat @A", "%%chat\n@A"):
        assert shell.value(offered.format(line)) == ["Ada"]
    assert "Ada" not in shell.value(offered.format("@A"))


# The first cell


def test_a_reply_is_kept_in_the_very_cell_that_loads_the_extension(tmp_path: Path) -> None:
    with Shell(tmp_path) as shell:
        shell.said("%load_ext cellspeak\nx = %chat what is 6*7")
        assert "42" in shell.value("x.text")
        assert shell.run("%chat what is 6*7").result == "None"
