"""What the notebook's surroundings say: its name, and who answers in its folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache

from cellspeak.agent import Agent
from cellspeak.config import load_config
from cellspeak.errors import NotFoundError

__all__ = [
    "default_agent",
    "notebook_labels",
    "notebook_name",
    "set_unattended_policy",
    "unattended_policy",
]

_policy: Callable[[], str] | None = None


def unattended_policy() -> str:
    """Return what happens to an approval when nobody can be asked: `deny` or `allow`."""
    return _policy() if _policy is not None else load_config().on_unattended or "deny"


def set_unattended_policy(policy: Callable[[], str] | None) -> None:
    """Let *policy* decide in place of the folder's file; the magics' setting does."""
    global _policy
    _policy = policy


def default_agent(name: str | None = None) -> Agent:
    """Return the agent called *name*, or the folder's, or the scripted demo."""
    wanted = name or load_config().agent
    return Agent.fetch(wanted) if wanted else _demo()


@cache
def _demo() -> Agent:
    try:
        return Agent.fetch("demo")
    except NotFoundError:
        return Agent("demo")


def notebook_labels() -> dict[str, str]:
    """Return what a session's record notes about this notebook."""
    name = notebook_name()
    return {"notebook": name} if name else {}


def notebook_name() -> str:
    """Return the notebook's path as the server names it; empty where nobody says."""
    return os.environ.get("JPY_SESSION_NAME", "")
