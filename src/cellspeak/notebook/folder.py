"""What the notebook's surroundings say: its name, and who answers in its folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cellspeak.agent import Agent, find_agent
from cellspeak.config import image_hosts, load_config
from cellspeak.errors import NotFoundError
from cellspeak.remote import server_at

if TYPE_CHECKING:
    from cellspeak.client import Server

__all__ = [
    "agent_names",
    "allowed_image_hosts",
    "chosen_server",
    "default_agent",
    "notebook_labels",
    "notebook_name",
    "set_image_hosts",
    "set_unattended_policy",
    "unattended_policy",
]

DEMO = "demo"
"""The agent that is always there."""

_policy: Callable[[], str] | None = None
_hosts: Callable[[], Sequence[str]] = tuple


def unattended_policy() -> str:
    """Return what happens to an approval when nobody can be asked: `deny` or `allow`."""
    decided = _policy() if _policy is not None else ""
    return decided or load_config().on_unattended or "deny"


def set_unattended_policy(policy: Callable[[], str] | None) -> None:
    """Let *policy* decide, and the folder's file where it returns nothing."""
    global _policy
    _policy = policy


def allowed_image_hosts() -> Sequence[str]:
    """Return the hosts whose pictures a new chat may fetch by itself."""
    return image_hosts(_hosts()) or load_config().image_hosts


def set_image_hosts(hosts: Callable[[], Sequence[str]] | None) -> None:
    """Let *hosts* decide, and the folder's file where it returns none."""
    global _hosts
    _hosts = hosts if hosts is not None else tuple


def chosen_server(named: str = "") -> Server | None:
    """Return where sessions live: the *named* address, the folder's, CELLSPEAK_BASE_URL's, or None.

    None is this process.
    """
    return server_at(named or load_config().server)


def default_agent(name: str | None = None, server: Server | None = None) -> Agent:
    """Return the agent called *name*, or the folder's, or the scripted demo.

    Args:
        name: how it is called.
        server: where to look; None: as the folder says. A server without a demo has its first one.
    """
    wanted = name or load_config().agent
    server = server or chosen_server()
    if server is not None:
        return _agent_at(server, wanted)
    wanted = wanted or DEMO
    try:
        return Agent.fetch(wanted)
    except NotFoundError:
        if wanted != DEMO:
            raise
        return Agent(DEMO)


def _agent_at(server: Server, wanted: str) -> Agent:
    where = {"base_url": server.base_url, "api_key": server.api_key}
    if not wanted:
        found = Agent.list(**where)
        demo = next((agent for agent in found if agent.name == DEMO), None)
        if found:
            return demo or found[0]
    return Agent.fetch(wanted or DEMO, **where)


def model_agent(model: str) -> str:
    """Return the name of the agent that is nothing but *model*; it is made at the first use.

    Raises:
        ValidationError: if there is no such model, or what it needs is not installed.
    """
    if find_agent(model) is None:
        Agent(model, model)
    return model


def agent_names(server: Server | None = None) -> Sequence[str]:
    """Return the names of the agents of *server*; None: those there are, the demo among them."""
    if server is not None:
        found = Agent.list(base_url=server.base_url, api_key=server.api_key)
        return sorted(a.name for a in found)
    return sorted({DEMO, *(a.name for a in Agent.list())})


def notebook_labels() -> dict[str, str]:
    """Return what a session's record notes about this notebook."""
    name = notebook_name()
    return {"notebook": name} if name else {}


def notebook_name() -> str:
    """Return the notebook's path as the server names it; empty where nobody says."""
    return os.environ.get("JPY_SESSION_NAME", "")
