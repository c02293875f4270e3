"""`cellspeak serve`: the command line of the server."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from cellspeak.errors import CellspeakError, ValidationError
from cellspeak.local import open_store

from .access import check_bind
from .app import make_app
from .catalogue import scripted_agents
from .config import Settings, load_settings
from .run import uvicorn_config

__all__ = ["app"]

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def about() -> None:
    """Talk with agents, in notebooks and over the network."""


@app.command()
def serve(
    config: Annotated[
        Path | None, typer.Argument(help="agents.yaml; without one, scripted agents answer.")
    ] = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 8080,
    store: Annotated[str, typer.Option(help="memory or sqlite:///FILE; wins over the file.")] = "",
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let other machines in without tokens.")
    ] = False,
) -> None:
    """Serve agents and their sessions until Ctrl-C."""
    try:
        settings = Settings() if config is None else load_settings(config)
        check_bind(host, settings.rules, insecure=insecure)
        _serve(settings, host, port, store or settings.store or "memory")
    except CellspeakError as error:
        typer.echo(f"cellspeak: {error}", err=True)
        raise typer.Exit(2) from None


def _serve(settings: Settings, host: str, port: int, address: str) -> None:
    agents = settings.agents or scripted_agents()
    application = make_app(lambda: open_store(address), agents, settings.rules)
    with _listening(host, port) as listening:
        at = listening.getsockname()[1]
        names = ", ".join(agent.name for agent in agents)
        shown = f"[{host}]" if ":" in host else host
        typer.echo(f"cellspeak serves {names} at http://{shown}:{at} (sessions: {address})")
        uvicorn.Server(uvicorn_config(application, host, at)).run([listening])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ValidationError(
            f"expected a free port to listen at; {host}:{port}: {error.strerror}"
        ) from None
