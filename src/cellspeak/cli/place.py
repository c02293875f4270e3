"""Where agents and sessions are: in this process, or at a server.

Its one law: a flag that would be ignored is refused, with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellspeak import thread
from cellspeak.agent import Agent, Chatbot
from cellspeak.errors import NotFoundError, ValidationError
from cellspeak.local import LocalTransport
from cellspeak.remote import RemoteTransport, server_at
from cellspeak.session import Session
from cellspeak.stores.base import SessionRecord

if TYPE_CHECKING:
    from cellspeak.client import Server

__all__ = ["Config", "Place", "ServerUrl", "Token", "place_of"]

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="agents.yaml, as `serve` takes it; runs in this process."),
]
ServerUrl = Annotated[
    str, typer.Option("--server", "-s", help="A server's address; else CELLSPEAK_BASE_URL.")
]
Token = Annotated[
    str,
    typer.Option("--token", help="The key for --server; CELLSPEAK_API_KEY is seen by fewer eyes."),
]

DEMO = "demo"


@dataclass(frozen=True)
class Place:
    """Agents and sessions, here or at a server.

    Args:
        server: where; None: in this process.
        local: the agents of this process; not used with a server.
    """

    server: Server | None = None
    local: Sequence[Agent] = ()

    @property
    def transport(self) -> LocalTransport | RemoteTransport:
        """Who runs the sessions."""
        return LocalTransport() if self.server is None else RemoteTransport(self.server)

    @property
    def name(self) -> str:
        """The place in words."""
        return "this process" if self.server is None else self.server.base_url

    @property
    def phrase(self) -> str:
        """The same, to stand behind what is there."""
        return f"in {self.name}" if self.server is None else f"at {self.name}"

    def agents(self) -> Sequence[Agent]:
        """Return the agents there are."""
        if self.server is None:
            return self.local
        where = {"base_url": self.server.base_url, "api_key": self.server.api_key}
        return [*Agent.list(**where), *Chatbot.list(**where)]

    def find(self, name: str) -> Agent:
        """Return the agent called *name*.

        Raises:
            NotFoundError: if there is none; the message lists those there are.
        """
        found = self.agents()
        agent = next((agent for agent in found if agent.name == name), None)
        if agent is None:
            names = ", ".join(a.name for a in found) or "none"
            raise NotFoundError(
                f"expected the name of an agent of {self.name}; got {name!r:.80}. "
                f"There are: {names}"
            )
        return agent

    def session(self, session_id: str) -> Session:
        """Return a connected handle of the session *session_id*."""
        return thread.run(Session(session_id, transport=self.transport).connect())

    def records(self) -> Sequence[SessionRecord]:
        """Return the sessions there are, newest activity first."""
        found = thread.run(self.transport.sessions())
        return [record for record in found if not record.labels.get("hidden")]


def place_of(config: Path | None, server: str, token: str) -> Place:
    """Return the place that the flags name.

    Raises:
        ValidationError: if they exclude each other, or the file cannot be used.
    """
    if config is not None and server:
        raise ValidationError(
            "expected --config or --server; got both: a file names agents of this process, and a "
            "server has its own"
        )
    if token and not server and (config is not None or "CELLSPEAK_BASE_URL" not in os.environ):
        raise ValidationError(
            "expected --server with --token: agents of this process need no token"
        )
    if config is not None:
        return Place(local=_agents_of(config))
    found = server_at(server, token)
    return Place(server=found) if found is not None else Place(local=_agents_here())


def _agents_of(config: Path) -> Sequence[Agent]:
    from cellspeak.server.catalogue import scripted_agents
    from cellspeak.server.config import load_settings

    settings = load_settings(config)
    if settings.store:
        os.environ["CELLSPEAK_STORE"] = settings.store  # where this process's engine looks
    return settings.agents or scripted_agents()


def _agents_here() -> Sequence[Agent]:
    found = [*Agent.list()]
    if not any(agent.name == DEMO for agent in found):
        found.append(Agent(DEMO))
    return found
