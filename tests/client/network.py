"""A bad network: a proxy that cuts, delays and halves what passes, by the seed of its chance."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

__all__ = ["Network", "bad_network"]


@dataclass
class Network:
    """One proxy before one server."""

    target: str
    chance: random.Random
    longest: int
    """Bytes that one connection carries at most, either way, before it is cut."""
    address: str = ""
    connections: int = 0
    cuts: int = 0
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
        with suppress(OSError):
            while chunk := await reader.read(self.chance.choice((7, 100, 4096))):
                if self.chance.random() < 0.02:
                    await asyncio.sleep(0.01)
                writer.write(chunk[:left])
                await writer.drain()
                left -= len(chunk)
                if left <= 0:
                    self.cuts += 1
                    return


@asynccontextmanager
async def bad_network(target: str, seed: int, longest: int = 6000) -> AsyncIterator[Network]:
    """Open a proxy to *target*; the value tells its address."""
    network = Network(target, random.Random(seed), longest)
    server = await asyncio.start_server(network.serve, "127.0.0.1", 0)
    network.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield network
    finally:
        server.close()
        for writer in network.writers:
            writer.transport.abort()
        await asyncio.sleep(0)
