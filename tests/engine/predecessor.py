"""A process that runs a session and is killed in the middle: `python predecessor.py FILE SCRIPT`.

It prints the session's id, then a line whenever its log has grown.
"""

from __future__ import annotations

import asyncio
import sys

from cellspeak.agents.scripted import Ask, Call, Say, ScriptedAgent, Step, Wait
from cellspeak.core.commands import Create, Post
from cellspeak.engine import Engine
from cellspeak.stores.sql import SqlStore

SCRIPTS: dict[str, list[Step]] = {
    "streaming": [Say("one two three "), Wait(60), Say("four")],
    "asking": [Say("May I?"), Ask(Call("drop", {"n": 1}, result="dropped"), then=[Say("Done.")])],
}


async def main(file: str, script: str) -> None:
    engine = Engine(SqlStore.sqlite(file), lambda _: ScriptedAgent(SCRIPTS[script]))
    receipt = await engine.send(Create(agent={"name": "tester"}, client_id="c"))
    session_id = receipt.session_id
    sys.stdout.write(f"{session_id}\n")
    for n in ("first", "second"):
        message = {"content": n}
        await engine.send(Post(session_id=session_id, client_id=n, messages=(message,)))
    async for event in engine.events(session_id):
        sys.stdout.write(f"{event.seq} {event.type} {event.status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
