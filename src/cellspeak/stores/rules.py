"""What all stores decide alike, as plain functions of what they keep.

No store answers these questions by itself, so that none can answer them differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_hex

from cellspeak.core.events import SessionEvent
from cellspeak.errors import ConflictError, SessionNotFoundError, ValidationError

from .base import Lease, Owner, SessionRecord, owner_alive

__all__ = [
    "entombed",
    "fresh_record",
    "id_taken",
    "iso",
    "may_take",
    "new_incarnation",
    "not_found",
    "require_numbers",
    "require_place",
]


def iso(now: float) -> str:
    """Return *now* (seconds since 1970) as events and records write it."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def new_incarnation() -> str:
    """Return a name for a log's life that no other one has."""
    return token_hex(8)


def fresh_record(record: SessionRecord, now: float) -> SessionRecord:
    """Return *record* as a store keeps it at first: alive, without events, its gaps filled."""
    created = record.created_at or iso(now)
    return replace(
        record,
        created_at=created,
        active_at=record.active_at or created,
        incarnation=record.incarnation or new_incarnation(),
        terminated=False,
        end=0,
    )


def entombed(record: SessionRecord) -> SessionRecord:
    """Return what stays of a deleted session: whose it was and when, nothing that was said."""
    return replace(record, agent={}, labels={}, terminated=True, end=0)


def require_numbers(after: int, events: Sequence[SessionEvent]) -> None:
    """Raise ValidationError unless *events* are numbered `after + 1`, `after + 2` and so on."""
    for expected, event in enumerate(events, after + 1):
        if event.seq != expected:
            raise ValidationError(
                f"expected the event number {expected} next; got {event.seq} ({event.type})"
            )


def may_take(held: Lease | None, owner: Owner, now: float) -> bool:
    """Tell whether *owner* may take the lease that is *held* at *now*: free, its own or dead."""
    if held is None or held.owner == owner:
        return True
    return not owner_alive(held.owner, now=now, expires_at=held.expires_at)


def not_found(session_id: str) -> SessionNotFoundError:
    """Return the error for an id that this store does not hold, or no longer holds."""
    text = f"expected a session of this store; there is none (any more) with the id {session_id!r}"
    return SessionNotFoundError(text, session_id=session_id)


def id_taken(session_id: str) -> ConflictError:
    """Return the error for creating a session whose id was used before."""
    return ConflictError(f"expected a new session id; {session_id!r} was used before")


def require_place(session_id: str, *, epoch: int, held: int, after: int, end: int) -> None:
    """Raise ConflictError unless a writer holds the lease and continues the log.

    Args:
        session_id: the session.
        epoch: the epoch that the writer came with.
        held: the lease's epoch; 0 while nobody holds it, which refuses everybody.
        after: the number that the writer takes for the end.
        end: the end.
    """
    if epoch != held or not held:
        now = f"it is at epoch {held} now" if held else "nobody holds it now"
        raise ConflictError(
            f"expected the lease of session {session_id!r}; got epoch {epoch}, but {now}: "
            "stop writing and acquire it anew"
        )
    if after != end:
        raise ConflictError(
            f"expected to append to session {session_id!r} after event {end}; got {after}: "
            "read what is new first"
        )
