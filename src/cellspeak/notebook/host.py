"""What runs this code: a Jupyter kernel, an IPython in a terminal, or neither.

Its one law: nothing is imported to find out; who is not there yet is not the host.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from cellspeak.context import shell

__all__ = ["front_end_can_ask", "in_kernel", "in_voila", "kernel", "marimo_mode", "shell"]


def kernel() -> Any:
    """Return the kernel that this process is, or None."""
    return getattr(shell(), "kernel", None)


def in_kernel() -> bool:
    """Whether this is a Jupyter kernel: not a script, and not IPython in a terminal."""
    return kernel() is not None


def front_end_can_ask() -> bool:
    """Whether the front end that runs the current cell can show an `input()` prompt.

    It cannot under nbclient and papermill, where nobody is there to answer.
    """
    running = kernel()
    if running is None:
        return marimo_mode() == "edit"
    parent = running.get_parent("shell") or {}
    return parent.get("content", {}).get("allow_stdin") is True


def in_voila() -> bool:
    """Whether Voila runs the cells: it draws its page, and hears clicks, once all have run."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


def marimo_mode() -> str | None:
    """Return how marimo runs the current cell, such as `edit` or `run`; None: it does not.

    While a cell of marimo runs, its kernel hears no click.
    """
    marimo = sys.modules.get("marimo")
    if marimo is None or not marimo.running_in_notebook():
        return None
    mode: str | None = marimo.app_meta().mode
    return mode
