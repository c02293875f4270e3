"""Functions as tools: what they are called, how they run, what is shown of what they return."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from cellspeak.agents import offload
from cellspeak.agents.offload import in_thread
from cellspeak.agents.running import attempt, run_tool
from cellspeak.agents.tools import ToolContext, spec_of, specs_of, tool
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


def break_it(divisor: int) -> float:
    return 1 / divisor


async def test_an_error_is_a_line_for_the_model_and_a_traceback_for_its_author() -> None:
    outcome = await attempt(spec_of(break_it), {"divisor": 0}, Reports().context)
    assert outcome.error == "ZeroDivisionError: division by zero"
    assert outcome.text == outcome.error
    assert outcome.traceback is not None
    assert "return 1 / divisor" in outcome.traceback
    assert "running.py" not in outcome.traceback
    assert set(outcome.as_outcome()) == {"error", "traceback"}


async def test_a_traceback_names_no_home_and_keeps_to_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(Path(__file__).parent))

    def long() -> None:
        raise ValueError("x" * 20_000)

    outcome = await attempt(spec_of(long), {}, Reports().context)
    assert outcome.traceback is not None
    assert '"~/test_tools.py"' in outcome.traceback
    assert "characters left out" in outcome.traceback
    assert len(outcome.traceback) < 8_100
    assert outcome.error is not None
    assert len(outcome.error) < 2_100


async def test_a_tool_for_the_main_thread_runs_there_and_says_so_where_there_is_none() -> None:
    @tool(main_thread=True)
    def where() -> bool:
        return threading.current_thread() is threading.main_thread()

    alone = await attempt(spec_of(where), {}, Reports().context)
    assert alone.error is not None
    assert "runs on the main thread of a notebook's kernel, and there is none here" in alone.error
    offload.set_main_thread(lambda job: job())
    try:
        assert await value_of(where) is True
    finally:
        offload.set_main_thread(None)


async def test_a_job_that_nobody_waits_for_any_more_does_not_run() -> None:
    jobs: list[Any] = []
    offload.set_main_thread(jobs.append)
    try:
        task = asyncio.create_task(offload.on_main_thread(jobs.clear))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        (job,) = jobs
        job()
        assert jobs == [job]
    finally:
        offload.set_main_thread(None)


def test_an_async_function_cannot_ask_for_the_main_thread() -> None:
    with pytest.raises(ValidationError, match="expected a plain function for main_thread=True"):

        @tool(main_thread=True)
        async def where() -> None: ...
