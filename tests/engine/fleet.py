"""Several servers over one store, each a process of its own that can be killed or stopped."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cellspeak.client import Patience, Server, SocketTransport
from cellspeak.core.commands import Cancel, Create, Post, Receipt, Respond
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent

__all__ = ["LEASE", "Member", "fleet", "in_a_thread"]

T = TypeVar("T")

LEASE = 2.0
"""Seconds that the leases of these servers last."""

PROGRAM = Path(__file__).with_name("one_of_many.py")


@dataclass
class Member:
    """One server, and a client that talks to it alone."""

    process: subprocess.Popen[str]
    transport: SocketTransport
    ids: list[str] = field(default_factory=list)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def terminate(self) -> None:
        self.process.terminate()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    async def create(self, agent: str) -> str:
        spec = {"kind": "agent", "name": agent}
        made = await self.transport.send(Create(agent=spec, client_id=f"c{id(self)}-{agent}"))
        return made.session_id

    async def post(self, session_id: str, text: str = "go") -> str:
        post = Post(session_id=session_id, client_id=f"p-{text}", messages=({"content": text},))
        return str((await self.transport.send(post)).turn_id)

    async def approve(self, session_id: str, request: SessionEvent) -> Receipt:
        request_id = str(request.data["request_id"])
        answer = Respond(
            session_id=session_id, client_id="answer", request_id=request_id, approved=True
        )
        return await self.transport.send(answer)

    async def cancel(self, session_id: str) -> Receipt:
        return await self.transport.send(Cancel(session_id=session_id, client_id="cancel"))

    async def conversation(self, session_id: str) -> Conversation:
        return await self.transport.conversation(session_id)

    async def read(
        self, session_id: str, until: Callable[[SessionEvent], object], after: int = 0
    ) -> list[SessionEvent]:
        found = []
        tail = self.transport.events(session_id, after)
        async with asyncio.timeout(40), aclosing(tail) as events:
            async for event in events:
                found.append(event)
                if until(event):
                    break
        return found


@asynccontextmanager
async def fleet(
    store: str, members: int, *, lease: float = LEASE
) -> AsyncIterator[Sequence[Member]]:
    """Start so many servers over the store at *store*; kill what is left of them at the end."""
    processes = [_start(store, lease) for _ in range(members)]
    try:
        async with AsyncExitStack() as stack:
            found = []
            for process in processes:
                assert process.stdout is not None
                port = await in_a_thread(process.stdout.readline)
                server = Server(f"http://127.0.0.1:{int(port)}")
                transport = SocketTransport(server, Patience(budget=20, first=0.02, most=0.2))
                stack.push_async_callback(transport.aclose)
                found.append(Member(process, transport))
            yield found
    finally:
        for process in processes:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


async def in_a_thread(work: Callable[[], T]) -> T:
    """Return what *work* comes to, which would hold up the readers of this loop."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


def _start(store: str, lease: float) -> subprocess.Popen[str]:
    program = [sys.executable, str(PROGRAM), store, str(lease)]
    return subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
