"""Queries about a session's snapshot: the rest in one row, each turn in its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, literal, null, select, union_all, update

from cellspeak.stores.base import Snapshot

from .rows import living, put, require_row_place
from .tables import events, snapshots, turns

__all__ = ["SnapshotText", "save_snapshot", "snapshot"]


@dataclass(frozen=True, slots=True)
class SnapshotText:
    """A snapshot to save, written as text before the transaction begins."""

    seq: int
    rest: str
    turns: Mapping[str, str]
    covered: Sequence[tuple[int, int]]


def save_snapshot(conn: Connection, session_id: str, saved: SnapshotText, epoch: int) -> None:
    """Merge *saved* into the kept snapshot and drop the deltas that it covers."""
    row = living(conn, session_id)
    require_row_place(row, epoch, row.last_seq)
    values = {"seq": saved.seq, "rest": saved.rest}
    put(conn, snapshots, {"session_id": session_id}, values)
    _merge_turns(conn, session_id, saved.turns)
    for first, last in saved.covered:
        # The last event stays whatever is asked: it proves that the log has its tail.
        run = events.c.seq.between(first, min(last, row.last_seq - 1))
        conn.execute(delete(events).where(events.c.session_id == session_id, run))


def snapshot(conn: Connection, session_id: str) -> Snapshot | None:
    """Return the kept snapshot with all its turns."""
    # One statement, so that turns and rest are of the same moment in every database.
    s, t = snapshots.c, turns.c
    query = union_all(
        select(null().label("turn_id"), literal(0).label("position"), s.seq, s.rest.label("json"))
        .where(s.session_id == session_id),
        select(t.turn_id, t.position, literal(0), t.json).where(t.session_id == session_id),
    ).order_by("position")  # fmt: skip
    rows = conn.execute(query).all()
    if not rows:
        return None
    rest, *others = rows
    kept = {row.turn_id: json.loads(row.json) for row in others}
    return Snapshot(seq=rest.seq, rest=json.loads(rest.json), turns=kept)


def _merge_turns(conn: Connection, session_id: str, changed: Mapping[str, str]) -> None:
    mine = turns.c.session_id == session_id
    last: int = conn.execute(select(func.max(turns.c.position)).where(mine)).scalar() or 0
    for position, (turn_id, text) in enumerate(changed.items(), last + 1):
        here = update(turns).where(mine, turns.c.turn_id == turn_id)
        if not conn.execute(here.values(json=text)).rowcount:
            row = {"session_id": session_id, "turn_id": turn_id, "position": position}
            conn.execute(insert(turns).values(**row, json=text))
