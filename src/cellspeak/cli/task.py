"""`cellspeak task`: one turn, looked at or stopped.  A task is a turn: the same id."""

from __future__ import annotations

from typing import Annotated

import typer

from cellspeak import thread
from cellspeak.core.codec import dumps
from cellspeak.core.conversation import Turn
from cellspeak.errors import NotFoundError
from cellspeak.session import Session

from .agents import Json
from .place import Config, Place, ServerUrl, Token, place_of
from .said import Exit, exits, note, out, safe

__all__ = ["app"]

GET = """\b
Examples:
  cellspeak task get 4f1c….1
  cellspeak task get 4f1c….1 --json | jq .status

\b
Ends with 0 for a turn that is done or runs, 1 for one that failed or was stopped, 3 for one that
waits for a person.
"""
CANCEL = """\b
Examples:
  cellspeak task cancel 4f1c….1 --server http://127.0.0.1:8080
"""

app = typer.Typer(help="Look at one turn, or stop it.", no_args_is_help=True, rich_markup_mode=None)

TaskId = Annotated[str, typer.Argument(metavar="TASK", help="A session's id, a dot, a number.")]


@app.command(epilog=GET)
def get(
    task: TaskId,
    config: Config = None,
    server: ServerUrl = "",
    token: Token = "",
    json: Json = False,
) -> None:
    """Print what a turn said; its state goes to stderr."""
    with exits():
        _, turn = _find(place_of(config, server, token), task)
        if json:
            out(dumps(turn))
        else:
            out(safe(turn.text))
            note(turn.status.replace("_", " "))
        raise SystemExit(Exit.of(turn))


@app.command(epilog=CANCEL)
def cancel(task: TaskId, config: Config = None, server: ServerUrl = "", token: Token = "") -> None:
    """Stop a turn, running or queued; what was said stays."""
    with exits():
        session, turn = _find(place_of(config, server, token), task)
        if turn.ended:
            note(f"nothing to stop: the turn is {turn.status}")
            return
        thread.run(session.cancel(turn.id, reason="stopped from the command line"))
        note("stopped; what was said is kept")


def _find(place: Place, task: str) -> tuple[Session, Turn]:
    session_id, _, number = task.rpartition(".")
    if not session_id or not number.isdigit():
        raise NotFoundError(
            f"expected the id of a task, a session's id with a dot and a number; got {task!r:.80}"
        )
    session = place.session(session_id)
    turn = thread.run(session.conversation()).turns.get(task)
    if turn is None:
        raise NotFoundError(f"expected the id of a task of this session; got {task!r:.80}")
    return session, turn
