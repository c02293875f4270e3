"""`%chat` and `%%chat` in a real IPython: what a person types, and what a person then reads."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebook.shell import Shell

QUICK = """
from cellspeak import Agent
from cellspeak.agents.demo import demo_agent
_ = Agent("quick", runtime=demo_agent(name="quick", pace=0))
"""
CONFIG = "%config ChatMagics.agent = 'quick'"
LONG = "get_ipython().run_cell_magic('chat', '', 'x' * 5_000_000)"


def prepare(shell: Shell) -> Shell:
    shell.said("%load_ext cellspeak")
    shell.said(QUICK)
    shell.said(CONFIG)
    return shell


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with Shell(tmp_path_factory.mktemp("shared")) as shell:
        prepare(shell)
        shell.said("%chat what is 1+1")
        yield shell


@pytest.fixture
def shell(shared: Shell) -> Shell:
    """A shell that works and stands before a new session."""
    shared.said("%chat clear")
    return shared


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for a shell of one's own."""
    return tmp_path


# Loading


def test_loading_prints_nothing_and_starts_nothing(folder: Path) -> None:
    with Shell(folder) as shell:
        before = shell.value("[t.name for t in __import__('threading').enumerate()]")
        assert shell.run("%load_ext cellspeak").printed == ""
        after = shell.value("[t.name for t in __import__('threading').enumerate()]")
        assert after == before
        assert not (folder / "sessions.db").exists()
        assert not (folder / "state").exists()


def test_it_can_be_unloaded_and_loaded_again(shell: Shell) -> None:
    shell.said("%unload_ext cellspeak")
    line, assigned = shell.run("%chat hello"), shell.run("x = %chat hello")
    shell.said("%load_ext cellspeak")
    assert "not found" in line.printed
    assert "not found" in assigned.printed
    transformers = "len(get_ipython().input_transformers_cleanup)"
    number = shell.value(transformers)
    shell.said("%reload_ext cellspeak")
    assert shell.value(transformers) == number
    names = "[type(c).__name__ for c in get_ipython().configurables]"
    assert shell.value(names).count("ChatMagics") == 1
    shell.said(CONFIG)
    assert "144" in shell.said("%chat what is 12*12?")


def test_sessions_survive_the_extension(shell: Shell) -> None:
    shell.said("%chat my name is Alice")
    shell.said("%reload_ext cellspeak")
    shell.said(CONFIG)
    shell.said("%chat resume 1")
    assert "Alice" in shell.said("%chat what is my name?")


# Asking


def test_a_line_and_a_cell_ask(shell: Shell) -> None:
    assert "Nice to meet you, Alice" in shell.said("%chat My name is Alice")
    assert "Your name is Alice" in shell.said("%%chat\nWhat is my name?")


def test_text_behind_the_cell_magic_comes_first(shell: Shell) -> None:
    assert "144" in shell.said("%%chat What is\n12 * 12")


@pytest.mark.parametrize(
    "cell",
    [
        "%chat what is 12*12?",
        "%chat what is 12*12??",
        "  %chat what is 12*12?",
        "if True:\n    %chat what is 12*12?",
        "%%chat\nwhat is 12*12?",
        "# a comment\n%chat what is 12*12?",
    ],
)
def test_a_question_mark_is_no_call_for_help(shell: Shell, cell: str) -> None:
    assert "**144**" in shell.said(cell)


@pytest.mark.parametrize("cell", ["%chat?", "%%chat?", "?%chat", "%chat help"])
def test_help_lists_every_option_and_subcommand(shell: Shell, cell: str) -> None:
    printed = shell.said(cell)
    for word in ("--agent NAME", "--no-wait", "%chat sessions", "%chat forget ID|all"):
        assert word in printed


@pytest.mark.parametrize("cell", ["x = %chat what is 12*12?", "x = %chat what is 12*12"])
def test_a_reply_can_be_kept(shell: Shell, cell: str) -> None:
    shell.said(cell)
    assert shell.value("[x.text[-8:-1], x.turn.status]") == ["**144**", "complete"]


