"""Who may come in: hosts, origins, tokens.

Its one law: every request passes here, HTTP and WebSocket alike, before a route sees it.  Any web
page can reach a loopback port, by its address or by a name of its own that leads there: hence no
foreign `Origin`, nothing that a browser says another site asked for, no `Host` that is not listed.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from cellspeak.errors import ValidationError

from .cors import allow, asks_first, shared_with
from .tickets import Tickets

__all__ = ["Access", "AccessRules", "Token", "check_bind", "is_loopback"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")

NEEDED = "expected a token, as `Authorization: Bearer …` or `X-API-Key: …`"

_CODES = {401: "authentication", 403: "permission"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A secret and the name of who holds it; sessions belong to the name."""

    name: str
    token: str

    def __post_init__(self) -> None:
        if not self.name or not self.token:  # an empty one would fit who brings none
            raise ValidationError("expected a name and a token, neither of them empty")

    def __repr__(self) -> str:
        return f"Token(name={self.name!r})"  # secrets never reach a log


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRules:
    """Who may come in.  Without tokens everybody is the same nameless owner."""

    tokens: Sequence[Token] = ()
    allowed_hosts: Sequence[str] = ()
    """Names that the `Host` header may carry beside those of loopback."""
    allowed_origins: Sequence[str] = ()
    """Web pages that may call, such as `https://notebooks.example`; default: none but our own."""


def is_loopback(host: str) -> bool:
    """Tell whether binding to *host* is reachable from this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_bind(host: str, rules: AccessRules, *, insecure: bool = False) -> None:
    """Raise ValidationError if serving at *host* would let strangers in."""
    if not (is_loopback(host) or rules.tokens or insecure):
        raise ValidationError(
            f"expected tokens to serve at {host!r:.80}, which other machines can reach; "
            "name them under server.tokens, or serve at 127.0.0.1"
        )


class Access:
    """Lets in whom the rules allow, and notes the name of the owner in the scope.

    Args:
        app: what is behind it; it finds the name in `scope["state"]["owner"]`.
        rules: who may come in.
        tickets: open sockets in place of a token.
        open_paths: paths that need no token.
    """

    def __init__(
        self,
        app: ASGIApp,
        rules: AccessRules,
        tickets: Tickets,
        open_paths: Sequence[str] = ("/health",),
    ) -> None:
        self.app, self._rules = app, rules
        self._tickets, self._open_paths = tickets, open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        problem = self._foreign(headers)
        if problem is not None:
            await _refuse(scope, send, 403, problem)
            return
        if headers.get("origin", "") in self._rules.allowed_origins:
            send = shared_with(headers["origin"], send)
            if scope["type"] == "http" and asks_first(scope["method"], headers):
                await allow(send)
                return
        owner = self._owner(headers)
        if owner is None and scope["type"] == "websocket":
            owner = self._tickets.redeem(_ticket_in(scope))
        if owner is None and scope["path"] not in self._open_paths:
            await _refuse(scope, send, 401, NEEDED)
            return
        scope.setdefault("state", {})["owner"] = owner or ""
        await self.app(scope, receive, send)

    def _foreign(self, headers: Mapping[str, str]) -> str | None:
        """Return why whoever sent *headers* may not call at all."""
        host = _host_of(headers.get("host", ""))
        if host not in (*LOOPBACK, *self._rules.allowed_hosts):
            return (
                f"this server is not called {host!r:.80}; list the name under server.allowed_hosts"
            )
        if not self._origin_allowed(headers):
            return "a web page of another origin may not call; see server.allowed_origins"
        return None

    def _origin_allowed(self, headers: Mapping[str, str]) -> bool:
        origin = headers.get("origin")
        if origin is None:  # a picture or a link of another page: browsers name no origin there
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        if origin in self._rules.allowed_origins:
            return True
        # The host is one of ours already: a page of the same one is our own.
        return _split(origin).netloc == headers.get("host")

    def _owner(self, headers: Mapping[str, str]) -> str | None:
        """Return the name of the caller; None if there should be a token and is none of ours."""
        if not self._rules.tokens:
            return ""
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        given = bearer.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        found = None
        for token in self._rules.tokens:  # all of them: time must not tell which one was near
            if hmac.compare_digest(token.token.encode(), given.encode("utf-8", "replace")):
                found = token.name
        return found


def _ticket_in(scope: Scope) -> str:
    query = str(scope["query_string"], "latin-1")
    return parse_qs(query).get("ticket", [""])[0]


def _host_of(header: str) -> str:
    """Return the name in a `Host` header, without its port and brackets."""
    return _split(f"//{header}").hostname or ""


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # a bracket without its fellow
        return SplitResult("", "", "", "", "")


async def _refuse(scope: Scope, send: Send, status: int, message: str) -> None:
    body = json.dumps({"error": message, "detail": {"code": _CODES[status], "message": message}})
    start, part = "http.response.start", "http.response.body"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008})
            return
        start, part = "websocket.http.response.start", "websocket.http.response.body"
    headers = [(b"content-type", b"application/json")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": start, "status": status, "headers": headers})
    await send({"type": part, "body": body.encode()})
