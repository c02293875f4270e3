"""Put what a runtime yields into the order that the log keeps.

A runtime says what happens; the writer adds what every reader relies on: message ids, the close of
a message before a call, the end of a call after its result, durations, and Processing when the
agent goes on after an approval.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data, Draft
from cellspeak.core.rules import args_digest

__all__ = ["TurnWriter", "status_draft"]


def status_draft(turn_id: str, status: str) -> Draft:
    """Return the draft that says what the agent is doing."""
    return Draft(type="participant_status", turn_id=turn_id, data={"status": status})


class TurnWriter:
    """Writes one turn.  `write` returns the drafts to commit for one that the runtime yielded.

    Args:
        turn: the turn as it stands; ids go on from what it has.
        clock: seconds, monotonic.
        new_id: makes the ids of requests.
        expires_at: returns when an approval asked now expires, or None.
    """

    def __init__(
        self,
        turn: Turn,
        *,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        expires_at: Callable[[], str | None],
    ) -> None:
        self.turn_id = turn.id
        self.asked = False
        """True once the runtime asked something of a person in this pass."""
        self.silent = bool(turn.approvals)
        """True while the agent has not spoken since it asked."""
        self.first_word_at: float | None = None
        self._clock, self._new_id, self._expires_at = clock, new_id, expires_at
        self._began: dict[str, float] = {}
        self._called = set(turn.tool_calls)
        used = len(turn.posts) + len(turn.messages) + len(turn.approvals)
        self._numbers = itertools.count(used + 1)
        self._open: str | None = None
        self._kind = ""
        self._said: list[str] = []

    def write(self, draft: Draft) -> Sequence[Draft]:
        """Return what to commit for *draft*, in order."""
        if draft.type == "message_delta":
            return self._delta(draft.data["delta"])
        rule = _RULES.get(draft.type, TurnWriter._other)
        return rule(self, replace(draft, turn_id=self.turn_id))

    def _delta(self, text: str) -> Sequence[Draft]:
        if self.first_word_at is None:
            self.first_word_at = self._clock()
        before = [*self._going_on(), *self._close_unless("text")]
        self._said.append(text)
        if self._open is None:
            self._open, self._kind = self._next_id(), "text"
        # Written out: `replace` costs more than all the rest, and this runs for every token.
        delta = Draft(
            type="message_delta",
            data={"delta": text},
            turn_id=self.turn_id,
            message_id=self._open,
        )
        return [*before, delta]

    def _thinking(self, draft: Draft) -> Sequence[Draft]:
        before = [*self._going_on(), *self._close_unless("thinking")]
        if self._open is None:
            self._began["thinking"] = self._clock()
            self._open, self._kind = self._next_id(), "thinking"
        dressed = replace(draft, message_id=self._open)
        if not draft.data.get("done"):
            return [*before, dressed]
        self._open = None
        return [*before, replace(dressed, data={**dressed.data, **self._taken("thinking")})]

    def _calling(self, draft: Draft) -> Sequence[Draft]:
        key = str(draft.data.get("tool_call_id"))
        self._began[key] = self._clock()
        if key in self._called:
            return [*self._close(), draft]
        self._called.add(key)
        return [*self._close(), self._item(draft)]

    def _result(self, draft: Draft) -> Sequence[Draft]:
        key = str(draft.data.get("tool_call_id"))
        data = {**self._taken(key), **draft.data}
        ended = {
            "tool_call_id": key,
            "tool_name": data.get("tool_name", ""),
            "status": "failed" if "error" in data else "done",
        }
        return [replace(draft, data=data), replace(draft, type="tool_call", data=ended)]

    def _ask(self, draft: Draft) -> Sequence[Draft]:
        data = draft.data
        call: Data = {
            **{k: data[k] for k in ("tool_call_id", "tool_name", "args")},
            "status": "awaiting_approval",
        }
        self._called.add(str(data["tool_call_id"]))
        request = {**data, "args_digest": args_digest(data["args"]), **self._request()}
        return [
            *self._close(),
            self._item(replace(draft, type="tool_call", data=call)),
            self._item(replace(draft, data=request)),
            *self._waiting(),
        ]

    def _sign_in(self, draft: Draft) -> Sequence[Draft]:
        closed = self._close()
        asked = self._item(replace(draft, data={**draft.data, **self._request()}))
        return [*closed, asked, *self._waiting()]

    def _waiting(self) -> Sequence[Draft]:
        """Say once that a person has to answer now."""
        if self.asked:
            return []
        self.asked = self.silent = True
        return [status_draft(self.turn_id, "AwaitingApproval")]

    def _request(self) -> dict[str, str]:
        expires_at = self._expires_at()
        expiry = {} if expires_at is None else {"expires_at": expires_at}
        return {"request_id": self._new_id(), **expiry}

    def _plain(self, draft: Draft) -> Sequence[Draft]:
        return [draft]

    def _other(self, draft: Draft) -> Sequence[Draft]:
        return [*self._going_on(), *self._close(), self._item(draft)]

    def _going_on(self) -> Sequence[Draft]:
        """The agent itself speaks again after its approved calls: say so once."""
        if not self.silent:
            return []
        self.silent = False
        return [status_draft(self.turn_id, "Processing")]

    def _close_unless(self, kind: str) -> Sequence[Draft]:
        return [] if self._kind == kind else self._close()

    def _close(self) -> Sequence[Draft]:
        """Close the open message, if there is one."""
        if self._open is None:
            return []
        data: Data = {"text": "", "done": True, **self._taken("thinking")}
        if self._kind == "text":
            data = {"text": "".join(self._said), "closed": True}
        kind = "message_streaming" if self._kind == "text" else "thinking"
        closed = Draft(type=kind, turn_id=self.turn_id, message_id=self._open, data=data)
        self._open, self._said = None, []
        return [closed]

    def _taken(self, key: str) -> dict[str, int]:
        began = self._began.pop(key, None)
        return {} if began is None else {"duration_ms": round((self._clock() - began) * 1000)}

    def _item(self, draft: Draft) -> Draft:
        return replace(draft, message_id=self._next_id())

    def _next_id(self) -> str:
        return f"{self.turn_id.rpartition('.')[2]}.{next(self._numbers)}"


_RULES: dict[str, Callable[[TurnWriter, Draft], Sequence[Draft]]] = {
    "thinking": TurnWriter._thinking,
    "tool_call": TurnWriter._calling,
    "tool_progress": TurnWriter._plain,
    "tool_result": TurnWriter._result,
    "usage": TurnWriter._plain,
    "approval_request": TurnWriter._ask,
    "reauth_request": TurnWriter._sign_in,
}
