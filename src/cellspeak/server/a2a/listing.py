"""The caller's tasks with one agent, page by page, what was used last first."""

from __future__ import annotations

from collections.abc import AsyncIterator

from a2a.types import ListTasksRequest, ListTasksResponse
from a2a.utils.errors import InvalidParamsError
from google.protobuf.timestamp_pb2 import Timestamp

from cellspeak.errors import NotFoundError, SessionNotFoundError

from .answers import Found
from .talk import Talk
from .tasks import state_of

__all__ = ["listed"]

USUAL, MOST = 50, 100
"""Tasks on a page."""

SESSIONS = 500
"""The most sessions that are looked into, the last used ones: each has to be opened."""


async def listed(talk: Talk, params: ListTasksRequest) -> ListTasksResponse:
    """Return the page that *params* ask for; its token is the last task of the page before."""
    size = params.page_size if params.HasField("page_size") else USUAL
    if not 1 <= size <= MOST:
        raise InvalidParamsError(message=f"expected a pageSize from 1 to {MOST}; got {size}")
    found = [f async for f in _matching(talk, params)]
    first = _after(found, params.page_token)
    page = found[first : first + size]
    history = params.history_length if params.HasField("history_length") else None
    more = first + size < len(found)
    return ListTasksResponse(
        tasks=[talk.shown(f, history, artifacts=params.include_artifacts) for f in page],
        next_page_token=page[-1].turn.id if more else "",
        page_size=size,
        total_size=len(found),
    )


def _after(found: list[Found], token: str) -> int:
    if not token:
        return 0
    ids = [f.turn.id for f in found]
    if token not in ids:
        raise InvalidParamsError(message="expected the nextPageToken of a page; begin anew")
    return ids.index(token) + 1


async def _matching(talk: Talk, params: ListTasksRequest) -> AsyncIterator[Found]:
    since = params.status_timestamp_after if params.HasField("status_timestamp_after") else None
    for record in (await talk.of_agent(params.context_id))[:SESSIONS]:
        if since is not None and _time(record.active_at) < since.ToNanoseconds():
            continue
        try:
            conversation = await talk.conversation(record.session_id)
        except (NotFoundError, SessionNotFoundError):
            continue  # it went while we were looking
        for turn in reversed(list(conversation.turns.values())):
            if params.status in (0, state_of(conversation, turn)):
                yield Found(record=record, conversation=conversation, turn=turn)


def _time(at: str) -> int:
    stamp = Timestamp()
    stamp.FromJsonString(at)
    nanoseconds: int = stamp.ToNanoseconds()
    return nanoseconds
