"""Write a conversation as markdown, plain text or HTML.

Its one law: what a person, a model or a tool wrote is shown and never obeyed: no script, no style,
no picture from elsewhere, no address that `urls.judge` does not call a link.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from typing import TypeAlias, assert_never

from .blocks import (
    Block,
    Fold,
    Link,
    Markup,
    Note,
    Picture,
    Prompt,
    Reply,
    Source,
    Speaker,
    Table,
)
from .conversation import Conversation, Turn
from .html import address, escaped, markdown_to_html, page, sound, source_to_html
from .kinds import str_of
from .markdown import code_span, fenced, inert, literal
from .rich import rich_to_html, rich_to_markdown, rich_to_text
from .transcript import blocks
from .urls import judge, shown
from .words import one_line

__all__ = ["Exportable", "blocks_to_html", "to_document", "to_html", "to_markdown", "to_text"]

Exportable: TypeAlias = Conversation | Turn | Iterable[Turn]
"""What can be exported: a conversation (the path to its head), a turn, or some turns."""


def to_markdown(source: Exportable, *, agent_name: str | None = None) -> str:
    """Return *source* as markdown; replies keep theirs, except pictures and raw HTML.

    Args:
        source: a conversation, a turn or turns.
        agent_name: who answers; None: the name in the conversation, else "Agent".
    """
    return _written(source, agent_name, _markdown, "\n\n---\n\n")


def to_text(source: Exportable, *, agent_name: str | None = None) -> str:
    """Return *source* as plain text, for terminals and mail; see `to_markdown`."""
    return _written(source, agent_name, _text, "\n\n")


def to_html(source: Exportable, *, agent_name: str | None = None) -> str:
    """Return *source* as an HTML fragment that fetches nothing; see `to_markdown`."""
    return _written(source, agent_name, _html, "\n<hr>\n")


def to_document(source: Exportable, *, title: str = "", agent_name: str | None = None) -> str:
    """Return *source* as a whole HTML page, light or dark as its reader prefers.

    Args:
        source: a conversation, a turn or turns.
        title: of the page; empty: "Conversation with" the agent.
        agent_name: as in `to_markdown`.
    """
    name = one_line(title) or f"Conversation with {_agent(source, agent_name)}"
    turns = source if isinstance(source, Conversation | Turn) else list(source)
    return page(name, to_html(turns, agent_name=agent_name))


def blocks_to_html(parts: Iterable[Block]) -> str:
    """Return *parts* of a transcript as HTML."""
    return "\n".join(map(_html, parts))


def _written(
    source: Exportable, agent_name: str | None, write: Callable[[Block], str], between: str
) -> str:
    name = _agent(source, agent_name)
    gap = "\n" if write is _html else "\n\n"
    written = (gap.join(map(write, blocks(turn, name))) for turn in _turns(source))
    return sound(between.join(written)) + "\n"


def _turns(source: Exportable) -> Iterable[Turn]:
    if isinstance(source, Conversation):
        return source.path
    return (source,) if isinstance(source, Turn) else source


def _agent(source: Exportable, name: str | None) -> str:
    if name is None and isinstance(source, Conversation):
        name = str_of((source.agent or {}).get("name"))
    return one_line(name or "", 80) or "Agent"


def _markdown(block: Block) -> str:
    match block:
        case Speaker():
            return f"### {literal(block.name)}"
        case Prompt():
            files = "".join(f"\n\nAttached: {code_span(file)}" for file in block.files)
            return f"{textwrap.indent(literal(block.text), '> ', lambda _: True)}{files}"
        case Reply():
            return inert(block.text.strip("\n"))
        case Source():
            return f"{block.label}:\n\n{fenced(block.text)}" if block.label else fenced(block.text)
        case Link():
            return _markdown_link(block)
        case Note():
            return f"*{literal(block.text)}*"
        case Table() | Picture() | Markup():
            return rich_to_markdown(block)
        case Fold():
            body = "\n\n".join(map(_markdown, block.body))
            return f"<details><summary>{_heading(block)}</summary>\n\n{body}\n\n</details>"
    assert_never(block)


def _markdown_link(link: Link) -> str:
    snippet = f" – {literal(link.snippet)}" if link.snippet else ""
    if judge(link.url) == "link":
        url = link.url.replace("(", "%28").replace(")", "%29")
        return f"- [{literal(link.title)}]({url}){snippet}"
    return f"- {literal(link.title)} {code_span(shown(link.url))}{snippet}"


def _text(block: Block) -> str:
    match block:
        case Speaker():
            return f"{block.name}:"
        case Prompt():
            return "\n".join([block.text, *(f"(attached: {file})" for file in block.files)])
        case Reply():
            return block.text.rstrip()
        case Source():
            label = f"{block.label}:\n" if block.label else ""
            return f"{label}{textwrap.indent(block.text, '  ')}"
        case Link():
            return "\n  ".join(filter(None, (block.title, shown(block.url), block.snippet)))
        case Note():
            return f"({block.text})"
        case Table() | Picture() | Markup():
            return rich_to_text(block)
        case Fold():
            body = "\n".join(map(_text, block.body))
            note = f": {block.note}" if block.note else ""
            title = " ".join(filter(None, (block.lead, block.name)))
            return f"[{title}{note}]\n{textwrap.indent(body, '  ')}"
    assert_never(block)


def _html(block: Block) -> str:
    match block:
        case Speaker():
            return f"<p><strong>{escaped(block.name)}</strong></p>"
        case Prompt():
            return _prompt_to_html(block)
        case Reply():
            return markdown_to_html(block.text).rstrip()
        case Source():
            return source_to_html(block.label, block.text)
        case Link():
            snippet = f"<br>{escaped(block.snippet)}" if block.snippet else ""
            return f"<p>{address(block.url, block.title)}{snippet}</p>"
        case Note():
            tag = "strong" if block.weight == "error" else "em"
            return f"<p><{tag}>{escaped(block.text)}</{tag}></p>"
        case Table() | Picture() | Markup():
            return rich_to_html(block)
        case Fold():
            body = blocks_to_html(block.body)
            return f"<details><summary>{_heading(block)}</summary>\n{body}\n</details>"
    assert_never(block)


def _prompt_to_html(prompt: Prompt) -> str:
    lines = escaped(prompt.text).split("\n")
    files = [f"<em>attached: {escaped(file)}</em>" for file in prompt.files]
    return f'<blockquote class="prompt">{"<br>".join(lines + files)}</blockquote>'


def _heading(fold: Fold) -> str:
    name = f" <code>{escaped(fold.name)}</code>" if fold.name else ""
    note = f": {escaped(fold.note)}" if fold.note else ""
    return f"{escaped(fold.lead)}{name}{note}"
