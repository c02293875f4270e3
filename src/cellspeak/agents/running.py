"""Run a tool: on which thread, with its progress, its figures, and what came of it.

Its one law: whatever a function does, the turn goes on: what it raises becomes its outcome.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any

from .failed import failed
from .figures import caught
from .offload import in_thread, on_main_thread
from .rich import Shown, shown
from .tools import ToolContext, ToolSpec

__all__ = ["attempt", "run_tool"]


async def attempt(spec: ToolSpec, args: Mapping[str, Any], context: ToolContext) -> Shown:
    """Return what came of the tool for *args*: its result, or its error with a traceback."""
    try:
        return await run_tool(spec, args, context)
    except Exception as error:  # noqa: BLE001 - whatever the user's function raises
        return failed(error)


async def run_tool(spec: ToolSpec, args: Mapping[str, Any], context: ToolContext) -> Shown:
    """Return what the tool returns for *args*; raises what it raises."""
    extra = {} if spec.context is None else {spec.context: context}
    call = partial(spec.function, **args, **extra)
    try:
        if inspect.iscoroutinefunction(spec.function):
            with caught() as figures:
                value = await call()
                return await in_thread(lambda: shown(value, figures()))
        elsewhere = on_main_thread if spec.policy.main_thread else in_thread
        return await elsewhere(lambda: _performed(call, context))
    finally:
        context.stop()


def _performed(call: Callable[[], Any], context: ToolContext) -> Shown:
    with caught() as figures:
        return shown(_finished(call(), context), figures())


def _finished(value: Any, context: ToolContext) -> Any:
    """Run a generator to its end; anything else is the result itself."""
    if not isinstance(value, Generator):
        return value
    while True:
        try:
            step = next(value)
        except StopIteration as end:
            return end.value
        fraction, text = step if isinstance(step, tuple) else (step, "")
        if isinstance(fraction, str):
            fraction, text = None, fraction
        context.progress(fraction, text)
