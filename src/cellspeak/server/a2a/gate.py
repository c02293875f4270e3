"""What a request must be before a2a-sdk reads it: JSON of a bounded size that can be parsed.

Its one law: what cannot be read is refused here, in our own words; a2a-sdk would answer with the
text of its parsers' exceptions.
"""

from __future__ import annotations

import json
import re
from collections.abc import MutableMapping
from typing import Any, NoReturn

from a2a.server.jsonrpc_models import JSONParseError
from a2a.server.request_handlers.response_helpers import build_error_response
from a2a.utils.constants import VERSION_HEADER
from a2a.utils.error_handlers import build_rest_error_payload
from a2a.utils.errors import (
    A2AError,
    ContentTypeNotSupportedError,
    InvalidRequestError,
    VersionNotSupportedError,
)
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cellspeak.errors import ValidationError
from cellspeak.server.http import read_body

from .shapes import require_query, require_rest, require_rpc, speaks_old

__all__ = ["Gate"]

_JSON = re.compile(r"application/([\w.-]+\+)?json")
_VERSION = VERSION_HEADER.lower().encode()


class Gate:
    """Lets in what can be read.

    Args:
        app: what is behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        refused = _Refusal(rpc=scope["method"] == "POST" and path == "/")
        try:
            body = await _checked(request, path, refused)
        except A2AError as error:
            await refused.answer(error)(scope, receive, send)
            return
        except ClientDisconnect:
            return  # nobody is there to be told
        await self._app(_versioned(request), _again(body, receive), send)


class _NotJson(A2AError):
    """The body is no JSON: JSON-RPC has a code of its own for that, REST has not."""


class _Refusal:
    """Says no in the words of the dialect that the request is in."""

    def __init__(self, *, rpc: bool) -> None:
        self.rpc = rpc
        self.request_id: str | int | None = None

    def answer(self, error: A2AError) -> JSONResponse:
        """Return the response that tells *error*."""
        if self.rpc:
            rpc_error = JSONParseError(message=str(error)) if isinstance(error, _NotJson) else error
            return JSONResponse(build_error_response(self.request_id, rpc_error))
        if isinstance(error, _NotJson):
            error = InvalidRequestError(message=str(error))
        payload = build_rest_error_payload(error)
        return JSONResponse(payload, payload["error"]["code"])


async def _checked(request: Request, path: str, refused: _Refusal) -> bytes:
    """Return the body; raise A2AError unless the request can be read."""
    if request.method != "POST":
        _require_version(request, speaks_old(path))
        require_query(path, request.query_params)
        return b""
    try:
        body = await read_body(request)
    except ValidationError as error:
        raise InvalidRequestError(message=str(error)) from None
    if refused.rpc:
        _require_json(request)
        call = _parsed(body)
        refused.request_id = _id_of(call)
        require_rpc(call)
        _require_version(request, speaks_old(path, call))
        return body
    _require_version(request, speaks_old(path))
    if body:
        _require_json(request)
        require_rest(path, _parsed(body))
    return body


def _require_version(request: Request, old: bool) -> None:
    """Say what is missing; a2a-sdk would only say that 0.3 is not what it expects."""
    given = _version_of(request)
    if not old and given.partition(".")[0] != "1":
        raise VersionNotSupportedError(
            message=f"expected the header `{VERSION_HEADER}: 1.0`; got {given!r:.40}"
        )


def _version_of(request: Request) -> str:
    query = request.query_params.get(VERSION_HEADER, "")
    return request.headers.get(VERSION_HEADER, "").strip() or query


def _require_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (
        kind.startswith("application/") and kind.endswith("+json")
    ):
        raise ContentTypeNotSupportedError(
            message=f"expected application/json as the Content-Type; got {kind!r:.80}"
        )


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _NotJson(message="expected JSON as the body") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _id_of(call: Any) -> str | int | None:
    given = call.get("id") if isinstance(call, dict) else None
    return given if isinstance(given, str | int) and not isinstance(given, bool) else None


def _versioned(request: Request) -> Scope:
    """Return the scope, with the version that the query names as the header that is looked at."""
    version = request.query_params.get(VERSION_HEADER)
    scope: MutableMapping[str, Any] = request.scope
    if version and VERSION_HEADER not in request.headers:
        headers = [*scope["headers"], (_VERSION, version.encode("latin-1", "replace"))]
        return {**scope, "headers": headers}
    return scope


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body that was read, then what comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return left.pop() if left else await receive()

    return replayed
