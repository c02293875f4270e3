"""One database: opened at the first use, written by one task, read beside it.

Nothing that was begun is ever cancelled in the middle: callers may go, their work is finished.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from cellspeak.errors import CellspeakError, StoreError
from cellspeak.stores.writes import Writes

from . import postgres, sqlite
from .failures import told
from .tables import prepare

__all__ = ["Database", "Job"]

T = TypeVar("T")
Job: TypeAlias = Callable[[Connection], T]

_CONNECTIONS = 4
"""One writes; in SQLite each costs a thread and a file handle or two."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One write of a transaction."""

    job: Job[Any]
    session_id: str
    """Rows are locked in the order of this, so that no two processes wait for each other."""
    news: str
    """What other processes are told once it is committed."""


class Database:
    """Runs jobs, plain functions of a Connection, in transactions.

    Args:
        url: where it is.
        patience: seconds to wait for another process's lock, ≥ 0.
    """

    def __init__(self, url: URL, *, patience: float) -> None:
        self._url = url
        self._patience = patience
        self._path = _file(url)
        self._place = _place(url)
        self._engine: AsyncEngine | None = None
        self._closed = False
        self._opening = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._writes: Writes[_Step] = Writes(self._transact)

    async def read(self, job: Job[T]) -> T:
        """Return what *job* reads: one statement, or several that need not agree."""
        return await self._to_the_end(self._read(job))

    async def write(self, job: Job[T], session_id: str = "", news: str = "") -> T:
        """Return what *job* returned, after its transaction was committed.

        Args:
            job: what to write.
            session_id: the session that it is about.
            news: a line for the other processes, where the database can tell them.
        """
        self._require_open()
        result: T = await self._writes.run(_Step(job, session_id, news))
        return result

    def ear(self) -> postgres.Ear | None:
        """Return what hears the news of all processes; None where a database cannot tell any."""
        if self._is_sqlite():
            return None
        return postgres.Ear(self._url, patience=self._patience)

    async def scrub(self) -> None:
        """Leave nothing of what was deleted in the files, as far as other readers let us."""
        if self._is_sqlite():
            await self.read(sqlite.empty_log)

    async def aclose(self) -> None:
        """Finish what was begun and close; the threads of the connections end."""
        self._closed = True
        await self._writes.finish()
        if self._running:
            await asyncio.wait(self._running)
        if self._engine is not None:
            engine, self._engine = self._engine, None
            await engine.dispose()

    async def _to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # asked for, so that nobody complains when the caller is gone

    async def _read(self, job: Job[T]) -> T:
        self._require_open()
        with told(self._place):
            engine = await self._opened()
            async with engine.connect() as conn:
                return await conn.run_sync(job)

    async def _transact(self, steps: Sequence[_Step]) -> Sequence[Any]:
        with told(self._place):
            engine = await self._opened()
            return await _write(engine, lambda conn: _run_all(conn, steps))

    async def _opened(self) -> AsyncEngine:
        async with self._opening:
            if self._engine is None:
                self._engine = await self._open()
            return self._engine

    async def _open(self) -> AsyncEngine:
        if self._path is not None:
            sqlite.make_private(self._path)
        engine = _engine(self._url, self._patience)
        try:
            await _write(engine, self._prepare)
            if self._is_sqlite():
                remote = self._path is not None and sqlite.is_remote(self._path)
                async with engine.connect() as conn:
                    await conn.run_sync(sqlite.choose_journal, remote)
        except BaseException:
            await engine.dispose()
            raise
        return engine

    def _prepare(self, conn: Connection) -> None:
        if not self._is_sqlite():
            postgres.lock_schema(conn)
        prepare(conn, self._place)

    def _is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    def _require_open(self) -> None:
        if self._closed:
            raise StoreError(f"expected an open store; this one of {self._place} was closed")


def _engine(url: URL, patience: float) -> AsyncEngine:
    of_sqlite = url.get_backend_name() == "sqlite"
    options = {"connect_args": {"timeout": patience}} if of_sqlite else postgres.options(patience)
    engine = create_async_engine(
        url, pool_size=_CONNECTIONS, max_overflow=0, hide_parameters=True, **options
    )
    if of_sqlite:
        sqlite.set_up(engine)
    return engine


async def _write(engine: AsyncEngine, job: Job[T]) -> T:
    async with engine.connect() as conn:
        await conn.execution_options(**{sqlite.WRITING: True})
        async with conn.begin():
            return await conn.run_sync(job)


def _run_all(conn: Connection, steps: Sequence[_Step]) -> Sequence[Any]:
    """Run *steps* and return what each returned, or with which error it refused to write."""
    outcomes: list[Any] = [None] * len(steps)
    for n in sorted(range(len(steps)), key=lambda n: steps[n].session_id):
        outcomes[n] = _outcome(conn, steps[n].job)
    if conn.dialect.name == "postgresql":
        done = (s.news for s, o in zip(steps, outcomes, strict=True) if not _is_refusal(o))
        postgres.tell(conn, filter(None, done))
    return outcomes


def _outcome(conn: Connection, job: Job[Any]) -> Any:
    try:
        return job(conn)
    except CellspeakError as refusal:
        return refusal


def _is_refusal(outcome: Any) -> bool:
    return isinstance(outcome, CellspeakError)


def _file(url: URL) -> Path | None:
    """Return the file that *url* names by its path, which is ours to make."""
    named = url.database or ""
    plain = url.get_backend_name() == "sqlite" and not named.startswith("file:")
    return Path(os.path.abspath(named)) if plain else None


def _place(url: URL) -> str:
    """Return how errors name the database: never with its password."""
    if url.get_backend_name() == "sqlite":
        return f"the file {_file(url) or url.database}"
    return f"the database {url.database} on {url.host or 'this host'}"
