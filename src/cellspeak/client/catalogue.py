"""Which agents a server has; asked without an event loop, as `Agent.fetch` is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx

from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, int_of, list_of, str_of
from cellspeak.errors import CellspeakError, ConnectError, ProtocolError, from_json
from cellspeak.stores.base import SessionRecord

from .address import Server
from .socket import refusal

__all__ = ["fetch_agent", "list_agents", "object_id", "problem_of", "record_of"]


def fetch_agent(server: Server, kind: str, name: str) -> Data:
    """Return `{name, kind, model}` of one agent.

    Raises:
        NotFoundError: if there is none; the message lists those there are.
        ConnectError: if the server cannot be reached.
    """
    found = dict_of(_get(server, f"/v1/{kind}", {"name": name}).get("object"))
    key = dict_of(found.get("llm_client_key"))
    model = f"{key.get('provider', '')}:{key.get('model_id', '')}"
    return {"name": str(found.get("name", name)), "kind": kind, "model": model}


async def object_id(server: Server, kind: str, name: str) -> str:
    """Return the id by which a peer knows an agent; its name if the peer does not tell."""
    async with httpx.AsyncClient(
        base_url=server.base_url, headers=dict(server.headers), timeout=30
    ) as client:
        try:
            response = await client.get(f"/v1/{kind}", params={"name": name})
            return str_of(dict_of(dict_of(response.json()).get("object")).get("_id"), name)
        except (httpx.TransportError, ValueError):
            return name


def list_agents(server: Server, kind: str) -> Sequence[Data]:
    """Return `{name, kind, model}` of each agent of *kind*."""
    found = (dict_of(a) for a in list_of(_get(server, "/agents", {}).get("agents")))
    return [a for a in found if a.get("kind") == kind and isinstance(a.get("name"), str)]


def record_of(raw: Data) -> SessionRecord:
    """Return the record of a session as `GET /v1/sessions` writes it."""
    return SessionRecord(
        session_id=str_of(raw.get("session_id")),
        agent=dict_of(raw.get("agent")),
        labels=dict_of(raw.get("labels")),
        created_at=str_of(raw.get("created_at")),
        active_at=str_of(raw.get("active_at")),
        end=int_of(raw.get("end")) or 0,
    )


def _get(server: Server, path: str, query: Mapping[str, str]) -> Data:
    try:
        response = httpx.get(
            server.base_url + path, params=query, headers=dict(server.headers), timeout=30
        )
    except httpx.TransportError as error:
        raise ConnectError(
            f"{server.base_url} could not be reached ({type(error).__name__}); is it running?"
        ) from error
    if response.status_code != 200:
        raise problem_of(response, server)
    try:
        return dict_of(response.json())
    except ValueError:
        raise ProtocolError(f"expected JSON from {server.base_url}{path}") from None


def problem_of(response: httpx.Response, server: Server) -> CellspeakError:
    """Return the error that a response with another status than 200 stands for."""
    if response.status_code >= 500:
        return ConnectError(f"{server.base_url} answered with status {response.status_code}")
    if response.status_code == 401:
        return refusal(401, response.content, server) or ProtocolError("unreachable")
    try:
        return from_json(dict(response.json()["detail"]))
    except (ValueError, KeyError, TypeError):
        refused = refusal(response.status_code, response.content, server)
        return refused or ProtocolError(f"expected status 200; got {response.status_code}")
