"""The inbox: how a process that does not own a session reaches the one that does.

A command is left in the store and its outcome, a receipt or an error, comes back the same way.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from cellspeak.core.codec import decode_command, encode, encode_command
from cellspeak.core.commands import Command, Receipt
from cellspeak.core.events import Data
from cellspeak.errors import CellspeakError, ConflictError, ProtocolError, from_json, to_json
from cellspeak.stores.base import Store

from .live import LiveSession
from .patience import patiently

__all__ = ["ask_owner", "serve"]

_log = logging.getLogger(__name__)

POLL = 0.1
"""Seconds between two looks into the store: a person does not notice a tenth."""


QUIET = 1.0
"""Seconds between two looks into the inbox of a session that does nothing, as most do."""

LOOK = 10
"""After so many looks the one who asks sees whether the owner still lives."""


async def ask_owner(
    store: Store,
    command: Command,
    patience: float,
    take_over: Callable[[], Awaitable[object]],
) -> Receipt:
    """Leave *command* for the owner and return its receipt.

    Args:
        store: where owner and inbox are.
        command: it names its session.
        patience: seconds to wait for the outcome, > 0.
        take_over: called now and then; makes this process the owner if the owner has died, which
            then serves the inbox itself.

    Raises:
        TimeoutError: if no outcome came within *patience* seconds; the command may still act.
        CellspeakError: what the owner raised.
    """
    number = await store.post(command.session_id, encode_command(command))
    async with asyncio.timeout(patience):
        outcome = await _outcome_of(store, command.session_id, number, take_over)
    if "error" in outcome:
        raise from_json(outcome["error"])
    receipt = outcome["receipt"]
    return Receipt(**{**receipt, "message_ids": tuple(receipt.get("message_ids", ()))})


async def _outcome_of(
    store: Store, session_id: str, number: int, take_over: Callable[[], Awaitable[object]]
) -> Data:
    for look in itertools.count(1):
        outcome = await patiently(partial(store.outcome, session_id, number))
        if outcome is not None:
            return outcome
        await asyncio.sleep(POLL)
        if look % LOOK == 0:
            await take_over()
    raise AssertionError("count() has no end")


async def serve(store: Store, session: LiveSession) -> None:
    """Take every command that waits in the inbox of *session*, oldest first.

    What comes when the session cannot go on here is left for whoever goes on with it.
    """
    session_id = session.log.session_id
    while items := await store.commands(session_id):
        for item in items:
            outcome = await _outcome(session, item.command)
            if isinstance(session.log.failure, ConflictError):
                return
            await store.answer(session_id, item.number, outcome)


async def _outcome(session: LiveSession, raw: Data) -> Data:
    try:
        return {"receipt": encode(await session.take(decode_command(raw)))}
    except CellspeakError as error:
        return {"error": to_json(error)}
    except Exception as error:  # noqa: BLE001 - one bad command must not close the inbox
        _log.error("a command from the inbox failed", exc_info=error)
        return {"error": to_json(ProtocolError("expected a command that can be carried out"))}
