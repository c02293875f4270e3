"""The agents that a server offers, by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cellspeak.agent import Agent
from cellspeak.agents.base import AgentRuntime
from cellspeak.core.events import Data
from cellspeak.errors import NotFoundError

__all__ = ["SCRIPTED", "Catalogue", "scripted_agents"]

SCRIPTED = ("demo", "Researcher", "support_agent", "my_agent")
"""What a server without settings offers: the names that the examples use."""


class Catalogue:
    """The agents of one server; those of other names in the process are not served.

    Args:
        agents: at least one, each with a name of its own; the first is the default.
    """

    def __init__(self, agents: Iterable[Agent]) -> None:
        self._agents = {agent.name: agent for agent in agents}

    @property
    def agents(self) -> Sequence[Agent]:
        """All agents, the default first."""
        return tuple(self._agents.values())

    def find(self, name: object, kind: str | None = None) -> Agent:
        """Return the agent called *name*, of *kind* if that is given.

        Raises:
            NotFoundError: if there is none; the message lists those there are.
        """
        agent = self._agents.get(name) if isinstance(name, str) else None
        if agent is None or kind not in (None, agent.kind):
            names = ", ".join(a.name for a in self.agents if kind in (None, a.kind)) or "none"
            raise NotFoundError(
                f"expected the name of an {kind or 'agent'} of this server; got {name!r:.80}. "
                f"There are: {names}"
            )
        return agent

    def resolve(self, spec: Data) -> AgentRuntime:
        """Return what answers the turns of a session with the agent of *spec*."""
        return self.find(spec.get("name")).runtime


def scripted_agents() -> list[Agent]:
    """Return the agents of a server without settings, all scripted."""
    return [Agent(name, model="scripted:demo") for name in SCRIPTED]
