"""One connection to the session socket, and what its ways to fail mean."""

from __future__ import annotations

import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from cellspeak.core.codec import dumps
from cellspeak.core.events import Data
from cellspeak.errors import (
    AuthenticationError,
    CellspeakError,
    ConnectError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    ValidationError,
)

from .address import Server

__all__ = ["LOST", "open_socket", "read_frame", "refusal", "send_frame", "too_large"]

LOST = (OSError, TimeoutError, EOFError, WebSocketException, ConnectError)
"""What may pass: it is tried again."""

LARGEST = 64 * 1024 * 1024
"""Bytes of one frame; events are far smaller, because what is large is a blob."""

ALIVE = 10.0
"""Seconds between pings, and until a peer that does not answer one counts as gone."""


async def open_socket(server: Server) -> ClientConnection:
    """Return an open connection.

    Raises:
        AuthenticationError, PermissionDeniedError, NotFoundError: if the server refuses for good.
        OSError, TimeoutError, WebSocketException: if it may pass.
    """
    try:
        return await connect(
            server.socket_url,
            additional_headers=server.headers,
            compression=None,  # small frames: it costs more than it saves
            max_size=LARGEST,
            ping_interval=ALIVE,
            ping_timeout=ALIVE,
            close_timeout=1,
        )
    except InvalidStatus as error:
        body = bytes(error.response.body or b"")
        refused = refusal(error.response.status_code, body, server)
        raise (refused if refused is not None else error) from None


def refusal(status: int, body: bytes, server: Server) -> CellspeakError | None:
    """Return the error that a status means for good; None if another try may help."""
    cls = {401: AuthenticationError, 403: PermissionDeniedError, 404: NotFoundError}.get(status)
    if cls is None:
        return None
    try:
        said = str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        said = "it gave no reason"
    hint = "; set CELLSPEAK_API_KEY" if status == 401 else ""
    return cls(f"{server.base_url} refused with status {status}: {said:.300}{hint}")


async def send_frame(socket: ClientConnection, frame: Data) -> None:
    """Send *frame* as text."""
    await socket.send(dumps(frame))


async def read_frame(socket: ClientConnection) -> Any:
    """Return the next frame.

    Raises:
        ProtocolError: if it is no JSON text.
        ConnectionClosed: if no more comes.
    """
    text = await socket.recv()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError(f"expected JSON from the server; got {text!r:.80}") from None


def too_large(error: BaseException) -> ValidationError | None:
    """Return what to tell the sender if the server closed because a frame was too large."""
    if not isinstance(error, ConnectionClosed) or error.rcvd is None or error.rcvd.code != 1009:
        return None
    return ValidationError(
        "this is larger than the server takes in one message; send smaller files"
    )
