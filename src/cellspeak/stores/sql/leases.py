"""Queries about who may append: the lease lies in the session's row."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, update

from cellspeak.stores.base import Lease, Owner
from cellspeak.stores.rules import may_take
from cellspeak.stores.text import as_text

from .rows import SessionRow, living, update_session
from .tables import sessions

__all__ = ["acquire", "release", "renew"]


def acquire(
    conn: Connection, session_id: str, owner: Owner, now: float, ttl: float
) -> Lease | None:
    """Give the lease to *owner* for *ttl* seconds from *now*, if it may take it."""
    row = living(conn, session_id)
    held = _lease(row)
    if not may_take(held, owner, now):
        return None
    epoch = row.epoch if held and held.owner == owner else row.epoch + 1
    update_session(conn, session_id, epoch=epoch, holder=as_text(owner), expires_at=now + ttl)
    return Lease(session_id=session_id, owner=owner, epoch=epoch, expires_at=now + ttl)


def renew(conn: Connection, lease: Lease) -> bool:
    """Prolong *lease* to what it says; tell whether it still holds."""
    return _update_held(conn, lease, expires_at=lease.expires_at)


def release(conn: Connection, lease: Lease) -> bool:
    """Give *lease* back; tell whether it still held."""
    return _update_held(conn, lease, holder=None)


def _lease(row: SessionRow) -> Lease | None:
    if row.holder is None:
        return None
    owner = Owner(**json.loads(row.holder))
    return Lease(session_id=row.session_id, owner=owner, epoch=row.epoch, expires_at=row.expires_at)


def _update_held(conn: Connection, lease: Lease, **values: Any) -> bool:
    s = sessions.c
    held = (s.session_id == lease.session_id, s.epoch == lease.epoch)
    query = update(sessions).where(*held, s.holder == as_text(lease.owner)).values(**values)
    return bool(conn.execute(query).rowcount)
