"""A conversation at a server, in a real JupyterLab: clicked, cut off, taken up again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from cellspeak.agent import Agent
from cellspeak.agents.demo import demo_agent
from cellspeak.local import open_store
from cellspeak.stores.base import Store
from tests.browser.conftest import Open
from tests.browser.lab import press
from tests.server.serving import serving

pytestmark = pytest.mark.browser


@pytest.fixture
def serve(tmp_path: Path) -> Callable[[int], ExitStack]:
    """Start the server at a port; its address is the stack's `address`."""

    def store() -> Store:
        return open_store(f"sqlite:///{tmp_path / 'sessions.db'}")

    def start(port: int) -> ExitStack:
        running = ExitStack()
        agent = Agent("demo", runtime=demo_agent(name="demo", pace=0))
        running.address = running.enter_context(  # type: ignore[attr-defined]  # for the test
            serving([agent], store=store, port=port)
        )
        return running

    return start


def test_a_chat_at_a_server_is_clicked_and_survives_its_restart_and_a_reload(
    notebook: Open, serve: Callable[[int], ExitStack]
) -> None:
    running = serve(0)
    address = str(running.address)  # type: ignore[attr-defined]  # set by the fixture
    lab = notebook(
        f"%%chat --server {address}\nPlease delete the file report.txt", "%chat", "%chat hello"
    )
    lab.run(1)
    view = lab.view(1)
    press(view.get_by_role("button", name="Approve"))
    lab.ended(1)
    expect(view.locator(".tool summary .status")).to_have_text("Done")
    lab.run_and_wait(2)
    status = lab.view(2).locator(".status-line [role=status]")
    expect(status).to_have_text("Ready")
    running.close()
    expect(status).to_have_text(
        "The server is out of reach; reconnecting. All that was said is kept."
    )
    lab.save()
    with serve(urlsplit(address).port or 0):
        expect(status).to_have_text("Ready")
        lab.reload()
        lab.see(2)
        expect(lab.view(2).locator(".bubble")).to_have_text(["Please delete the file report.txt"])
        lab.run_and_wait(3)
        expect(lab.view(3).locator(".footer")).to_be_visible()
        expect(lab.view(2).locator(".bubble")).to_have_count(2)
