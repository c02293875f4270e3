"""A conversation as a notebook of its own: what was said as markdown, Python as cells to run.

Pure.  Its one law: nothing in it runs by itself, and what a model wrote obeys the same rules as in
every export.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt

from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.export import to_markdown
from cellspeak.core.markdown import inert, literal

__all__ = ["to_notebook"]

PYTHON = frozenset({"python", "python3", "py", "ipython"})
_parse = MarkdownIt("commonmark").parse


def to_notebook(conversation: Conversation) -> str:
    """Return *conversation* as the text of an .ipynb file (nbformat 4.5), the shown branch only."""
    cells = [cell for turn in conversation.path for cell in _cells(turn, conversation)]
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "cells": cells,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _cells(turn: Turn, conversation: Conversation) -> Iterator[dict[str, Any]]:
    if not turn.tool_calls and all(m.kind == "text" for m in turn.messages):
        quoted = "\n".join(f"> {line}" for line in literal(turn.prompt).split("\n"))
        yield _markdown(quoted)
        yield from _said(turn.text)
        return
    # What tools did stands before the reply, as in the other exports.
    name = str((conversation.agent or {}).get("name", "")) or None
    yield _markdown(to_markdown(turn, agent_name=name))
    yield from (cell for cell in _said(turn.text) if cell["cell_type"] == "code")


def _said(text: str) -> Iterator[dict[str, Any]]:
    """Split a reply at its blocks of Python: each becomes a cell that can be run."""
    lines = text.split("\n")
    at = 0
    for token in _parse(text):
        if token.type != "fence" or token.level > 0 or not token.map:
            continue
        if token.info.strip().split(" ")[0].lower() not in PYTHON:
            continue
        first, end = token.map
        yield from _prose("\n".join(lines[at:first]))
        yield _code(token.content.rstrip("\n"))
        at = end
    yield from _prose("\n".join(lines[at:]))


def _prose(text: str) -> Iterator[dict[str, Any]]:
    if text.strip():
        yield _markdown(inert(text.strip("\n")))


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(text)}


def _code(text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": _lines(text),
    }


def _lines(text: str) -> list[str]:
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole.splitlines(keepends=True)