def test_a_reply_can_be_put_into_a_name(shell: Shell) -> None:
    shell.said("%%chat --into reply\nwhat is 12*12?")
    assert "**144**" in shell.value("reply.text")
    assert shell.value("reply._repr_markdown_() == reply.text == str(reply)")


def test_a_plain_chat_leaves_no_result(shell: Shell) -> None:
    assert shell.run("%chat what is 12*12?").result == "None"


@pytest.mark.parametrize(
    "prompt",
    [
        "{__import__('os').getpid()} {undefined} {",
        "$HOME ${HOME} $x",
        "don't \"quote\" it's",
        "back\\slash \\n and %percent %%chat !ls",
        "ünïcödé 😀 \u202eabc",
    ],
)
@pytest.mark.parametrize("form", ["%chat {}", "%%chat\n{}", "x = %chat {}", "%%chat {}\nmore"])
def test_a_prompt_is_just_text(shared: Shell, form: str, prompt: str) -> None:
    shared.said(form.replace("{}", prompt, 1))
    session = "get_ipython().find_line_magic('chat').__self__.current.session"
    said = shared.value(f"(await {session}.conversation()).path[-1].prompt")
    assert said == prompt + ("\n\nmore" if "more" in form else "")


def test_text_in_a_string_is_left_alone(shell: Shell) -> None:
    shell.said('s = """\n%chat what?\nx = %chat y\n"""')
    assert shell.value("s") == "\n%chat what?\nx = %chat y\n"


@pytest.mark.parametrize("prompt", ["-- stop", "stop it", "Stop.", "resume the story", "-- --new"])
def test_what_is_no_subcommand_is_a_prompt(shell: Shell, prompt: str) -> None:
    assert f"You said: `{prompt.removeprefix('-- ')}`" in shell.said(f"%chat {prompt}")


def test_without_a_front_end_no_wait_returns_at_once_and_says_how_to_look(shell: Shell) -> None:
    printed = shell.said("%chat --no-wait work for 9 seconds")
    assert printed == "asked; %chat status says when it is done, %chat export shows it\n"
    assert "1 turn;" in shell.said("%chat status")
    assert "stopped" in shell.said("%chat stop")
    assert ": idle; 1 turn;" in shell.said("%chat status")


# Approvals without a front end


def test_nobody_there_denies_and_the_cell_says_so(shell: Shell) -> None:
    lines = shell.run("%%chat\nDelete the file report.txt").lines
    assert lines[-1] == "denied delete_file: nobody was there to ask (on_unattended)"
    assert "[delete_file: denied]" in lines


def test_the_unattended_may_be_allowed(shell: Shell) -> None:
    shell.said("%config ChatMagics.on_unattended = 'allow'")
    try:
        lines = shell.run("%%chat\nDelete the file report.txt").lines
    finally:
        shell.said("%config ChatMagics.on_unattended = 'deny'")
    assert lines[-1] == "approved delete_file: nobody was there to ask (on_unattended)"
    assert "[delete_file: done]" in lines


@pytest.mark.parametrize(("policy", "status"), [("allow", "done"), ("deny", "denied")])
def test_a_cell_may_say_what_happens_to_approvals(shell: Shell, policy: str, status: str) -> None:
    printed = shell.said(f"%chat --on-approval {policy} delete the file a.txt")
    assert f"[delete_file: {status}]" in printed
    assert "nobody was there" not in printed


