"""An agent's card: what it is called, where it answers, and in which words."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from email.utils import formatdate
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from a2a.server.request_handlers.response_helpers import agent_card_to_dict
from a2a.types import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentSkill,
    HTTPAuthSecurityScheme,
    SecurityRequirement,
    SecurityScheme,
    StringList,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cellspeak.agent import Agent

__all__ = ["card_of", "card_response"]

_INPUT = ("text/plain", "application/json", "application/octet-stream")
_OUTPUT = ("text/plain", "application/json", "image/png")
_FRESH = "max-age=60"
_VERSION = version("cellspeak")
_MADE = formatdate(time.time(), usegmt=True)
"""A card changes only when the server starts anew."""


def card_of(agent: Agent, base: str, *, secured: bool, compat: bool) -> Mapping[str, Any]:
    """Return the card of *agent* as JSON.

    Args:
        agent: whose it is.  Its instructions are nobody's business.
        base: the server's address as the caller knows it, with a slash at its end.
        secured: whether callers need a token.
        compat: whether it also carries the fields of 0.3, which a strict 1.0 reader may refuse.
    """
    tools = agent.spec.get("tools", ())
    skill = AgentSkill(
        id="conversation",
        name="Conversation",
        description="Answers, remembers what was said, and asks before a tool that needs it runs.",
        tags=["conversation", *tools],
    )
    card = AgentCard(
        name=agent.name,
        description=f"{agent.name}, a conversational {agent.kind}",
        version=_VERSION,
        capabilities=AgentCapabilities(streaming=True, push_notifications=False),
        default_input_modes=_INPUT,
        default_output_modes=_OUTPUT,
        skills=[skill],
        supported_interfaces=_interfaces(f"{base}a2a/{quote(agent.name, safe='')}", compat=compat),
    )
    if secured:
        scheme = SecurityScheme(http_auth_security_scheme=HTTPAuthSecurityScheme(scheme="bearer"))
        card.security_schemes["token"].CopyFrom(scheme)
        card.security_requirements.append(SecurityRequirement(schemes={"token": StringList()}))
    return agent_card_to_dict(card)


def _interfaces(address: str, *, compat: bool) -> list[AgentInterface]:
    # JSON-RPC is posted to the address itself, REST paths are added to it.
    ways = {"JSONRPC": f"{address}/", "HTTP+JSON": address}
    return [
        AgentInterface(url=url, protocol_binding=binding, protocol_version=dialect)
        for dialect in (("1.0", "0.3") if compat else ("1.0",))
        for binding, url in ways.items()
    ]


def card_response(request: Request, card: Mapping[str, Any]) -> Response:
    """Return *card*, or that the caller has it already."""
    body = json.dumps(card, sort_keys=True).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": _FRESH, "Last-Modified": _MADE, "Vary": "Host"}
    known = request.headers.get("if-none-match", "")
    if known == "*" or tag in (k.strip().removeprefix("W/") for k in known.split(",")):
        return Response(status_code=304, headers=headers)
    return JSONResponse(card, headers=headers)
