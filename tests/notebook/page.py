"""A page without a browser: it speaks docs/comm.md as a view does, over a wire that may be bad.

Its one law: it knows the comm's document and nothing of `Feed`.  Twin: `js/src/link/comm.ts`.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cellspeak.core.codec import decode_conversation, decode_event
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import SessionEvent
from cellspeak.core.fold import apply, fold, leaves_gap
from cellspeak.core.persistent import Turns

__all__ = ["FrameReader", "Page", "Wire"]

Message = dict[str, Any]


class FrameReader:
    """Unpacks the frames between two resets."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {}

    def read(self, frame: Mapping[str, Any], held: Conversation) -> Sequence[SessionEvent] | None:
        """Return the events of *frame* that are new, or None: a resync is needed."""
        if frame["first"] > held.seq + 1:
            return None
        self._names |= {k: frame[k] for k in ("turn", "message") if k in frame}
        fresh: list[SessionEvent] = []
        seq = frame["first"] - 1
        for item in frame["items"]:
            event = self._event(item, seq + 1)
            seq = event.seq or 0
            if seq <= held.seq:
                continue
            so_far = fold(fresh, held)
            whole = _with_text(event, so_far)
            if whole is None or leaves_gap(replace(so_far, seq=max(so_far.seq, held.seq)), whole):
                return None
            fresh.append(whole)
        assert seq == frame["seq"], "the numbers of a frame add up to its last"
        return fresh

    def _event(self, item: Any, seq: int) -> SessionEvent:
        if isinstance(item, str):
            item = {
                "type": "message_delta",
                "turn_id": self._names["turn"],
                "message_id": self._names["message"],
                "data": {"delta": item},
            }
        return decode_event({"seq": seq, **item, "session_id": "s"})


def _with_text(event: SessionEvent, held: Conversation) -> SessionEvent | None:
    """Put the text that is held in place of its digest; None if they differ."""
    if "crc32" not in event.data:
        return event
    rest = {k: v for k, v in event.data.items() if k not in ("length", "crc32")}
    messages = held.turns[event.turn_id or ""].messages
    text = next((str(m.text) for m in reversed(messages) if m.id == event.message_id), "")
    content = text.encode("utf-8", "surrogatepass")
    if (len(content), zlib.crc32(content)) != (event.data["length"], event.data["crc32"]):
        return None
    return replace(event, data={**rest, "text": text})


class Page:
    """One page that shows one hub.  `came` is all that came down, `heard` the commands' answers."""

    def __init__(self, say: Callable[[Message], None]) -> None:
        self._say = say
        self._reader = FrameReader()
        self._lost = True
        self.acks = True
        self.incarnation: str | None = None
        self.conversation = Conversation()
        self.more = False
        self.came: list[Message] = []
        self.buffers: list[bytes] = []
        self.answers: dict[str, Message] = {}

    def take(self, message: Message, buffers: Sequence[bytes] = ()) -> None:
        """Take one message from the kernel."""
        self.came.append(message)
        self.buffers += buffers
        rule: Callable[[Message], None] | None = getattr(self, f"_on_{message['t']}", None)
        if rule is not None:
            rule(message)

    def frames(self) -> list[Message]:
        """Return the events frames that came."""
        return [m for m in self.came if m["t"] == "events"]

    def hello(self) -> None:
        """Say what a drawn view says at first and every ten seconds."""
        have = self.conversation.seq if self.incarnation else 0
        self._say({"t": "hello", "have": have, "incarnation": self.incarnation})

    def command(self, cid: str, command: Message) -> None:
        """Send a command, as a click does."""
        self._say({"t": "cmd", "cid": cid, "command": command})

    def older(self) -> None:
        """Ask for turns older than those held."""
        self._say({"t": "page", "before": next(iter(self.conversation.turns), None)})

    def _on_reset(self, message: Message) -> None:
        self._reader, self._lost = FrameReader(), False
        self.incarnation, self.more = message["incarnation"], message["more"]
        self.conversation = decode_conversation(message["conversation"])
        assert self.conversation.seq == message["seq"]
        self._acknowledge()

    def _on_events(self, message: Message) -> None:
        if self._lost:
            return
        events = self._reader.read(message, self.conversation)
        if events is None:
            self._lost = True
            self._say({"t": "resync", "have": self.conversation.seq})
            return
        for event in events:
            self.conversation = apply(self.conversation, event)
        self._acknowledge()

    def _on_end(self, message: Message) -> None:
        if not self._lost and self.conversation.seq < message["seq"]:
            self._lost = True
            self._say({"t": "resync", "have": self.conversation.seq})
        elif not self._lost:
            self._acknowledge()

    def _on_page(self, message: Message) -> None:
        self.more = message["more"]
        older = decode_conversation({"seq": 0, "turns": message["turns"]}).turns
        turns: Turns[Any] = Turns()
        for key, turn in [*older.items(), *self.conversation.turns.items()]:
            turns = turns.put(key, turn, settled=turn.idle)
        self.conversation = replace(self.conversation, turns=turns)

    def _on_cmd_ack(self, message: Message) -> None:
        self.answers[message["cid"]] = message

    def _acknowledge(self) -> None:
        if self.acks:
            self._say({"t": "ack", "seq": self.conversation.seq})


class Wire:
    """Carries messages, through JSON, and with a seed loses, doubles and reorders some."""

    def __init__(self, seed: int | None = None, worst: float = 0.3) -> None:
        self._random = random.Random(seed)
        self._worst = 0.0 if seed is None else worst
        self._held: list[Callable[[], None]] = []

    def carry(self, deliver: Callable[..., None], message: Any, *more: Any) -> None:
        """Deliver *message* now, later, twice or never."""
        copy = json.loads(json.dumps(message))
        chance = self._random.random()
        times = 1 if chance >= self._worst else self._random.choice((0, 2))
        self._held += [lambda: deliver(copy, *more)] * times
        if self._random.random() >= self._worst:
            self.flush()

    def flush(self) -> None:
        """Deliver what is held back, in any order."""
        held, self._held = self._held, []
        if self._worst:
            self._random.shuffle(held)
        for deliver in held:
            deliver()

    def heal(self) -> None:
        """Be a good wire from now on."""
        self._worst = 0.0
        self.flush()
