"""What the notebook's surroundings say: its name, and who answers in its folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from cellspeak.agent import Agent, find_agent
from cellspeak.config import load_config
from cellspeak.errors import NotFoundError

__all__ = [
    "agent_names",
    "default_agent",
    "notebook_labels",
    "notebook_name",
    "set_unattended_policy",
    "unattended_policy",
]

DEMO = "demo"
"""The agent that is always there."""

_policy: Callable[[], str] | None = None


def unattended_policy() -> str:
    """Return what happens to an approval when nobody can be asked: `deny` or `allow`."""
    decided = _policy() if _policy is not None else ""
    return decided or load_config().on_unattended or "deny"


def set_unattended_policy(policy: Callable[[], str] | None) -> None:
    """Let *policy* decide, and the folder's file where it returns nothing."""
    global _policy
    _policy = policy


def default_agent(name: str | None = None) -> Agent:
    """Return the agent called *name*, or the folder's, or the scripted demo."""
    wanted = name or load_config().agent or DEMO
    try:
        return Agent.fetch(wanted)
    except NotFoundError:
        if wanted != DEMO:
            raise
        return Agent(DEMO)


def model_agent(model: str) -> str:
    """Return the name of the agent that is nothing but *model*; it is made at the first use.

    Raises:
        ValidationError: if there is no such model, or what it needs is not installed.
    """
    if find_agent(model) is None:
        Agent(model, model)
    return model


def agent_names() -> Sequence[str]:
    """Return the names of the agents there are, the demo among them."""
    return sorted({DEMO, *(a.name for a in Agent.list())})


def notebook_labels() -> dict[str, str]:
    """Return what a session's record notes about this notebook."""
    name = notebook_name()
    return {"notebook": name} if name else {}


def notebook_name() -> str:
    """Return the notebook's path as the server names it; empty where nobody says."""
    return os.environ.get("JPY_SESSION_NAME", "")
