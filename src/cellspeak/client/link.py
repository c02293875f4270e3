"""Commands over one socket: sent again after a loss until each has its answer.

Its one law: a resend is harmless, because every command carries its own `client_id`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from websockets.asyncio.client import ClientConnection

from cellspeak.core import wire
from cellspeak.core.commands import Command, Receipt
from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, str_of
from cellspeak.errors import ConnectError, ProtocolError

from .address import Server
from .foreign import Unnumbered
from .retries import Patience, Retries
from .socket import LOST, open_socket, read_frame, send_frame, too_large

__all__ = ["CommandLink"]


class CommandLink:
    """Opens its socket at the first command, and again whenever it is lost."""

    def __init__(self, server: Server, patience: Patience) -> None:
        self._server, self._patience = server, patience
        self._opening = asyncio.Lock()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Future[Data]] = {}
        self._understood = False

    async def send(self, command: Command) -> Receipt:
        """Return the receipt of *command*; see `Transport.send`.

        Raises:
            ConnectError: if the retry budget is spent; whether the server acted is unknown.
            Unnumbered: if the server does not know these frames.
        """
        retries = Retries(self._patience)
        while True:
            try:
                return wire.decode_ack(await self._ask(command))
            except LOST as error:
                refused = too_large(error)
                if refused is not None:
                    raise refused from None
                if not await retries.pause():
                    raise ConnectError(
                        f"{self._server.base_url} could not be reached "
                        f"({type(error).__name__}); is it running?"
                    ) from error

    async def aclose(self) -> None:
        """Close the socket; commands under way fail."""
        self._patience = Patience(budget=0)
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])

    async def _ask(self, command: Command) -> Data:
        socket = await self._open()
        answer = self._waiting.get(command.client_id)
        if answer is None:
            answer = self._waiting[command.client_id] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(_look_at)
        await send_frame(socket, wire.encode_frame(command))
        # Shielded: another sender of the same command may wait for the same answer.
        return await asyncio.shield(answer)

    async def _open(self) -> ClientConnection:
        async with self._opening:
            if self._socket is None:
                self._socket = await open_socket(self._server)
                self._reader = asyncio.create_task(self._read(self._socket))
            return self._socket

    async def _read(self, socket: ClientConnection) -> None:
        """Hand out the answers until the socket is lost; then tell all that wait."""
        why: Exception = ConnectError("the connection was closed")
        try:
            while True:
                self._hand_out(dict_of(await read_frame(socket)))
        except (*LOST, ProtocolError, Unnumbered) as error:
            why = error
        finally:
            self._socket = None
            lost, self._waiting = self._waiting, {}
            for answer in lost.values():
                if not answer.done():
                    answer.set_exception(why)
            with suppress(Exception):
                await socket.close()

    def _hand_out(self, frame: Data) -> None:
        if "client_id" not in frame and not self._understood:
            alone = len(self._waiting) == 1 and frame.get("type") == "session_created"
            raise Unnumbered(str_of(frame.get("session_id")) if alone else "")
        self._understood = True
        answer = self._waiting.pop(str_of(frame.get("client_id")), None)
        if answer is not None and not answer.done():
            answer.set_result(frame)


def _look_at(answer: asyncio.Future[Data]) -> None:
    """Take note of the outcome, so that a command nobody waits for is no warning at exit."""
    if not answer.cancelled():
        answer.exception()
