"""One peer: its card, and what it is asked, in whichever version and transport it understands.

Its one law: another version is tried only after an answer that says nothing was done.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, Self

import httpx
from a2a.client import Client, ClientConfig, ClientFactory
from a2a.client.card_resolver import parse_agent_card
from a2a.types import (
    AgentCard,
    AgentInterface,
    CancelTaskRequest,
    GetTaskRequest,
    Message,
    SendMessageConfiguration,
    SendMessageRequest,
    StreamResponse,
    SubscribeToTaskRequest,
    Task,
)

from cellspeak.core.kinds import dict_of
from cellspeak.errors import ProtocolError

from . import mend
from .agent import Address
from .failures import is_other_dialect, is_unknown_task
from .guard import Guard

__all__ = ["Known", "Peer"]

_CARDS = (".well-known/agent-card.json", ".well-known/agent.json", "")
_BINDINGS = ("JSONRPC", "HTTP+JSON")
_CONNECT = 10.0  # seconds


class Known:
    """What was learned about a peer; kept from turn to turn."""

    def __init__(self) -> None:
        self.card: AgentCard | None = None
        self.faces: list[AgentInterface] = []
        """How it may be asked, the best first; what it did not understand is gone."""


class Peer:
    """A connection to an agent; an async context manager.

    Args:
        address: where it is.
        known: what was learned before, and what is learned now.
    """

    def __init__(self, address: Address, known: Known) -> None:
        self._address, self._known = address, known
        guard = Guard(httpx.AsyncHTTPTransport(), address.url, address.secret())
        timeout = httpx.Timeout(address.timeout, connect=min(_CONNECT, address.timeout))
        self._http = httpx.AsyncClient(transport=guard, timeout=timeout, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    # Asking

    async def send(self, message: Message) -> AsyncGenerator[StreamResponse, None]:
        """Yield what comes of *message*."""
        request = SendMessageRequest(message=message, configuration=SendMessageConfiguration())
        await self._learn()
        while True:
            try:
                async with aclosing(_as_generator(self._client().send_message(request))) as updates:
                    async for update in updates:
                        yield update
                return
            except Exception as error:
                if not is_other_dialect(error) or len(self._known.faces) < 2:
                    raise
                del self._known.faces[0]

    async def again(self, task_id: str) -> AsyncGenerator[StreamResponse, None]:
        """Yield the task as it is, and what changes from then on if the peer can tell."""
        await self._learn()
        request = SubscribeToTaskRequest(id=task_id)
        try:
            async with aclosing(_as_generator(self._client().subscribe(request))) as updates:
                async for update in updates:
                    yield update
            return
        except Exception as error:
            if not is_unknown_task(error):
                raise
        yield StreamResponse(task=await self.task(task_id))

    async def task(self, task_id: str) -> Task:
        """Return the task as it is."""
        return await self._client().get_task(GetTaskRequest(id=task_id))

    async def cancel(self, task_id: str) -> None:
        """Stop the task; nothing happens if it has ended."""
        await self._learn()
        await self._client().cancel_task(CancelTaskRequest(id=task_id))

    # Knowing

    def _client(self) -> Client:
        """Return a client for the best way to ask."""
        card = AgentCard()
        card.CopyFrom(self._known.card or AgentCard())
        del card.supported_interfaces[:]
        card.supported_interfaces.append(self._known.faces[0])
        config = ClientConfig(httpx_client=self._http, supported_protocol_bindings=list(_BINDINGS))
        return ClientFactory(config).create(card)

    async def _learn(self) -> None:
        if self._known.card is None:
            card = await self._read_card()
            self._known.faces = _faces(card, self._address.url)
            self._known.card = card

    async def _read_card(self) -> AgentCard:
        base = self._address.url
        failure: Exception | None = None
        for path in ("",) if base.endswith(".json") else _CARDS:
            try:
                return _parsed(
                    await self._get(f"{base.rstrip('/')}/{path}" if path else base), base
                )
            except (httpx.HTTPStatusError, ProtocolError) as error:
                failure = failure or error  # the first place is where a card should be
        raise failure or ProtocolError("no place to look for a card")

    async def _get(self, url: str) -> Mapping[str, Any]:
        answer = await self._http.get(url, headers={"Accept": "application/json"})
        answer.raise_for_status()
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not _is_card(found):
            raise ProtocolError(
                f"expected the card of an A2A agent at {self._address.host}; "
                "give the agent's own address, such as http://host/agents/NAME/"
            )
        return dict_of(found)


def _is_card(found: object) -> bool:
    if not isinstance(found, Mapping) or not isinstance(found.get("name"), str):
        return False
    return bool(found.get("url") or found.get("supportedInterfaces"))


def _parsed(found: Mapping[str, Any], base: str) -> AgentCard:
    return parse_agent_card(mend.card(found, base))


def _faces(card: AgentCard, base: str) -> list[AgentInterface]:
    """Return how the agent may be asked: as its card says, then as it may be all the same."""
    told = [f for f in card.supported_interfaces if f.protocol_binding in _BINDINGS]
    if not told:
        raise ProtocolError(
            f"expected an agent that speaks JSON-RPC or REST at {httpx.URL(base).host}; "
            "its card names neither"
        )
    told.sort(key=lambda f: (_is_old(f), _BINDINGS.index(f.protocol_binding)))
    rpc = [f for f in told if f.protocol_binding == "JSONRPC"]
    others = [_other(f) for f in rpc if len({_is_old(r) for r in rpc}) == 1]
    return [*told, *others[:1]]


def _is_old(face: AgentInterface) -> bool:
    return face.protocol_version.startswith("0")


def _other(face: AgentInterface) -> AgentInterface:
    version = "1.0" if _is_old(face) else "0.3.0"
    return AgentInterface(url=face.url, protocol_binding="JSONRPC", protocol_version=version)


async def _as_generator(
    updates: AsyncIterator[StreamResponse],
) -> AsyncGenerator[StreamResponse, None]:
    try:
        async for update in updates:
            yield update
    finally:
        close = getattr(updates, "aclose", None)
        if close is not None:
            await close()
