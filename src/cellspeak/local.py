"""This process's own engine, on the session thread, as a transport for any thread.

Made at the first use and closed at exit.  The store is SQLite in the user's state folder unless
`CELLSPEAK_STORE` or a `cellspeak.yaml` says otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from cellspeak import thread
from cellspeak.agents.base import AgentRuntime
from cellspeak.core.events import Data
from cellspeak.crossing import Crossing
from cellspeak.engine import Engine
from cellspeak.errors import NotFoundError, ValidationError
from cellspeak.stores.base import SessionRecord, Store
from cellspeak.transport import Transport

__all__ = [
    "LocalTransport",
    "default_store",
    "engine_of_process",
    "open_store",
    "set_resolver",
    "shown_store",
]

T = TypeVar("T")

Resolver = Callable[[Data], AgentRuntime]

_engine: Engine | None = None
_engine_pid = 0
_resolver: Resolver | None = None


def set_resolver(resolver: Resolver) -> None:
    """Say how an agent's spec becomes a runtime; `agent.py` does."""
    global _resolver
    _resolver = resolver


def _resolve(spec: Data) -> AgentRuntime:
    if _resolver is None:
        raise NotFoundError(f"expected an agent; none called {spec.get('name')!r:.80} is defined")
    return _resolver(spec)


def default_store() -> str:
    """Return where sessions are kept: `memory` or an address such as `sqlite:////home/…`.

    `CELLSPEAK_STORE` wins, then the `store` of the folder's `cellspeak.yaml`, then a file in the
    user's state folder.
    """
    from cellspeak.config import load_config

    named = os.environ.get("CELLSPEAK_STORE") or load_config().store
    if named:
        return named
    from platformdirs import user_state_path

    return f"sqlite:///{user_state_path('cellspeak', appauthor=False) / 'sessions.db'}"


def open_store(address: str) -> Store:
    """Return the store at *address*.

    Args:
        address: `memory`, `sqlite:///relative.db`, `sqlite:////absolute.db`,
            `postgresql://user:password@host/database` or `redis://host:6379/0`.

    Raises:
        ValidationError: if the address is of no kind that is known, or needs an extra.
        StoreError: if the file cannot be used.
    """
    if address == "memory":
        from cellspeak.stores.memory import MemoryStore

        return MemoryStore()
    kind, found, rest = address.partition("://")
    if kind in ("postgresql", "postgresql+asyncpg", "postgres") and found:
        from cellspeak.stores.sql import SqlStore

        return SqlStore(address)
    if kind in ("redis", "rediss", "unix") and found:
        if find_spec("redis") is None:
            raise ValidationError(
                "a store in Redis needs its client: run `pip install 'cellspeak[redis]'`"
            )
        from cellspeak.stores.redis import RedisStore

        return RedisStore(address)
    if kind != "sqlite" or not rest.startswith("/") or rest == "/":
        # Only its kind is repeated: an address may hold a password.
        raise ValidationError(
            "expected a store 'memory' or 'sqlite:///FILE', or 'postgresql://…' or 'redis://…' "
            f"for several processes; got {address.partition(':')[0]!r:.40}"
        )
    from cellspeak.stores.sql import SqlStore

    return SqlStore.sqlite(Path(rest[1:]))


def shown_store(address: str) -> str:
    """Return the *address* of a store as it may be shown: without user and password."""
    kind, found, rest = address.partition("://")
    return f"{kind}://{rest.rpartition('@')[2]}" if found and kind != "sqlite" else address


async def engine_of_process() -> Engine:
    """Return the one engine of this process; call it on the session loop only."""
    global _engine, _engine_pid
    if _engine is None or _engine_pid != os.getpid():
        _engine = Engine(open_store(default_store()), _resolve)
        _engine_pid = os.getpid()
        thread.on_shutdown(_close)
    return _engine


async def _close() -> None:
    global _engine
    engine, _engine = _engine, None
    if engine is not None and _engine_pid == os.getpid():
        await engine.aclose()


class LocalTransport(Crossing):
    """Reaches this process's engine from any thread and loop; a `Transport`."""

    async def _inner(self) -> Transport:
        return await engine_of_process()

    async def sessions(self) -> Sequence[SessionRecord]:
        """Return the records of all sessions in the store, newest activity first."""

        async def sessions() -> Sequence[SessionRecord]:
            return await (await engine_of_process()).sessions()

        return await thread.arun(sessions())

    async def label(self, session_id: str, labels: Data) -> None:
        """Merge *labels* into the session's record."""

        async def label() -> None:
            await (await engine_of_process()).store.label(session_id, labels)

        await thread.arun(label())
