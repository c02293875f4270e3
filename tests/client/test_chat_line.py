"""`%chat --server URL` in a real IPython: sessions live at the server, and nothing of it here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cellspeak.agent import Agent
from cellspeak.agents.demo import demo_agent
from cellspeak.server.access import AccessRules, Token
from tests.notebook.shell import Shell
from tests.server.serving import serving

RULES = AccessRules(tokens=[Token(name="team", token="s3cret")])


def quick(name: str) -> Agent:
    return Agent(name, runtime=demo_agent(name=name, pace=0))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving([quick("Ada"), quick("Eve")], rules=RULES) as address:
        yield address


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with Shell(tmp_path_factory.mktemp("far"), CELLSPEAK_API_KEY="s3cret") as shell:
        shell.said("%load_ext cellspeak")
        yield shell


@pytest.fixture
def shell(shared: Shell) -> Shell:
    """A shell that stands before a new session."""
    shared.said("%chat clear")
    return shared


def test_one_line_moves_the_conversation_to_a_server_and_it_stays_there(
    shell: Shell, address: str
) -> None:
    shell.said(f"%chat --server {address} My name is Alice")
    assert "Your name is Alice" in shell.said("%chat What is my name?")
    assert shell.said("%chat status").startswith("Ada: idle; 2 turns;")
    # The server is there for all tests of this file, whichever comes first.
    assert f" at {address}; none is kept here" in shell.said("%chat where")
    assert "My name is Alice" in shell.said("%chat sessions")
    back = shell.said("%chat clear").strip().partition("back to this one: ")[2]
    assert back.startswith(f"%chat --server {address} resume ")
    assert "0 sessions" in shell.said("%chat where")
    assert shell.said(back).startswith("resumed “My name is Alice” (2 turns,")
    assert "Your name is Alice" in shell.said("%chat What is my name?")


def test_agents_names_and_sessions_are_those_of_the_server(shell: Shell, address: str) -> None:
    where = f"--server {address}"
    shell.said(f"%chat {where} --agent Eve --session talk hello")
    assert shell.said("%chat status").startswith("Eve: idle; 1 turn;")
    shell.said("%chat clear")
    shell.said(f"%chat {where} --session talk hello again")
    assert shell.said("%chat status").startswith("Eve: idle; 2 turns;")
    assert "There are: Ada, Eve" in shell.refused(f"%chat {where} --agent Bob hello")
    assert "agents have their own models" in shell.refused(f"%chat {where} --model x:y hello")
    assert "expected the id of one session" in shell.refused("%chat forget all")
    shell.said(f"%chat {where} hello to the third")
    assert "deleted 1 session" in shell.said("%chat forget 1")


def test_the_setting_and_the_folders_file_name_a_server_too(
    shell: Shell, address: str, tmp_path: Path
) -> None:
    shell.said(f"%config ChatMagics.server = '{address}'")
    shell.said("%chat hello")
    assert f"at {address}" in shell.said("%chat where")
    shell.said("%config ChatMagics.server = ''")
    shell.said("%chat clear")
    (tmp_path / "cellspeak.yaml").write_text(f'server: "{address}/v1"\n', encoding="utf-8")
    shell.said(f"%cd -q {tmp_path}")
    shell.said("%chat hello")
    assert shell.said("%chat status").startswith("Ada: idle; 1 turn;")
    assert f"at {address};" in shell.said("%chat where")
    (tmp_path / "cellspeak.yaml").unlink()


def test_a_key_is_never_a_part_of_the_line(shell: Shell, address: str) -> None:
    told = address.replace("http://", "http://me:s3cret@")
    line = shell.refused(f"%chat --server {told} hello")
    assert "set CELLSPEAK_API_KEY instead" in line
    assert "s3cret" not in line
    shell.said(f"%chat --server {address} hello")
    assert "s3cret" not in shell.said("%chat where") + shell.said("%chat status")
    assert "expected a server as http://HOST:PORT" in shell.refused("%chat --server nowhere hi")


def test_a_key_that_is_missing_or_a_server_that_is_not_there_is_one_line(
    tmp_path: Path, address: str
) -> None:
    with Shell(tmp_path) as shell:
        shell.said("%load_ext cellspeak")
        refused = shell.refused(f"%chat --server {address} hello")
        assert "set CELLSPEAK_API_KEY" in refused
        assert "is it running?" in shell.refused("%chat --server http://127.0.0.1:9 hello")
