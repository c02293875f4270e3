"""The application: one engine, its routes and sockets, behind the rules of access."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

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
from .http import answer, route
from .life import Life, Quota
from .logs import log_events
from .metrics import Metrics
from .observe import Observer, observed
from .tickets import LASTS, Tickets
from .watched import Watched
from .websocket import Connection

if TYPE_CHECKING:
    from .spans import Spans

__all__ = ["Application", "make_app"]


def make_app(
    store: Callable[[], Store],
    agents: Iterable[Agent] = (),
    rules: AccessRules | None = None,
    *,
    life: Life | None = None,
    card_compat: bool = True,
    spans: Spans | None = None,
) -> Application:
    """Return the ASGI application that serves *agents*.  Its engine lives as long as its lifespan.

    Args:
        store: opens the store; called on the loop that serves.
        agents: the first is the default; default: the scripted ones.
        rules: who may come in; default: this machine, without tokens.
        life: how long sessions live; default: for ever.
        card_compat: whether A2A cards also carry the fields that 0.3 clients read.
        spans: told of every turn; default: nobody is.
    """
    metrics, closing = Metrics(), asyncio.Event()
    observers: list[Observer] = [metrics, log_events, *([spans] if spans is not None else [])]
    catalogue = Catalogue(list(agents) or scripted_agents())
    rules, life, tickets = rules or AccessRules(), life or Life(), Tickets()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        engine = Engine(
            observed(store(), observers),
            catalogue.resolve if spans is None else spans.around(catalogue.resolve),
            idle_timeout=life.idle_timeout,
            retention=life.retention,
        )
        app.state.engine = engine
        quota = Quota(engine.store, life.most_sessions)
        app.state.desk_of = lambda owner: Desk(engine, catalogue, quota, owner, closing)
        try:
            yield
        finally:
            await engine.aclose()

    a2a = mount.routes(catalogue, secured=bool(rules.tokens), compat=card_compat)
    routes = [
        Route("/health", _health),
        route("/metrics", _metrics),
        *(route(f"{prefix}/tickets", _ticket, "POST") for prefix in ("", "/v1")),
        *a2a,
        *sessions.routes(),
        *discovery.routes(),
        *rest.routes(),
    ]
    sockets = [WebSocketRoute(f"{prefix}/ws/session", _socket) for prefix in ("", "/v1")]
    app = Starlette(routes=[*routes, *sockets], lifespan=lifespan)
    app.state.tickets, app.state.metrics = tickets, metrics
    return Application(Access(app, rules, tickets), metrics, app, closing)


class Application(Watched):
    """The ASGI application.

    Args:
        app: what serves.
        metrics: counts.
        routed: the inner application, which knows the routes.
        closing: set it when the server is about to stop, so that streams end with a reason.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, routed: Starlette, closing: asyncio.Event
    ) -> None:
        super().__init__(app, metrics)
        self.routed, self.closing = routed, closing

    async def drain(self, grace: float) -> None:
        """Begin no further turn, and let those that run end for up to *grace* seconds, ≥ 0."""
        engine: Engine = self.routed.state.engine
        await engine.drain(grace)


async def _metrics(request: Request, _desk: Desk) -> Response:
    metrics: Metrics = request.app.state.metrics
    return metrics.response()


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _ticket(request: Request, desk: Desk) -> Response:
    return answer({"ticket": request.app.state.tickets.issue(desk.owner), "expires_in": LASTS}, 201)


async def _socket(socket: WebSocket) -> None:
    desk = socket.app.state.desk_of(socket.scope["state"]["owner"])
    await Connection(socket, desk).run()
