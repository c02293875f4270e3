"""The conversation that runs through this notebook: which session and agent `%chat` uses now."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cellspeak import thread
from cellspeak.agent import Agent
from cellspeak.errors import SessionNotFoundError, ValidationError
from cellspeak.local import LocalTransport
from cellspeak.session import Session
from cellspeak.stores.base import SessionRecord

from .folder import default_agent, notebook_labels, notebook_name

__all__ = ["Current", "find_record", "records"]

_NAME = re.compile(r"[\w][\w .+-]{0,63}")


class Current:
    """The notebook's session; `agent_name` names who answers a new one, empty: the default."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self._named: dict[str, Session] = {}

    def get(
        self, *, agent: str = "", session: str = "", new: bool = False, default: str = ""
    ) -> Session:
        """Return the session to use, made or found as the options say; it becomes the current one.

        Args:
            agent: the name of the agent; another one than the session's starts a new session.
            session: the name or id of a session.
            new: start a new session in any case.
            default: the agent of a new session where *agent* is empty.

        Raises:
            NotFoundError: if there is no such agent.
            SessionNotFoundError: if *session* looks like an id and there is none.
        """
        if session:
            self.session = self._by_name(session, agent or default)
        elif self.session is None or new or (agent and agent != agent_of(self.session)):
            self.session = _start(agent or default)
        return self.session

    def resume(self, session_id: str) -> Session:
        """Make *session_id* the current session."""
        self.session = thread.run(Session(session_id).connect())
        return self.session

    def _by_name(self, name: str, agent: str) -> Session:
        record = find_record(name)
        if record is not None:
            return thread.run(Session(record.session_id).connect())
        if re.fullmatch(r"[0-9a-f]{32}", name):
            raise SessionNotFoundError(
                f"expected the id of a session; there is none called {name}; "
                "%chat sessions lists them",
                session_id=name,
            )
        if not _NAME.fullmatch(name):
            raise ValidationError(
                f"expected a session name of up to 64 letters, digits, . + - and spaces; "
                f"got {name!r:.80}"
            )
        return _start(agent, name)


def agent_of(session: Session) -> str:
    """Return the name of the agent that answers in *session*."""
    conversation = thread.run(session.conversation())
    return str((conversation.agent or {}).get("name", ""))


def records(*, here: bool = False) -> Sequence[SessionRecord]:
    """Return the sessions of the store, newest first; `here`: only those of this notebook."""
    found = thread.run(LocalTransport().sessions())
    shown = [r for r in found if not r.labels.get("hidden")]
    notebook = notebook_name()
    return [r for r in shown if r.labels.get("notebook", "") == notebook] if here else shown


def find_record(name: str) -> SessionRecord | None:
    """Return the session with this name, id, or the start of an id that fits only one."""
    found = records()
    exact = [r for r in found if name in (r.session_id, r.labels.get("name"))]
    starts = [r for r in found if len(name) >= 6 and r.session_id.startswith(name)]
    fitting = exact or (starts if len(starts) == 1 else [])
    return fitting[0] if fitting else None


def _start(agent: str, name: str = "") -> Session:
    found: Agent = default_agent(agent or None)
    labels = {**notebook_labels(), **({"name": name} if name else {})}
    return thread.run(found.create_session(labels=labels))
