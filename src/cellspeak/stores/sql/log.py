"""Queries about a session's events and the states that come with them.

An append checks its place and takes it in one statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Integer, Text, bindparam, func, insert, select, update

from cellspeak.core.codec import decode_event
from cellspeak.core.events import Data, SessionEvent
from cellspeak.stores.base import SavedState

from .rows import HERE, living, put, require_row_place
from .tables import events, sessions, states

__all__ = ["append", "ends", "read", "state"]

_ADVANCE = (
    update(sessions)
    .where(
        HERE,
        sessions.c.last_seq == bindparam("after"),
        sessions.c.epoch == bindparam("with_epoch"),
        sessions.c.holder.is_not(None),
        sessions.c.terminated.is_(False),
    )
    .values(
        last_seq=bindparam("end"),
        active_at=func.coalesce(bindparam("at", type_=Text()), sessions.c.active_at),
    )
)
_ADD_EVENTS = insert(events)
_READ = (
    select(events.c.json)
    .where(events.c.session_id == bindparam("id"), events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("most", type_=Integer()))
)


def append(
    conn: Connection,
    session_id: str,
    after: int,
    rows: Sequence[Data],
    *,
    epoch: int,
    at: str | None,
    state: SavedState | None,
) -> None:
    """Add *rows* (of the table `events`) and *state* behind *after*, under *epoch*."""
    place = {"id": session_id, "after": after, "with_epoch": epoch}
    if not conn.execute(_ADVANCE, {**place, "end": after + len(rows), "at": at}).rowcount:
        require_row_place(living(conn, session_id), epoch, after)
    if rows:
        conn.execute(_ADD_EVENTS, rows)
    if state is not None:
        key = {"session_id": session_id, "turn_id": state.turn_id}
        put(conn, states, key, {"state": state.state})


def read(conn: Connection, session_id: str, after: int, limit: int) -> Sequence[SessionEvent]:
    """Return up to *limit* events after *after*."""
    texts = conn.execute(_READ, {"id": session_id, "after": after, "most": limit}).scalars().all()
    if not texts:
        living(conn, session_id, lock=False)
    return [decode_event(json.loads(text)) for text in texts]


def ends(conn: Connection, session_ids: Sequence[str]) -> Mapping[str, int]:
    """Return the ends of those of *session_ids* that live."""
    query = select(sessions.c.session_id, sessions.c.last_seq).where(
        sessions.c.session_id.in_(session_ids), sessions.c.terminated.is_(False)
    )
    return {row.session_id: row.last_seq for row in conn.execute(query)}


def state(conn: Connection, session_id: str, turn_id: str) -> bytes | None:
    """Return the state of a turn."""
    query = select(states.c.state).where(
        states.c.session_id == session_id, states.c.turn_id == turn_id
    )
    return conn.execute(query).scalar()
