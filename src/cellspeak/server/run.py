"""Serve an application with uvicorn, the way all of it is tested."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp

from .http import MOST_BYTES

__all__ = ["uvicorn_config"]

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
