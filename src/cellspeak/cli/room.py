"""A talk in the terminal: one prompt, live markdown, approvals by key."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal

import typer
from rich.console import Console
from rich.live import Live

from cellspeak.core.conversation import Approval, Turn
from cellspeak.core.events import SessionEvent
from cellspeak.errors import CellspeakError, ValidationError

from .call import talk_with
from .draw import draw
from .follow import Show
from .place import Place
from .said import safe

__all__ = ["Room"]

REFRESH = 12
"""Times a second that a reply is drawn while it grows."""


class Room:
    """One terminal and the session it shows now.

    Args:
        place: where the agent is.
        name: the agent's.
        session_id: the session to go on with; empty: a new one.
    """

    def __init__(self, place: Place, name: str, session_id: str = "") -> None:
        self._place, self._name = place, name
        self._console = Console(highlight=False, emoji=False, markup=False)
        self._talk = talk_with(place, name, session_id)

    def run(self) -> None:
        """Read lines until the user leaves."""
        with suppress(ImportError):
            import readline  # noqa: F401 - the prompt gets its history and editing keys
        self._note(f"{self._name} {self._place.phrase}; /help says what you can type")
        waiting = self._talk.open_turn
        if waiting is not None:
            self._answer(partial(self._talk.follow, waiting.id))
        while self._next():
            pass

    def _next(self) -> bool:
        """Read a line and do what it says; False: the user leaves."""
        try:
            line = input("> ").strip()
            if line:
                self._do(line)
        except EOFError:
            self._console.print()
            return False
        except KeyboardInterrupt:
            self._note("\nCtrl-D or /quit leaves")
        return True

    def _do(self, line: str) -> None:
        command = COMMANDS.get(line)
        try:
            if command is not None:
                command(self)
            elif line.startswith("/"):
                raise ValidationError(f"expected {', '.join(COMMANDS)}; got {line!r:.80}")
            else:
                self._answer(partial(self._talk.ask, line))
        except CellspeakError as error:
            self._note(f"cellspeak: {error}")

    # A turn

    def _answer(self, begin: Callable[[Show], Turn]) -> None:
        """Show a turn to its end, and have its questions answered."""
        turn = self._shown(begin)
        while (asked := self._talk.asked(turn)) and not turn.ended:
            self._ask_all(turn, asked)
            turn = self._shown(partial(self._talk.follow, turn.id))
        if self._talk.stopped:
            self._note("stopped; what was said is kept")

    def _shown(self, follow: Callable[[Show], Turn]) -> Turn:
        """Draw what comes of a turn while it grows, and the whole of it once it is there."""
        drawn: list[Turn] = []

        def show(_event: SessionEvent, turn: Turn) -> None:
            drawn[:] = [turn]

        live = Live(
            get_renderable=lambda: draw(drawn[0]) if drawn else "",
            console=self._console,
            refresh_per_second=REFRESH,
            transient=True,  # a reply taller than the screen cannot be drawn over
        )
        with live:
            turn = follow(show)
        self._console.print(draw(turn))
        return turn

    def _ask_all(self, turn: Turn, asked: Sequence[Approval]) -> None:
        try:
            for approval in asked:
                self._ask(approval)
        except (KeyboardInterrupt, EOFError):
            self._note("\nstopped; what was said is kept")
            self._talk.stop(turn)

    def _ask(self, approval: Approval) -> None:
        request = approval.request
        args = json.dumps(request.get("args", {}), indent=2, ensure_ascii=True)
        what = request.get("tool_name") or f"a sign-in at {request.get('url')}"
        self._console.print(safe(f"{what} needs your approval:\n{args}"), style="yellow")
        key = self._key("approve? [y]es, [n]o, [a]lways this tool: ", "yna")
        reason = input("why not? (Enter: no reason) ").strip() if key == "n" else ""
        remember: Literal["tool"] | None = "tool" if key == "a" else None
        self._talk.answer(
            approval, approved=key != "n", deny_reason=reason or None, remember=remember
        )

    def _key(self, prompt: str, keys: str) -> str:
        """Return the one of *keys* that the user presses; what was typed ahead does not count."""
        while True:
            self._console.print(prompt, end="")
            self._console.file.flush()
            key = (typer.getchar() if sys.stdin.isatty() else input()[:1]).lower()
            self._console.print(safe(key))
            if key in keys and key:
                return key

    # Commands

    def _clear(self) -> None:
        old = self._talk.session.session_id
        self._talk = talk_with(self._place, self._name)
        self._note(f"a new session; back to the old one: chat {self._name} --session {old}")

    def _info(self) -> None:
        agent, session = self._place.find(self._name), self._talk.session.session_id
        turns = len(self._talk.conversation.path)
        self._note(
            f"agent {agent.name} ({agent.model}) {self._place.phrase}; "
            f"session {session}; {turns} turn{'' if turns == 1 else 's'}"
        )

    def _quit(self) -> None:
        raise SystemExit(0)

    def _help(self) -> None:
        self._note(
            "/clear starts a new session, /info says where you are, /quit (or Ctrl-D) leaves; "
            "Ctrl-C stops a reply"
        )

    def _note(self, text: str) -> None:
        self._console.print(safe(text), style="dim", soft_wrap=True)


COMMANDS: dict[str, Callable[[Room], None]] = {
    "/quit": Room._quit,
    "/clear": Room._clear,
    "/info": Room._info,
    "/help": Room._help,
}
