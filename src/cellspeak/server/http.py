"""What all REST routes share: bounded bodies, errors as JSON, the caller's desk."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cellspeak.core.codec import dumps
from cellspeak.core.events import Data
from cellspeak.errors import CellspeakError, ProtocolError, ValidationError, to_json

from .desk import Desk

__all__ = ["MOST_BYTES", "answer", "error_response", "read_body", "read_object", "route"]

_log = logging.getLogger(__name__)

MOST_BYTES = 16 * 1024 * 1024
"""Of one body or frame: what a model can read at once, and a file or two."""

STATUS = {
    "authentication": 401,
    "permission": 403,
    "not_found": 404,
    "session_not_found": 404,
    "rate_limit": 429,
    "validation": 422,
    "protocol": 400,
    "approval": 409,
    "conflict": 409,
    "action_required": 409,
    "store": 503,
    "disconnected": 503,
    "timeout": 504,
}

Endpoint: TypeAlias = Callable[[Request, Desk], Awaitable[Response]]


def answer(value: Any, status: int = 200) -> Response:
    """Return *value* as a JSON response."""
    return Response(dumps(value), status, media_type="application/json")


def error_response(error: CellspeakError) -> Response:
    """Return *error* as JSON with the status of its class; it carries no internals."""
    body = {"error": str(error), "detail": to_json(error)}
    return answer(body, STATUS.get(error.code, 500))


def route(path: str, endpoint: Endpoint, *methods: str) -> Route:
    """Return the route that calls *endpoint* with the caller's desk, and answers its errors."""

    async def serve(request: Request) -> Response:
        desk = request.app.state.desk_of(request.scope["state"]["owner"])
        try:
            return await endpoint(request, desk)
        except CellspeakError as error:
            return error_response(error)
        except Exception as error:  # noqa: BLE001 - its text would tell internals
            _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
            return error_response(CellspeakError("the server could not do this; try again"))

    return Route(path, serve, methods=list(methods) or ["GET"])


async def read_body(request: Request) -> bytes:
    """Return the body.

    Raises:
        ValidationError: if it is too large.
    """
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            raise ValidationError(f"expected a body of at most {MOST_BYTES >> 20} MiB")
        chunks.append(chunk)
    return b"".join(chunks)


async def read_object(request: Request) -> Data:
    """Return the body as a JSON object, whatever its `Content-Type` says.

    Raises:
        ProtocolError: if it is no JSON object.
        ValidationError: if it is too large.
    """
    body = await read_body(request)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise ProtocolError("expected a JSON object as the body") from None
    if not isinstance(value, Mapping):
        raise ProtocolError(f"expected a JSON object as the body; got {type(value).__name__}")
    return value
