"""The real command as a process: what it prints where, and how it ends; and one at a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["Terminal", "run"]

COMMAND = [sys.executable, "-m", "cellspeak.cli"]
PATIENCE = 40.0
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


def surroundings(folder: Path, **more: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CELLSPEAK")}
    store = f"sqlite:///{folder / 'sessions.db'}"
    return {**clean, "CELLSPEAK_STORE": store, "COLUMNS": "100", "TERM": "xterm", **more}


def run(
    *args: str, cwd: Path, stdin: str | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run the command; without *stdin* there is nothing to read."""
    return subprocess.run(
        [*COMMAND, *args],
        cwd=cwd,
        env=surroundings(cwd, **env),
        input=stdin or "",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class Terminal:
    """The command at a terminal of its own: keys go in, what a person would read comes out."""

    def __init__(self, *args: str, cwd: Path, **env: str) -> None:
        self._args, self._cwd, self._env = args, cwd, env
        self.seen = ""
        """All that was read, without control sequences."""
        self._at = 0

    def __enter__(self) -> Self:
        self._end, other = pty.openpty()
        self.process = subprocess.Popen(
            [*COMMAND, *self._args],
            cwd=self._cwd,
            env=surroundings(self._cwd, **self._env),
            stdin=other,
            stdout=other,
            stderr=other,
            preexec_fn=_own_terminal,
        )
        os.close(other)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._end)

    def type(self, text: str) -> None:
        """Press keys; `\\r` is Enter, `\\x03` Ctrl-C, `\\x04` Ctrl-D."""
        os.write(self._end, text.encode())

    def press(self, key: str) -> None:
        """Press one key as soon as the program reads keys: what comes earlier does not count."""
        deadline = time.monotonic() + PATIENCE
        while termios.tcgetattr(self._end)[3] & termios.ICANON:
            assert time.monotonic() < deadline, "it reads lines, not keys"
            time.sleep(0.01)
        self.type(key)

    def until(self, text: str) -> str:
        """Read on until *text* comes; return what came up to its end."""
        start, deadline = self._at, time.monotonic() + PATIENCE
        while text not in self.seen[start:]:
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"expected {text!r}; got {self.seen[start:]!r}")
        self._at = self.seen.index(text, start) + len(text)
        return self.seen[start : self._at]

    def ended(self) -> int:
        """Read to the end and return the exit code."""
        while self._read(PATIENCE):
            pass
        return self.process.wait(PATIENCE)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._end], [], [], seconds)
        try:
            came = os.read(self._end, 65536) if ready else b""
        except OSError:  # the other side is closed
            came = b""
        self.seen += CODES.sub("", came.decode("utf-8", "replace"))
        return bool(came)


def _own_terminal() -> None:
    """Make the terminal the process's own, so that Ctrl-C reaches it."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
