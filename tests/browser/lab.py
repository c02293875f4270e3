"""A notebook in JupyterLab as a person has it: cells, the kernel's buttons, our views.

Its one law: it never sleeps; it waits until the page shows what is waited for.
"""

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.browser.server import Server

PATIENCE = 30_000.0
"""Milliseconds: the machine may be busy with other things."""


class Notebook:
    """One notebook, open in one page of JupyterLab, or of Notebook 7 as `app` says."""

    def __init__(self, page: Page, server: Server, path: Path, *, app: str = "doc/tree") -> None:
        self.page, self.server, self.path, self.app = page, server, path, app

    def open(self) -> None:
        """Load the page, and wait until its kernel has run the first cell.

        ipykernel 7.0 to 7.3 now and then leave a request unread until something of ours is
        loaded, and the page waits for ever.  Such a kernel gets a successor, as a person would do.
        """
        for patience in (15_000, 15_000, PATIENCE):
            self.page.goto(self.server.address(self.path.name, self.app), wait_until="commit")
            self._drawn()
            if self._answers(patience):
                return
            self.server.end_kernels()
            self.page.goto("about:blank")
        raise TimeoutError("the kernel never answered its page")

    def _answers(self, patience: float) -> bool:
        try:
            self._know_kernel(patience)
            self.run(0)
            self.ended(0, patience)
        except (TimeoutError, AssertionError):
            return False
        return True

    def _drawn(self) -> None:
        expect(self.cells.first).to_be_visible(timeout=60_000)

    def _know_kernel(self, patience: float) -> None:
        self.page.wait_for_function(KNOWS_KERNEL, timeout=patience)

    def reload(self) -> None:
        """Reload the page, as a person does."""
        self.page.reload(wait_until="commit")
        self._drawn()

    # Cells

    @property
    def cells(self) -> Locator:
        """All cells."""
        return self.page.locator(".jp-Notebook .jp-Cell")

    def cell(self, number: int) -> Locator:
        """The cell with this index, from 0."""
        return self.cells.nth(number)

    def outputs(self, number: int) -> Locator:
        """What stands below a cell."""
        return self.cell(number).locator(".jp-Cell-outputArea")

    def view(self, number: int, nth: int = 0) -> Locator:
        """Our live view below a cell."""
        return self.cell(number).locator(".cellspeak").nth(nth).locator(".cs")

    def see(self, number: int) -> None:
        """Scroll until our view below a cell is in sight: what is out of sight is not drawn."""
        expect(self.view(number)).to_be_attached()
        self.view(number).evaluate("view => view.scrollIntoView({ block: 'end' })")

    def static(self, number: int) -> Locator:
        """The static transcript below a cell."""
        return self.cell(number).locator(".cellspeak-static")

    def prompt(self, number: int) -> Locator:
        """The brackets at a cell's left."""
        return self.cell(number).locator(".jp-InputPrompt").first

    def run(self, number: int) -> None:
        """Click into a cell and press Shift+Enter."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")

    def run_and_wait(self, number: int) -> None:
        """Run a cell that ends by itself."""
        self.run(number)
        self.ended(number)

    def run_all(self) -> None:
        """Do what the menu's Run All Cells does, without waiting for the cells."""
        self.start("notebook:run-all-cells")

    def running(self, number: int) -> None:
        """Wait until a cell shows that it runs or waits to run."""
        expect(self.prompt(number)).to_have_text("[*]:", timeout=PATIENCE)

    def ended(self, number: int, patience: float = PATIENCE) -> None:
        """Wait until a cell has run."""
        expect(self.prompt(number)).to_have_text(re.compile(r"^\[\d+\]:$"), timeout=patience)

    def add(self, text: str) -> int:
        """Add a cell at the end; returns its index."""
        count = self.cells.count()
        self.cell(count - 1).locator(".jp-InputPrompt").click()
        self.page.keyboard.press("b")
        expect(self.cells).to_have_count(count + 1)
        self.page.keyboard.press("Enter")
        self.page.keyboard.insert_text(text)
        return count

    # The notebook's buttons

    def command(self, name: str, **args: Any) -> None:
        """Do one of JupyterLab's commands, as a menu does; wait until it is done."""
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)",
            [name, args],
        )

    def start(self, name: str) -> None:
        """Begin one of JupyterLab's commands and do not wait."""
        self.page.evaluate("name => { window.jupyterapp.commands.execute(name) }", name)

    def save(self) -> dict[str, Any]:
        """Save; returns what the file holds."""
        self.command("docmanager:save")
        return self.saved()

    def saved(self) -> dict[str, Any]:
        """Return what the file holds."""
        content: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return content

    def interrupt(self) -> None:
        """Press the kernel's stop button."""
        self.command("notebook:interrupt-kernel")

    def restart(self) -> None:
        """Restart the kernel and wait until it is there."""
        self.command("notebook:restart-kernel")
        self._know_kernel(PATIENCE)

    def idle(self) -> None:
        """Wait until the page knows that its kernel runs no cell."""
        self.page.wait_for_function(f"() => {KERNEL}?.status === 'idle'", timeout=PATIENCE)

    def python(self, expression: str) -> str:
        """Return what the kernel prints for an expression; it must be idle."""
        return str(self.page.evaluate(ASK_KERNEL, f"print({expression})"))


KERNEL = "window.jupyterapp.shell.currentWidget?.context?.sessionContext?.session?.kernel"

KNOWS_KERNEL = f"() => ['idle', 'busy'].includes({KERNEL}?.status)"

ASK_KERNEL = f"""async code => {{
  const future = {KERNEL}.requestExecute({{ code, store_history: false }});
  let text = "";
  future.onIOPub = message => {{ text += message.content.text ?? ""; }};
  const reply = await future.done;
  if (reply.content.status !== "ok") throw new Error(JSON.stringify(reply.content));
  return text.trimEnd();
}}"""


def press(button: Locator) -> None:
    """Press a button that approves as a person does: again, until it has been taken.

    A press within 300 ms of a scroll is not taken for a yes, and the page scrolls to it.
    """
    button.scroll_into_view_if_needed()
    for _ in range(8):
        button.page.wait_for_timeout(400)
        button.click()
        try:
            expect(button).to_be_hidden(timeout=2_000)
        except AssertionError:
            continue
        return
