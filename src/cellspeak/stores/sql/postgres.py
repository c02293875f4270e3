"""What only PostgreSQL needs: bounded locks, and telling other processes what was written.

Its one law: nobody waits for ever, neither for a lock nor for a process that stopped holding one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, func, select

__all__ = ["CHANNEL", "Ear", "lock_blobs", "lock_schema", "options", "tell"]

CHANNEL = "cellspeak"
"""Where lines of news are told, such as `SESSION 12`; see `cellspeak.stores.watch`."""

_SCHEMA, _BLOBS = 7236_0001, 7236_0002
"""Advisory locks are numbers that the whole database shares: ours are unlikely to be others'."""

_LONGEST = 7000
"""Bytes of one notification; PostgreSQL refuses 8,000."""


def options(patience: float) -> dict[str, Any]:
    """Return how the engine is made, for connections that wait *patience* seconds for a lock."""
    milliseconds = str(int(patience * 1000))
    settings = {
        "application_name": "cellspeak",
        "lock_timeout": milliseconds,
        # A process that was stopped between two statements would keep its sessions from everybody.
        "idle_in_transaction_session_timeout": milliseconds,
    }
    return {
        "pool_pre_ping": True,  # a server that was started anew has forgotten its connections
        "connect_args": {"timeout": patience, "server_settings": settings},
    }


def lock_schema(conn: Connection) -> None:
    """Let one process at a time look for the tables, and make them."""
    conn.execute(select(func.pg_advisory_xact_lock(_SCHEMA)))


def lock_blobs(conn: Connection, *, shared: bool) -> None:
    """Keep blobs that sessions share from going while another session takes one (*shared*)."""
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    conn.execute(select(lock(_BLOBS)))


def tell(conn: Connection, lines: Iterable[str]) -> None:
    """Tell every process *lines* when the transaction of *conn* is committed."""
    for text in _packed(lines):
        conn.execute(select(func.pg_notify(CHANNEL, text)))


def _packed(lines: Iterable[str]) -> Iterator[str]:
    text = ""
    for line in dict.fromkeys(lines):
        if text and len(text) + len(line) >= _LONGEST:
            yield text
            text = ""
        text = f"{text}\n{line}" if text else line
    if text:
        yield text


class Ear:
    """Hears what every process tells, over one connection of its own; see `Watch`.

    Args:
        url: where the database is.
        patience: seconds to wait for the connection, > 0.
    """

    def __init__(self, url: URL, *, patience: float) -> None:
        # The driver itself takes this form of address.
        plain = url.set(drivername="postgresql")
        self._address = plain.render_as_string(hide_password=False)
        self._patience = patience
        self._connection: Any = None
        self._opening = asyncio.Lock()

    async def open(self, heard: Callable[[str, str], None]) -> bool:
        """Listen, unless it does already; see `cellspeak.stores.watch.Ear`."""
        import asyncpg

        async with self._opening:
            if self._connection is not None and not self._connection.is_closed():
                return True
            self._connection = None
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self._connection = await self._listening(heard)
            return self._connection is not None

    async def _listening(self, heard: Callable[[str, str], None]) -> Any:
        import asyncpg

        connection = await asyncpg.connect(self._address, timeout=self._patience)
        try:
            await connection.add_listener(CHANNEL, partial(_hear, heard))
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def aclose(self) -> None:
        """Hear no more."""
        async with self._opening:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.terminate()


def _hear(heard: Callable[[str, str], None], *notified: Any) -> None:
    for line in notified[-1].splitlines():
        session_id, _, news = line.rpartition(" ")
        heard(session_id, news)
