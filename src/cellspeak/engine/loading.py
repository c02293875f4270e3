"""What a session's log adds up to, as its store has it, without owning the session.

Its one law: a log with a hole is never folded past it.
"""

from __future__ import annotations

from cellspeak.core.codec import decode_conversation
from cellspeak.core.conversation import Conversation
from cellspeak.core.fold import apply
from cellspeak.errors import ConflictError, SessionNotFoundError
from cellspeak.stores.base import Store

__all__ = ["load", "no_session"]


async def load(store: Store, session_id: str) -> Conversation:
    """Return what the log of *session_id* adds up to, from its snapshot on.

    Raises:
        ConflictError: if the log has a hole.
    """
    snapshot = await store.snapshot(session_id)
    conversation = Conversation()
    if snapshot is not None:
        conversation = decode_conversation({**snapshot.rest, "turns": snapshot.turns})
    while events := await store.read(session_id, conversation.seq):
        for event in events:
            conversation = apply(conversation, event)
        if conversation.seq < (events[-1].seq or 0):
            raise ConflictError(f"the log of {session_id} has a hole after {conversation.seq}")
    return conversation


def no_session(session_id: str, *, terminated: bool) -> SessionNotFoundError:
    """Return the error for a session that is not there, or not any more."""
    if terminated:
        return SessionNotFoundError(
            f"the session {session_id!r:.80} was terminated; its content is gone, create a new one",
            session_id=session_id,
        )
    return SessionNotFoundError(
        f"expected the id of a session; there is none called {session_id!r:.80}",
        session_id=session_id,
    )
