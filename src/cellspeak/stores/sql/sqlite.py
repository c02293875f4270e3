"""What only SQLite needs: a private file, the write-ahead log, and transactions that say so.

The file is the user's alone before anything is written into it, whatever the umask is.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["WRITING", "choose_journal", "empty_log", "is_remote", "make_private", "set_up"]

WRITING = "cellspeak_writing"
"""The execution option of a connection whose transaction writes."""

_REMOTE = re.compile(
    r"9p|afpfs|afs|beegfs|ceph|cifs|davfs|fuse\.(glusterfs|rclone|s3fs|sshfs)|glusterfs|gpfs|lustre"
    r"|ncpfs|nfs\d?|orangefs|panfs|prl_fs|smb\d?|smbfs|vboxsf|webdav",
    re.IGNORECASE,
)
"""File systems where processes do not share memory, which the write-ahead log relies on."""


def make_private(path: Path) -> None:
    """Make the folder of *path* (0700) and the file (0600), or take others' rights from it.

    Folders that are there stay as they are.
    """
    _make_folder(path.parent)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    # Never open a file that is there: closing it again would drop this process's locks on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    # Somebody else's file may be used, but not changed.
    with suppress(PermissionError):
        path.chmod(0o600)


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        _make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)


def set_up(engine: AsyncEngine) -> None:
    """Make *engine*'s connections begin transactions themselves, and sync as its journal needs."""
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", _on_begin)


def choose_journal(conn: Connection, remote: bool) -> None:
    """Switch the database to the write-ahead log where that works, else to a rollback journal.

    Args:
        conn: outside of a transaction.
        remote: whether the file lies on a network file system.
    """
    # Locked: another process is at it right now and makes the same choice.
    with suppress(OperationalError):
        wanted = "DELETE" if remote else "WAL"
        conn.exec_driver_sql(f"PRAGMA journal_mode={wanted}")
    with suppress(OperationalError):
        _sync_as_needed(conn.connection.dbapi_connection)


def empty_log(conn: Connection) -> None:
    """Bring the write-ahead log home and cut it: it holds old copies of what was deleted."""
    with suppress(OperationalError):  # somebody reads it right now; its next reuse overwrites it
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def is_remote(path: Path, mounts: Iterable[tuple[str, str]] | None = None) -> bool:
    """Tell whether *path* lies on a network file system.

    Args:
        path: absolute.
        mounts: mount points with the kind of file system; those of this machine by default.
    """
    if mounts is None:
        mounts = [(m.mountpoint, m.fstype) for m in psutil.disk_partitions(all=True)]
    around = [(len(point), kind) for point, kind in mounts if path.is_relative_to(point)]
    return bool(around) and _REMOTE.fullmatch(max(around)[1]) is not None


def _on_connect(connection: Any, record: Any) -> None:
    # The driver's own BEGIN is a lazy one: it would fail where a write follows a read.
    connection.isolation_level = None
    try:
        _sync_as_needed(connection)
    except BaseException:
        # The pool does not know it yet: nobody else would end its thread.
        connection.close()
        raise


def _sync_as_needed(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode")
    (mode,) = cursor.fetchone()
    # A write-ahead log stays sound after a power cut with NORMAL, a rollback journal needs FULL.
    cursor.execute(f"PRAGMA synchronous={'NORMAL' if mode == 'wal' else 'FULL'}")
    # What is deleted is overwritten: who forgets a conversation means it.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _on_begin(conn: Connection) -> None:
    # Reads are single statements, which are transactions by themselves.
    if conn.get_execution_options().get(WRITING):
        conn.exec_driver_sql("BEGIN IMMEDIATE")
