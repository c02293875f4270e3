"""Tools on a kernel's main thread: while a cell waits, in an idle kernel, and interrupted."""

from __future__ import annotations

import pytest

from tests.kernel.driver import FrontEnd

pytestmark = pytest.mark.kernel

SETUP = """
%load_ext cellspeak
import threading, time
from cellspeak import Agent, tool
from cellspeak.agents import offload
values = []

@tool(main_thread=True)
def where(n: int) -> list:
    values.append(n)
    return [threading.current_thread() is threading.main_thread(), offload.cell_waits()]

@tool(main_thread=True)
def slow() -> None:
    print("began", flush=True)
    time.sleep(20)

_ = Agent("hands", tools=[where, slow, "run_python", "insert_cell"])
%config ChatMagics.agent = 'hands'
"""


@pytest.fixture
def ready(kernel: FrontEnd) -> FrontEnd:
    kernel.run(SETUP)
    kernel.forget()
    return kernel


def test_a_tool_runs_on_the_main_thread_while_its_cell_waits(ready: FrontEnd) -> None:
    ready.run("%chat --new --into r call where(1)", allow_stdin=False)
    assert ready.run("r.text, values") == "('`where` returned `[true,true]`.', [1])"


def test_a_tool_runs_on_the_main_thread_of_an_idle_kernel(ready: FrontEnd) -> None:
    ready.run("%chat --new --no-wait call where(2)", allow_stdin=False)
    ready.run("import time; time.sleep(0)")
    wait = "import asyncio\nwhile not values: await asyncio.sleep(0.02)\nvalues"
    assert ready.run(wait) == "[2]"


def test_a_tool_runs_while_a_cell_awaits_the_session(ready: FrontEnd) -> None:
    code = """
async with await Agent.fetch("hands").create_session() as session:
    await session.send("call where(3)")
    async for event in session.listen():
        if event.is_complete:
            break
event.text
"""
    assert ready.run(code).startswith("'`where` returned `[true,")


def test_an_interrupt_ends_the_tool_and_its_turn_and_the_kernel_goes_on(ready: FrontEnd) -> None:
    request = ready.start("%chat --new call slow()", allow_stdin=False)
    ready.until(lambda m: m["msg_type"] == "stream" and "began" in m["content"]["text"])
    ready.interrupt()
    reply = ready.reply(request, patience=10)
    assert reply["content"]["status"] == "error"
    assert "interrupted" in reply["content"]["evalue"]
    assert ready.works()
    ready.run("%chat --new --into r call where(4)", allow_stdin=False)
    assert ready.run("r.text") == "'`where` returned `[true,true]`.'"


def test_python_runs_among_the_variables_of_the_notebook(ready: FrontEnd) -> None:
    ready.run("x = 20")
    line = "%chat --new --on-approval allow --into r call run_python('print(x)\\nx += 1\\nx')"
    assert "20" not in ready.run(line, allow_stdin=False)
    assert (
        ready.run("r.text.split(), x")
        == "(['`run_python`', 'returned:', '```', '20', '21', '```'], 21)"
    )


def test_a_cell_is_inserted_at_the_end_of_the_cell_that_asked(ready: FrontEnd) -> None:
    request = ready.start("%chat --new call insert_cell('a = 1')", allow_stdin=False)
    (payload,) = ready.reply(request)["content"]["payload"]
    assert (payload["source"], payload["text"]) == ("set_next_input", "a = 1")
