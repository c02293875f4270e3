"""Which agents there are: `GET /agents` and `GET /agents/{name}`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cellspeak.agent import Agent

from .desk import Desk
from .http import answer, route

__all__ = ["routes"]


def _described(agent: Agent) -> dict[str, str]:
    return {
        "id": agent.name,
        "name": agent.name,
        "kind": agent.kind,
        "model": str(agent.spec["model"]),
        "url": f"/agents/{agent.name}",
    }


async def _agents(_request: Request, desk: Desk) -> Response:
    found = [_described(agent) for agent in desk.catalogue.agents]
    return answer({"agents": found, "total": len(found)})


async def _agent(request: Request, desk: Desk) -> Response:
    return answer(_described(desk.catalogue.find(request.path_params["name"])))


def routes() -> list[Route]:
    """Return the routes of this file."""
    return [route("/agents", _agents), route("/agents/{name}", _agent)]
