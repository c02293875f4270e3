"""The one interface between whoever holds a session and whoever runs it.

Two verbs carry the conversation: `send` a command, read `events` from a number on.  The in-process
engine is a transport; a network client is another.  A reader that knows a number never misses and
never repeats an event.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol, runtime_checkable

from cellspeak.core.commands import Command, Receipt
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent

__all__ = ["Distant", "Transport", "end_of_last_turn"]


class Transport(Protocol):
    """What a `Session` needs of the other side."""

    async def send(self, command: Command) -> Receipt:
        """Have *command* taken; return when the engine has committed it.

        Raises:
            CellspeakError: one of the tree in `errors.py`; nothing was changed then.
        """
        ...

    def events(self, session_id: str, after: int = 0) -> AsyncGenerator[SessionEvent, None]:
        """Yield every event with `seq > after`, ascending, then wait for more, for ever.

        The iterator ends after `session_terminated`.  Deltas that a later event covers may be
        missing (see `core.fold.leaves_gap`).

        Raises:
            SessionNotFoundError: if there is no such session.
            SessionDisconnectedError: if the other side is lost for good.
        """
        ...

    async def conversation(self, session_id: str) -> Conversation:
        """Return what the log adds up to now; go on with `events(after=conversation.seq)`."""
        ...

    async def blob(self, session_id: str, sha256: str) -> bytes:
        """Return the bytes that an event names by `blob`; NotFoundError if there are none."""
        ...

    async def aclose(self) -> None:
        """Let go of connections, tasks and leases.  Sessions stay."""
        ...


@runtime_checkable
class Distant(Protocol):
    """A transport whose other side may be out of reach for a while, and come back."""

    async def watch(self, session_id: str, told: Callable[[bool], None]) -> Callable[[], None]:
        """Have *told* called with True when a tail of the session is lost, False when it is back.

        Call it on the loop that the transport lives on; *told* is called there.  Returns what
        ends the watch.
        """
        ...


async def end_of_last_turn(transport: Transport, session_id: str) -> int:
    """Return the number behind which an open turn, and what it waits for, is seen: nothing older.

    The end of the log if no turn is open.
    """
    conversation = await transport.conversation(session_id)
    if conversation.open_turn is None and not conversation.queued:
        return conversation.seq
    end = 0
    async with aclosing(transport.events(session_id, 0)) as events:
        async for event in events:
            end = (event.seq or 0) if event.is_turn_end else end
            if (event.seq or 0) >= conversation.seq:
                break
    return end
