"""Several servers over one store are one: whichever is asked, and whichever dies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import fold
from tests.engine.fleet import LEASE, Member, fleet, in_a_thread
from tests.engine.talk import words
from tests.stores.servers import Server


def ends(turn_id: str) -> Callable[[SessionEvent], bool]:
    return lambda e: e.turn_id == turn_id and e.is_turn_end


def numbers(events: list[SessionEvent]) -> list[int | None]:
    return [e.seq for e in events]


async def agreed(members: Sequence[Member], session_id: str) -> None:
    """Check that all *members* tell the same conversation, and that it is what the log says."""
    told = [await m.conversation(session_id) for m in members]
    log = await members[0].read(session_id, lambda e: (e.seq or 0) >= told[0].seq)
    assert all(conversation == told[0] for conversation in told)
    assert fold(log) == told[0]


async def test_one_posts_another_listens_a_third_approves_and_any_cancels(
    shared_store: str,
) -> None:
    async with fleet(shared_store, 3) as (a, b, c):
        session_id = await a.create("gated")
        readers = [asyncio.create_task(m.read(session_id, lambda e: e.is_turn_end)) for m in (b, c)]
        await b.post(session_id)
        asked = (await a.read(session_id, lambda e: e.requires_action))[-1]
        await c.approve(session_id, asked)
        heard = await asyncio.gather(*readers)
        assert heard[0] == heard[1]
        assert numbers(heard[0]) == list(range(1, len(heard[0]) + 1))
        assert words(heard[0]).count("approved") == 1
        await agreed([a, b, c], session_id)
        endless = await b.create("endless")
        turn_id = await b.post(endless)
        await c.read(endless, lambda e: e.type == "message_delta")
        await c.cancel(endless)
        assert (await a.conversation(endless)).turns[turn_id].status == "cancelled"
        await agreed([a, b, c], endless)


async def test_a_killed_owners_turn_ends_and_the_session_goes_on(shared_store: str) -> None:
    async with fleet(shared_store, 2) as (owner, heir):
        session_id = await owner.create("endless")
        turn_id = await owner.post(session_id)
        await heir.read(session_id, lambda e: e.type == "message_delta")
        reading = asyncio.create_task(heir.read(session_id, ends(turn_id)))
        owner.kill()
        heard = await asyncio.wait_for(reading, 15 * LEASE)
        assert numbers(heard) == list(range(1, len(heard) + 1))
        turn = (await heir.conversation(session_id)).turns[turn_id]
        assert (turn.status, turn.text[:6]) == ("failed", "word0 ")
        assert "stopped before it was done" in str(turn.error)
        await heir.post(session_id, "and now")
        await heir.read(session_id, lambda e: e.type == "message_delta", after=heard[-1].seq or 0)
        await heir.cancel(session_id)
        await agreed([heir], session_id)


async def test_an_owner_that_was_paused_too_long_cannot_write(shared_store: str) -> None:
    async with fleet(shared_store, 2) as (owner, heir):
        session_id = await owner.create("endless")
        turn_id = await owner.post(session_id)
        await heir.read(session_id, lambda e: e.type == "message_delta")
        owner.stop()
        # Nobody answers but the lease's end.
        second = await asyncio.wait_for(heir.post(session_id, "anybody there?"), 15 * LEASE)
        owner.go_on()  # in the middle of its turn
        await heir.read(session_id, lambda e: e.turn_id == second and e.type == "message_delta")
        await heir.cancel(session_id)
        conversation = await heir.conversation(session_id)
        assert conversation.turns[turn_id].status == "failed"
        assert conversation.turns[second].status == "cancelled"
        # What it still wanted to say is nowhere, and it tells what the heir tells.
        await agreed([heir, owner], session_id)


async def test_questions_survive_the_death_of_every_process(shared_store: str) -> None:
    async with fleet(shared_store, 2) as (a, b):
        session_id = await a.create("gated")
        turn_id = await b.post(session_id)
        await b.read(session_id, lambda e: e.requires_action)
        a.kill()
        b.kill()
    async with fleet(shared_store, 1) as (c,):
        asked = (await c.read(session_id, lambda e: e.requires_action))[-1]
        await c.approve(session_id, asked)
        await c.read(session_id, ends(turn_id))
        turn = (await c.conversation(session_id)).turns[turn_id]
        assert (turn.status, turn.text) == ("complete", "May I?\n\nDone.")
        await agreed([c], session_id)


async def test_a_store_that_is_killed_and_comes_back_costs_nothing(
    shared_store: str, shared_server: Server
) -> None:
    # A lease that outlives the outage: the owner is slow to answer, and not replaced.
    async with fleet(shared_store, 2, lease=60) as (owner, guest):
        session_id = await owner.create("long")
        turn_id = await owner.post(session_id)
        begun = [asyncio.Event() for _ in range(2)]

        def noting(event: SessionEvent, reader: asyncio.Event) -> bool:
            reader.set()
            return ends(turn_id)(event)

        readers = [
            asyncio.create_task(m.read(session_id, partial(noting, reader=reader)))
            for m, reader in zip((owner, guest), begun, strict=True)
        ]
        for reader in begun:
            await reader.wait()
        shared_server.kill()
        await asyncio.sleep(0.5)
        await in_a_thread(shared_server.start)
        heard = await asyncio.gather(*readers)
        assert heard[0] == heard[1]
        assert numbers(heard[0]) == list(range(1, len(heard[0]) + 1))
        turn = (await guest.conversation(session_id)).turns[turn_id]
        assert turn.status == "complete"
        assert turn.text.split() == [f"word{n}" for n in range(60)]
