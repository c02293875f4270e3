"""Write tables, pictures and markup of a tool's result as markdown, plain text or HTML.

Its one law: cells are text, a picture brings its own bytes, markup is cleaned each time it is
written, whoever says that it was cleaned before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, assert_never

from .blocks import Markup, Picture, Table
from .clean import clean_html
from .html import escaped
from .markdown import fenced, literal
from .words import size_of

__all__ = ["rich_to_html", "rich_to_markdown", "rich_to_text"]

_Rich: TypeAlias = Table | Picture | Markup


def rich_to_markdown(block: _Rich) -> str:
    """Return *block* as markdown; a picture is named."""
    match block:
        case Table():
            return _markdown_table(block)
        case Picture():
            return f"*{_described(block)}*"
        case Markup():
            return fenced(block.text)
    assert_never(block)


def rich_to_text(block: _Rich) -> str:
    """Return *block* as plain text; a picture is named."""
    match block:
        case Table():
            return _text_table(block)
        case Picture():
            return f"({_described(block)})"
        case Markup():
            return block.text
    assert_never(block)


def rich_to_html(block: _Rich) -> str:
    """Return *block* as HTML that fetches nothing."""
    match block:
        case Table():
            return _html_table(block)
        case Picture():
            source = f"data:{block.mime};base64,{block.base64}"
            return f'<p><img src="{source}" alt="{_described(block)}"></p>'
        case Markup():
            return f"<div>{clean_html(block.html)}</div>"
    assert_never(block)


def _described(picture: Picture) -> str:
    return f"{picture.label}, {picture.mime}, {size_of(len(picture.base64) * 3 // 4)}"


def _markdown_table(table: Table) -> str:
    head, *rows = [_markdown_row(map(literal, line)) for line in (table.columns, *table.rows)]
    rule = _markdown_row("---" for _ in table.columns)
    note = f"\n\n*{table.note}*" if table.note else ""
    return "\n".join([head, rule, *rows]) + note


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text_table(table: Table) -> str:
    lines = [table.columns, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=False)]
    rows = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    return "\n".join([*rows, *([f"({table.note})"] if table.note else [])])


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{escaped(name)}</th>" for name in table.columns)
    rows = ("".join(f"<td>{escaped(cell)}</td>" for cell in row) for row in table.rows)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    note = f"\n<p><em>{table.note}</em></p>" if table.note else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"
