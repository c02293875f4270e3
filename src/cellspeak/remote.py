"""Sessions of a server, as a transport for any thread, and who runs a session by default.

One client per server and process, on the session thread; made at the first use, closed at exit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cellspeak import thread
from cellspeak.crossing import Crossing
from cellspeak.local import LocalTransport
from cellspeak.transport import Transport

if TYPE_CHECKING:
    from cellspeak.client import Server, SocketTransport
    from cellspeak.stores.base import SessionRecord

__all__ = ["RemoteTransport", "default_transport", "server_at"]

_clients: dict[tuple[int, Server], SocketTransport] = {}
"""By process, too: a forked child makes its own."""


class RemoteTransport(Crossing):
    """Reaches the sessions of *server* from any thread and loop; a `Transport`."""

    def __init__(self, server: Server) -> None:
        self.server = server

    async def watch(self, session_id: str, told: Callable[[bool], None]) -> Callable[[], None]:
        """Tell of losses and returns; see `Distant.watch`.  Called on the session loop only."""
        return await (await self._inner()).watch(session_id, told)

    async def sessions(self) -> Sequence[SessionRecord]:
        """Return the records of the caller's sessions, newest activity first."""

        async def sessions() -> Sequence[SessionRecord]:
            return await (await self._inner()).sessions()

        return await thread.arun(sessions())

    async def _inner(self) -> SocketTransport:
        key = (os.getpid(), self.server)
        if key not in _clients:
            from cellspeak.client import SocketTransport

            client = _clients[key] = SocketTransport(self.server)
            thread.on_shutdown(client.aclose)
        return _clients[key]


def server_at(base_url: str | None = None, api_key: str | None = None) -> Server | None:
    """Return the server at *base_url*, else the one in CELLSPEAK_BASE_URL, else None.

    Args:
        base_url: its address, with or without `/v1`.
        api_key: the key for it; default: CELLSPEAK_API_KEY.
    """
    address = base_url or os.environ.get("CELLSPEAK_BASE_URL", "").strip()
    if not address:
        return None
    from cellspeak.client import Server

    return Server(address, api_key or os.environ.get("CELLSPEAK_API_KEY", ""))


def default_transport() -> Transport:
    """Return who runs sessions: the server in CELLSPEAK_BASE_URL, else this process."""
    server = server_at()
    return LocalTransport() if server is None else RemoteTransport(server)
