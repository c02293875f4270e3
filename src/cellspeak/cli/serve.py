"""`cellspeak serve`: agents and their sessions over the network."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellspeak.errors import ValidationError

from .said import exits

if TYPE_CHECKING:
    from cellspeak.server.config import Settings
    from cellspeak.server.spans import Spans

__all__ = ["add_to"]

EPILOG = """\b
Examples:
  cellspeak serve
  cellspeak serve agents.yaml --store sqlite:///sessions.db
  cellspeak serve agents.yaml --host 0.0.0.0       needs server.tokens in the file
"""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EPILOG)(serve)


def serve(
    config: Annotated[
        Path | None, typer.Argument(help="agents.yaml; without one, scripted agents answer.")
    ] = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 8080,
    store: Annotated[
        str,
        typer.Option(
            help="memory, sqlite:///FILE, postgresql://… or redis://…; wins over the file."
        ),
    ] = "",
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let other machines in without tokens.")
    ] = False,
    log: Annotated[
        str, typer.Option(help="text: warnings; json: a line for each thing that happens.")
    ] = "text",
    otel: Annotated[
        bool, typer.Option("--otel", help="OpenTelemetry spans, to the provider of the process.")
    ] = False,
) -> None:
    """Serve agents and their sessions until Ctrl-C."""
    from cellspeak.server.access import check_bind
    from cellspeak.server.config import Settings, load_settings

    with exits():
        settings = Settings() if config is None else load_settings(config)
        check_bind(host, settings.rules, insecure=insecure)
        if log not in ("text", "json"):
            raise ValidationError(f"expected --log text or json; got {log!r:.80}")
        spans = _spans() if otel else None
        _serve(
            settings,
            host,
            port,
            store or settings.store or "memory",
            lines=log == "json",
            spans=spans,
        )


def _spans() -> Spans:
    try:
        from cellspeak.server.spans import Spans, spans_of_models
    except ModuleNotFoundError as error:
        raise ValidationError(
            f"--otel needs {error.name}; run `pip install 'cellspeak[otel]'`"
        ) from None
    spans_of_models()
    return Spans()


def _serve(
    settings: Settings, host: str, port: int, address: str, *, lines: bool, spans: Spans | None
) -> None:
    from cellspeak.local import open_store, shown_store
    from cellspeak.server.app import make_app
    from cellspeak.server.catalogue import scripted_agents
    from cellspeak.server.logs import start_logging
    from cellspeak.server.run import Server, uvicorn_config

    if lines:
        start_logging()
    agents = settings.agents or scripted_agents()
    application = make_app(
        lambda: open_store(address),
        agents,
        settings.rules,
        life=settings.life,
        spans=spans,
        card_compat=settings.card_compat,
    )
    with _listening(host, port) as listening:
        at = listening.getsockname()[1]
        names = ", ".join(agent.name for agent in agents)
        shown = f"[{host}]" if ":" in host else host
        typer.echo(
            f"cellspeak serves {names} at http://{shown}:{at} (sessions: {shown_store(address)})"
        )
        config = uvicorn_config(application, host, at, lines=lines)
        Server(application, config, settings.grace or 0.0).run([listening])


def _listening(host: str, port: int) -> socket.socket:
    from cellspeak.server.run import listen

    try:
        return listen(host, port)
    except OSError as error:
        raise ValidationError(
            f"expected a free port to listen at; {host}:{port}: {error.strerror}"
        ) from None
