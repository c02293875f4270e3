"""A network that cuts, delays, halves and doubles, before servers over every kind of store."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from cellspeak.agents.scripted import Ask, Call, Say, Script
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import fold
from cellspeak.local import open_store
from tests.server.serving import agent_of, serving

from .network import bad_network
from .test_network import client, converse, read

SEEDS = range(500 if os.environ.get("CELLSPEAK_ALL") else 20)

SCRIPT: Script = [
    Say(" ".join(f"word{n}" for n in range(40)), pieces=40),
    Ask(Call("delete_file", {"path": "a"}, result="ok"), then=[Say("Done. " * 10, pieces=10)]),
]
KINDS = [
    "sqlite",
    *(pytest.param(kind, marks=pytest.mark.stores) for kind in ("postgres", "redis")),
]


@pytest.fixture(scope="module", params=KINDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('chaos') / 's.db'}"
    else:
        address = request.getfixturevalue(f"{request.param}_process").address
    with serving([agent_of(SCRIPT, "long")], store=lambda: open_store(address)) as served:
        yield served


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_client_ends_with_the_same_events(server: str, seed: int) -> None:
    async with (
        bad_network(server, seed, longest=5000, doubled=0.1) as network,
        bad_network(server, seed + 1000, longest=5000, doubled=0.1) as other,
        client(network.address) as far,
        client(other.address) as further,
        client(server) as near,
    ):
        session_id = await converse(far, seed)
        lists = await asyncio.gather(*(read(c, session_id, is_last) for c in (far, further, near)))
        conversation = await near.conversation(session_id)
    assert network.cuts + other.cuts > 0
    assert network.doubles + other.doubles > 0
    assert all(found == lists[0] for found in lists)
    assert fold(lists[0]) == conversation
    assert sum(e.type == "message_posted" for e in lists[0]) == 1
    assert sum(e.type == "tool_result" for e in lists[0]) == 1


def is_last(event: SessionEvent) -> bool:
    return event.is_turn_end
