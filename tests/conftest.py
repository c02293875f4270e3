"""What holds for every test: nothing of this machine is read, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cellspeak import agent


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
