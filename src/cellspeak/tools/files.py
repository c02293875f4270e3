"""Files below one folder: list them, read them.

Its one law: nothing above the folder is reached, not by `..`, not by an absolute path, not by a
link; and nothing whose name begins with a dot, for that is where keys lie.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cellspeak.errors import ValidationError

__all__ = ["files_below", "list_files", "read_file"]

_LARGEST = 4 * 1024 * 1024  # bytes of a file that is looked into
_ENTRIES = 200


def files_below(root: str | Path) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the tools `list_files` and `read_file` for the folder *root*.

    Raises:
        ValidationError: if there is no such folder.
    """
    top = Path(root).resolve()
    if not top.is_dir():
        raise ValidationError(f"expected a folder that is there; got {str(root)!r:.200}")

    def list_files(folder: str = ".") -> list[str]:
        return _listed(top, folder)

    def read_file(path: str, first_line: int = 1, lines: int = 200) -> str:
        return _read(top, path, first_line, lines)

    list_files.__doc__, read_file.__doc__ = _LIST, _READ
    return list_files, read_file


def list_files(folder: str = ".") -> list[str]:  # noqa: D103 - set below
    return _listed(Path.cwd(), folder)


def read_file(path: str, first_line: int = 1, lines: int = 200) -> str:  # noqa: D103 - set below
    return _read(Path.cwd(), path, first_line, lines)


_LIST = """List the files of a folder; a folder in it ends in a slash.

    Args:
        folder: relative to the top folder.
    """
_READ = """Read some lines of a text file.

    Args:
        path: relative to the top folder.
        first_line: 1 or more.
        lines: how many, at most.
    """
list_files.__doc__, read_file.__doc__ = _LIST, _READ


def _listed(root: Path, folder: str) -> list[str]:
    found = _below(root, folder)
    if not found.is_dir():
        raise ValidationError(f"expected a folder below the top one; got {folder!r:.200}")
    entries = sorted(e for e in found.iterdir() if not e.name.startswith("."))
    names = [f"{e.name}/" if e.is_dir() else e.name for e in entries[:_ENTRIES]]
    more = len(entries) - len(names)
    return [*names, f"… and {more} more"] if more > 0 else names


def _read(root: Path, path: str, first_line: int, lines: int) -> str:
    content = _content(root.resolve(), _below(root, path), path)
    if len(content) > _LARGEST:
        raise ValidationError(f"expected a file of at most {_LARGEST >> 20} MiB; got {path!r:.200}")
    if b"\0" in content:
        raise ValidationError(f"expected a text file; {path!r:.200} is none")
    every = content.decode("utf-8", "replace").splitlines()
    begin = max(1, first_line) - 1
    part = every[begin : begin + max(1, lines)]
    rest = len(every) - begin - len(part)
    return "\n".join([*part, *([f"[{rest:,} more lines]"] if rest > 0 else [])])


def _content(top: Path, found: Path, path: str) -> bytes:
    """Return the bytes of *found*, and a few more than allowed at most.

    Raises:
        ValidationError: if it is no file, or became a link since it was judged.
    """
    try:
        number = _opened(top, found)
    except OSError:
        raise ValidationError(f"expected a file that can be read; got {path!r:.200}") from None
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise ValidationError(f"expected a file below the top folder; got {path!r:.200}")
        with os.fdopen(number, "rb", closefd=False) as file:
            return file.read(_LARGEST + 1)
    finally:
        os.close(number)


def _opened(top: Path, found: Path) -> int:
    """Open *found*, step by step: no folder on the way may have become a link meanwhile."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)  # a pipe would be waited for
    if os.open not in os.supports_dir_fd:  # Windows
        return os.open(found, flags | getattr(os, "O_BINARY", 0))
    number = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    for part in found.relative_to(top).parts:
        above = number
        try:
            number = os.open(part, flags | os.O_NOFOLLOW, dir_fd=above)
        finally:
            os.close(above)
    return number


def _below(root: Path, path: str) -> Path:
    """Return *path* below *root*, with every link of it followed.

    Raises:
        ValidationError: if it is somewhere else.
    """
    top = root.resolve()
    try:
        found = (top / path).resolve()
        found.stat()
    except (OSError, ValueError, RuntimeError):  # missing, a null character, links in a circle
        raise ValidationError(f"expected a path that is there; got {path!r:.200}") from None
    if not found.is_relative_to(top):
        raise ValidationError(f"expected a path below the top folder; {path!r:.200} leaves it")
    if any(part.startswith(".") for part in found.relative_to(top).parts):
        raise ValidationError(f"hidden files are not read; got {path!r:.200}")
    return found
