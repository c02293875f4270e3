"""The history of a session as messages, and the reply of one turn, for people who read Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cellspeak import thread
from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data
from cellspeak.core.markdown import inert

if TYPE_CHECKING:
    from cellspeak.session import Session

__all__ = ["Reply", "SessionMessage", "messages_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMessage:
    """One message of the history, as `get_messages` gives it."""

    id: str
    turn_id: str
    role: Literal["user", "agent"]
    kind: str
    """`text`, `thinking`, `tool_call`, `error`, … as in the conversation."""
    text: str
    data: Data


class Reply:
    """What came of one turn.  Shown as markdown where a notebook shows it.

    Args:
        turn: the turn, ended or not.
        session: the session it belongs to.
    """

    def __init__(self, turn: Turn, session: Session) -> None:
        self._turn, self._session = turn, session

    @property
    def session_id(self) -> str:
        """The id of the session it belongs to."""
        return self._session.session_id

    @property
    def session(self) -> Session:
        """The session it belongs to."""
        return self._session

    @property
    def turn(self) -> Turn:
        """The turn; one that still runs is looked up anew at each use."""
        if not self._turn.ended:
            conversation = thread.run(self._session.conversation())
            self._turn = conversation.turns[self._turn.id]
        return self._turn

    @property
    def text(self) -> str:
        """What the agent said, its messages joined by blank lines."""
        return self.turn.text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Reply({self.text[:60]!r}, turn={self._turn.id!r})"

    def _repr_markdown_(self) -> str:
        # A notebook draws markdown itself, and would fetch every picture that a model names.
        return inert(self.text)


def messages_of(turn: Turn) -> list[SessionMessage]:
    """Return the messages of *turn*, what was posted first."""
    posts = [
        SessionMessage(
            id=str(p.get("id")),
            turn_id=turn.id,
            role="user",
            kind="text",
            text=str(p.get("content", "")),
            data={k: p[k] for k in ("files",) if k in p},
        )
        for p in turn.posts
    ]
    said = [
        SessionMessage(
            id=m.id,
            turn_id=turn.id,
            role="agent",
            kind=m.kind,
            text=str(m.text),
            data=m.data | {"status": m.status} if isinstance(m.data, dict) else m.data,
        )
        for m in turn.messages
    ]
    return posts + said
