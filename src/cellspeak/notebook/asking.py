"""Ask one turn from a cell: show it, wait for it, and leave its transcript.

With a front end the reply streams into a widget; without one it comes as text.  Either way the
cell ends when its own turn has ended.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from typing import Any

from cellspeak import thread, waiting
from cellspeak.context import shell
from cellspeak.core.commands import Receipt
from cellspeak.core.conversation import Turn
from cellspeak.core.words import one_line
from cellspeak.session import Session

from .attend import LeftWaiting
from .folder import unattended_policy
from .host import front_end_can_ask, in_kernel, in_voila
from .lines import ChatInterrupt
from .snippets import put_below
from .static import turn_html, turn_text
from .widget import Chat, chat_of, prepare

__all__ = ["ask_in_cell", "has_views", "say_unattended"]


def has_views() -> bool:
    """Tell whether a front end that draws widgets runs this cell.

    nbclient and papermill cannot be asked anything and draw nothing; Voila runs cells the same
    way, but shows them to a person.
    """
    return in_kernel() and (front_end_can_ask() or in_voila())


def ask_in_cell(
    session: Session,
    prompt: str,
    *,
    wait: bool,
    note: str = "",
    asked: Callable[[str], None] = lambda _: None,
    **options: Any,
) -> Turn:
    """Post *prompt* and show its turn; with *wait* return when it has ended.

    Args:
        session: where to ask.
        prompt: what to ask.
        wait: whether to block until the turn has ended.
        note: a line that the view says about the turn.
        asked: told the turn's id as soon as there is one.
        **options: those of `Session.send`.

    Raises:
        ChatInterrupt: if the kernel was interrupted; the turn was stopped.
        ValidationError: if the prompt cannot be sent.
    """
    prepare()
    client_id = uuid.uuid4().hex
    attended = has_views()
    if not (attended or wait) and options.get("on_approval", "ask") == "ask":
        options["on_approval"] = unattended_policy()  # nobody will look at it later
    try:
        receipt = thread.run(session.send(prompt, client_id=client_id, **options))
        asked(str(receipt.turn_id))
        if attended:
            return _show_turn(session, receipt, wait=wait, note=note)
        return _print_turn(session, str(receipt.turn_id), wait=wait)
    except KeyboardInterrupt:
        waiting.stop_post(session, client_id)
        raise ChatInterrupt("interrupted; the turn was stopped, what was said is kept") from None


def _show_turn(session: Session, receipt: Receipt, *, wait: bool, note: str) -> Turn:
    chat = chat_of(session)
    turn_id = str(receipt.turn_id)
    chat.reach(receipt.seq)
    view = chat.turn(turn_id, note)
    view.show()
    if not wait:
        return view.turn
    chat.wait_for(turn_id)
    try:
        _wait(session, turn_id)
    finally:
        chat.wait_for(None)
        turn = _catch_up(session, chat, turn_id)
        view.keep()
        put_below(shell())
    return turn


def _catch_up(session: Session, chat: Chat, turn_id: str) -> Turn:
    conversation = thread.run(session.conversation())
    chat.reach(conversation.seq)
    return conversation.turns[turn_id]


def _print_turn(session: Session, turn_id: str, *, wait: bool) -> Turn:
    if not wait:
        print("asked; %chat status says when it is done, %chat export shows it")  # noqa: T201
        return thread.run(session.conversation()).turns[turn_id]
    show = None if in_kernel() else _Printer()
    try:
        _wait(session, turn_id, show)
    finally:
        conversation = thread.run(session.conversation())
        turn = conversation.turns[turn_id]
        if show is None:
            _leave_transcript(turn, str((conversation.agent or {}).get("name", "agent")))
        else:
            show.end(turn)
    return turn


def say_unattended(turn: Turn) -> None:
    """Say at the cell's end what was decided because nobody was there."""
    for approval in turn.approvals.values():
        by = (approval.resolution or {}).get("by", {})
        if by.get("name") == "on_unattended" and approval.resolution is not None:
            verb = "approved" if approval.resolution.get("approved") else "denied"
            tool = one_line(str(approval.request.get("tool_name", "sign in")))
            print(f"{verb} {tool}: nobody was there to ask (on_unattended)")  # noqa: T201


def _wait(session: Session, turn_id: str, show: Callable[[Turn], None] | None = None) -> None:
    try:
        session.wait(turn_id, show)
    except LeftWaiting as left:
        print(left)  # noqa: T201 - the cell's own last line


class _Printer:
    """Prints a turn's text as it grows, where there is nothing but a terminal."""

    def __init__(self) -> None:
        self._printed = ""

    def __call__(self, turn: Turn) -> None:
        text = turn.text
        if not text.startswith(self._printed):  # a final text may replace what was streamed
            self._printed = ""
            self._write("\n")
        self._write(_terminal_safe(text[len(self._printed) :]))
        self._printed = text

    def end(self, turn: Turn) -> None:
        """Print what is not text: the calls and how the turn ended."""
        self._write("\n")
        for call in turn.tool_calls.values():
            self._write(_terminal_safe(f"[{call.tool_name}: {call.status}]") + "\n")

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _terminal_safe(text: str) -> str:
    """Return *text* without control characters: an escape sequence could rewrite the screen."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")


def _leave_transcript(turn: Turn, agent_name: str) -> None:
    """Leave the transcript as the cell's one output: HTML, and the whole of it as text."""
    from IPython.display import display

    html = turn_html(turn, "cellspeak-alone", agent_name)
    display({"text/html": html, "text/plain": turn_text(turn, agent_name)}, raw=True)
