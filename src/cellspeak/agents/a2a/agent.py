"""An agent that answers at an A2A server: `Agent(a2a="https://host/agent/")`.

Light: a2a-sdk is loaded at the first answer, on a thread of its own.  The token stays here; it is
in no log, no spec and no error.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cellspeak.agents.base import Output, TurnRequest
from cellspeak.agents.offload import in_thread
from cellspeak.errors import AuthenticationError, ValidationError

if TYPE_CHECKING:
    from .answer import Answering

__all__ = ["A2aAgent", "Address", "name_at", "plain_address"]

_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an agent is, and how it is asked."""

    url: str
    """The agent's own address, or that of its card."""
    token: str | None = field(default=None, repr=False)
    """Sent as a bearer token, to this address's own host only; `"${NAME}"`: that variable's."""
    timeout: float = 120.0
    """Seconds of silence after which a connection counts as cut, > 0."""

    @property
    def host(self) -> str:
        """How it is called in sentences."""
        return urlsplit(self.url).netloc

    def secret(self) -> str | None:
        """Return the token to send now.

        Raises:
            AuthenticationError: if its environment variable is not set.
        """
        named = _VARIABLE.fullmatch((self.token or "").strip())
        if not named:
            return self.token
        found = os.environ.get(named[1], "").strip()
        if not found:
            raise AuthenticationError(
                f"the agent at {self.host} needs a token; set the environment variable {named[1]}"
            )
        return found


def plain_address(url: object) -> str:
    """Return *url* if an agent can be at it.

    Raises:
        ValidationError: if it is no plain http address.
    """
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        plain = parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
        hidden = parts is not None and bool("@" in parts.netloc or parts.query or parts.fragment)
    except ValueError:
        plain, hidden = False, False
    if not plain or hidden:
        # Not shown: it may hold a password.
        raise ValidationError(
            "expected the address of an agent, such as 'https://host/agent/', without user, "
            "password or query; give a token as token=…"
        )
    return str(url)


def name_at(url: str) -> str:
    """Return a name for the agent at *url*: the last word of its path, else its host."""
    parts = urlsplit(plain_address(url))
    words = [w for w in parts.path.split("/") if w and not w.startswith(".") and "." not in w]
    return words[-1] if words else parts.netloc


class A2aAgent:
    """An agent runtime whose agent is at an A2A server.

    Args:
        address: where, and with which token.

    Raises:
        ValidationError: if the address is none, or a2a-sdk is not installed.
    """

    def __init__(self, address: Address) -> None:
        plain_address(address.url)
        if not address.timeout > 0:
            raise ValidationError(f"expected a timeout above 0 s; got {address.timeout!r:.40}")
        if importlib.util.find_spec("a2a") is None:
            raise ValidationError(
                "agents by A2A need packages that are not installed; run: "
                "pip install 'cellspeak[a2a]'"
            )
        self._address = address
        self._made: Answering | None = None

    async def answer(self, request: TurnRequest) -> AsyncGenerator[Output, None]:
        """Let the agent answer the turn; see `AgentRuntime.answer`."""
        made = await self._ready()
        async with aclosing(made.answer(request)) as outputs:
            async for output in outputs:
                yield output

    async def abandoned(self, request: TurnRequest) -> None:
        """Stop the other side's task, for its turn was ended here."""
        made = await self._ready()
        await made.abandoned(request)

    async def _ready(self) -> Answering:
        if self._made is None:
            self._made = await in_thread(self._make)
        return self._made

    def _make(self) -> Answering:
        library = importlib.import_module("cellspeak.agents.a2a.answer")
        made: Answering = library.Answering(self._address)
        return made
