"""The conversation that runs through this notebook: which session and agent `%chat` uses now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cellspeak import thread
from cellspeak.agent import Agent
from cellspeak.errors import SessionNotFoundError, ValidationError
from cellspeak.local import LocalTransport
from cellspeak.remote import RemoteTransport
from cellspeak.session import Session
from cellspeak.stores.base import SessionRecord

from .folder import chosen_server, default_agent, notebook_labels, notebook_name

if TYPE_CHECKING:
    from cellspeak.client import Server

__all__ = ["Current", "find_record", "records", "resume_line", "server_of", "session_at"]

_NAME = re.compile(r"[\w][\w .+-]{0,63}")


class Current:
    """The notebook's session, and the server that has this notebook's sessions."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.server: Server | None = None
        """None: this process has them."""
        self._addressed: dict[tuple[Server | None, str], Session] = {}

    @property
    def sessions(self) -> Sequence[Session]:
        """The sessions that this notebook talks in: the current one, then those of `@name`."""
        found = [*([] if self.session is None else [self.session]), *self._addressed.values()]
        return list({session.session_id: session for session in found}.values())

    def move_to(self, named: str | None, default: str = "") -> None:
        """Use the server at the address *named*; None: where the session is, else the default.

        Raises:
            ValidationError: if it is no address of a server.
        """
        if named is not None or self.session is None:
            self.server = chosen_server(named or default)

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
        elif self.session is None or new or self._is_another(self.session, agent):
            self.session = self._start(agent or default)
        return self.session

    def of_agent(self, agent: str, *, new: bool = False) -> Session:
        """Return this notebook's session with *agent*, for one prompt; the current one stays.

        Raises:
            NotFoundError: if there is no such agent.
        """
        if not new and self.session is not None and not self._is_another(self.session, agent):
            return self.session
        key = (self.server, agent)
        if new or key not in self._addressed:
            self._addressed[key] = self._start(agent)
        return self._addressed[key]

    def leave(self, session_id: str | None = None) -> None:
        """Let go of the current session, or of the one with that id wherever it is used."""
        if session_id is None or (self.session and self.session.session_id == session_id):
            self.session = None
        kept = self._addressed.items()
        self._addressed = {k: s for k, s in kept if s.session_id != session_id}

    def _is_another(self, session: Session, agent: str) -> bool:
        return server_of(session) != self.server or bool(agent and agent != agent_of(session))

    def resume(self, session_id: str) -> Session:
        """Make *session_id* the current session."""
        self.session = thread.run(session_at(session_id, self.server).connect())
        return self.session

    def _by_name(self, name: str, agent: str) -> Session:
        record = find_record(name, self.server)
        if record is not None:
            return thread.run(session_at(record.session_id, self.server).connect())
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
        return self._start(agent, name)

    def _start(self, agent: str, name: str = "") -> Session:
        found: Agent = default_agent(agent or None, self.server)
        labels = {**notebook_labels(), **({"name": name} if name else {})}
        return thread.run(found.create_session(labels=labels))


def session_at(session_id: str, server: Server | None) -> Session:
    """Return a handle of the session *session_id* of *server* (None: of this process)."""
    transport = LocalTransport() if server is None else RemoteTransport(server)
    return Session(session_id, transport=transport)


def server_of(session: Session) -> Server | None:
    """Return the server that has *session*; None: this process."""
    transport = session.transport
    return transport.server if isinstance(transport, RemoteTransport) else None


def resume_line(session: Session) -> str:
    """Return the `%chat` line that goes on with *session*: its address, and never a key."""
    server = server_of(session)
    where = f"--server {server.base_url} " if server is not None else ""
    return f"%chat {where}resume {session.session_id}"


def agent_of(session: Session) -> str:
    """Return the name of the agent that answers in *session*."""
    conversation = thread.run(session.conversation())
    return str((conversation.agent or {}).get("name", ""))


def records(server: Server | None = None, *, here: bool = False) -> Sequence[SessionRecord]:
    """Return the sessions of *server* (None: of this process's store), newest first.

    Args:
        server: where they are.
        here: only those of this notebook.
    """
    transport = LocalTransport() if server is None else RemoteTransport(server)
    found = thread.run(transport.sessions())
    shown = [r for r in found if not r.labels.get("hidden")]
    notebook = notebook_name()
    return [r for r in shown if r.labels.get("notebook", "") == notebook] if here else shown


def find_record(name: str, server: Server | None = None) -> SessionRecord | None:
    """Return the session with this name, id, or the start of an id that fits only one."""
    found = records(server)
    exact = [r for r in found if name in (r.session_id, r.labels.get("name"))]
    starts = [r for r in found if len(name) >= 6 and r.session_id.startswith(name)]
    fitting = exact or (starts if len(starts) == 1 else [])
    return fitting[0] if fitting else None
