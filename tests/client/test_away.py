"""A chat whose server goes away and comes back: what its views hear meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cellspeak.agents.scripted import Say
from cellspeak.client import Patience, Server, SocketTransport
from cellspeak.core.commands import Create, Post
from cellspeak.notebook.feed import Feed
from cellspeak.stores.base import Store
from tests.server.serving import agent_of, serving

QUICK = Patience(budget=30, first=0.01, most=0.05)


async def until(done: Any) -> None:
    async with asyncio.timeout(20):
        while not done():  # noqa: ASYNC110 - the feed tells nobody
            await asyncio.sleep(0.01)


async def test_views_hear_that_the_server_is_gone_and_that_it_is_back(tmp_path: Path) -> None:
    from cellspeak.local import open_store

    def store() -> Store:
        return open_store(f"sqlite:///{tmp_path / 'sessions.db'}")

    agents = [agent_of([Say("Hello.")], "Ada")]
    sent: list[dict[str, Any]] = []

    def down(content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        assert not buffers
        sent.append(content)

    def said(lost: bool) -> bool:
        return {"t": "server", "lost": lost} in sent

    with ExitStack() as first:
        address = first.enter_context(serving(agents, store=store))
        transport = SocketTransport(Server(address), QUICK)
        made = await transport.send(Create(agent={"name": "Ada"}, client_id="c"))
        feed = Feed(transport, made.session_id, down)
        await feed.start()
        feed.receive({"t": "hello", "have": 0})
        assert not said(True)
        await asyncio.get_running_loop().run_in_executor(None, first.close)
    await until(lambda: said(True))
    feed.receive({"t": "resync", "have": 0})
    assert [m["t"] for m in sent[-2:]] == ["reset", "server"]
    with serving(agents, store=store, port=urlsplit(address).port or 0):
        await until(lambda: said(False))
        post = Post(session_id=made.session_id, client_id="p", messages=({"content": "hi"},))
        await transport.send(post)
        await until(lambda: feed.conversation.path and feed.conversation.path[-1].idle)
        assert feed.conversation.path[-1].text == "Hello."
        await feed.aclose()
        await transport.aclose()
