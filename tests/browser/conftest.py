"""JupyterLab and Chromium, once for all tests of this folder."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.lab import PATIENCE, Notebook
from tests.browser.server import KERNELS, ROOT, Server

NEWEST = "ipykernel-7.4"
ALL = ("ipykernel-6.31", "ipykernel-7.3", NEWEST)

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Open = Callable[..., Notebook]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The one JupyterLab."""
    if not KERNELS.is_dir():
        pytest.fail("there are no kernels for the tests: run `make kernels` first")
    with Server(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one Chromium."""
    linked = ROOT / ".tools/bin/chromium"
    found = str(linked) if linked.exists() else shutil.which("chromium")
    if not found:
        pytest.fail("there is no Chromium: run `make browser` first")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=CHROMIUM)
        yield running
        running.close()


@pytest.fixture(scope="session")
def harness() -> Iterator[str]:
    """The address of the harness, which builds and serves what stands in `js/`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = ["node", "test/harness/serve.mjs"]
    environment = {**os.environ, "PORT": port}
    with subprocess.Popen(
        command, cwd=ROOT / "js", env=environment, stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        said = serving.stdout.readline()
        assert said.startswith("http"), "expected the harness to say where it is"
        yield f"http://127.0.0.1:{port}"
        serving.terminate()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all pages, so that JupyterLab's programs are loaded once."""
    profile = browser.new_context(viewport={"width": 1100, "height": 1000})
    profile.grant_permissions(["clipboard-read", "clipboard-write"])
    profile.set_default_timeout(PATIENCE)
    yield profile
    profile.close()


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page for one test; what it showed when the test failed is kept in build/browser."""
    opened = context.new_page()
    failed = request.session.testsfailed
    yield opened
    if request.session.testsfailed > failed:
        opened.screenshot(path=ROOT / f"build/browser/{_file_name(request)}.png")
    opened.close()


@pytest.fixture(params=ALL)
def every_kernel(request: pytest.FixtureRequest) -> str:
    """The kernels that cellspeak promises to work on, one after the other."""
    return str(request.param)


@pytest.fixture
def notebook(page: Page, server: Server, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open a new notebook: its first cell loads cellspeak and has run, the others wait."""

    def open_notebook(*cells: str, kernel: str = NEWEST, app: str = "doc/tree") -> Notebook:
        name = _file_name(request) + ".ipynb"
        texts = ["%load_ext cellspeak", *cells]
        opened = Notebook(page, server, server.write(name, kernel, texts), app=app)
        server.start_kernel(name, kernel)
        opened.open()
        return opened

    yield open_notebook
    server.end_kernels()


def _file_name(request: pytest.FixtureRequest) -> str:
    return "".join(c if c.isalnum() else "-" for c in str(request.node.name))