# Bad input: one line


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("%%chat\n   \n\t\n", "chat: expected a message with some text; got only white space"),
        ("%chat --", "chat: expected a message with some text; got only white space"),
        (LONG, "chat: expected at most 1 MiB of text in a message; got 4.8 MiB"),
        ("%chat --agnet x hi", "chat: expected an option of %chat; got --agnet; did you mean"),
        ("%chat --agent nobody hi", "chat: expected the name of an agent; got 'nobody'"),
        ("%chat --agent", "chat: expected a value: --agent NAME"),
        ("%chat --session 0123456789abcdef0123456789abcdef hi", "chat: expected the id of a"),
        ("%chat --session a/b/c hi", "chat: expected a session name of up to 64 letters"),
        ("%chat --into 9x hi", "chat: expected --into with the name of a variable; got '9x'"),
        ("%chat --into class hi", "chat: expected --into with the name of a variable"),
        ("%chat --on-approval perhaps hi", "chat: expected --on-approval ask|deny|allow"),
        ("%chat resume 999", "chat: expected a number from 1 to "),
        ("%chat resume 0123456789abcdef", "chat: expected the id of a session; there is none"),
        ("%chat forget 999", "chat: expected a number from 1 to "),
        ("%chat export", "chat: there is no conversation yet; send something, or"),
        ("%chat fail", "chat: the demo agent failed because it was asked to"),
        ("%%chat --new\nfail", "chat: the demo agent failed because it was asked to"),
    ],
)
def test_bad_input_gets_one_line(shell: Shell, cell: str, line: str) -> None:
    ran = shell.run(cell)
    assert not ran.ok
    assert ran.lines[-1].startswith(line)
    assert "Traceback" not in ran.printed
    assert "----" not in ran.printed


def test_a_failed_turn_need_not_stop_the_notebook(shell: Shell) -> None:
    shell.said("%config ChatMagics.on_error = 'show'")
    try:
        shell.said("%chat fail")
    finally:
        shell.said("%config ChatMagics.on_error = 'raise'")


def test_a_ninth_queued_post_is_refused(shell: Shell) -> None:
    for _ in range(9):  # one runs, eight wait
        shell.said("%chat --no-wait work for 500 seconds")
    assert ", 8 queued" in shell.said("%chat status")
    line = shell.refused("%chat one more")
    assert line.startswith("chat: 8 messages are waiting already")
    session = shell.said("%chat status").split()[-1]
    assert shell.said(f"%chat forget {session}").startswith("deleted 1 session for good")


def test_a_resume_of_what_was_forgotten_says_so(shell: Shell) -> None:
    shell.said("%chat my name is Alice")
    session = shell.said("%chat clear").split()[-1]
    shell.said(f"%chat forget {session}")
    assert "there is none" in shell.refused(f"%chat resume {session}")
    assert "there is none" in shell.refused(f"%chat --session {session} hello")
    ran = shell.run(f"await __import__('cellspeak').Session({session!r})")
    assert "was terminated; its content is gone" in ran.lines[-1]


# Sessions


def test_a_session_can_have_a_name(shell: Shell) -> None:
    shell.said("%chat --session 'my notes' my name is Alice")
    shell.said("%chat --session other my name is Bob")
    assert "Alice" in shell.said('%chat --session "my notes" what is my name?')
    assert "Bob" in shell.said("%%chat --session=other\nwhat is my name?")
    listed = shell.said("%chat sessions")
    assert "my notes: my name is Alice" in listed
    assert "other: my name is Bob" in listed


def test_another_agent_means_another_session(shell: Shell) -> None:
    shell.said("%chat my name is Alice")
    shell.said("%chat --agent demo what is 1+1")
    assert shell.said("%chat status").startswith("demo: idle; 1 turn;")
    shell.said("%chat --new --agent quick what is 1+1")
    assert shell.said("%chat status").startswith("quick: idle; 1 turn;")


def test_clear_starts_anew_and_says_how_to_get_back(shell: Shell) -> None:
    shell.said("%chat my name is Alice")
    line = shell.said("%chat reset").strip()
    back = line.rpartition("back to this one: ")[2]
    assert "have not told me" in shell.said("%chat what is my name")
    shell.said(back)
    assert "Alice" in shell.said("%chat what is my name")


def test_where_says_what_is_kept_and_how_to_remove_it(shell: Shell) -> None:
    shell.said("%chat what is 1+1")
    printed = shell.said("%chat where")
    for part in ("sessions.db (", "B), readable by you alone", "%chat forget ID"):
        assert part in printed


