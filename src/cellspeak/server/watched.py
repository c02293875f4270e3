"""Count and log every request and socket: the outermost layer of the application."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from .logs import log_request
from .metrics import Metrics

__all__ = ["Watched"]


class Watched:
    """Passes everything on to *app*, and tells *metrics* and the log how it went."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.monotonic(), 500

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            took = time.monotonic() - began
            self._metrics.answered(scope["method"], status, took)
            owner = scope.get("state", {}).get("owner")
            log_request(scope["method"], scope["path"], status, took, owner)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._metrics.socket(1)
        try:
            await self.app(scope, receive, send)
        finally:
            self._metrics.socket(-1)
