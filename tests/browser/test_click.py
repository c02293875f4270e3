"""A click reaches the agent while its cell is still running, on every kernel we promise."""

import re

import pytest
from playwright.sync_api import Locator, expect

from cellspeak.notebook.attend import HELLO
from tests.browser.conftest import Open
from tests.browser.lab import press

pytestmark = pytest.mark.browser

DELETE = "%%chat\nPlease delete the file report.txt"


def approve(view: Locator) -> Locator:
    return view.get_by_role("button", name="Approve")


def deny(view: Locator) -> Locator:
    return view.get_by_role("button", name="Deny").locator("visible=true")


def test_approving_works_while_the_cell_runs(notebook: Open, every_kernel: str) -> None:
    lab = notebook(DELETE, kernel=every_kernel)
    lab.run(1)
    view = lab.view(1)
    expect(approve(view)).to_be_visible()
    expect(deny(view)).to_be_visible()
    card = view.locator(".tool")
    expect(card).to_contain_text("delete_file")
    expect(card).to_contain_text('"path": "report.txt"')
    expect(card.locator("summary .status")).to_have_text("Needs approval")
    expect(lab.prompt(1)).to_have_text("[*]:")
    press(approve(view))
    expect(card.locator("summary .status")).to_have_text("Running")
    lab.ended(1)
    expect(card).to_contain_text("Approved by you")
    expect(card.locator("summary .status")).to_have_text("Done")
    expect(card).to_contain_text("Result")
    expect(card.locator(".time")).to_have_text(re.compile(r"^[\d.]+ m?s$"))


def test_run_all_keeps_its_order_around_a_click(notebook: Open, every_kernel: str) -> None:
    lab = notebook(
        "order = ['first']",
        DELETE,
        "order.append('after the click')",
        "%%chat\nWhat is 12 * 12?",
        "order.append('last'); print(order)",
        kernel=every_kernel,
    )
    lab.run_all()
    press(approve(lab.view(2)))
    lab.ended(5)
    expect(lab.view(4)).to_contain_text("144")
    expect(lab.outputs(5)).to_contain_text("['first', 'after the click', 'last']")
    numbers = [int(lab.prompt(n).inner_text().strip("[]:")) for n in range(6)]
    assert numbers == sorted(numbers)


def test_denying_gives_the_reason_to_the_agent(notebook: Open, every_kernel: str) -> None:
    lab = notebook(DELETE, "print('went on')", kernel=every_kernel)
    lab.run_all()
    view = lab.view(1)
    deny(view).click()
    view.get_by_label("Reason").fill("we still need it")
    deny(view).click()
    lab.ended(2)
    expect(view.locator(".tool")).to_contain_text("Denied by you")
    expect(view.locator(".tool")).to_contain_text("we still need it")
    expect(lab.outputs(1)).not_to_contain_text("Error")
    expect(lab.outputs(2)).to_contain_text("went on")


def test_a_page_reloaded_while_the_cell_waits_has_its_buttons_back(
    notebook: Open, every_kernel: str
) -> None:
    lab = notebook(DELETE, "print('the first has ended')", kernel=every_kernel)
    lab.run(1)
    expect(approve(lab.view(1))).to_be_visible()
    lab.save()
    lab.reload()
    expect(approve(lab.view(1))).to_be_visible()
    lab.run(2)
    lab.running(2)  # behind the cell that waits
    press(approve(lab.view(1)))
    expect(lab.view(1).locator(".tool summary .status")).to_have_text("Done")
    lab.ended(2)
    expect(lab.outputs(2)).to_contain_text("the first has ended")
    expect(lab.static(1)).to_be_hidden()


def test_a_cell_that_waits_out_of_sight_waits_for_its_buttons(notebook: Open) -> None:
    """JupyterLab draws no cell that is out of sight; a prompt there would be lost at a reload."""
    tall = "\n".join(f"{number} + 1" for number in range(80))
    lab = notebook(DELETE, tall, tall)
    lab.cell(3).scroll_into_view_if_needed()
    lab.run_all()
    lab.running(3)
    lab.page.wait_for_timeout(1_000 * (HELLO + 1))  # so long a cell waits for a view
    expect(lab.page.locator(".jp-Stdin")).to_have_count(0)
    lab.cell(1).scroll_into_view_if_needed()
    lab.see(1)
    press(approve(lab.view(1)))
    lab.ended(3)