def test_forget_leaves_nothing_in_the_file(folder: Path) -> None:
    with Shell(folder) as shell:
        prepare(shell)
        shell.said("%chat My name is Rumpelstilzchen")
        shell.said("%chat what is my name?")
        kept = b"".join(p.read_bytes() for p in folder.glob("sessions.db*"))
        assert b"Rumpelstilzchen" in kept
        assert stat.S_IMODE((folder / "sessions.db").stat().st_mode) == 0o600
        assert shell.said("%chat forget all").startswith("deleted 1 session for good")
        left = b"".join(p.read_bytes() for p in folder.glob("sessions.db*"))
        assert b"Rumpelstilzchen" not in left
        assert shell.said("%chat sessions") == "no sessions yet; %chat TEXT starts one\n"
        assert "deleted 0 sessions" in shell.said("%chat forget all")
        assert "quick: idle" not in shell.said("%chat status")


def test_export_writes_every_kind_and_replaces_nothing(shell: Shell, folder: Path) -> None:
    shell.said("%chat what is 12*12?")
    for kind, part in {
        "md": "**144**",
        "txt": "144",
        "html": "<strong>144</strong>",
        "json": '"calculator"',
    }.items():
        path = folder / f"talk.{kind}"
        assert shell.said(f"%chat export {path}").startswith(f"wrote {path} (")
        assert part in path.read_text(encoding="utf-8")
        line = shell.refused(f"%chat export {path}")
        assert line == f"chat: {path} exists; give another name, or remove it first"
    assert "**144**" in shell.said("%chat export")
    line = shell.refused(f"%chat export {folder}/no/such/folder.md")
    assert line.endswith("No such file or directory")


def notebook(shell: Shell, path: str) -> None:
    shell.said(f"%env JPY_SESSION_NAME={path}")


def test_a_new_process_resumes(folder: Path) -> None:
    with Shell(folder, JPY_SESSION_NAME="work/a.ipynb") as shell:
        prepare(shell)
        shell.said("%chat my name is Alice")
        notebook(shell, "work/b.ipynb")
        shell.said("%chat --new my name is Bob")
    with Shell(folder, JPY_SESSION_NAME="work/a.ipynb") as shell:
        prepare(shell)
        assert shell.said("%chat resume").startswith("resumed “my name is Alice” (1 turn,")
        assert "Alice" in shell.said("%chat what is my name?")
        listed = shell.run("%chat sessions").lines
        assert "a.ipynb" in listed[1]
        assert "1 *" in listed[1]
        assert "b.ipynb" in listed[2]
        identity = listed[2].split()[-1]
        shell.said("%chat resume 2")
        assert "Bob" in shell.said("%chat what is my name?")
        shell.said("%chat resume 2")
        shell.said(f"%chat resume {identity}")
        assert "Bob" in shell.said("%chat what is my name?")
        notebook(shell, "work/c.ipynb")
        printed = shell.said("%chat resume")
        assert printed.startswith("no session of this notebook yet; there are:")
        assert "my name is Bob" in printed


# Settings


def test_config_lists_every_setting_and_refuses_wrong_ones(shell: Shell) -> None:
    printed = shell.said("%config ChatMagics")
    for name in ("agent", "on_approval", "on_unattended", "on_error", "wait"):
        assert f"ChatMagics.{name}=" in printed
    assert "'perhaps'" in shell.run("%config ChatMagics.on_approval = 'perhaps'").printed
    shell.said("%config ChatMagics.on_approval = ''")


def test_ipythons_configuration_sets_them(shell: Shell) -> None:
    shell.said("get_ipython().config.ChatMagics.on_approval = 'allow'")
    try:
        shell.said("%reload_ext cellspeak")
        shell.said(CONFIG)
        assert "[delete_file: done]" in shell.said("%chat delete the file a.txt")
    finally:
        shell.said("del get_ipython().config.ChatMagics")
        shell.said("%reload_ext cellspeak")
        shell.said(CONFIG)


