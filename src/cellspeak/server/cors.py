"""What a listed web page of another origin may read (CORS); any other is refused before this.

Its one law: one listed origin at a time is named, never all, and no cookies: a token is a header.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.types import Send

__all__ = ["allow", "asks_first", "shared_with"]

_ALLOWED = (
    (b"access-control-allow-methods", b"GET, POST, DELETE"),
    (
        b"access-control-allow-headers",
        b"authorization, x-api-key, content-type, accept, prefer, last-event-id, a2a-version",
    ),
    (b"access-control-max-age", b"600"),
)


def asks_first(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a browser asks what it may do, before it does it."""
    return method == "OPTIONS" and "access-control-request-method" in headers


async def allow(send: Send) -> None:
    """Answer that question."""
    await send({"type": "http.response.start", "status": 204, "headers": list(_ALLOWED)})
    await send({"type": "http.response.body", "body": b""})


def shared_with(origin: str, send: Send) -> Send:
    """Return a `send` that lets the page at *origin* read what is sent."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            named = (b"access-control-allow-origin", origin.encode("latin-1"))
            message["headers"] = [*message.get("headers", ()), named, (b"vary", b"Origin")]
        await send(message)

    return sending
