"""Code as users write it about tools: checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import Generator
from typing import assert_type

from cellspeak import Agent, LLMInfo, tool
from cellspeak.agents.tools import ToolContext
from cellspeak.tools import files_below, run_python


@tool
def add(a: int, b: int = 2) -> int:
    return a + b


@tool(approval="ask", when=lambda args: args["amount"] > 100)
async def pay(amount: int, ctx: ToolContext) -> str:
    ctx.progress(0.5, "waiting")
    return f"paid {amount}"


@tool(name="load_rows", approval="always ask")
def load(rows: int) -> Generator[tuple[float, str], None, list[int]]:
    yield 0.5, "half"
    return list(range(rows))


@tool(main_thread=True)
def draw() -> None: ...


def a_tool_keeps_its_type() -> int:
    assert_type(add(1), int)
    return add(a=1)


def an_agent_takes_tools_of_every_kind() -> Agent:
    model = LLMInfo(provider="openai", model_id="small", base_url="http://localhost/v1")
    files = files_below("data")
    return Agent("clerk", model, tools=[add, pay, load, draw, *files, run_python, "list_files"])
