"""Serve an application with uvicorn, the way all of it is tested.

How it stops: nobody new comes in, running turns end or the grace is over, every stream ends with a
reason, and what still runs ends as interrupted.  A second Ctrl-C is not that patient.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from .app import Application
from .http import MOST_BYTES

__all__ = ["Server", "listen", "uvicorn_config"]

ALIVE = 20.0
"""Seconds between pings, and until a peer that does not answer one counts as gone."""


class Server(uvicorn.Server):
    """Uvicorn, but that streams end with a reason when it stops.

    Args:
        application: what is served.
        config: see `uvicorn_config`.
        grace: seconds that running turns may take to end when it stops, ≥ 0.
    """

    def __init__(
        self, application: Application, config: uvicorn.Config, grace: float = 0.0
    ) -> None:
        super().__init__(config)
        self._application, self._grace = application, grace

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let running turns end, say goodbye, then stop."""
        for server in self.servers:
            server.close()
        draining = asyncio.create_task(self._application.drain(self._grace))
        while not draining.done() and not self.force_exit:
            await asyncio.wait([draining], timeout=0.1)
        draining.cancel()
        await asyncio.sleep(0.1)  # what was said last goes out to the sockets
        self._application.closing.set()
        await super().shutdown(sockets)


def uvicorn_config(
    app: ASGIApp, host: str, port: int, *, alive: float = ALIVE, lines: bool = False
) -> uvicorn.Config:
    """Return the settings: bounded frames, dead peers found, open sockets ended at a shutdown.

    Args:
        app: what is served.
        host: where it listens; said in the log.
        port: the same.
        alive: seconds between pings, and until a peer that does not answer one counts as gone.
        lines: whether the log is as `logs.start_logging` made it; else uvicorn makes its own.
    """
    own: dict[str, Any] = {"log_config": None, "log_level": "info"} if lines else {}
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        ws="websockets-sansio",
        ws_max_size=MOST_BYTES,
        ws_ping_interval=alive,
        ws_ping_timeout=alive,
        ws_per_message_deflate=False,  # small frames: it costs more than it saves
        timeout_graceful_shutdown=2,
        lifespan="on",
        server_header=False,
        access_log=False,  # an address may hold a ticket; `watched` logs requests without
        **{"log_level": "warning", **own},
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at *host*; port 0 takes a free one.

    What is small is sent at once: asyncio asks for that only where it made the socket itself, and
    each answer would wait 40 ms for the peer's kernel to acknowledge the one before.

    Raises:
        OSError: if the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
