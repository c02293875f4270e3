"""A real server whose agents tell stories by A2A; an agent's name is its story.

One server for all tests of a process, and for the processes that these start: they find its
address in the environment.
"""

from __future__ import annotations

import base64
import json
import os
from contextlib import ExitStack
from dataclasses import asdict
from unittest.mock import patch

from cellspeak.agent import Agent
from cellspeak.agents.base import AgentRuntime
from cellspeak.agents.scripted import Say, Think
from cellspeak.core.events import Data
from cellspeak.server import app
from cellspeak.server.catalogue import Catalogue
from tests.agents import stories
from tests.server.serving import serving

__all__ = ["address_of"]

_WHERE = "CELLSPEAK_TEST_TELLER"
_KINDS = {k.__name__: k for k in (Say, Think, stories.Add, stories.Delete)}
_open = ExitStack()


def address_of(told: stories.Told) -> str:
    """Return the address of an agent that tells it."""
    if _WHERE not in os.environ:
        with patch.object(app, "Catalogue", _Tellers):
            os.environ[_WHERE] = _open.enter_context(serving())
    return f"{os.environ[_WHERE]}/a2a/{_name(told)}/"


class _Tellers(Catalogue):
    """Has every agent that is asked for."""

    def find(self, name: object, kind: str | None = None) -> Agent:
        agent = Agent.__new__(Agent)
        agent.name, agent.model, agent._own = str(name), "stories", True
        agent.runtime, agent.instructions, agent.server = _teller(str(name)), "", None
        return agent

    def resolve(self, spec: Data) -> AgentRuntime:
        return _teller(str(spec["name"]))


def _name(told: stories.Told) -> str:
    story = [[[type(i).__name__, asdict(i)] for i in response] for response in told.story]
    return base64.urlsafe_b64encode(json.dumps([story, told.fails_at]).encode()).decode()


def _teller(name: str) -> AgentRuntime:
    story, fails_at = json.loads(base64.urlsafe_b64decode(name))
    items = [[_KINDS[kind](**facts) for kind, facts in response] for response in story]
    return stories.scripted(stories.Told(items, fails_at=fails_at))
