"""`cellspeak chat`: talk in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from .place import Config, ServerUrl, Token, place_of
from .said import exits

__all__ = ["add_to"]

EPILOG = """\b
Examples:
  cellspeak chat demo
  cellspeak chat support_agent -c agents.yaml
  cellspeak chat demo --session 4f1c…              go on, and answer what waits there

\b
While the agent answers, Ctrl-C stops it and keeps what it said. When a tool needs approval:
y approves, n denies, a approves this tool from now on.
/clear starts a new session, /info says where you are, /quit (or Ctrl-D) leaves.
"""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EPILOG)(chat)


def chat(
    name: Annotated[str, typer.Argument(metavar="AGENT", help="As `cellspeak list` names it.")],
    session: Annotated[str, typer.Option(help="Go on in this session; default: a new one.")] = "",
    config: Config = None,
    server: ServerUrl = "",
    token: Token = "",
) -> None:
    """Talk with AGENT in the terminal."""
    from .room import Room  # rich draws there, and takes longer to load than all the rest

    with exits():
        place = place_of(config, server, token)
        Room(place, name, session).run()
