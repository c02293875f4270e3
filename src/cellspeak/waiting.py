"""Waiting for a turn on a thread that blocks, and getting a person's answer meanwhile.

An interrupt stops the turn, keeps what it said, and comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from cellspeak import thread
from cellspeak.core import rules
from cellspeak.core.conversation import Approval, Conversation, Turn
from cellspeak.errors import ActionRequiredError, CellspeakError, NotFoundError

if TYPE_CHECKING:
    from cellspeak.session import Session

__all__ = ["Attendant", "asking", "set_attendant", "stop_post", "stops", "unanswered", "wait"]

INTERRUPTED = "interrupted"
"""The reason that the log gives for a turn that an interrupt stopped."""

Attendant: TypeAlias = "Callable[[Session, Turn], None]"
"""Gets a turn's approvals answered, or raises; see `set_attendant`."""

_attendant: Attendant | None = None


def set_attendant(attendant: Attendant | None) -> None:
    """Say who gets approvals answered while `Session.ask` blocks; a notebook sets itself.

    It is called on the asking thread when the turn waits for a person, and returns when it no
    longer does.  None (the default): `ask` raises ActionRequiredError.
    """
    global _attendant
    _attendant = attendant


def wait(session: Session, turn_id: str, show: Callable[[Turn], None] | None = None) -> Turn:
    """Block until the turn has ended; see `Session.wait`."""
    seen: int | None = None if show is None else -1
    try:
        while True:
            conversation = thread.run(session.until(partial(stops, turn_id=turn_id, seen=seen)))
            turn = conversation.turns[turn_id]
            if show is not None:
                show(turn)
                seen = conversation.seq
            if turn.ended:
                return turn
            if (waiting := asking(conversation)) is not None:
                _attend(session, waiting)
    except KeyboardInterrupt:
        _stop(session.cancel(turn_id, reason=INTERRUPTED))
        raise


def stop_post(session: Session, client_id: str) -> None:
    """Stop the turn of a post, if it was taken: its sender was interrupted.

    Blocks, and raises nothing but KeyboardInterrupt.
    """
    _stop(_cancel_post(session, client_id))


def _stop(cancelling: Coroutine[object, object, object]) -> None:
    """Stop a turn because of an interrupt, which must come out whatever comes of the stop.

    An interrupt that is the first half of a restart stops nothing: a question outlives its kernel.
    """
    if thread.ending():
        cancelling.close()
        return
    with suppress(CellspeakError, TimeoutError):
        thread.run(cancelling, timeout=5)


async def _cancel_post(session: Session, client_id: str) -> None:
    """Stop the turn of a post whose receipt nobody waited for, if it was taken."""
    if session.has_id:
        turn = rules.turn_of_client(await session.conversation(), client_id)
        if turn is not None:
            await session.cancel(turn.id, reason=INTERRUPTED)


def _attend(session: Session, turn: Turn) -> None:
    if _attendant is None:
        names = ", ".join(str(a.request.get("tool_name", "sign-in")) for a in turn.pending)
        raise ActionRequiredError(
            f"the agent waits for your approval ({names}) and nobody can be asked here; "
            f"answer with Session(session_id={session.session_id!r}).respond_approval(…), "
            "or send with on_approval='allow' or 'deny'",
            session_id=session.session_id,
        )
    _attendant(session, turn)


def stops(conversation: Conversation, turn_id: str, seen: int | None = None) -> bool:
    """Tell whether a wait for *turn_id* has something to do: its end, a person, or news."""
    if turn_id not in conversation.turns:
        raise NotFoundError(f"expected a turn of this session; got {turn_id!r:.80}")
    news = seen is not None and conversation.seq > seen
    ended = conversation.turns[turn_id].ended
    return ended or news or asking(conversation) is not None


def asking(conversation: Conversation) -> Turn | None:
    """Return the turn that a person must answer now, if there is one."""
    turn = conversation.open_turn
    return turn if turn is not None and unanswered(conversation, turn.id) else None


def unanswered(conversation: Conversation, turn_id: str) -> tuple[Approval, ...]:
    """Return the approvals of a turn that only a person can answer.

    Those that a policy or an earlier grant settles are pending for a moment, too; whoever answered
    them now would overrule it.
    """
    turn = conversation.turns[turn_id]
    return tuple(a for a in turn.pending if rules.answer_of_policy(conversation, turn, a) is None)
