"""Every attack of `conformance/`, in every place, in a real Chromium that counts.

The page defends itself with nothing; what the view lets through runs, or asks for something over
the network.  The careless page at the end proves that both would be noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, Route

from cellspeak.core.export import to_document
from cellspeak.notebook.static import turn_bundle
from tests.hostile import PAYLOADS
from tests.turns import everything

pytestmark = pytest.mark.browser

AT_ONCE = 24


class Watched:
    """A page in a profile of its own, and all that it asks the network for."""

    def __init__(self, browser: Browser) -> None:
        self.requests: list[str] = []
        self._profile = browser.new_context()
        self._profile.on("request", self._note)
        self.page: Page = self._profile.new_page()
        self.page.on("dialog", lambda dialog: dialog.dismiss())

    def _note(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.requests.append(request.url)

    def begin(self, address: str) -> None:
        """Open the harness; from now on nobody is reached and everything is counted."""
        self.page.goto(f"{address}/attacks.html")
        self.page.wait_for_selector("body[data-ready]", state="attached", timeout=20_000)
        self._profile.route("**/*", self._refuse)
        self.requests.clear()

    @staticmethod
    def _refuse(route: Route) -> None:
        route.abort()

    def close(self) -> None:
        self._profile.close()


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    page = Watched(browser)
    yield page
    page.close()


@pytest.mark.timeout(300)  # 309 attacks, in 13 pages of views
def test_no_attack_runs_or_asks_for_anything_in_the_view(watched: Watched, harness: str) -> None:
    watched.begin(harness)
    count: int = watched.page.evaluate("attacks.count")
    assert count == len(PAYLOADS)
    for first in range(0, count, AT_ONCE):
        shown: dict[str, Any] = watched.page.evaluate(
            "([from, to]) => attacks.show(from, to)", [first, first + AT_ONCE]
        )
        assert shown["foreign"] == [], f"from {first}"
        assert shown["ran"] == 0, f"from {first}"
        assert watched.requests == [], f"from {first}"
        assert shown["drawn"] > 100 * min(AT_ONCE, count - first)


def test_no_attack_runs_or_asks_for_anything_in_a_saved_notebook(
    watched: Watched, harness: str
) -> None:
    watched.begin(harness)
    html = "\n".join(
        turn_bundle(everything(text), "cellspeak-static-1", text)["text/html"] for text in PAYLOADS
    )
    assert watched.page.evaluate("html => attacks.transcript(html)", html) == 0
    assert watched.requests == []


def test_no_attack_runs_or_asks_for_anything_in_an_export(watched: Watched, harness: str) -> None:
    watched.begin(harness)
    turns = [everything(text) for text in PAYLOADS]
    document = to_document(turns, title=PAYLOADS[0], agent_name=PAYLOADS[1])
    policy = document[document.index("<meta http-equiv") :].partition("\n")[0]
    # Also without the page's own rules: they are the second line of defence.
    for text in (document, document.replace(policy, "")):
        watched.page.set_content(text.encode("utf-8", "replace").decode())
        watched.page.evaluate(
            "for (const one of document.querySelectorAll('details')) one.open = 1"
        )
        watched.page.wait_for_timeout(200)
        assert watched.page.evaluate("document.querySelectorAll('details').length") > 1000
        assert watched.page.evaluate("document.scripts.length") == 0
        assert watched.requests == []


def test_a_careless_page_would_be_noticed(watched: Watched, harness: str) -> None:
    watched.begin(harness)
    assert watched.page.evaluate("attacks.careless()") > 10
    assert len({url for url in watched.requests if "evil.example" in url}) > 5
