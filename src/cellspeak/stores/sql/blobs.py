"""Queries about blobs: the bytes are kept once, a reference for each session that has them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import sqlite

from .postgres import lock_blobs
from .rows import living, put
from .tables import blob_refs, blobs

__all__ = ["get_blob", "put_blob"]


def put_blob(conn: Connection, session_id: str, sha256: str, content: bytes) -> None:
    """Keep *content*, once for all sessions that have it."""
    living(conn, session_id)
    insert: Any = sqlite.insert
    if conn.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # a tenth of the start of a chat without it

        lock_blobs(conn, shared=True)
        insert = postgresql.insert
    if not conn.execute(select(blobs.c.sha256).where(blobs.c.sha256 == sha256)).first():
        row = insert(blobs).values(sha256=sha256, content=content)
        conn.execute(row.on_conflict_do_nothing())
    put(conn, blob_refs, {"session_id": session_id, "sha256": sha256}, {})


def get_blob(conn: Connection, session_id: str, sha256: str) -> bytes | None:
    """Return a blob that the session has."""
    query = (
        select(blobs.c.content)
        .join(blob_refs, blob_refs.c.sha256 == blobs.c.sha256)
        .where(blob_refs.c.session_id == session_id, blobs.c.sha256 == sha256)
    )
    return conn.execute(query).scalar()
