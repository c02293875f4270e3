"""Make each agent's application, once: its card, JSON-RPC and REST behind the gate."""

from __future__ import annotations

from a2a.server.context import ServerCallContext
from a2a.server.routes import (
    ServerCallContextBuilder,
    create_jsonrpc_routes,
    create_rest_routes,
)
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from cellspeak.agent import Agent

from .cards import card_of, card_response
from .contexts import Contexts
from .endpoint import Endpoint
from .gate import Gate
from .mount import CARD_PATHS
from .problems import told

__all__ = ["Served"]

PATIENCE = 1.0
"""Seconds that a stream has for its last words when the server stops; less than uvicorn gives."""


class Served:
    """The agents' applications.

    Args:
        secured: whether callers need a token.
        compat: whether the cards also carry the fields of 0.3.
    """

    def __init__(self, *, secured: bool, compat: bool) -> None:
        self._secured, self._compat = secured, compat
        self._contexts = Contexts()
        self._apps: dict[str, ASGIApp] = {}

    def app_of(self, agent: Agent) -> ASGIApp:
        """Return the application that speaks A2A for *agent*."""
        app = self._apps.get(agent.name)
        if app is None:
            app = self._apps[agent.name] = self._make(agent)
        return app

    def _make(self, agent: Agent) -> ASGIApp:
        async def card(request: Request) -> Response:
            base = str(request.base_url)
            made = card_of(agent, base, secured=self._secured, compat=self._compat)
            return card_response(request, made)

        endpoint, builder = Endpoint(agent.name, self._contexts), _Builder()
        rpc = create_jsonrpc_routes(
            endpoint, "/", builder, enable_v0_3_compat=True, shutdown_grace_period=PATIENCE
        )
        rest = create_rest_routes(
            endpoint, builder, enable_v0_3_compat=True, shutdown_grace_period=PATIENCE
        )
        # The last of them takes any first part of a path for a tenant; here agents have addresses.
        rest = [r for r in rest if isinstance(r, Route)]
        cards = [Route(path, card, methods=["GET"]) for path in ("/", *CARD_PATHS)]
        return Gate(Router([*cards, *rpc, *rest], redirect_slashes=False))


class _Builder(ServerCallContextBuilder):
    """Hands the caller's desk to the endpoint."""

    def build(self, request: Request) -> ServerCallContext:
        """Return what the endpoint is told about *request*."""
        with told():
            desk = request.app.state.desk_of(request.scope["state"]["owner"])
            state = {"headers": dict(request.headers), "desk": desk, "base": str(request.base_url)}
            return ServerCallContext(state=state)
