"""This process's own engine: which store it opens, and when it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cellspeak.agent import Agent
from cellspeak.agents.scripted import Say, ScriptedAgent
from cellspeak.errors import NotFoundError, ValidationError
from cellspeak.local import LocalTransport, default_store, open_store, shown_store
from cellspeak.stores.memory import MemoryStore
from cellspeak.stores.sql import SqlStore


def test_the_environment_wins_over_the_folder_and_the_folder_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cellspeak.yaml").write_text("store: sqlite:///here.db", encoding="utf-8")
    assert default_store() == "memory"
    monkeypatch.delenv("CELLSPEAK_STORE")
    assert default_store() == "sqlite:///here.db"
    (tmp_path / "cellspeak.yaml").unlink()
    assert default_store() == f"sqlite:///{tmp_path}/state/cellspeak/sessions.db"


async def test_an_address_names_a_store(tmp_path: Path) -> None:
    assert isinstance(open_store("memory"), MemoryStore)
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    assert isinstance(store, SqlStore)
    assert await store.list() == []
    assert (tmp_path / "a.db").stat().st_mode & 0o777 == 0o600
    await store.aclose()


@pytest.mark.parametrize(
    "address", ["", "sqlite", "sqlite:///", "sqlite://x", "redis", "mysql://u:p@h"]
)
def test_an_unknown_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="expected a store 'memory' or 'sqlite:///FILE'"):
        open_store(address)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("memory", "memory"),
        ("sqlite:////home/a@b/x.db", "sqlite:////home/a@b/x.db"),
        ("postgresql://ada:hun@ter2@h:1/x", "postgresql://h:1/x"),
        ("redis://:hunter2@h:6379/0", "redis://h:6379/0"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    assert shown_store(address) == shown


async def test_sessions_are_listed_labelled_and_their_blobs_looked_up() -> None:
    session = await Agent("x", runtime=ScriptedAgent([Say("a")])).create_session()
    transport = LocalTransport()
    await transport.label(session.session_id, {"title": "Mine"})
    records = {r.session_id: r for r in await transport.sessions()}
    assert records[session.session_id].labels["title"] == "Mine"
    with pytest.raises(NotFoundError):
        await transport.blob(session.session_id, "0" * 64)
    await transport.aclose()  # the engine is the process's: it goes on
    assert (await session.conversation()).seq == 1


KEEPS = """
import sys
from cellspeak import Agent, Session
if len(sys.argv) > 1:
    session = Session(sys.argv[1])
else:
    session = Session(agent=Agent("demo").spec)
reply = session.ask("My name is Alice." if len(sys.argv) < 2 else "What is my name?")
print(session.session_id)
print(reply.text)
"""


def test_a_session_is_kept_on_disk_and_resumed_by_another_process(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k != "CELLSPEAK_STORE"}

    def run(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", KEEPS, *args],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout

    session_id = run().splitlines()[0]
    assert "Your name is Alice" in run(session_id)
    assert (tmp_path / "state" / "cellspeak" / "sessions.db").stat().st_mode & 0o777 == 0o600
