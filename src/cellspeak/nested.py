"""Let a running event loop run another coroutine to its end: on request, and never by itself.

Its one law: nothing in cellspeak calls this.  `session.ask()` and the other blocking calls wait
for the session thread, so they work inside a running loop as they are.  It is for other code that
calls `loop.run_until_complete` where a loop runs already.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from types import ModuleType

__all__ = ["enable_nested_asyncio"]


def enable_nested_asyncio() -> None:
    """Patch the running loop with nest_asyncio2, or with nest_asyncio where that is missing.

    Call it inside the loop, in a script or a terminal.  It changes asyncio for the whole process
    and cannot be undone.  Nested runs end last in, first out: a short one may wait for a long one.

    Raises:
        RuntimeError: if it would break this process: in ipykernel 7 and later, on a loop that is
            not asyncio's own, with nest_asyncio on Python 3.14 and later, or without any loop.
    """
    _refuse_in_kernel()
    loop = _patchable_loop()
    _nesting_package().apply(loop)


def _refuse_in_kernel() -> None:
    app = sys.modules.get("ipykernel.kernelapp")
    if app is None or not app.IPKernelApp.initialized():
        return
    version = sys.modules["ipykernel"].version_info
    if version[0] >= 7:
        raise RuntimeError(
            "asyncio was not nested: expected ipykernel 6 or no kernel, got ipykernel "
            f"{version[0]}, which stops answering once its loop is nested. Use `await`, or "
            "session.ask(), which needs no nesting."
        )


def _patchable_loop() -> asyncio.BaseEventLoop:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "asyncio was not nested: expected a running event loop, got none. "
            "Call enable_nested_asyncio() inside the loop; without one nothing needs it."
        ) from None
    if isinstance(loop, asyncio.BaseEventLoop):
        return loop
    kind = type(loop)
    raise RuntimeError(
        "asyncio was not nested: expected one of asyncio's own loops, got "
        f"{kind.__module__}.{kind.__qualname__}, which cannot be patched. "
        "Run on asyncio's loop, or use `await`."
    )


def _nesting_package() -> ModuleType:
    try:
        return importlib.import_module("nest_asyncio2")
    except ImportError:
        if sys.version_info < (3, 14):
            return importlib.import_module("nest_asyncio")
    raise RuntimeError(
        "asyncio was not nested: expected nest_asyncio2, because nest_asyncio breaks "
        "asyncio.current_task() on Python 3.14 and later. Run `pip install nest-asyncio2`."
    )