YAML = """
agent: Tutor
on_approval: allow
store: memory
agents:
  Tutor:
    model: "scripted:demo"
    instructions: "Be kind."
"""


UNUSABLE = {
    "agent: [": "chat: cellspeak.yaml, line 1: expected",
    "agnet: x": "chat: cellspeak.yaml, line 1, key agnet: expected one of agent, agents",
    "on_approval: maybe": "key on_approval: expected ask or deny or allow; got 'maybe'",
    "- a": "chat: cellspeak.yaml, line 1: expected keys and values",
    "agent: Nobody": "chat: expected the name of an agent; got 'Nobody'",
    "agents:\n  A:\n    model: gpt\nagent: A": "chat: expected the model 'scripted:demo'",
    "store: http://x": "chat: expected a store 'memory' or 'sqlite:///FILE'",
}


def test_a_folder_carries_its_settings_and_says_what_is_wrong_with_them(folder: Path) -> None:
    settings = folder / "cellspeak.yaml"
    with Shell(folder, CELLSPEAK_STORE="") as shell:
        settings.write_text("agent: [", encoding="utf-8")
        assert shell.run("%load_ext cellspeak").printed == ""
        for text, line in UNUSABLE.items():
            settings.write_text(text, encoding="utf-8")
            assert line in shell.refused("%chat hello")
        assert "ChatMagics.agent=" in shell.said("%config ChatMagics")
        settings.write_text(YAML, encoding="utf-8")
        assert "[delete_file: done]" in shell.said("%chat delete the file a.txt")
        assert shell.said("%chat status").startswith("Tutor: idle; 1 turn;")
        assert "1 session in memory" in shell.said("%chat where")
    assert not (folder / "state").exists()
    assert not list(folder.glob("*.db"))


# Tab

COMPLETE = """
from IPython.core.completer import provisionalcompleter
def complete(text):
    with provisionalcompleter():
        new = get_ipython().Completer.completions(text, len(text))
        return sorted({text[:c.start] + c.text for c in new})
def classic(text):
    return sorted(get_ipython().complete(None, text, len(text))[1])
"""


@pytest.fixture
def completing(shared: Shell) -> Shell:
    """A shell with a named session, and words for what Tab does."""
    if not shared.value("'complete' in globals()"):
        shared.said("%chat --session mynotes what is 1+1")
        shared.said(COMPLETE)
    return shared


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("%chat --", "%chat --agent"),
        ("%chat --ag", "%chat --agent"),
        ("%%chat --", "%%chat --no-wait"),
        ("%%chat --new --in", "%%chat --new --into"),
        ("%chat --agent ", "%chat --agent quick"),
        ("%chat --agent qu", "%chat --agent quick"),
        ("%%chat --agent ", "%%chat --agent demo"),
        ("%chat --on-approval ", "%chat --on-approval deny"),
        ("%chat re", "%chat resume"),
        ("%chat st", "%chat status"),
        ("%chat ", "%chat sessions"),
        ("%chat forget a", "%chat forget all"),
        ("%chat --session my", "%chat --session mynotes"),
    ],
)
def test_tab_offers_what_may_come(completing: Shell, typed: str, offered: str) -> None:
    both = completing.value(f"[complete({typed!r}), classic({typed!r})]")
    assert offered in both[0]
    assert offered.rpartition(" ")[2] in both[1]


@pytest.mark.parametrize("typed", ["%chat resume ", "%chat forget ", "%chat --session "])
def test_tab_offers_sessions(completing: Shell, typed: str) -> None:
    completing.said("%chat --new what is 1+1")
    session = completing.said("%chat status").split()[-1]
    assert typed + session in completing.value(f"complete({typed!r})")


def test_tab_offers_no_commands_where_there_can_be_none(completing: Shell) -> None:
    assert "%%chat status" not in completing.value("complete('%%chat s')")
    assert "%chat tell me status" not in completing.value("complete('%chat tell me s')")
