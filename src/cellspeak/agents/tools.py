"""Functions of a notebook as tools: `@tool`, or `Agent(tools=[f])` for a function as it is.

    @tool(approval="ask")
    def delete_file(path: str) -> str:
        \"\"\"Delete a file of the project.\"\"\"

Name, description and arguments come from the function itself.  Its one law: a decorated function
stays the function that it was.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar, get_args, get_type_hints, overload

from cellspeak.errors import ValidationError

__all__ = ["Approval", "ToolContext", "ToolSpec", "spec_of", "specs_of", "tool"]

F = TypeVar("F", bound=Callable[..., Any])

Approval: TypeAlias = Literal["never", "ask", "always ask"]
"""`ask` lets a person allow a tool once for the session; `always ask` does not."""

Report: TypeAlias = Callable[[float | None, str], None]

_MARK = "__cellspeak_tool__"


class ToolContext:
    """What a tool may say while it runs; a parameter of this type, or named `ctx`, gets it."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._stopped = threading.Event()

    @property
    def stopped(self) -> bool:
        """True once the turn was stopped: nobody waits for the result any more."""
        return self._stopped.is_set()

    def progress(self, fraction: float | None, text: str = "") -> None:
        """Show how far the tool is; from any thread.

        Args:
            fraction: 0 to 1, or None where nobody knows.
            text: what it does now.

        Raises:
            concurrent.futures.CancelledError: if the turn was stopped, so that the tool ends.
        """
        if self.stopped:
            raise CancelledError("the turn was stopped")
        known = None if fraction is None else min(1.0, max(0.0, float(fraction)))
        self._report(known, str(text))

    def stop(self) -> None:
        """Tell the tool that nobody waits any more."""
        self._stopped.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policy:
    approval: Approval = "never"
    when: Callable[[Mapping[str, Any]], object] | None = None
    name: str | None = None
    main_thread: bool = False
    cell: str = ""
    """The notebook's cell that ran when the policy was made, such as `cell 3`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """One tool of an agent."""

    function: Callable[..., Any]
    name: str
    policy: _Policy
    context: str | None
    """The parameter that gets the `ToolContext`, if there is one."""

    @property
    def home(self) -> str:
        """What to run so that the function is there again, such as `import lab` or `cell 3`."""
        module = getattr(self.function, "__module__", "") or ""
        if module.startswith("cellspeak."):
            return ""
        return self.policy.cell if module == "__main__" else f"import {module}"

    @property
    def always(self) -> bool:
        """True if it asks each time, whatever was allowed before."""
        return self.policy.approval == "always ask"

    def needs_approval(self, args: Mapping[str, Any]) -> bool:
        """Tell whether a person has to allow a call with *args*."""
        if self.policy.approval == "never":
            return False
        if self.policy.when is None:
            return True
        try:
            return bool(self.policy.when(args))
        except Exception:  # noqa: BLE001 - who cannot judge asks
            return True


@overload
def tool(function: F) -> F: ...
@overload
def tool(
    *,
    approval: Approval = ...,
    when: Callable[[Mapping[str, Any]], object] | None = ...,
    name: str | None = ...,
    main_thread: bool = ...,
) -> Callable[[F], F]: ...
def tool(
    function: Any = None,
    *,
    approval: Approval = "never",
    when: Callable[[Mapping[str, Any]], object] | None = None,
    name: str | None = None,
    main_thread: bool = False,
) -> Any:
    """Say how a function is used as a tool; give it to an agent with `Agent(tools=[f])`.

    The function may be plain (it runs on a thread of its own), `async`, or a generator: what that
    yields is progress (a number from 0 to 1, a text, or both as a pair), what it returns the
    result.  What it raises, the model reads.

    Args:
        function: the function, when used as `@tool` without arguments.
        approval: `"never"`, `"ask"` a person, or `"always ask"`, which no earlier yes covers.
        when: called with the arguments by name; only if it says true is a person asked.
        name: what the model calls it; default: the function's name.
        main_thread: run it on the kernel's main thread, between cells or while a chat cell waits;
            for what must not run beside the notebook's own work.  Interrupting the kernel ends it.

    Raises:
        ValidationError: if it cannot be a tool.
    """
    if approval not in get_args(Approval):
        words = ", ".join(repr(w) for w in get_args(Approval))
        raise ValidationError(f"expected approval to be one of {words}; got {approval!r:.80}")
    if when is not None and approval == "never":
        raise ValidationError("expected approval='ask' or 'always ask' together with when=…")
    policy = _Policy(approval=approval, when=when, name=name, main_thread=main_thread, cell=_cell())

    def mark(function: F) -> F:
        _require_function(function)
        if main_thread and inspect.iscoroutinefunction(function):
            raise ValidationError(
                f"expected a plain function for main_thread=True; {function.__name__!r:.80} is "
                "async, and runs on the session's thread"
            )
        setattr(function, _MARK, policy)
        return function

    return mark if function is None else mark(function)


def specs_of(functions: Sequence[Callable[..., Any]]) -> tuple[ToolSpec, ...]:
    """Return the tools that *functions* are.

    Raises:
        ValidationError: if one cannot be a tool, or two have the same name.
    """
    specs = tuple(spec_of(f) for f in functions)
    names = [s.name for s in specs]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise ValidationError(f"expected tools of different names; got {twice!r:.80} twice")
    return specs


def spec_of(function: Callable[..., Any]) -> ToolSpec:
    """Return the tool that *function* is; see `specs_of`."""
    _require_function(function)
    policy: _Policy = getattr(function, _MARK, None) or _Policy(cell=_cell())
    name = policy.name or function.__name__
    return ToolSpec(
        function=function, name=name, policy=policy, context=_context_parameter(function)
    )


def _cell() -> str:
    """Name the cell that runs, where this is a notebook."""
    get_shell = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = None if get_shell is None else get_shell()
    return "" if shell is None else f"cell {shell.execution_count}"


def _context_parameter(function: Callable[..., Any]) -> str | None:
    try:
        hints = get_type_hints(function)
    except Exception:  # noqa: BLE001 - what is wrong with them is told when they are needed
        hints = {}
    parameters = inspect.signature(function).parameters
    named = [n for n in parameters if hints.get(n) is ToolContext]
    return named[0] if named else ("ctx" if "ctx" in parameters and "ctx" not in hints else None)


def _require_function(function: object) -> None:
    if not callable(function) or not hasattr(function, "__name__"):
        raise ValidationError(f"expected a function as a tool; got {type(function).__name__}")
    if inspect.isasyncgenfunction(function):
        raise ValidationError(
            f"expected the tool {function.__name__!r:.80} to be a plain or async function or a "
            "generator; an async generator returns nothing: use `async def` with ctx.progress(…)"
        )
