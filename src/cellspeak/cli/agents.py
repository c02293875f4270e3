"""`cellspeak list` and `cellspeak info`: which agents there are."""

from __future__ import annotations

from typing import Annotated

import typer

from cellspeak.agent import Agent
from cellspeak.core.codec import dumps

from .place import Config, ServerUrl, Token, place_of
from .said import exits, out, table

__all__ = ["Json", "add_to"]

Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]

LIST = """\b
Examples:
  cellspeak list
  cellspeak list -c agents.yaml
  cellspeak list -s http://127.0.0.1:8080 --json
"""
INFO = """\b
Examples:
  cellspeak info demo
  cellspeak info support_agent -c agents.yaml --json
"""


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list", epilog=LIST)(list_agents)
    app.command("info", epilog=INFO)(info)


def list_agents(
    config: Config = None, server: ServerUrl = "", token: Token = "", json: Json = False
) -> None:
    """List the agents: name, kind, model."""
    with exits():
        found = place_of(config, server, token).agents()
        if json:
            for agent in found:
                out(dumps(_facts(agent)))
        else:
            out(table([("NAME", "KIND", "MODEL"), *((a.name, a.kind, a.model) for a in found)]))


def info(
    name: Annotated[str, typer.Argument(metavar="AGENT", help="As `cellspeak list` names it.")],
    config: Config = None,
    server: ServerUrl = "",
    token: Token = "",
    json: Json = False,
) -> None:
    """Say what is known of one agent."""
    with exits():
        place = place_of(config, server, token)
        facts = {**_facts(place.find(name)), "where": place.name}
        if json:
            out(dumps(facts))
        else:
            out(table([(f"{key}:", str(value)) for key, value in facts.items() if value]))


def _facts(agent: Agent) -> dict[str, object]:
    tools = agent.spec.get("tools", ())
    return {
        "name": agent.name,
        "kind": agent.kind,
        "model": agent.model,
        "instructions": agent.instructions,
        "tools": ", ".join(map(str, tools)),
    }
