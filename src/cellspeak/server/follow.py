"""Follow one turn over the log, and send what comes as server-sent events."""

from __future__ import annotations

import asyncio
import math
import time
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import TypeAlias

from starlette.responses import StreamingResponse

from cellspeak.core.codec import dumps
from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.fold import apply
from cellspeak.errors import CellspeakError, NotFoundError, SessionDisconnectedError, to_json
from cellspeak.waiting import unanswered

from .desk import Desk

__all__ = ["Sent", "Until", "follow", "sse", "waits", "watch"]

Sent = tuple[str, Data, int | None]
"""Name, data and number of one server-sent event."""

GOING = "the server is about to stop; connect again and go on behind the last number"

LAST_WORDS = 0.3
"""Seconds that what has been said already may take to go out when the server stops."""

QUIET = 15.0
"""Seconds of silence after which a comment keeps proxies from closing the stream."""


async def follow(
    desk: Desk, turn_id: str, start: Conversation, after: int = 0
) -> AsyncGenerator[tuple[SessionEvent, Turn], None]:
    """Yield each event of a turn with the turn as it is then, until it ends or waits for a person.

    Args:
        desk: the caller's.
        turn_id: `<session>.<number>`.
        start: the conversation before the first event to look at.
        after: yield only events with a higher number.

    What has been answered meanwhile is no reason to stop: that is looked at from the log's end on.

    Raises:
        NotFoundError: if there is no such turn.
    """
    async with aclosing(watch(desk, turn_id, start)) as seen:
        async for event, conversation in seen:
            if (event.seq or 0) > after:
                yield event, conversation.turns[turn_id]


Until: TypeAlias = Callable[[Conversation, Turn], bool]
"""Tells whether to stop before the turn has ended."""


def waits(conversation: Conversation, turn: Turn) -> bool:
    """Tell whether only a person can go on; what a policy or a grant settles comes by itself."""
    return turn.status == "awaiting_approval" and bool(unanswered(conversation, turn.id))


async def watch(
    desk: Desk, turn_id: str, start: Conversation, until: Until = waits
) -> AsyncGenerator[tuple[SessionEvent, Conversation], None]:
    """Yield each event of a turn with the conversation as it is then; see `follow`."""
    session_id, end = turn_id.rpartition(".")[0], (await _end(desk, turn_id)).seq
    conversation = start
    async with aclosing(desk.events(session_id, start.seq)) as events:
        async for event in events:
            conversation = apply(conversation, event)
            turn = conversation.turns.get(turn_id)
            if turn is None:
                continue
            if event.turn_id == turn_id:
                yield event, conversation
            if turn.idle or ((event.seq or 0) >= end and until(conversation, turn)):
                return


async def _end(desk: Desk, turn_id: str) -> Conversation:
    conversation = await desk.conversation(turn_id.rpartition(".")[0])
    if turn_id not in conversation.turns:
        raise NotFoundError(f"expected the id of a task; got {turn_id!r:.80}")
    return conversation


def sse(desk: Desk, events: AsyncGenerator[Sent, None]) -> StreamingResponse:
    """Return the response that sends *events* as they come, until the server is about to stop."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    lines = _lines(events, desk.closing)
    return StreamingResponse(lines, headers=headers, media_type="text/event-stream")


async def _lines(events: AsyncGenerator[Sent, None], closing: asyncio.Event) -> AsyncIterator[str]:
    stop = asyncio.create_task(closing.wait())
    try:
        async with aclosing(events):
            async for line in _until(stop, events):
                yield line
    except CellspeakError as error:
        yield _written("error", {"error": str(error), "detail": to_json(error)}, None)
    finally:
        stop.cancel()


async def _until(
    stop: asyncio.Task[bool], events: AsyncGenerator[Sent, None]
) -> AsyncIterator[str]:
    """Yield what is to be sent; once *stop* is done only what is there, then an error.

    Raises:
        SessionDisconnectedError: that it goes on elsewhere, or later.
    """
    last = math.inf
    while True:
        coming = asyncio.create_task(_next(events))
        try:
            while not coming.done():
                await asyncio.wait([coming, stop], timeout=QUIET, return_when=FIRST_COMPLETED)
                if stop.done():
                    last = min(last, time.monotonic() + LAST_WORDS)
                    await asyncio.wait([coming], timeout=max(0.0, last - time.monotonic()))
                    if not coming.done():
                        raise SessionDisconnectedError(GOING)
                if not coming.done():
                    yield ": still here\n\n"
            if (sent := coming.result()) is None:
                return
            yield _written(*sent)
        finally:
            if not coming.done():
                coming.cancel()
                with suppress(asyncio.CancelledError):
                    await coming


def _written(name: str, data: Data, seq: int | None) -> str:
    number = "" if seq is None else f"id: {seq}\n"
    return f"{number}event: {name}\ndata: {dumps(data)}\n\n"


async def _next(events: AsyncGenerator[Sent, None]) -> Sent | None:
    return await anext(events, None)
