"""The inbox: how a process that does not own a session reaches the one that does.

A command is left in the store and its outcome, a receipt or an error, comes back the same way.
"""

from __future__ import annotations

import asyncio

from cellspeak.core.codec import decode_command, encode, encode_command
from cellspeak.core.commands import Command, Receipt
from cellspeak.core.events import Data
from cellspeak.errors import CellspeakError, from_json, to_json
from cellspeak.stores.base import Store

from .live import LiveSession

__all__ = ["ask_owner", "serve"]

POLL = 0.1
"""Seconds between two looks into the store: a person does not notice a tenth."""


async def ask_owner(store: Store, session_id: str, command: Command, patience: float) -> Receipt:
    """Leave *command* for the owner and return its receipt.

    Raises:
        TimeoutError: if no outcome came within *patience* seconds; the command may still act.
        CellspeakError: what the owner raised.
    """
    number = await store.post(session_id, encode_command(command))
    async with asyncio.timeout(patience):
        # Another process answers, so no event of this one can tell when.
        while (outcome := await store.outcome(session_id, number)) is None:  # noqa: ASYNC110
            await asyncio.sleep(POLL)
    if "error" in outcome:
        raise from_json(outcome["error"])
    receipt = outcome["receipt"]
    return Receipt(**{**receipt, "message_ids": tuple(receipt.get("message_ids", ()))})


async def serve(store: Store, session: LiveSession) -> None:
    """Take every command that waits in the inbox of *session*, oldest first."""
    session_id = session.log.session_id
    for item in await store.commands(session_id):
        await store.answer(session_id, item.number, await _outcome(session, item.command))


async def _outcome(session: LiveSession, raw: Data) -> Data:
    try:
        return {"receipt": encode(await session.take(decode_command(raw)))}
    except CellspeakError as error:
        return {"error": to_json(error)}
