"""One server of several over one store: `python one_of_many.py STORE LEASE`; it prints its port."""

from __future__ import annotations

import asyncio
import socket
import sys
from functools import partial

import uvicorn

from cellspeak.agent import Agent
from cellspeak.agents.scripted import Ask, Call, Say, Script, ScriptedAgent, Wait
from cellspeak.engine import Engine
from cellspeak.local import open_store
from cellspeak.server import app as server
from cellspeak.server.run import uvicorn_config

SCRIPTS: dict[str, Script] = {
    "gated": [
        Say("May I?"),
        Ask(Call("drop", {"n": 1}, result="dropped"), then=[Say("Done.")], denied=[Say("No.")]),
    ],
    "endless": [step for n in range(2000) for step in (Say(f"word{n} "), Wait(0.03))],
    "long": [step for n in range(60) for step in (Say(f"word{n} "), Wait(0.05))],
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
        await uvicorn.Server(uvicorn_config(application, "127.0.0.1", port)).serve([listening])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
