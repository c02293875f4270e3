"""One pass of an answer by a peer: send, hear, and hear again where a connection broke.

Its one law: a message is sent once; after a cut the task is asked for, and the message is not
repeated.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from a2a.types import StreamResponse

from cellspeak.agents.base import Output, SaveState, TurnRequest
from cellspeak.errors import ConnectError, ProtocolError

from .agent import Address
from .failures import is_cut, told
from .hearing import Hearing
from .peer import Known, Peer
from .place import place_of
from .posts import message_of

__all__ = ["Answering"]

_log = logging.getLogger(__name__)

_TRIES = 6
"""Times in a row that a broken connection is made again."""
_FIRST, _LONGEST = 0.25, 4.0
"""Seconds before the next look: the first, and the longest."""


class Answering:
    """Answers turns by one peer.  Of a turn nothing is kept here."""

    def __init__(self, address: Address) -> None:
        self._address, self._known = address, Known()

    async def answer(self, request: TurnRequest) -> AsyncGenerator[Output, None]:
        """Yield what the peer says in the turn; see `AgentRuntime.answer`."""
        address = self._address
        place = place_of(request)
        message = await message_of(request, place)
        if not message.task_id:
            place.task, place.heard = "", {}
        hearing = Hearing(request.turn, place, address.host, address.url)
        for draft in hearing.begin():
            yield draft
        kept = (place.context, place.task)
        async with Peer(address, self._known) as peer:
            updates = self._updates(peer, peer.send(message), hearing)
            async with aclosing(updates):
                async for update in updates:
                    for draft in hearing.hear(update):
                        yield draft
                    if kept != (place.context, place.task):
                        kept = (place.context, place.task)
                        yield SaveState(state=place.dump(request.turn.id))
        yield SaveState(state=place.dump(request.turn.id))
        if hearing.failure is not None:
            raise hearing.failure

    async def _updates(
        self, peer: Peer, first: AsyncGenerator[StreamResponse, None], hearing: Hearing
    ) -> AsyncGenerator[StreamResponse, None]:
        """Yield updates until the task is settled, over as many connections as it takes."""
        source, cuts, pause = first, 0, _FIRST
        while not hearing.settled:
            try:
                async with aclosing(self._read(peer, source, hearing)) as updates:
                    async for update in updates:
                        cuts = 0
                        yield update
            except Exception as error:  # noqa: BLE001 - raised again if it is no cut
                cuts += 1
                self._require_cut(error, hearing, cuts)
            if not hearing.settled:
                await asyncio.sleep(pause)
                pause = min(_LONGEST, pause * 2)
                source = peer.again(hearing.place.task)

    async def _read(
        self, peer: Peer, source: AsyncGenerator[StreamResponse, None], hearing: Hearing
    ) -> AsyncGenerator[StreamResponse, None]:
        """Yield the updates of one connection, as long as anything can come."""
        async with aclosing(source):
            async for update in source:
                yield update
                if hearing.settled:
                    break
        if hearing.silent:
            yield StreamResponse(task=await peer.task(hearing.place.task))
        if not hearing.settled and not hearing.place.task:
            raise ProtocolError(
                f"the agent at {self._address.host} ended its answer without a task"
            )

    def _require_cut(self, error: Exception, hearing: Hearing, cuts: int) -> None:
        """Raise *error* as one of ours unless the task may be asked for again."""
        host = self._address.host
        _log.debug("the connection to %s: %s", host, type(error).__name__)
        if not is_cut(error) or not hearing.place.task:
            raise told(error, host) from error
        if cuts > _TRIES:
            raise ConnectError(
                f"the connection to the agent at {host} broke and cannot be made again; "
                "its task may still run there"
            ) from error

    async def abandoned(self, request: TurnRequest) -> None:
        """Stop the peer's task of a turn that was ended here; that it cannot be is no error."""
        place = place_of(request)
        if not place.task:
            return
        try:
            async with Peer(self._address, self._known) as peer:
                await peer.cancel(place.task)
        except Exception as error:  # noqa: BLE001 - the turn has ended, and nobody listens
            _log.info(
                "the task of %s could not be stopped: %s", self._address.host, type(error).__name__
            )
