"""Where A2A is found: each agent below `/a2a/`, and the default agent's card at the root.

Its one law: nothing of a2a-sdk is loaded here before somebody asks for A2A, and then off the loop:
it takes a second, and others are streaming.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from cellspeak.agents.offload import in_thread
from cellspeak.engine.tasks import Once
from cellspeak.errors import NotFoundError
from cellspeak.server.catalogue import Catalogue
from cellspeak.server.http import error_response

if TYPE_CHECKING:
    from .served import Served

__all__ = ["CARD_PATHS", "installed", "routes"]

_log = logging.getLogger(__name__)

CARD_PATHS = ("/.well-known/agent-card.json", "/.well-known/agent.json")
"""Where clients look for a card; the second is that of the oldest ones."""


def installed() -> bool:
    """Tell whether a2a-sdk and what its routes need are installed."""
    return all(importlib.util.find_spec(name) for name in ("a2a", "sse_starlette"))


def routes(catalogue: Catalogue, *, secured: bool, compat: bool = True) -> list[BaseRoute]:
    """Return the routes of A2A; none, and a line in the log that says so, if it is not installed.

    Args:
        catalogue: the agents to serve.
        secured: whether callers need a token; the cards tell.
        compat: whether the cards also carry the fields that 0.3 clients read.
    """
    if not installed():
        _log.warning("serving without A2A; it needs: pip install 'cellspeak[a2a]'")
        return []
    agents = _Agents(catalogue, secured, compat)
    return [
        *(Route(path, _Default(agents)) for path in CARD_PATHS),
        # Not a redirect to the slash: clients lose the body, or do not follow.
        Route("/a2a/{name}", _Slash(agents)),
        Mount("/a2a/{name}", agents),
    ]


class _Agents:
    """Passes a request on to the agent that the path names."""

    def __init__(self, catalogue: Catalogue, secured: bool, compat: bool) -> None:
        self.catalogue = catalogue
        self._secured, self._compat = secured, compat
        self._served: Served | None = None
        self._loading: Once[Served] = Once()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            agent = self.catalogue.find(scope["path_params"].get("name"))
        except NotFoundError as error:
            await error_response(error)(scope, receive, send)
            return
        served = self._served or await self._loading.run("", self._load)
        await served.app_of(agent)(scope, receive, send)

    async def _load(self) -> Served:
        module = await in_thread(lambda: importlib.import_module("cellspeak.server.a2a.served"))
        self._served = module.Served(secured=self._secured, compat=self._compat)
        return self._served


class _Default:
    """Serves the default agent's card where a host has its own."""

    def __init__(self, agents: _Agents) -> None:
        self._agents = agents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self._agents.catalogue.agents[0].name
        await self._agents({**scope, "path_params": {"name": name}}, receive, send)


class _Slash:
    """Serves an agent's address that came without the slash at its end."""

    def __init__(self, agents: _Agents) -> None:
        self._agents = agents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        above, path = scope.get("root_path", ""), scope["path"]
        below = {"app_root_path": above, "root_path": path, "path": f"{path}/"}
        await self._agents({**scope, **below}, receive, send)
