"""`GET /metrics`: what this process does, as Prometheus reads it.

Its one law: a label has few values, all of them ours; no id, name or text of anybody is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from starlette.responses import Response

from cellspeak.core.events import SessionEvent

__all__ = ["Metrics"]

METHODS = ("GET", "POST", "DELETE", "OPTIONS")
CALL_ENDS = ("done", "failed", "denied", "cancelled")


class Metrics:
    """The numbers of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()

        def counter(name: str, help: str, *labels: str) -> Counter:
            return Counter(f"cellspeak_{name}", help, labels, registry=self._registry)

        def seconds(name: str, help: str) -> Histogram:
            return Histogram(f"cellspeak_{name}_seconds", help, registry=self._registry)

        self._requests = counter("requests", "HTTP requests answered.", "method", "status")
        self._latency = seconds("request", "From a request to its answer's end.")
        self._sockets = Gauge("cellspeak_sockets", "Open sockets.", registry=self._registry)
        self._sessions = counter("sessions_created", "Sessions made.")
        self._events = counter("events", "Events committed.")
        self._turns = counter("turns", "Turns ended.", "status")
        self._turn = seconds("turn", "From a turn's start to its end.")
        self._first = seconds("first_word", "From a turn's start to its first word.")
        self._calls = counter("tool_calls", "Tool calls ended.", "status")
        self._approvals = counter("approvals", "Approvals answered.", "answer")
        self._tokens = counter("tokens", "Tokens of models.", "direction")

    def __call__(self, events: Sequence[SessionEvent]) -> None:
        """Count what was committed; an `Observer`."""
        self._events.inc(len(events))
        for event in events:
            count = _COUNT.get(event.type)
            if count is not None:
                count(self, event)

    def answered(self, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        known = method if method in METHODS else "other"
        self._requests.labels(known, str(status)).inc()
        self._latency.observe(seconds)

    def socket(self, change: int) -> None:
        """Count a socket that was opened (1) or closed (-1)."""
        self._sockets.inc(change)

    def response(self) -> Response:
        """Return all numbers as they are now."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

    def _created(self, _event: SessionEvent) -> None:
        self._sessions.inc()

    def _ended(self, event: SessionEvent) -> None:
        self._turns.labels("complete" if event.status == "complete" else "interrupted").inc()

    def _call(self, event: SessionEvent) -> None:
        if event.status in CALL_ENDS:
            self._calls.labels(event.status).inc()

    def _resolved(self, event: SessionEvent) -> None:
        self._approvals.labels("approved" if event.data.get("approved") else "denied").inc()

    def _used(self, event: SessionEvent) -> None:
        for key, histogram in (("duration_ms", self._turn), ("ttft_ms", self._first)):
            if _is_number(event.data.get(key)):
                histogram.observe(event.data[key] / 1000)
        for key in ("input_tokens", "output_tokens"):
            if _is_number(event.data.get(key)):
                self._tokens.labels(key.removesuffix("_tokens")).inc(event.data[key])


_COUNT: dict[str, Callable[[Metrics, SessionEvent], None]] = {
    "session_created": Metrics._created,
    "message_complete": Metrics._ended,
    "tool_call": Metrics._call,
    "approval_resolved": Metrics._resolved,
    "usage": Metrics._used,
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
