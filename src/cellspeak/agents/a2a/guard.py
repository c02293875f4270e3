"""The HTTP transport to a peer: to its own host only, bounded, and mended before it is read.

Its one law: a stranger's bytes are counted before anybody parses them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from cellspeak.errors import ProtocolError

from . import mend

__all__ = ["MOST_OF_A_FRAME", "MOST_OF_A_REPLY", "MOST_OF_A_STREAM", "Guard"]

MOST_OF_A_REPLY = 16 * 2**20
"""Bytes of a reply that is no stream."""
MOST_OF_A_FRAME = 8 * 2**20
"""Bytes of a line of a stream: a file of some megabytes is one."""
MOST_OF_A_STREAM = 64 * 2**20
"""Bytes of a stream in all."""


class Guard(httpx.AsyncBaseTransport):
    """Wraps *inner*.

    Args:
        inner: what sends.
        origin: the only place that is asked.
        token: sent as a bearer token.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, origin: str, token: str | None = None
    ) -> None:
        self._inner, self._origin, self._token = inner, httpx.URL(origin), token

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and return the reply behind its limits."""
        if _origin(request.url) != _origin(self._origin):
            raise ProtocolError("an agent is asked at its own host, and nowhere else")
        request.headers["Accept-Encoding"] = "identity"  # what is packed cannot be counted
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise ProtocolError(f"expected plain bytes from {self._origin.host}; got packed ones")
        old = request.headers.get("a2a-version", "0.3").startswith("0")
        streams = "text/event-stream" in response.headers.get("content-type", "")
        cls = _Frames if streams else _Whole
        headers = [(k, v) for k, v in response.headers.raw if k.lower() != b"content-length"]
        assert isinstance(response.stream, httpx.AsyncByteStream)  # the inner one is asynchronous
        return httpx.Response(
            response.status_code,
            headers=headers,
            stream=cls(response.stream, self._origin.host, old),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class _Bytes(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, host: str, old: bool) -> None:
        self._inner, self._host, self._old = inner, host, old

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _too_much(self, most: int) -> ProtocolError:
        return ProtocolError(f"the agent at {self._host} sent more than {most // 2**20} MB at once")


class _Whole(_Bytes):
    """A reply that is read as a whole."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body = bytearray()
        async for chunk in self._inner:
            body += chunk
            if len(body) > MOST_OF_A_REPLY:
                raise self._too_much(MOST_OF_A_REPLY)
        yield _mended(bytes(body), self._old)


class _Frames(_Bytes):
    """A stream of events, line by line."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        rest, total = bytearray(), 0
        async for chunk in self._inner:
            total += len(chunk)
            if total > MOST_OF_A_STREAM:
                raise self._too_much(MOST_OF_A_STREAM)
            rest += chunk
            if b"\n" not in chunk:
                if len(rest) > MOST_OF_A_FRAME:
                    raise self._too_much(MOST_OF_A_FRAME)
                continue
            *lines, last = rest.split(b"\n")
            rest = bytearray(last)
            for line in lines:
                yield self._line(bytes(line)) + b"\n"
        if rest:
            yield self._line(bytes(rest))

    def _line(self, line: bytes) -> bytes:
        if len(line) > MOST_OF_A_FRAME:
            raise self._too_much(MOST_OF_A_FRAME)
        if not line.startswith(b"data:"):
            return line
        return b"data: " + _mended(line[5:].strip(), self._old)


def _mended(body: bytes, old: bool) -> bytes:
    try:
        found = json.loads(body, parse_constant=_no_constant)
        return json.dumps(mend.reply(found, old=old)).encode()
    except (ValueError, RecursionError):
        return body  # one line of several, or nothing that can be read: whoever parses it says so


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
