"""The tables, the same in every database, and the check that they are ours.

JSON is kept as text and read only here: no query looks inside.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    insert,
    inspect,
    select,
)

from cellspeak.errors import StoreError

__all__ = [
    "SCHEMA",
    "blob_refs",
    "blobs",
    "events",
    "inbox",
    "meta",
    "prepare",
    "sessions",
    "snapshots",
    "states",
    "turns",
]

SCHEMA = 1
"""Grows when tables change in a way that an older version cannot read."""

_VERSION = "cellspeak schema"
_metadata = MetaData()

meta = Table(
    "meta", _metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)

sessions = Table(
    "sessions",
    _metadata,
    Column("session_id", Text, primary_key=True),
    Column("agent", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("active_at", Text, nullable=False),
    Column("terminated", Boolean, nullable=False),
    Column("incarnation", Text, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    # The lease: `epoch` outlives every holder, `holder` is the owner's JSON or NULL.
    Column("epoch", BigInteger, nullable=False, default=0),
    Column("holder", Text),
    Column("expires_at", Double, nullable=False, default=0.0),
)

events = Table(
    "events",
    _metadata,
    Column("session_id", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("json", Text, nullable=False),
    # Rows lie in the order of the key: a log is read in one sweep, and written once.
    sqlite_with_rowid=False,
)

states = Table(
    "states",
    _metadata,
    Column("session_id", Text, primary_key=True),
    Column("turn_id", Text, primary_key=True),
    Column("state", LargeBinary, nullable=False),
)

snapshots = Table(
    "snapshots",
    _metadata,
    Column("session_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("rest", Text, nullable=False),
)

turns = Table(
    "turns",
    _metadata,
    Column("session_id", Text, primary_key=True),
    Column("turn_id", Text, primary_key=True),
    # Turns come back in the order they came in; their ids do not sort ("….10" < "….2").
    Column("position", BigInteger, nullable=False),
    Column("json", Text, nullable=False),
)

inbox = Table(
    "inbox",
    _metadata,
    Column("session_id", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("client_id", Text),
    Column("command", Text, nullable=False),
    Column("outcome", Text),
    Index("inbox_client", "session_id", "client_id", unique=True),
)

blobs = Table(
    "blobs",
    _metadata,
    Column("sha256", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

blob_refs = Table(
    "blob_refs",
    _metadata,
    Column("session_id", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Index("blob_refs_sha256", "sha256"),
)


def prepare(conn: Connection, place: str) -> None:
    """Make the tables in an empty database, or check that those in it can be read.

    Args:
        conn: in a transaction that may write.
        place: how the database is named in errors.

    Raises:
        StoreError: if the database is somebody else's, or of a newer version.
    """
    names = set(inspect(conn).get_table_names())
    found = _version(conn) if meta.name in names else None
    if found is None:
        # A file with anything in it is another program's; a server's database may be shared.
        if names if conn.dialect.name == "sqlite" else names & _metadata.tables.keys():
            raise StoreError(f"{place} is not a cellspeak database: give another place")
        _metadata.create_all(conn)
        conn.execute(insert(meta).values(name=_VERSION, value=str(SCHEMA)))
    elif found > SCHEMA:
        raise StoreError(
            f"{place} was written by a newer cellspeak (schema {found}, this one knows {SCHEMA}): "
            "upgrade cellspeak or give another place"
        )


def _version(conn: Connection) -> int | None:
    # A foreign table may have the same name and other columns.
    if {c["name"] for c in inspect(conn).get_columns(meta.name)} != {"name", "value"}:
        return None
    value = conn.execute(select(meta.c.value).where(meta.c.name == _VERSION)).scalar()
    return int(value) if isinstance(value, str) and value.isdecimal() else None
