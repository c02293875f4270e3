"""A session's record as the fields of a hash.

Its one law: each field is text, so that scripts can compare and change it by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from cellspeak.stores.base import SessionRecord
from cellspeak.stores.text import as_text

__all__ = ["fields_of", "record_of"]


def fields_of(record: SessionRecord) -> Mapping[str, str]:
    """Return a new *record* as fields, with a lease that nobody holds."""
    return {
        "agent": as_text(record.agent),
        "owner": record.owner,
        "labels": as_text(record.labels),
        "created_at": record.created_at,
        "active_at": record.active_at,
        "terminated": str(int(record.terminated)),
        "incarnation": record.incarnation,
        "last_seq": str(record.end),
        "epoch": "0",
        "expires_at": "0.0",
    }


def record_of(session_id: str, fields: Mapping[bytes, bytes]) -> SessionRecord:
    """Return the record that *fields* hold."""
    text = {name.decode(): value.decode() for name, value in fields.items()}
    return SessionRecord(
        session_id=session_id,
        agent=json.loads(text["agent"]),
        owner=text["owner"],
        labels=json.loads(text["labels"]),
        created_at=text["created_at"],
        active_at=text["active_at"],
        terminated=text["terminated"] == "1",
        incarnation=text["incarnation"],
        end=int(text["last_seq"]),
    )
