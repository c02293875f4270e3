"""What is kept where in Redis.  All names begin alike, so that others may use the same database.

cellspeak:sessions          set of the ids that live (and cellspeak:sessions:OWNER)
cellspeak:s:ID              hash: the record, the end, the lease, the number of posts
cellspeak:s:ID:log          stream: one entry an event, its id is the number of the event
cellspeak:s:ID:states       hash: turn → state
cellspeak:s:ID:snapshot     hash: seq and rest
cellspeak:s:ID:turns        hash: turn → position:JSON
cellspeak:s:ID:inbox        hash: number → command without an outcome
cellspeak:s:ID:outcomes     hash: number → outcome
cellspeak:s:ID:clients      hash: client id → number
cellspeak:s:ID:blobs        set of hashes
cellspeak:b:SHA256          the bytes (and …:holders, a set of sessions)
cellspeak:news:ID           channel: the new end, `inf` when the session is gone, or `inbox`

Its one law: no id that somebody made up names what belongs to another session.
"""

from __future__ import annotations

__all__ = ["ALL", "NEWS", "PREFIX", "blob", "of_owner", "part", "session"]

PREFIX = "cellspeak:"
ALL = f"{PREFIX}sessions"
NEWS = f"{PREFIX}news:"


def of_owner(owner: str) -> str:
    """Return the name of the set of one owner's sessions."""
    return f"{ALL}:{owner}"


def session(session_id: str) -> str:
    """Return the name of the hash with the record."""
    # A colon would lead to a part: ids come from the network.
    return f"{PREFIX}s:{session_id.replace('%', '%25').replace(':', '%3A')}"


def part(session_id: str, name: str) -> str:
    """Return the name of what is kept beside the record: `log`, `states`, `inbox` and so on."""
    return f"{session(session_id)}:{name}"


def blob(sha256: str) -> str:
    """Return the name of the bytes with this hash."""
    return f"{PREFIX}b:{sha256}"
