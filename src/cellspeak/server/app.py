"""The application: one engine, its routes and sockets, behind the rules of access."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from cellspeak.agent import Agent
from cellspeak.engine import Engine
from cellspeak.stores.base import Store

from . import discovery, rest, sessions
from .a2a import mount
from .access import Access, AccessRules
from .catalogue import Catalogue, scripted_agents
from .desk import Desk
from .websocket import Connection

__all__ = ["make_app"]


def make_app(
    store: Callable[[], Store],
    agents: Iterable[Agent] = (),
    rules: AccessRules | None = None,
    *,
    card_compat: bool = True,
) -> ASGIApp:
    """Return the ASGI application that serves *agents*.  Its engine lives as long as its lifespan.

    Args:
        store: opens the store; called on the loop that serves.
        agents: the first is the default; default: the scripted ones.
        rules: who may come in; default: this machine, without tokens.
        card_compat: whether A2A cards also carry the fields that 0.3 clients read.
    """
    catalogue = Catalogue(list(agents) or scripted_agents())
    rules = rules or AccessRules()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        engine = Engine(store(), catalogue.resolve)
        app.state.desk_of = lambda owner: Desk(engine, catalogue, owner)
        try:
            yield
        finally:
            await engine.aclose()

    a2a = mount.routes(catalogue, secured=bool(rules.tokens), compat=card_compat)
    routes = [
        Route("/health", _health),
        *a2a,
        *sessions.routes(),
        *discovery.routes(),
        *rest.routes(),
    ]
    sockets = [WebSocketRoute(f"{prefix}/ws/session", _socket) for prefix in ("", "/v1")]
    app = Starlette(routes=[Route("/health", _health), *routes, *sockets], lifespan=lifespan)
    return Access(app, rules)


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _socket(socket: WebSocket) -> None:
    desk = socket.app.state.desk_of(socket.scope["state"]["owner"])
    await Connection(socket, desk).run()
