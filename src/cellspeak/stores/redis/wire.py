"""Carries calls to Redis and their outcomes back, over one connection.

Its one law: calls are sent in the order they come, as many at a time as wait, and none of them is
sent twice: after a lost connection nobody knows whether a call was carried out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from cellspeak.errors import StoreError, ValidationError
from cellspeak.stores.writes import Writes

from .failures import told
from .keys import NEWS, PREFIX

__all__ = ["News", "Wire"]

Call: TypeAlias = tuple[Any, ...]


class Wire:
    """Asks the Redis at *address*; `patience` is how many seconds it may take to answer."""

    def __init__(self, address: str, *, patience: float) -> None:
        self._redis = _client(address, socket_timeout=patience, socket_connect_timeout=patience)
        self.place = _place(address)
        self._news = _client(address, socket_timeout=None, socket_connect_timeout=patience)
        self._writes: Writes[Call] = Writes(self._carry)
        self._closed = False

    async def ask(self, *command: Any) -> Any:
        """Return what Redis answers; StoreError if it cannot, or could not be asked."""
        if self._closed:
            raise StoreError(f"expected an open store; this one of {self.place} was closed")
        return await self._writes.run(command)

    async def run(self, script: str, session_id: str, *args: Any) -> Any:
        """Return what *script* (of `scripts`) comes to for a session."""
        return await self.ask("EVAL", script, 1, PREFIX, session_id, *args)

    def news(self) -> News:
        """Return what hears the news of all processes."""
        return News(self._news)

    async def aclose(self) -> None:
        """Finish what was begun, and close."""
        self._closed = True
        await self._writes.finish()
        for client in (self._redis, self._news):
            await client.aclose()

    async def _carry(self, calls: Sequence[Call]) -> Sequence[Any]:
        pipeline = self._redis.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command(*call)
        try:
            outcomes = await pipeline.execute(raise_on_error=False)
        except (RedisError, OSError) as error:
            raise told(error, self.place) from None
        return [told(o, self.place) if isinstance(o, Exception) else o for o in outcomes]


class News:
    """Hears the channels of all sessions over one connection of its own; see `Watch`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._channels: PubSub | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    async def open(self, heard: Callable[[str, str], None]) -> bool:
        """Listen, unless it does already; see `cellspeak.stores.watch.Ear`."""
        async with self._opening:
            if self._hearing is not None and not self._hearing.done():
                return True
            await self._drop()
            self._channels = self._redis.pubsub()
            try:
                await self._channels.psubscribe(f"{NEWS}*")
                await self._channels.get_message(timeout=1.0)  # Redis says that it was understood
            except (RedisError, OSError):
                return False
            self._hearing = asyncio.create_task(_hear(self._channels, heard))
            return True

    async def aclose(self) -> None:
        """Hear no more."""
        async with self._opening:
            await self._drop()

    async def _drop(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.wait([self._hearing])
        if self._channels is not None:
            with suppress(RedisError, OSError):
                await self._channels.aclose()  # type: ignore[no-untyped-call]  # theirs


async def _hear(channels: PubSub, heard: Callable[[str, str], None]) -> None:
    """Pass on what is told until the connection is lost."""
    with suppress(RedisError, OSError):
        async for message in channels.listen():
            if message["type"] == "pmessage":
                session_id = message["channel"].decode().removeprefix(NEWS)
                heard(session_id, message["data"].decode())


def _client(address: str, **options: Any) -> Redis:
    try:
        return Redis.from_url(
            address,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            socket_keepalive=True,
            client_name="cellspeak",
            **options,
        )
    except (ValueError, TypeError):
        # Not repeated: it may hold a password.
        raise ValidationError(
            "expected an address such as redis://:password@host:6379/0; got something else"
        ) from None


def _place(address: str) -> str:
    """Return how errors name the server: never with its password."""
    parts = urlsplit(address)
    return f"the Redis at {parts.hostname or parts.path or 'this host'}:{parts.port or 6379}"
