"""OpenTelemetry spans: a turn, and in it each model call, tool and approval.

Its one law: a span says what and how long, never what was said.  Made from committed events, so
that a turn that another process goes on with is a span there.  Needs the extra `otel`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Any, cast

from opentelemetry import context, trace
from opentelemetry.trace import Span, Status, StatusCode, Tracer

from cellspeak.agents.base import AgentRuntime, Output, TurnRequest
from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.kinds import str_of

__all__ = ["Spans", "spans_of_models"]

CALL_ENDS = ("done", "failed", "denied", "cancelled")


class Spans:
    """The open spans of one engine.

    Args:
        tracer: makes them; default: that of the process.
    """

    def __init__(self, tracer: Tracer | None = None) -> None:
        self._tracer = tracer or trace.get_tracer("cellspeak")
        self._open: dict[tuple[str, str], Span] = {}
        """Turn id, and what it is in the turn: empty, a call's id or a request's."""

    def __call__(self, events: Sequence[SessionEvent]) -> None:
        """Open and end spans as committed events say; an `Observer`."""
        for event in events:
            act = _ACT.get(event.type)
            if act is not None and event.turn_id is not None:
                act(self, event, event.turn_id)

    def around(self, resolve: Callable[[Data], AgentRuntime]) -> Callable[[Data], AgentRuntime]:
        """Return *resolve* with each answer of its runtimes in a span of its own."""
        return lambda spec: _Traced(resolve(spec), self)

    def model_call(self, turn_id: str) -> Span:
        """Open the span of one answer of a runtime."""
        return self._start("model call", turn_id)

    def _start(self, name: str, turn_id: str, **facts: str) -> Span:
        parent = self._open.get((turn_id, ""))
        within = None if parent is None else trace.set_span_in_context(parent)
        named = {"cellspeak.session_id": turn_id.rpartition(".")[0], "cellspeak.turn_id": turn_id}
        return self._tracer.start_span(name, within, attributes={**named, **facts})

    def _status(self, event: SessionEvent, turn_id: str) -> None:
        if event.is_turn_end:
            for key in [key for key in self._open if key[0] == turn_id]:
                self._open.pop(key).end()
        elif event.status == "Processing" and (turn_id, "") not in self._open:
            self._open[turn_id, ""] = self._start("turn", turn_id)

    def _call(self, event: SessionEvent, turn_id: str) -> None:
        key = turn_id, str_of(event.data.get("tool_call_id"))
        if event.status == "running" and key not in self._open:
            name = str_of(event.data.get("tool_name"))[:80]
            self._open[key] = self._start("tool", turn_id, **{"cellspeak.tool_name": name})
        elif event.status in CALL_ENDS and key in self._open:
            self._end(key, failed=event.status != "done", outcome=event.status)

    def _asked(self, event: SessionEvent, turn_id: str) -> None:
        key = turn_id, str_of(event.data.get("request_id"))
        self._open[key] = self._start("approval", turn_id)

    def _answered(self, event: SessionEvent, turn_id: str) -> None:
        key = turn_id, str_of(event.data.get("request_id"))
        if key in self._open:
            self._end(key, outcome="approved" if event.data.get("approved") else "denied")

    def _complete(self, event: SessionEvent, turn_id: str) -> None:
        span = self._open.get((turn_id, ""))
        if span is not None and event.status != "complete":
            span.set_status(Status(StatusCode.ERROR))

    def _end(self, key: tuple[str, str], *, outcome: str, failed: bool = False) -> None:
        span = self._open.pop(key)
        span.set_attribute("cellspeak.outcome", outcome)
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end()


_ACT: dict[str, Callable[[Spans, SessionEvent, str], None]] = {
    "participant_status": Spans._status,
    "tool_call": Spans._call,
    "approval_request": Spans._asked,
    "approval_resolved": Spans._answered,
    "message_complete": Spans._complete,
}


def spans_of_models() -> None:
    """Have the models' own library make its spans as well, without what is said."""
    with suppress(ImportError):
        from pydantic_ai import Agent
        from pydantic_ai.models.instrumented import InstrumentationSettings

        quiet = InstrumentationSettings(include_content=False, include_binary_content=False)
        Agent.instrument_all(quiet)


class _Traced:
    """A runtime whose answers are spans; what it calls sees them as the current one."""

    def __init__(self, runtime: AgentRuntime, spans: Spans) -> None:
        self._runtime, self._spans = runtime, spans

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)

    async def answer(self, request: TurnRequest) -> AsyncIterator[Output]:
        """Yield what the runtime yields."""
        span = self._spans.model_call(request.turn.id)
        token = context.attach(trace.set_span_in_context(span))
        try:
            async with aclosing(cast("Any", self._runtime.answer(request))) as outputs:
                async for output in outputs:
                    yield output
        finally:
            context.detach(token)
            span.end()
