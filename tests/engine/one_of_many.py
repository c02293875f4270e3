"""One server of several over one store: `python one_of_many.py STORE LEASE`; it prints its port."""

from __future__ import annotations

import asyncio
import socket
import sys
from functools import partial

from cellspeak.agent import Agent
from cellspeak.agents.scripted import Ask, Call, Say, Script, ScriptedAgent, Wait
from cellspeak.engine import Engine
from cellspeak.local import open_store
from cellspeak.server import app as server
from cellspeak.server.run import Server, uvicorn_config

GRACE = 1.0
"""Seconds that a turn may take to end when the server is told to stop."""

SCRIPTS: dict[str, Script] = {
    "gated": [
        Say("May I?"),
        Ask(Call("drop", {"n": 1}, result="dropped"), then=[Say("Done.")], denied=[Say("No.")]),
    ],
    "endless": [step for n in range(2000) for step in (Say(f"word{n} "), Wait(0.03))],
    "long": [step for n in range(60) for step in (Say(f"word{n} "), Wait(0.05))],
    "brisk": [step for n in range(10) for step in (Say(f"word{n} "), Wait(0.02))],
    "short": [Say("Hello.")],
}


async def main(address: str, lease: str) -> None:
    setattr(server, "Engine", partial(Engine, lease=float(lease)))  # noqa: B010 - mypy would see it
    agents = [Agent(name, runtime=ScriptedAgent(script)) for name, script in SCRIPTS.items()]
    application = server.make_app(lambda: open_store(address), agents)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        config = uvicorn_config(application, "127.0.0.1", port)
        await Server(application, config, GRACE).serve([listening])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
