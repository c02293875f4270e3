"""Queries about the records of sessions, and about all of a session at once."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select

from cellspeak.core.events import Data
from cellspeak.stores.base import SessionRecord
from cellspeak.stores.rules import entombed, id_taken, new_incarnation
from cellspeak.stores.text import as_text

from .postgres import lock_blobs
from .rows import (
    HERE,
    ONE_SESSION,
    SessionRow,
    columns_of,
    living,
    record_of,
    update_session,
)
from .tables import blob_refs, blobs, events, inbox, sessions, snapshots, states, turns

__all__ = ["create", "get", "label", "mend", "records", "remove"]

_KEPT = (
    select(func.coalesce(func.max(events.c.seq), 0))
    .where(events.c.session_id == bindparam("id"))
    .scalar_subquery()
)
_SESSION_AND_KEPT = select(sessions, _KEPT.label("kept")).where(HERE)


def create(conn: Connection, record: SessionRecord) -> None:
    """Add *record*; refuse an id that was used before."""
    if conn.execute(ONE_SESSION, {"id": record.session_id}).first():
        raise id_taken(record.session_id)
    conn.execute(insert(sessions).values(session_id=record.session_id, **columns_of(record)))


def get(conn: Connection, session_id: str) -> tuple[SessionRecord, bool] | None:
    """Return the record, and whether its log lost the tail."""
    row = conn.execute(_SESSION_AND_KEPT, {"id": session_id}).first()
    return (record_of(row), _torn(row)) if row else None


def mend(conn: Connection, session_id: str) -> SessionRecord | None:
    """Let a log without its tail begin a new incarnation at what is left of it."""
    conn.execute(ONE_SESSION.with_for_update(), {"id": session_id})  # nobody appends meanwhile
    row = conn.execute(_SESSION_AND_KEPT, {"id": session_id}).first()
    if row is not None and _torn(row):
        _forget_beyond(conn, session_id, row.kept)
        update_session(conn, session_id, last_seq=row.kept, incarnation=new_incarnation())
        row = conn.execute(ONE_SESSION, {"id": session_id}).first()
    return record_of(row) if row else None


def records(conn: Connection, owner: str | None) -> Sequence[SessionRecord]:
    """Return the living records (of one owner), newest activity first."""
    s = sessions.c
    query = select(sessions).where(s.terminated.is_(False))
    if owner is not None:
        query = query.where(s.owner == owner)
    query = query.order_by(s.active_at.desc(), s.created_at.desc(), s.session_id.desc())
    return [record_of(row) for row in conn.execute(query)]


def label(conn: Connection, session_id: str, labels: Data) -> None:
    """Merge *labels* into the session's."""
    row = living(conn, session_id)
    update_session(conn, session_id, labels=as_text({**json.loads(row.labels), **labels}))


def remove(conn: Connection, session_id: str, keep_tombstone: bool) -> None:
    """Remove all that is kept of the session, its record too unless a tombstone stays."""
    row = conn.execute(ONE_SESSION.with_for_update(), {"id": session_id}).first()
    if row is None:
        return
    _remove_blobs(conn, session_id)
    for table in (events, states, snapshots, turns, inbox, blob_refs):
        conn.execute(delete(table).where(table.c.session_id == session_id))
    if keep_tombstone:
        update_session(conn, session_id, holder=None, **columns_of(entombed(record_of(row))))
    else:
        conn.execute(delete(sessions).where(sessions.c.session_id == session_id))


def _torn(row: SessionRow) -> bool:
    return bool(not row.terminated and row.kept < row.last_seq)


def _forget_beyond(conn: Connection, session_id: str, kept: int) -> None:
    beyond = snapshots.c.seq > kept
    here = delete(snapshots).where(snapshots.c.session_id == session_id, beyond)
    if conn.execute(here).rowcount:
        conn.execute(delete(turns).where(turns.c.session_id == session_id))
    # Which state belongs to a lost event cannot be told; runtimes rebuild without one.
    conn.execute(delete(states).where(states.c.session_id == session_id))


def _remove_blobs(conn: Connection, session_id: str) -> None:
    if conn.dialect.name == "postgresql":
        lock_blobs(conn, shared=False)
    refs = blob_refs.c
    mine = select(refs.sha256).where(refs.session_id == session_id)
    shared = exists().where(refs.sha256 == blobs.c.sha256, refs.session_id != session_id)
    conn.execute(delete(blobs).where(blobs.c.sha256.in_(mine), ~shared))
