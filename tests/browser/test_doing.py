"""What a person does in a chat besides writing: versions, files, commands, other conversations."""

import hashlib
import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.conftest import Open
from tests.browser.test_widget import CHAT, SLOW, box, say

pytestmark = pytest.mark.browser

PASTE = """async (box) => {
  const data = new DataTransfer();
  data.items.add(new File(["region,month\\nNorth,1\\n"], "pasted.csv", { type: "text/csv" }));
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""


def press(view: Locator, name: str) -> None:
    view.get_by_role("button", name=name, exact=True).click()


def command(view: Locator, text: str) -> None:
    box(view).fill(text)
    box(view).press("Escape")  # the list of commands
    box(view).press("Enter")


def test_versions_are_made_and_switched_and_two_views_agree(notebook: Open) -> None:
    lab = notebook(CHAT, "chat")
    lab.run_and_wait(1)
    lab.run_and_wait(2)
    one, other = lab.view(1), lab.view(2)
    say(one, "What is 12 * 12?")
    expect(one.locator(".turn")).to_contain_text("144")
    press(one, "Edit")
    editor = one.get_by_role("textbox", name="Edit")
    expect(editor).to_be_focused()
    editor.fill("What is 3 * 5?")
    editor.press("Enter")
    for view in (one, other):
        lab.see(1 if view is one else 2)
        expect(view.locator(".bubble")).to_have_text(["What is 3 * 5?"])
        expect(view.locator(".switcher")).to_have_text("‹2/2›")
    lab.see(1)
    press(one, "Regenerate")
    expect(one.locator(".switcher")).to_have_text("‹3/3›")
    press(one, "Earlier version")
    expect(one.locator(".switcher")).to_have_text("‹2/3›")
    press(one, "Earlier version")
    expect(one.locator(".bubble")).to_have_text(["What is 12 * 12?"])
    expect(one.get_by_role("button", name="Later version")).to_be_focused()
    lab.see(2)
    expect(other.locator(".bubble")).to_have_text(["What is 12 * 12?"])
    assert lab.python("[t.prompt for t in chat.conversation().path]") == "['What is 12 * 12?']"


def test_files_that_are_chosen_and_pasted_arrive_as_they_are(
    notebook: Open, tmp_path: Path
) -> None:
    large = bytes(range(256)) * 5_000  # 1.3 MB: three parts
    (tmp_path / "large.bin").write_bytes(large)
    lab = notebook(CHAT)
    lab.run_and_wait(1)
    view = lab.view(1)
    with lab.page.expect_file_chooser() as chooser:
        press(view, "Attach files")
    chooser.value.set_files(tmp_path / "large.bin")
    expect(view.locator(".field .chip")).to_have_count(1)
    box(view).evaluate(PASTE)
    expect(view.locator(".field .chip")).to_have_count(2)
    say(view, "look")
    expect(view.locator(".prompt .chip")).to_have_count(2)
    expect(view.locator(".field .chip")).to_have_count(0)
    view.locator(".prompt summary").nth(1).click()
    expect(view.locator(".sent pre")).to_have_text("region,month\nNorth,1\n")
    post = "chat.conversation().turns[chat.conversation().head].posts[0]['files'][0]"
    named = json.loads(lab.python(f"__import__('json').dumps({post})"))
    assert (named["name"], named["size"]) == ("large.bin", len(large))
    assert named["blob"] == hashlib.sha256(large).hexdigest()


def test_commands_begin_anew_go_back_and_export(notebook: Open) -> None:
    lab = notebook(CHAT)
    lab.run_and_wait(1)
    view = lab.view(1)
    say(view, "My name is Alice")
    expect(view.get_by_role("button", name="Regenerate")).to_be_visible()
    box(view).press_sequentially("/n")
    expect(view.get_by_role("option")).to_have_count(1)
    box(view).press("Enter")
    expect(view.locator(".bubble")).to_have_count(0)
    say(view, "What is my name?")
    expect(view.locator(".turn")).not_to_contain_text("Alice")
    command(view, "/resume")
    row = view.locator(".session").filter(has_text="My name is Alice").first
    row.get_by_role("button", name="Open").click()
    expect(view.locator(".bubble")).to_have_text(["My name is Alice"])
    assert lab.python("[t.prompt for t in chat.conversation().path]") == "['My name is Alice']"
    with lab.page.expect_download() as download:
        command(view, "/export ipynb")
    assert download.value.suggested_filename == "my-name-is-alice.ipynb"
    cells = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["cells"]
    assert "My name is Alice" in "".join(cells[0]["source"])


def test_a_draft_outlives_page_and_kernel_and_is_nowhere_in_the_notebook(
    notebook: Open,
) -> None:
    lab = notebook(CHAT)
    lab.run_and_wait(1)
    box(lab.view(1)).fill("half a thought")
    lab.save()
    lab.reload()
    lab.see(1)
    expect(box(lab.view(1))).to_have_value("half a thought")
    assert "half a thought" not in json.dumps(lab.save())
    line = lab.view(1).locator(".status-line")
    expect(line).to_contain_text("Ready")
    lab.restart()  # it is noticed without a word to it
    expect(line).to_contain_text("does not answer")
    expect(box(lab.view(1))).to_have_value("half a thought")


def test_frames_that_are_lost_doubled_and_late_cost_no_text(page: Page, notebook: Open) -> None:
    page.route_web_socket("**/channels**", badly)
    lab = notebook(SLOW)
    lab.run_and_wait(1)
    say(lab.view(1), "go")
    expect(lab.view(1)).to_contain_text("word399")
    expect(lab.view(1).get_by_role("button", name="Stop")).to_be_hidden()
    whole = lab.python("chat.conversation().turns[chat.conversation().head].text")
    expect(lab.view(1).locator(".items")).to_have_text(whole)


def badly(socket: WebSocketRoute) -> None:
    """Of our frames lose every fifth, double every seventh, and hold every eleventh back."""
    server = socket.connect_to_server()
    count, held = 0, list[str | bytes]()

    def pass_on(message: str | bytes) -> None:
        nonlocal count
        data = message.encode() if isinstance(message, str) else message
        if b'"t": "events"' not in data and b'"t":"events"' not in data:
            socket.send(message)
            return
        count += 1
        if count % 11 == 0:
            held.append(message)
        elif count % 5:
            for _ in range(2 if count % 7 == 0 else 1):
                socket.send(message)
            for late in held:
                socket.send(late)
            held.clear()

    server.on_message(pass_on)
