"""What a peer's tools do, in the three ways that peers tell it.

Its one law: a call that has its outcome in the log gets no other one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cellspeak.agents import base
from cellspeak.core.conversation import ToolCall
from cellspeak.core.events import Data, Draft
from cellspeak.core.kinds import dict_of, list_of, opt_str, str_of

__all__ = ["Steps"]

_MOST_CALLS = 500
_MOST_OF_A_RESULT = 256 * 1024


class Steps:
    """Tells the calls of one turn.

    Args:
        calls: those that its log has.
    """

    def __init__(self, calls: Mapping[str, ToolCall]) -> None:
        self.known: dict[str, tuple[str, Data]] = {
            k: (c.tool_name, c.args) for k, c in calls.items()
        }
        """Name and arguments by id."""
        self._ended = {k for k, c in calls.items() if c.outcome is not None}
        self._runs = {k for k, c in calls.items() if c.status == "running"} - self._ended

    def allowed(self, key: str) -> Iterator[Draft]:
        """Yield that an approved call runs now."""
        name, args = self.known[key]
        yield from self._begins(key, name, args)

    def told(self, progress: Data) -> Iterator[Draft]:
        """Yield what a status's `metadata.progress` says, as this package's own servers tell it."""
        key = _id(progress.get("tool_call_id"))
        match progress.get("type"):
            case "thinking":
                done = progress.get("done") is True
                yield base.think(str_of(progress.get("text")), done=done)
            case "tool_call" if progress.get("status") == "running":
                yield from self._begins(key, str_of(progress.get("tool_name")), {})
            case "tool_progress" if key in self._runs:
                fraction = progress.get("fraction")
                known = fraction if isinstance(fraction, int | float) else None
                yield base.progress(key, known, str_of(progress.get("text"))[:1000])
            case "tool_result":
                error = opt_str(progress.get("error"))
                yield from self._ends(key, str_of(progress.get("tool_name")), progress, error)
            case _:
                pass

    def listed(self, metadata: Data) -> Iterator[Draft]:
        """Yield what an artifact's `tool_calls` and `tool_results` say, as Hector tells it."""
        for call in map(dict_of, list_of(metadata.get("tool_calls"))):
            key, name, args = _id(call.get("id")), str_of(call.get("name")), call.get("args")
            if key not in self.known and len(self.known) < _MOST_CALLS:
                self.known[key] = (name, dict_of(args))
            if call.get("status") != "pending_approval":
                yield from self._begins(key, name, dict_of(args))
        for found in map(dict_of, list_of(metadata.get("tool_results"))):
            yield from self.answered(found)

    def answered(self, found: Data) -> Iterator[Draft]:
        """Yield what one result says, of a list or of a data part of its own."""
        if found.get("status") == "pending_approval" or found.get("requires_approval") is True:
            return
        content = found.get("content")
        failed = found.get("is_error") is True or found.get("status") == "failed"
        error = (str_of(content) or "failed") if failed else None
        key = _id(found.get("tool_call_id"))
        yield from self._ends(key, str_of(found.get("tool_name")), {"result": content}, error)

    def left(self) -> Iterator[Draft]:
        """Yield ends for calls that were approved and never mentioned again."""
        for key in sorted(self._runs - self._ended):
            self._ended.add(key)
            yield base.result(key, self.known[key][0], "the agent did not tell what came of it")

    def _begins(self, key: str, name: str, args: Data) -> Iterator[Draft]:
        if key in self._runs or key in self._ended or not key:
            return
        if key not in self.known and len(self.known) >= _MOST_CALLS:
            return
        known_name, known_args = self.known.get(key, ("", {}))
        self.known[key] = (known_name or name or "tool", known_args or args)
        self._runs.add(key)
        yield base.tool(key, *self.known[key])

    def _ends(self, key: str, name: str, outcome: Data, error: str | None) -> Iterator[Draft]:
        if key in self._ended or not key:
            return
        yield from self._begins(key, name, {})
        if key not in self._runs:
            return
        self._ended.add(key)
        value = outcome.get("result")
        if isinstance(value, str) and len(value) > _MOST_OF_A_RESULT:
            value = value[:_MOST_OF_A_RESULT] + "…"
        given = None if error is None else error[:2000]
        yield base.result(key, self.known[key][0], value, error=given)


def _id(value: object) -> str:
    """Return an id as it can stand in the log: those of our own cards are nobody else's."""
    text = str_of(value)[:200]
    return f"their-{text}" if base.is_own(text) else text
