"""A real server on a free loopback port, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from cellspeak.agent import Agent
from cellspeak.agents.base import AgentRuntime
from cellspeak.agents.scripted import Ask, Call, Say, Script, ScriptedAgent, Step
from cellspeak.server.access import AccessRules
from cellspeak.server.app import Application, make_app
from cellspeak.server.run import ALIVE, Server, listen, uvicorn_config
from cellspeak.stores.base import Store
from cellspeak.stores.memory import MemoryStore

__all__ = ["DELETE", "GATED", "agent_of", "running", "serving"]

DELETE = Call("delete_file", {"path": "report.txt"}, run=lambda args: {"deleted": args["path"]})
GATED: list[Step] = [
    Say("I will delete it."),
    Ask(DELETE, then=[Say("Done.")], denied=[Say("Then not.")]),
]


def agent_of(script: Script | AgentRuntime, name: str = "tester") -> Agent:
    """Return an agent that plays *script*."""
    runtime = script if hasattr(script, "answer") else ScriptedAgent(script)
    return Agent(name, runtime=runtime)


@contextmanager
def serving(
    agents: Iterable[Agent] = (),
    rules: AccessRules | None = None,
    store: Callable[[], Store] = MemoryStore,
    port: int = 0,
    **options: Any,
) -> Iterator[str]:
    """Serve *agents*; the value is the base address.  Options are those of `make_app`."""
    with running(make_app(store, agents, rules, **options), port) as (address, _):
        yield address


@contextmanager
def running(
    app: Application, port: int = 0, *, alive: float = ALIVE
) -> Iterator[tuple[str, Server]]:
    """Run *app* in a thread; the value is its base address and its server."""
    with listen("127.0.0.1", port) as listening:
        port = listening.getsockname()[1]
        server = Server(app, uvicorn_config(app, "127.0.0.1", port, alive=alive))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.should_exit = True
            thread.join(15)
            assert not thread.is_alive(), "the server did not stop"
