"""The server's log as JSON lines: what happened, in which session and turn, and to whom.

Its one law: no secret and nothing that a person, a model or a tool said.  So an exception is told
by its class and place, because its message may quote anything.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

from cellspeak.core.events import SessionEvent

__all__ = ["JsonLines", "log_events", "log_request", "start_logging"]

_log = logging.getLogger("cellspeak.server")

FIELDS = (
    *("session_id", "turn_id", "seq", "owner", "status", "code", "approved", "duration_ms"),
    *("method", "path", "peer"),
)
"""What a line may carry beside its message."""

TOLD = {
    "session_created": "session created",
    "message_posted": "turn posted",
    "messages_posted": "turn posted",
    "tool_call": "tool call",
    "approval_request": "approval asked",
    "approval_resolved": "approval answered",
    "error": "turn failed",
    "turn_cancelled": "turn cancelled",
    "message_complete": "turn ended",
    "session_terminated": "session terminated",
}
FACTS = ("status", "code", "approved")
"""Of an event's data: words and flags of the contract."""

_WORD = re.compile(r"\w{1,40}", re.ASCII)


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: vars(record)[name] for name in FIELDS if vars(record).get(name) is not None}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _where(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True, default=str)


def _where(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "type": type(error).__name__,
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]],
    }


def start_logging(stream: TextIO | None = None) -> None:
    """Send all that is logged to *stream* (default: stderr) as JSON lines, from `info` on."""
    lines = logging.StreamHandler(stream or sys.stderr)
    lines.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(logging.INFO)
    # These two write addresses with their queries, where a ticket may stand.
    for name in ("uvicorn.access", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)


def log_events(events: Sequence[SessionEvent]) -> None:
    """Log what was committed, but for the words themselves; an `Observer`."""
    for event in events:
        if event.type in TOLD:
            facts = {k: event.data[k] for k in FACTS if _is_word(event.data.get(k))}
            named = {"session_id": event.session_id, "turn_id": event.turn_id, "seq": event.seq}
            _log.info(TOLD[event.type], extra={**named, **facts})


def _is_word(value: object) -> bool:
    """Tell whether *value* is a flag, or one word; an agent could have put a sentence there."""
    return isinstance(value, bool) or (isinstance(value, str) and bool(_WORD.fullmatch(value)))


def log_request(method: str, path: str, status: int, seconds: float, owner: str | None) -> None:
    """Log one request; *path* is without its query."""
    facts = {"method": method, "path": path, "status": status, "owner": owner or None}
    _log.info("request", extra={**facts, "duration_ms": round(seconds * 1000, 1)})
