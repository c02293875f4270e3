"""A real IPython in a process of its own: cells go in, what a person would read comes out.

Its one law: a cell's output is what the terminal got, so a traceback cannot hide.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["Ran", "Shell"]

ROOT = Path(__file__).resolve().parents[2]
ANSI = re.compile(r"\x1b\[[0-9;]*m")
LONGEST = 40.0

SERVER = r"""
import io, json, sys
from contextlib import redirect_stdout, redirect_stderr
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
real = sys.stdout
for line in sys.stdin:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        done = shell.run_cell(json.loads(line))
    answer = {"printed": out.getvalue(), "ok": done.success, "result": repr(done.result)}
    real.write(json.dumps(answer) + "\n")
    real.flush()
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one cell."""

    printed: str
    ok: bool
    result: str

    @property
    def lines(self) -> list[str]:
        """Return the printed lines that are not empty."""
        return [line for line in self.printed.splitlines() if line.strip()]


class Shell:
    """One IPython, in `folder`, with the store in a file there."""

    def __init__(self, folder: Path, **env: str) -> None:
        store = f"sqlite:///{folder / 'sessions.db'}"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("CELLSPEAK", "JPY_"))}
        self._env = {
            **clean,
            "CELLSPEAK_STORE": store,
            "IPYTHONDIR": str(folder / ".ipython"),
            "XDG_STATE_HOME": str(folder / "state"),
            **env,
        }
        self._folder = folder

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER],
            cwd=self._folder,
            env={k: v for k, v in self._env.items() if v},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        _, errors = self._process.communicate(timeout=LONGEST)
        assert (self._process.returncode, errors) == (0, "")

    def run(self, cell: str) -> Ran:
        """Run one cell."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(cell) + "\n")
        self._process.stdin.flush()
        stuck = threading.Timer(LONGEST, self._process.kill)
        stuck.start()
        answer = self._process.stdout.readline()
        stuck.cancel()
        assert answer, f"the shell ended in {cell!r:.200}"
        raw: dict[str, Any] = json.loads(answer)
        return Ran(ANSI.sub("", raw["printed"]), raw["ok"], raw["result"])

    def value(self, expression: str) -> Any:
        """Return what a JSON-like expression is in the shell."""
        ran = self.run(f"__import__('json').dumps({expression})")
        assert ran.ok, ran.printed
        return json.loads(eval(ran.result))  # the repr of a string of ours

    def refused(self, cell: str) -> str:
        """Run a cell that must fail with one line and no traceback; return the line."""
        ran = self.run(cell)
        assert not ran.ok, ran.printed
        assert len(ran.lines) == 1, ran.printed
        return ran.lines[0]

    def said(self, cell: str) -> str:
        """Run a cell that must succeed; return what it printed."""
        ran = self.run(cell)
        assert ran.ok, ran.printed
        assert "Traceback" not in ran.printed
        return ran.printed
