"""REST beside the socket: one agent, and what a reader needs of a session at once.

`/v1/agent` is the first seed's; `conversation`, `blobs` and `events` are ours.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cellspeak.agent import Agent
from cellspeak.errors import ValidationError
from cellspeak.stores.base import SessionRecord

from .desk import Desk
from .http import answer, route

__all__ = ["routes"]


def _describe(agent: Agent) -> dict[str, object]:
    provider, _, model_id = agent.model.partition(":")
    return {
        "_id": agent.name,
        "name": agent.name,
        "variant": "conversational",
        "object_type": agent.kind,
        "llm_client_key": {"provider": provider, "model_id": model_id},
        "tools": {},
        "inputs": {},
        "outputs": {},
        "memory_config": {},
    }


async def _agent(request: Request, desk: Desk) -> Response:
    return _fetched(request, desk, "agent")


async def _chatbot(request: Request, desk: Desk) -> Response:
    return _fetched(request, desk, "chatbot")


def _fetched(request: Request, desk: Desk, kind: str) -> Response:
    name = request.query_params.get("name") or request.query_params.get("id")
    if not name:
        raise ValidationError("expected `name` or `id` in the query")
    return answer({"object": _describe(desk.catalogue.find(name, kind))})


async def _sessions(_request: Request, desk: Desk) -> Response:
    return answer({"sessions": [_record(r) for r in await desk.sessions()]})


def _record(record: SessionRecord) -> dict[str, object]:
    return {
        "session_id": record.session_id,
        "agent": record.agent,
        "labels": record.labels,
        "created_at": record.created_at,
        "active_at": record.active_at,
        "end": record.end,
    }


async def _conversation(request: Request, desk: Desk) -> Response:
    return answer(await desk.conversation(request.path_params["session_id"]))


async def _blob(request: Request, desk: Desk) -> Response:
    wanted = request.path_params
    content = await desk.blob(wanted["session_id"], wanted["sha256"])
    # Somebody's upload: never to be taken for a page of ours.
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def routes() -> list[Route]:
    """Return the routes of this file, each with and without `/v1` before it."""
    table = {
        "/agent": _agent,
        "/chatbot": _chatbot,
        "/sessions/{session_id}/conversation": _conversation,
        "/sessions/{session_id}/blobs/{sha256}": _blob,
    }
    both = [route(f"{prefix}{p}", e) for p, e in table.items() for prefix in ("", "/v1")]
    return [*both, route("/v1/sessions", _sessions)]  # without `/v1` it is the second seed's
