"""Sessions of a peer that speaks only the plain frames, as far as this process has met them.

Their numbers are this process's own: another one numbers the same session anew.
"""

from __future__ import annotations

from collections.abc import Callable

from cellspeak.core.commands import Command, Create, Receipt
from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, str_of
from cellspeak.errors import CellspeakError, ConnectError, ProtocolError, SessionError

from .address import Server
from .catalogue import object_id
from .peer import PlainSession
from .retries import Patience, Retries
from .socket import LOST, open_socket, read_frame, send_frame

__all__ = ["Foreign", "Unnumbered"]


class Unnumbered(CellspeakError):
    """The peer answered in plain frames: it does not know numbers.

    Args:
        session_id: the session it has made, if that is sure.
    """

    def __init__(self, session_id: str = "") -> None:
        super().__init__("this server speaks the plain frames only")
        self.session_id = session_id


class Foreign:
    """The sessions at one peer.

    Args:
        server: where it is.
        patience: how long to go on after a loss.
        tell: called with a session's id and whether its connection is lost.
    """

    def __init__(
        self, server: Server, patience: Patience, tell: Callable[[str, bool], None]
    ) -> None:
        self._server, self._patience, self._tell = server, patience, tell
        self._created: dict[str, str] = {}
        self.sessions: dict[str, PlainSession] = {}

    def session(self, session_id: str, agent: Data | None = None) -> PlainSession:
        """Return the session of that id; whether the peer has it shows at its first use."""
        if session_id not in self.sessions:
            self.sessions[session_id] = PlainSession(
                self._server,
                session_id,
                agent or {},
                self._patience,
                lambda lost: self._tell(session_id, lost),
            )
        return self.sessions[session_id]

    async def send(self, command: Command, made: str = "") -> Receipt:
        """Have *command* taken; *made* is the session that the peer has made for it already."""
        if not isinstance(command, Create):
            return await self.session(command.session_id).send(command)
        known = self._created.get(command.client_id)
        session_id = known or made or await self._create(command)
        self._created[command.client_id] = session_id
        seq = len(self.session(session_id, command.agent).heard.events)
        return Receipt(session_id=session_id, seq=seq, repeated=known is not None)

    async def _create(self, command: Create) -> str:
        kind = str_of(command.agent.get("kind"), "agent")
        name = str_of(command.agent.get("name"))
        target = await object_id(self._server, kind, name)
        frame = {"type": "create_session", "object_type": kind, "object_id": target}
        retries = Retries(self._patience)
        while True:
            try:
                return await self._made(frame)
            except LOST as error:  # perhaps it made one: nobody will ever use it
                if not await retries.pause():
                    raise ConnectError(
                        f"{self._server.base_url} could not be reached "
                        f"({type(error).__name__}); is it running?"
                    ) from error

    async def _made(self, frame: Data) -> str:
        async with await open_socket(self._server) as socket:
            await send_frame(socket, frame)
            answer = dict_of(await read_frame(socket))
        if answer.get("type") == "error":
            raise SessionError(str_of(answer.get("error"), "the server made no session"))
        if not (session_id := str_of(answer.get("session_id"))):
            raise ProtocolError("expected the id of a new session from the server")
        return session_id

    async def aclose(self) -> None:
        """Close the connections.  Sessions stay."""
        for session in self.sessions.values():
            await session.aclose()
