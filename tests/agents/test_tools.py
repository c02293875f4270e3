"""Functions as tools: what they are called, how they run, what is shown of what they return."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from typing import Any

import pytest

from cellspeak.agents.offload import in_thread
from cellspeak.agents.rich import MODEL_LIMIT, shown
from cellspeak.agents.tools import ToolContext, run_tool, spec_of, specs_of, tool
from cellspeak.errors import ValidationError


class Reports:
    def __init__(self) -> None:
        self.told: list[tuple[float | None, str]] = []
        self.context = ToolContext(lambda fraction, text: self.told.append((fraction, text)))


async def value_of(function: Any, **args: Any) -> Any:
    return (await run_tool(spec_of(function), args, Reports().context)).value


def test_a_decorated_function_stays_the_function_that_it_was() -> None:
    def double(x: int) -> int:
        return 2 * x

    assert tool(double) is double
    assert tool(approval="ask")(double) is double
    assert double(4) == 8


def test_a_tool_may_have_a_name_of_its_own() -> None:
    @tool(name="times_two")
    def double(x: int) -> int:
        return 2 * x

    assert spec_of(double).name == "times_two"


async def test_a_plain_function_runs_on_a_thread_of_its_own_that_ends_with_the_process() -> None:
    def where() -> list[Any]:
        me = threading.current_thread()
        return [me is threading.main_thread(), me.daemon]

    assert await value_of(where) == [False, True]


async def test_an_async_function_runs_on_the_loop() -> None:
    async def where() -> bool:
        return asyncio.get_running_loop().is_running()

    assert await value_of(where) is True


async def test_what_a_generator_yields_is_progress_and_what_it_returns_is_the_result() -> None:
    def load() -> Generator[Any, None, str]:
        yield 0.25
        yield "half way"
        yield 0.9, "nearly"
        return "loaded"

    reports = Reports()
    outcome = await run_tool(spec_of(load), {}, reports.context)
    assert outcome.value == "loaded"
    assert reports.told == [(0.25, ""), (None, "half way"), (0.9, "nearly")]


@pytest.mark.parametrize("annotated", [True, False])
async def test_a_tool_that_asks_for_its_context_reports_with_it(annotated: bool) -> None:
    def by_name(x: int, ctx: Any = None) -> int:
        ctx.progress(7, "too far")
        return x

    def by_type(x: int, how: ToolContext) -> int:
        how.progress(-1)
        return x

    del by_name.__annotations__["ctx"]
    reports = Reports()
    function: Any = by_type if annotated else by_name
    outcome = await run_tool(spec_of(function), {"x": 3}, reports.context)
    assert outcome.value == 3
    assert reports.told == ([(0.0, "")] if annotated else [(1.0, "too far")])


async def test_a_tool_of_a_stopped_turn_ends_at_its_next_report() -> None:
    began, ended = threading.Event(), threading.Event()
    go = threading.Event()

    def endless(ctx: ToolContext) -> None:
        began.set()
        try:
            go.wait(5)
            ctx.progress(0.1)
        finally:
            ended.set()

    task = asyncio.create_task(run_tool(spec_of(endless), {}, Reports().context))
    await in_thread(lambda: began.wait(5))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go.set()
    assert await in_thread(lambda: ended.wait(5))


async def test_what_a_tool_raises_comes_out_and_ends_no_loop() -> None:
    def leave() -> None:
        raise SystemExit(3)

    def stop() -> None:
        raise StopIteration("x")

    with pytest.raises(RuntimeError, match="SystemExit: 3"):
        await value_of(leave)
    with pytest.raises(RuntimeError, match="StopIteration: x"):
        await value_of(stop)


def test_a_predicate_decides_who_is_asked_and_a_failing_one_asks() -> None:
    @tool(approval="ask", when=lambda args: args["amount"] > 100)
    def pay(amount: int) -> None: ...

    spec = spec_of(pay)
    assert [spec.needs_approval({"amount": n}) for n in (5, 500)] == [False, True]
    assert spec.needs_approval({}) is True


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: tool(approval="perhaps"), "expected approval to be one of 'never', 'ask', 'al"),  # type: ignore[call-overload]
        (lambda: tool(when=bool), "expected approval='ask' or 'always ask' together with when"),
        (lambda: tool(7), "expected a function as a tool; got int"),  # type: ignore[call-overload]
        (lambda: specs_of([len, len]), "expected tools of different names; got 'len' twice"),
    ],
)
def test_what_cannot_be_a_tool_is_said_in_one_sentence(make: Any, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        make()


def test_an_async_generator_is_refused_because_it_returns_nothing() -> None:
    async def steps() -> Any:
        yield 1

    with pytest.raises(ValidationError, match="an async generator returns nothing: use `async def"):
        tool(steps)


class Table:
    def __repr__(self) -> str:
        return "Table of 2"

    def _repr_html_(self) -> str:
        return "<table></table>"

    def _repr_png_(self) -> bytes:
        return b"\x89PNG"


class Bundle:
    def _repr_mimebundle_(self, **_: Any) -> Any:
        return {"text/plain": "a bundle", "application/json": {"x": 1}}, {"meta": 1}


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError

    def _repr_html_(self) -> str:
        raise RuntimeError


class Anything:
    def __getattr__(self, name: str) -> Any:
        return lambda *_: "everywhere"


def test_a_rich_result_is_shown_richly_and_read_as_text() -> None:
    table = shown(Table())
    assert (table.value, table.text) == ("Table of 2", "Table of 2")
    assert table.mime == {"text/html": "<table></table>", "image/png": "iVBORw=="}
    bundle = shown(Bundle())
    assert bundle.text == "a bundle"
    assert bundle.mime["application/json"] == '{"x":1}'


def test_a_result_that_is_json_stays_json() -> None:
    assert shown({"a": [1, None]}).value == {"a": [1, None]}
    assert shown("text").text == "text"
    assert shown({"a": 1}).text == '{"a":1}'


@pytest.mark.parametrize("value", [Broken(), Anything(), float("nan"), {1: object()}, Table])
def test_whatever_comes_back_becomes_json(value: Any) -> None:
    assert isinstance(shown(value).value, str)


def test_a_model_reads_a_bounded_part_of_a_long_result() -> None:
    long = shown("x" * (MODEL_LIMIT + 5))
    assert long.text.endswith("\n[cut here: 5 more characters]")
    assert len(long.value) == MODEL_LIMIT + 5
    assert not long.truncated
    huge = shown("x" * 600_000)
    assert huge.truncated
    assert huge.value == huge.text
