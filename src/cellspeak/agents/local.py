"""Models in files of this machine: one child process per file, started at the first question.

The child listens on loopback alone, with a key that nobody else has, and ends with this process.
Its one law: nothing is started before it is needed, and one file is loaded once.  Twin: `llama.py`
is the child.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cellspeak.core.events import Draft
from cellspeak.core.words import one_line
from cellspeak.errors import ConnectError, ValidationError

from . import base
from .providers import LLMInfo

__all__ = ["CONTEXT", "Served", "close_all", "loading", "require_file", "served"]

CONTEXT = 4096
"""Tokens that a local model takes, unless `LLMInfo(context_window=…)` says more."""

_CARD = f"{base.OWN}load"
_LOOK_EVERY = 0.25  # seconds between two looks at how much is loaded
_PROGRAM = Path(__file__).with_name("llama.py")
_MAGIC = b"GGUF"


@dataclass(frozen=True, slots=True)
class Served:
    """Where a model answers."""

    base_url: str
    key: str = field(repr=False)


class _Child:
    """One process; `told` is set once it has said its address, or why it has none."""

    def __init__(self, process: subprocess.Popen[str], key: str) -> None:
        self.process, self.key = process, key
        self.address, self.error = "", ""
        self.told = threading.Event()
        threading.Thread(target=self._hear, name="cellspeak-local", daemon=True).start()

    @property
    def lives(self) -> bool:
        return self.process.poll() is None and not self.error

    def _hear(self) -> None:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        told = json.loads(line) if line.strip() else {}
        self.address = str(told.get("address", ""))
        if not self.address:
            self.error = one_line(told.get("error") or "llama.cpp gave up without a word", 200)
        self.told.set()


_children: dict[tuple[str, int], _Child] = {}
_owner = os.getpid()


def require_file(info: LLMInfo) -> Path:
    """Return the path of the file that *info* names.

    Raises:
        ValidationError: if it is no model that can be loaded.
    """
    path = Path(info.model_id).expanduser().absolute()
    try:
        with path.open("rb") as file:
            found = file.read(len(_MAGIC))
    except OSError as error:
        raise ValidationError(
            f"expected local:PATH with a GGUF file; {info.model_id!r:.200}: {error.strerror}"
        ) from None
    if found != _MAGIC:
        raise ValidationError(
            f"expected local:PATH with a GGUF file; {info.model_id!r:.200} is none"
        )
    return path


def served(info: LLMInfo) -> Served:
    """Return where the model of *info* answers; `loading` must have ended.

    Raises:
        ConnectError: if it does not run (any more).
    """
    child = _children.get(_key(info))
    if child is None or not child.lives or not child.address:
        raise ConnectError(f"the model {Path(info.model_id).name!r:.80} does not run; ask again")
    return Served(f"{child.address}/v1", child.key)


async def loading(info: LLMInfo) -> AsyncGenerator[Draft, None]:
    """Have the model of *info* run; yield a card with size and progress if it does not yet.

    Raises:
        ValidationError: if the file cannot be loaded.
    """
    known = _children.get(_key(info))
    if known is not None and known.lives and known.address:
        return
    path = require_file(info)
    size, began = path.stat().st_size, time.monotonic()
    told = {"file": one_line(path.name), "size": f"{size / 1e6:,.0f} MB"}
    yield base.tool(_CARD, "load_model", told)
    child = known if known is not None and known.lives else _start(info, path)
    while not child.told.is_set():
        await asyncio.sleep(_LOOK_EVERY)
        yield base.progress(_CARD, _fraction(child, size), "loading")
    if child.error:
        line = f"expected a model that llama.cpp can load; {path.name!r:.80}: {child.error}"
        yield base.result(_CARD, "load_model", error=line)
        raise ValidationError(line)
    yield base.result(_CARD, "load_model", {"seconds": round(time.monotonic() - began, 1)})


def close_all() -> None:
    """End every model of this process."""
    if os.getpid() != _owner:
        return  # a forked child has its parent's list, but not its children
    for child in _children.values():
        _end(child)
    _children.clear()


def _key(info: LLMInfo) -> tuple[str, int]:
    return str(Path(info.model_id).expanduser().absolute()), info.context_window or CONTEXT


def _start(info: LLMInfo, path: Path) -> _Child:
    key = secrets.token_urlsafe(24)
    process = subprocess.Popen(
        [sys.executable, str(_PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # an interrupt of the kernel is not meant for it
    )
    # One core is left: with all of them the threads wait for each other when anything else runs.
    threads = max(1, (os.cpu_count() or 2) - 1)
    context = info.context_window or CONTEXT
    told = {"path": str(path), "key": key, "context": context, "threads": threads}
    assert process.stdin is not None
    process.stdin.write(json.dumps(told) + "\n")  # not as an argument: those anybody may read
    process.stdin.flush()
    child = _children[_key(info)] = _Child(process, key)
    return child


def _fraction(child: _Child, size: int) -> float | None:
    """Return about how much of the file is in memory."""
    with suppress(psutil.Error):
        return min(0.99, psutil.Process(child.process.pid).memory_info().rss / max(1, size))
    return None


def _end(child: _Child) -> None:
    child.process.kill()
    child.process.wait()
    for pipe in (child.process.stdin, child.process.stdout):
        if pipe is not None:
            with suppress(OSError, ValueError):
                pipe.close()


atexit.register(close_all)
