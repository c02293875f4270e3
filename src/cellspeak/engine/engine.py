"""The engine: the only writer of its sessions' logs, and the in-process transport.

Readers own no queues: they read after a number, then wait.  A session is opened when it is first
asked for; while another process holds its lease, commands go to that owner's inbox and events are
read from the store.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress

from cellspeak.agents.base import AgentRuntime, ReadBlob
from cellspeak.core.commands import Command, Create, Receipt, Terminate
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import Data, Draft, SessionEvent
from cellspeak.core.rules import Limits
from cellspeak.errors import (
    CellspeakError,
    ConflictError,
    NotFoundError,
    RequestTimeoutError,
    SessionDisconnectedError,
    SessionNotFoundError,
)
from cellspeak.stores.base import SessionRecord, Store, this_process

from .inbox import ask_owner
from .keeping import Duties, Keeper
from .live import LiveSession
from .loading import load, no_session
from .log import AtRest, SessionLog, iso
from .patience import patiently
from .tasks import Once
from .turn import Tools

__all__ = ["Engine"]

LEASE = 15.0
"""Seconds; a dead owner on another host is replaced after this long."""

REMEMBERED = 1024
"""Newest creations whose resends are known: a resend comes within seconds."""


class Engine:
    """Runs sessions over a store.  Use one per process and event loop.

    Args:
        store: where the logs are kept.
        resolve: returns the runtime for an agent's spec (the `agent` of `session_created`);
            NotFoundError if there is none.
        limits: the numbers of the contract.
        now: the clock, seconds since 1970.
        new_id: makes ids; at least 122 random bits each.
        lease: seconds that a lease lasts, > 0.
        idle_timeout: seconds, > 0, after which a session in which nothing happens is put to rest:
            its log stays, the next command wakes it.  None: never.
        retention: seconds, > 0, after its last event until a session is deleted for good.
            None: never.  Neither touches a session that waits for an answer.
    """

    def __init__(
        self,
        store: Store,
        resolve: Callable[[Data], AgentRuntime],
        *,
        limits: Limits | None = None,
        now: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        lease: float = LEASE,
        idle_timeout: float | None = None,
        retention: float | None = None,
    ) -> None:
        self.store = store
        self._resolve, self._lease = resolve, lease
        self._owner = this_process(new_id())
        self._tools = Tools(
            store=store, limits=limits or Limits(), now=now, new_id=new_id, read_blob=self._reader
        )
        self._live: dict[str, LiveSession] = {}
        self._created: dict[str, str] = {}
        self._creating: Once[Receipt] = Once()
        self._opening: Once[LiveSession | None] = Once()
        self._resting: Once[None] = Once()
        # What only this process knows is gone for good when nobody looks at it any more.
        self._retention = retention if retention is not None or store.shared else idle_timeout
        duties = Duties(
            renew=self._renew,
            rest=self._rest,
            sweep=self._sweep,
            lease=lease,
            idle_timeout=idle_timeout,
            retention=self._retention,
        )
        self._keeper = Keeper(store, self._live, duties)
        self._closed = False

    async def send(self, command: Command) -> Receipt:
        """Have *command* taken; see `Transport.send`."""
        if isinstance(command, Create):
            return await self._create(command)
        try:
            return await self._pass_on(command)
        except ConflictError:
            # What this process knew of the session is old; a command may be sent twice.
            return await self._pass_on(command)

    async def _pass_on(self, command: Command) -> Receipt:
        session_id = command.session_id
        live = await self._open(session_id)
        if live is not None:
            return await live.take(command)
        try:
            patience = 2 * self._lease
            return await ask_owner(self.store, command, patience, lambda: self._open(session_id))
        except TimeoutError:
            raise RequestTimeoutError(
                "another process holds this session and does not answer; stop that process, "
                "or start a new session"
            ) from None

    async def events(self, session_id: str, after: int = 0) -> AsyncGenerator[SessionEvent, None]:
        """Yield events with `seq > after`, then wait for more; see `Transport.events`."""
        live = await self._open(session_id)
        while True:
            for event in await self._read(live, session_id, after):
                after = event.seq or after
                yield event
                if event.type == "session_terminated":
                    return
            live = await self._more(live, session_id, after)

    async def conversation(self, session_id: str) -> Conversation:
        """Return what the log adds up to now."""
        live = await self._open(session_id)
        return live.log.conversation if live else await load(self.store, session_id)

    async def blob(self, session_id: str, sha256: str) -> bytes:
        """Return the bytes of a blob, or raise NotFoundError."""
        content = await self.store.get_blob(session_id, sha256)
        if content is None:
            raise NotFoundError(f"expected a blob of this session; got {sha256!r:.80}")
        return content

    async def sessions(self, owner: str | None = None) -> Sequence[SessionRecord]:
        """Return the records of all sessions, newest activity first."""
        if not self._closed:
            self._keeper.begin()  # some of them may be too old
        return await self.store.list(owner)

    async def drain(self, grace: float) -> None:
        """Begin no further turn, and let those that run end; then only `aclose` is left to do.

        Args:
            grace: seconds that they may take, ≥ 0.  One that waits for a person counts as ended.
        """
        draining = [asyncio.create_task(live.drain()) for live in self._live.values()]
        if draining and grace:
            await asyncio.wait(draining, timeout=grace)
        for task in draining:
            task.cancel()

    async def aclose(self, grace: float = 0.0) -> None:
        """Hand over what runs here: give the leases back, close the store.

        Questions and queued turns are left for whoever takes the session over.

        Args:
            grace: seconds that running turns may take to end, ≥ 0; then they end as interrupted.
        """
        await self.drain(grace)
        self._closed = True
        await self._keeper.aclose()
        await asyncio.gather(*(self._give_back(live) for live in list(self._live.values())))
        self._live.clear()
        await self.store.aclose()

    async def _give_back(self, live: LiveSession) -> None:
        await live.aclose()
        with suppress(CellspeakError):
            await self.store.release(live.log.lease)

    def _reader(self, session_id: str) -> ReadBlob:
        return lambda sha256: self.blob(session_id, sha256)

    # Reading

    async def _read(
        self, live: LiveSession | None, session_id: str, after: int
    ) -> Sequence[SessionEvent]:
        here = live is not None and not isinstance(live.log.failure, AtRest)
        recent = live.log.recent(after) if live is not None and here else None
        if recent is not None:
            return recent
        return await patiently(lambda: self.store.read(session_id, after))

    async def _more(
        self, live: LiveSession | None, session_id: str, after: int
    ) -> LiveSession | None:
        """Wait for events above *after*; return whom to read them from (None: the store)."""
        at_rest = live is not None and isinstance(live.log.failure, AtRest)
        if live is None or at_rest:
            grew = await patiently(lambda: self.store.wait(session_id, after, self._lease / 3))
            if grew or at_rest:  # nothing is open in a session at rest: it needs no owner
                return self._live.get(session_id) or (None if grew else live)
            # An owner that appends is alive: only silence is a reason to look for it.
            return await self._open(session_id)
        await live.log.wait(after)
        if live.log.conversation.seq > after or live.log.failure is None:
            return live
        if isinstance(live.log.failure, AtRest):
            return live
        if isinstance(live.log.failure, ConflictError):
            return await self._open(session_id)  # somebody else goes on with it
        raise live.log.failure

    # Owning

    async def _create(self, command: Create) -> Receipt:
        known = self._created.get(command.client_id)
        if known is not None:
            return Receipt(session_id=known, repeated=True)
        return await self._creating.run(command.client_id, lambda: self._make(command))

    async def _make(self, command: Create) -> Receipt:
        session_id, now = self._tools.new_id(), iso(self._tools.now())
        record = SessionRecord(
            session_id=session_id,
            agent=command.agent,
            owner=command.owner,
            labels=command.labels,
            created_at=now,
            active_at=now,
            incarnation=self._tools.new_id(),
        )
        await self.store.create(record)
        try:
            live = await self._open(session_id)
            assert live is not None  # nobody else knows the id yet
            data = {"agent": command.agent, "owner": command.owner}
            await live.log.commit(lambda _: [Draft(type="session_created", data=data)])
        except CellspeakError:
            self._live.pop(session_id, None)
            with suppress(CellspeakError):  # it failed a moment ago
                await self.store.delete(session_id, tombstone=False)
            raise
        self._created[command.client_id] = session_id
        if len(self._created) > REMEMBERED:
            del self._created[next(iter(self._created))]
        return Receipt(session_id=session_id, seq=live.log.conversation.seq)

    async def _open(self, session_id: str) -> LiveSession | None:
        """Return the session, taken over if it is free; None while another owner lives."""
        live = self._live.get(session_id)
        if live is not None and live.log.failure is None:
            return live
        return await self._opening.run(
            session_id, lambda: patiently(lambda: self._acquire(session_id))
        )

    async def _acquire(self, session_id: str) -> LiveSession | None:
        if self._closed:
            raise SessionDisconnectedError("this engine is closed", session_id=session_id)
        self._keeper.begin()
        await self._resting.settled(session_id)
        failed = self._live.pop(session_id, None)
        if failed is not None:
            await failed.aclose()
        record = await self.store.get(session_id)
        if record is None or record.terminated:
            raise no_session(session_id, terminated=record is not None)
        lease = await self.store.acquire(session_id, self._owner, self._lease)
        if lease is None:
            return None
        log = SessionLog(self.store, lease, await load(self.store, session_id), self._tools.now)
        live = LiveSession(log, self._resolve, self._tools, self._forget)
        await live.recover()
        self._live[session_id] = live
        return live

    def _forget(self, live: LiveSession) -> None:
        if self._live.get(live.log.session_id) is live:
            del self._live[live.log.session_id]

    # Keeping what is owned

    async def _renew(self, live: LiveSession) -> None:
        lease = await self.store.renew(live.log.lease, self._lease)
        if lease is not None:
            live.log.lease = lease
            return
        self._forget(live)
        live.log.fail(ConflictError("another process has taken this session over"))
        await live.aclose()

    async def _rest(self, live: LiveSession) -> None:
        """Put *live* to rest unless something happens in it again."""
        session_id = live.log.session_id
        if live.busy or self._live.get(session_id) is not live:
            return
        # In one step with the look above: from here on commands go to a session opened anew.
        del self._live[session_id]
        live.log.fail(AtRest(f"session {session_id} is at rest: ask again"))
        await self._resting.run(session_id, lambda: self._give_back(live))

    async def _sweep(self) -> None:
        """End the sessions in which nothing has happened for too long."""
        oldest = iso(self._tools.now() - (self._retention or 0))
        for record in await self.store.list():
            if record.active_at < oldest:
                with suppress(ConflictError, SessionNotFoundError):  # somebody else was faster
                    await self._end_if_idle(record.session_id)

    async def _end_if_idle(self, session_id: str) -> None:
        live = await self._open(session_id)
        if live is not None and not live.busy:
            client_id = self._tools.new_id()
            reason = "nothing has happened in it for too long"
            await live.take(Terminate(session_id=session_id, client_id=client_id, reason=reason))
