"""What holds for every test: nothing of this machine is read, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cellspeak import agent

PROCESSES = (
    "agents/test_a2a_hostile.py",
    "agents/test_a2a_peers.py",
    "agents/test_local.py",
    "agents/test_mcp.py",
    "agents/test_other_providers.py",
    "agents/test_providers_http.py",
    "agents/test_restart.py",
    "cli/",
    "client/",
    "engine/test_owners.py",
    "notebook/test_context.py",
    "notebook/test_magics.py",
    "notebook/test_models.py",
    "notebook/test_record.py",
    "server/",
    "stores/test_sql.py",
    "test_local.py",
    "test_thread.py",
)
"""Tests that start processes or servers of their own; `make check` leaves them to `make test`."""


@pytest.hookimpl(tryfirst=True)  # before -m takes its pick
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            name = item.path.relative_to(here).as_posix()
            if name.startswith(PROCESSES):
                item.add_marker("process")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CELLSPEAK_STORE", "memory")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("CELLSPEAK_BASE_URL", raising=False)


@pytest.fixture(autouse=True)
def _clean_registry() -> Iterator[None]:
    known = dict(agent._registry)
    yield
    agent._registry.clear()
    agent._registry.update(known)
