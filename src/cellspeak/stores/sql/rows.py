"""Rows of the database and what they mean; the steps that several queries share.

Each query runs in a transaction that it shares with others, so it refuses before it writes.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update

from cellspeak.core.events import Data
from cellspeak.stores.base import SessionRecord
from cellspeak.stores.rules import not_found, require_place
from cellspeak.stores.text import as_text

from .tables import sessions

__all__ = [
    "HERE",
    "ONE_SESSION",
    "SessionRow",
    "columns_of",
    "living",
    "put",
    "record_of",
    "require_row_place",
    "update_session",
]

SessionRow: TypeAlias = Row[Any]
"""A row of the table `sessions`."""

HERE = sessions.c.session_id == bindparam("id")
ONE_SESSION = select(sessions).where(HERE)


def living(conn: Connection, session_id: str, *, lock: bool = True) -> SessionRow:
    """Return the row of a session that is no tombstone; SessionNotFoundError if there is none.

    A database that can lock single rows keeps this one still until the transaction ends (*lock*).
    """
    query = ONE_SESSION.with_for_update() if lock else ONE_SESSION
    row = conn.execute(query, {"id": session_id}).first()
    if row is None or row.terminated:
        raise not_found(session_id)
    return row


def require_row_place(row: SessionRow, epoch: int, after: int) -> None:
    """Raise ConflictError unless *epoch* holds the lease in *row* and *after* is its end."""
    held = row.epoch if row.holder is not None else 0
    require_place(row.session_id, epoch=epoch, held=held, after=after, end=row.last_seq)


def update_session(conn: Connection, session_id: str, **values: Any) -> None:
    """Change columns of the session's row."""
    conn.execute(update(sessions).where(sessions.c.session_id == session_id).values(**values))


def put(conn: Connection, table: Table, key: Data, values: Data) -> None:
    """Set *values* in the row with *key*, which is made if it is missing."""
    here = [table.c[name] == value for name, value in key.items()]
    if not conn.execute(update(table).where(*here).values({**key, **values})).rowcount:
        conn.execute(insert(table).values({**key, **values}))


def columns_of(record: SessionRecord) -> dict[str, Any]:
    """Return *record* as columns, all but its id."""
    return {
        "agent": as_text(record.agent),
        "owner": record.owner,
        "labels": as_text(record.labels),
        "created_at": record.created_at,
        "active_at": record.active_at,
        "terminated": record.terminated,
        "incarnation": record.incarnation,
        "last_seq": record.end,
    }


def record_of(row: SessionRow) -> SessionRecord:
    """Return the record that *row* holds."""
    return SessionRecord(
        session_id=row.session_id,
        agent=json.loads(row.agent),
        owner=row.owner,
        labels=json.loads(row.labels),
        created_at=row.created_at,
        active_at=row.active_at,
        terminated=row.terminated,
        incarnation=row.incarnation,
        end=row.last_seq,
    )
