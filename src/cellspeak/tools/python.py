"""Python in the person's own notebook: run some, look at a variable.

Its one law: it runs where the person's cells run, on the main thread, and only after a yes.
"""

from __future__ import annotations

import ast
import io
import itertools
import linecache
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

from cellspeak.agents.rich import Shown, model_text, shown
from cellspeak.agents.tools import tool
from cellspeak.context import namespace, shell, summary_of, variable

__all__ = ["inspect_variable", "run_python"]

_numbers = itertools.count(1)


@tool(approval="ask", main_thread=True)
def run_python(code: str) -> Shown:
    """Run Python code in the user's notebook, with its variables.

    What it prints comes back, the value of a last expression, and figures are shown to the user.

    Args:
        code: plain Python; no magics, no top-level await.
    """
    with _captured() as printed:
        value = _run(code)
    outcome = shown(value)
    result = "" if value is None else outcome.text
    text = "\n".join(filter(None, (printed.text.rstrip("\n"), result))) or "(no output)"
    mime = {**printed.pictures, **outcome.mime}
    cut = model_text(text)
    return Shown(value=cut, text=cut, mime=mime, truncated=len(cut) < len(text))


@tool(main_thread=True)
def inspect_variable(name: str) -> str:
    """Tell what a variable of the user's notebook holds: its kind, size, types and beginning.

    Args:
        name: the variable's name.
    """
    return summary_of(variable(name))


def _run(code: str) -> Any:
    """Run *code* and return the value of its last line, if that is an expression."""
    name = f"<run_python {next(_numbers)}>"
    # A traceback shows the lines of a file that linecache knows.
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    tree = ast.parse(code, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    variables = namespace()
    exec(compile(tree, name, "exec"), variables)
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), name, "eval"), variables)


class _Printed:
    """What code printed, and the pictures that it displayed."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.outputs: list[Any] = []

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def pictures(self) -> Mapping[str, Any]:
        found = (shown(output).mime.get("image/png") for output in self.outputs)
        return next(({"image/png": picture} for picture in found if picture), {})


@contextmanager
def _captured() -> Iterator[_Printed]:
    """Keep what is printed and displayed inside out of the cell that happens to wait."""
    printed = _Printed()
    try:
        with redirect_stdout(printed.stream), redirect_stderr(printed.stream):
            if shell() is None:
                yield printed
                return
            from IPython.utils.capture import capture_output

            with capture_output(stdout=False, stderr=False, display=True) as caught:
                yield printed
            printed.outputs = list(caught.outputs)
    except BaseException as error:
        if printed.text:
            error.add_note(f"Printed before:\n{printed.text[-2_000:]}")
        raise
