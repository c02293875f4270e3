"""`cellspeak sessions` and `cellspeak export`: what was said, and how to keep it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cellspeak import thread
from cellspeak.core.codec import dumps
from cellspeak.core.conversation import Conversation
from cellspeak.core.export import to_document, to_markdown, to_text
from cellspeak.errors import ValidationError
from cellspeak.files import write_new

from .agents import Json
from .place import Config, ServerUrl, Token, place_of
from .said import exits, note, out, safe, table

__all__ = ["add_to"]

SESSIONS = """\b
Examples:
  cellspeak sessions
  cellspeak sessions --agent demo --json | head -1 | jq -r .session_id
"""
EXPORT = """\b
Examples:
  cellspeak export 4f1c… talk.html
  cellspeak export 4f1c… --format md | less
"""


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sessions", epilog=SESSIONS)(list_sessions)
    app.command("export", epilog=EXPORT)(export)


def list_sessions(
    agent: Annotated[str, typer.Option(help="Only those with this agent.")] = "",
    config: Config = None,
    server: ServerUrl = "",
    token: Token = "",
    json: Json = False,
) -> None:
    """List the sessions, the last used first."""
    with exits():
        records = place_of(config, server, token).records()
        found = [r for r in records if agent in ("", r.agent.get("name"))]
        if json:
            for record in found:
                out(dumps(record))
            return
        heads = ("SESSION", "AGENT", "LAST USED", "FIRST WORDS")
        rows = (
            (
                r.session_id,
                str(r.agent.get("name", "")),
                r.active_at[:16].replace("T", " "),
                str(r.labels.get("first_words", ""))[:60],
            )
            for r in found
        )
        out(table([heads, *rows]))


WRITERS: dict[str, Callable[[Conversation], str]] = {
    "md": to_markdown,
    "txt": to_text,
    "html": to_document,
    "json": dumps,
}


def export(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="Its whole id.")],
    file: Annotated[Path | None, typer.Argument(help="Where to; default: stdout.")] = None,
    format: Annotated[str, typer.Option(help="md, txt, html or json; default: by FILE.")] = "",
    config: Config = None,
    server: ServerUrl = "",
    token: Token = "",
) -> None:
    """Write a conversation as markdown, text, HTML or JSON."""
    with exits():
        kind = _kind(file, format)
        place = place_of(config, server, token)
        text = WRITERS[kind](thread.run(place.session(session).conversation()))
        if file is None:
            out(text if kind == "json" else safe(text), end="" if text.endswith("\n") else "\n")
            return
        write_new(file, text)
        note(f"wrote {file}")


def _kind(file: Path | None, named: str) -> str:
    kind = file.suffix.removeprefix(".") if file is not None else named or "md"
    if named and named != kind:
        raise ValidationError(
            f"expected --format {kind}, as {file} says, or no --format; got {named!r:.80}"
        )
    if kind not in WRITERS:
        raise ValidationError(f"expected the format {', '.join(WRITERS)}; got {kind!r:.80}")
    return kind
