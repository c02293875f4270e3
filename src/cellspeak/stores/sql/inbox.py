"""Queries about the commands that other processes leave for the owner."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select, update

from cellspeak.core.events import Data
from cellspeak.stores.base import Inboxed

from .rows import living
from .tables import inbox

__all__ = ["answer", "commands", "outcome", "post", "waiting"]


def post(conn: Connection, session_id: str, command: str, client_id: str | None) -> int:
    """Leave a command and return its number, or the one it got when it came before."""
    living(conn, session_id)
    mine = inbox.c.session_id == session_id
    if client_id is not None:
        there = select(inbox.c.number).where(mine, inbox.c.client_id == client_id)
        number: int | None = conn.execute(there).scalar()
        if number is not None:
            return number
    last: int = conn.execute(select(func.max(inbox.c.number)).where(mine)).scalar() or 0
    conn.execute(
        insert(inbox).values(
            session_id=session_id, number=last + 1, client_id=client_id, command=command
        )
    )
    return last + 1


def commands(conn: Connection, session_id: str) -> Sequence[Inboxed]:
    """Return the commands without an outcome, oldest first."""
    query = (
        select(inbox.c.number, inbox.c.command)
        .where(inbox.c.session_id == session_id, inbox.c.outcome.is_(None))
        .order_by(inbox.c.number)
    )
    rows = conn.execute(query)
    return [Inboxed(number=row.number, command=json.loads(row.command)) for row in rows]


def waiting(conn: Connection, session_ids: Sequence[str]) -> Sequence[str]:
    """Return those of *session_ids* with commands without an outcome."""
    open_ones = (inbox.c.session_id.in_(session_ids), inbox.c.outcome.is_(None))
    return conn.execute(select(inbox.c.session_id).where(*open_ones).distinct()).scalars().all()


def answer(conn: Connection, session_id: str, number: int, text: str) -> None:
    """Keep the outcome of a command that has none."""
    this = (inbox.c.session_id == session_id, inbox.c.number == number)
    conn.execute(update(inbox).where(*this, inbox.c.outcome.is_(None)).values(outcome=text))


def outcome(conn: Connection, session_id: str, number: int) -> Data | None:
    """Return the outcome of a command."""
    this = (inbox.c.session_id == session_id, inbox.c.number == number)
    text = conn.execute(select(inbox.c.outcome).where(*this)).scalar()
    return json.loads(text) if text is not None else None
