"""A bad network: a proxy that cuts, delays, halves and doubles what passes, by its chance's seed.

Bytes are cut and delayed anywhere; only whole messages of a WebSocket are doubled, since TCP itself
never brings a byte twice, but a client or a server that sends again does.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

__all__ = ["Network", "bad_network"]

TEXT = 0x81
"""The first byte of a text message in one frame."""


@dataclass
class Network:
    """One proxy before one server."""

    target: str
    chance: random.Random
    longest: int
    """Bytes that one connection carries at most, either way, before it is cut."""
    doubled: float = 0.0
    """How often a message is sent twice, 0 to 1."""
    address: str = ""
    connections: int = 0
    cuts: int = 0
    doubles: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        target = urlsplit(self.target)
        try:
            other, to = await asyncio.open_connection(target.hostname, target.port)
        except OSError:
            writer.transport.abort()
            return
        self.writers += [writer, to]
        left = self.chance.randrange(self.longest)
        ways = [
            asyncio.create_task(self._pass(reader, to, left)),
            asyncio.create_task(self._pass(other, writer, left)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        writer.transport.abort()
        to.transport.abort()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int
    ) -> None:
        frames = _Frames()
        with suppress(OSError):
            while chunk := await reader.read(self.chance.choice((7, 100, 4096))):
                if self.chance.random() < 0.02:
                    await asyncio.sleep(0.01)
                chunk = b"".join(self._perhaps_twice(*piece) for piece in frames.feed(chunk))
                writer.write(chunk[:left])
                await writer.drain()
                left -= len(chunk)
                if left <= 0:
                    self.cuts += 1
                    return

    def _perhaps_twice(self, piece: bytes, message: bool) -> bytes:
        """Return *piece*, twice if it is a message and chance wants it."""
        if not message or self.chance.random() >= self.doubled:
            return piece
        self.doubles += 1
        return piece * 2


class _Frames:
    """Splits one direction of a connection: a WebSocket's frame by frame, others as they come."""

    def __init__(self) -> None:
        self._kept = b""
        self._framed: bool | None = None

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, bool]]:
        """Give the pieces that are complete with *chunk*, and whether each is a message."""
        self._kept += chunk
        if self._framed is None:
            head, found, rest = self._kept.partition(b"\r\n\r\n")
            if not found:
                return
            self._framed, self._kept = b"upgrade: websocket" in head.lower(), rest
            yield head + found, False
        if not self._framed:
            yield self._kept, False
            self._kept = b""
            return
        while (size := _size(self._kept)) and len(self._kept) >= size:
            frame, self._kept = self._kept[:size], self._kept[size:]
            yield frame, frame[0] == TEXT


def _size(data: bytes) -> int:
    """Return the length of the frame that *data* begins with; 0 if that cannot be told yet."""
    if len(data) < 2:
        return 0
    short, mask = data[1] & 0x7F, 4 * (data[1] >> 7)
    wide = {126: 2, 127: 8}.get(short, 0)
    if len(data) < 2 + wide:
        return 0
    length = int.from_bytes(data[2 : 2 + wide], "big") if wide else short
    return 2 + wide + mask + length


@asynccontextmanager
async def bad_network(
    target: str, seed: int, longest: int = 6000, doubled: float = 0.0
) -> AsyncIterator[Network]:
    """Open a proxy to *target*; the value tells its address."""
    network = Network(target, random.Random(seed), longest, doubled)
    server = await asyncio.start_server(network.serve, "127.0.0.1", 0)
    network.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield network
    finally:
        server.close()
        for writer in network.writers:
            writer.transport.abort()
        await asyncio.sleep(0)
