"""What folding one event costs, early and late: `.venv/bin/python benchmarks/fold.py`.

Microseconds of CPU per event, the best of seven runs.  `replace` is what the same step would cost
with `dataclasses.replace`, which is how the fold was written at first (15.3 µs per delta then, 8.0
now, on the same two-core machine).
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from cellspeak.core import fold as fold_module
from cellspeak.core import fold_turn
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import fold

DELTAS = 5_000


def event(seq: int, turn: int, type: str, **data: Any) -> SessionEvent:
    return SessionEvent(
        type=type, session_id="s", seq=seq, turn_id=f"s.{turn}", message_id="m", data=data
    )


def whole_turn(seq: int, turn: int) -> list[SessionEvent]:
    return [
        event(seq + 1, turn, "message_posted", messages=[{"content": "Hi"}]),
        event(seq + 2, turn, "participant_status", status="Processing"),
        event(seq + 3, turn, "message_complete", text="Hello"),
        event(seq + 4, turn, "participant_status", status="Idle"),
    ]


def conversation_of(turns: int) -> Conversation:
    done = fold(e for n in range(turns) for e in whole_turn(4 * n, n))
    return fold(whole_turn(done.seq, turns)[:2], done)


def cost(start: Conversation, turn: int) -> float:
    deltas = [event(start.seq + k, turn, "message_delta", delta="word ") for k in range(1, DELTAS)]
    return min(timed(lambda: fold(deltas, start)) for _ in range(7)) / len(deltas) * 1e6


def timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    for turns in (0, 10, 5_000):
        start = conversation_of(turns)
        now = cost(start, turns)
        with (
            patch.object(fold_module, "evolve", dataclasses.replace),
            patch.object(fold_turn, "evolve", dataclasses.replace),
        ):
            then = cost(start, turns)
        print(f"a delta in turn {turns + 1:>5,}: {now:5.1f} µs   with replace: {then:5.1f} µs")


if __name__ == "__main__":
    main()
