"""Who answers an approval while a cell waits: the ladder.

(a) a view has said hello: its buttons; (b) no view, but the front end has a prompt: `input()`;
(c) neither: the policy for the unattended, at once; (d) the view was lost, or is drawn only after
the cells have run, as in Voila: the cell returns and the turn waits.  A cell never deadlocks.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from cellspeak import thread
from cellspeak.core.conversation import Approval, Turn
from cellspeak.errors import ApprovalError, CellspeakError
from cellspeak.session import Session
from cellspeak.waiting import unanswered

from .feed import Feed
from .folder import unattended_policy
from .host import front_end_can_ask, in_kernel, in_voila, marimo_mode
from .prompting import Decision, ask

__all__ = ["Attendance", "LeftWaiting"]

HELLO = 5.0
"""Seconds for a view to say hello before the prompt is shown instead."""
LOST = 60.0
"""Seconds without a word from any view until it counts as lost; a view speaks every ten."""


class LeftWaiting(CellspeakError):
    """No view can be pressed while the cell waits: it returns, and the turn goes on waiting."""

    code = "left_waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Gets approvals answered while a cell waits; a `session.Attendant`.

    Args:
        feed_of: returns the feed of a session's views, None if it has none.
    """

    feed_of: Callable[[Session], Feed | None]

    def __call__(self, session: Session, turn: Turn) -> None:
        """Return when *turn* no longer waits for a person."""
        feed = self.feed_of(session) if marimo_mode() is None else None
        if feed is not None and front_end_can_ask() and not _seen(feed):
            _wait(lambda: _seen(feed) or not _pending(session, turn), HELLO)
        if feed is not None and _seen(feed):
            self._buttons(session, turn, feed)
        elif front_end_can_ask() or _terminal():
            self._prompt(session, turn)
        elif in_voila() and feed is not None and feed.cell_waits:
            raise LeftWaiting("this turn was left to wait for an answer while the other cells ran")
        else:
            self._policy(session, turn)

    def _buttons(self, session: Session, turn: Turn, feed: Feed) -> None:
        _wait(lambda: not _seen(feed) or not _pending(session, turn), None)
        if _pending(session, turn):
            raise LeftWaiting(
                "the view of this chat is gone and the turn still waits for an answer; "
                f"show it again with %chat, or %chat resume {session.session_id}"
            )

    def _prompt(self, session: Session, turn: Turn) -> None:
        for approval in _pending(session, turn):
            _answer(session, approval, ask(approval), {"kind": "user", "name": "prompt"})

    def _policy(self, session: Session, turn: Turn) -> None:
        approved = unattended_policy() == "allow"
        reason = None if approved else "nobody was there to approve it"
        for approval in _pending(session, turn):
            by = {"kind": "policy", "name": "on_unattended"}
            decision = Decision(approved=approved, deny_reason=reason)
            _answer(session, approval, decision, by)


def _seen(feed: Feed) -> bool:
    return feed.silence < LOST


def _pending(session: Session, turn: Turn) -> tuple[Approval, ...]:
    return unanswered(thread.run(session.conversation()), turn.id)


def _wait(done: Callable[[], bool], seconds: float | None) -> None:
    """Wait in slices, so that hellos and clicks arrive and an interrupt acts."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while not done() and (deadline is None or time.monotonic() < deadline):
        thread.run(asyncio.sleep(0.05))


def _answer(session: Session, approval: Approval, said: Decision, by: dict[str, str]) -> None:
    with suppress(ApprovalError):  # somebody else was faster: it is answered
        thread.run(
            session.respond_approval(
                approval.request_id,
                approved=said.approved,
                args=said.args,
                deny_reason=said.deny_reason,
                remember=said.remember,
                by=by,
            )
        )


def _terminal() -> bool:
    return not in_kernel() and sys.stdin is not None and sys.stdin.isatty()
