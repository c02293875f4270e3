"""Serve an application with uvicorn, the way all of it is tested."""

from __future__ import annotations

import socket

import uvicorn
from starlette.types import ASGIApp

from .http import MOST_BYTES

__all__ = ["listen", "uvicorn_config"]

ALIVE = 20.0
"""Seconds between pings, and until a peer that does not answer one counts as gone."""


def uvicorn_config(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    """Return the settings: bounded frames, dead peers found, open sockets ended at a shutdown."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        ws="websockets-sansio",
        ws_max_size=MOST_BYTES,
        ws_ping_interval=ALIVE,
        ws_ping_timeout=ALIVE,
        ws_per_message_deflate=False,  # small frames: it costs more than it saves
        timeout_graceful_shutdown=2,
        lifespan="on",
        server_header=False,
        log_level="warning",
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
