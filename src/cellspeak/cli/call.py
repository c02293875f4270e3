"""`cellspeak call`: ask once, and print the reply."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, get_args

import typer

from cellspeak import thread
from cellspeak.agent import Agent
from cellspeak.core.codec import dumps
from cellspeak.core.commands import OnApproval
from cellspeak.core.conversation import Approval, Turn
from cellspeak.core.events import SessionEvent
from cellspeak.errors import ValidationError

from .follow import Talk
from .place import Config, Place, ServerUrl, Token, place_of
from .said import Exit, exits, note, out, safe

__all__ = ["Printer", "add_to", "talk_with"]

EPILOG = """\b
Examples:
  cellspeak call demo "What is 12 * 12?"
  echo "My name is Alice" | cellspeak call demo -
  cellspeak call reviewer "Look at this" --file diff.txt -c agents.yaml
  cellspeak call demo "Write 200 words about tea" --json | jq -r .type
  cellspeak call demo "Please delete the file a.txt" --on-approval deny

\b
The reply goes to stdout and all else to stderr. When a tool needs approval and --on-approval is
`ask`, the command ends with 3 and says how to answer; the session waits.
"""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EPILOG)(call)


def call(
    name: Annotated[str, typer.Argument(metavar="AGENT", help="As `cellspeak list` names it.")],
    prompt: Annotated[str, typer.Argument(help="What to ask; `-` reads stdin.")] = "-",
    stream: Annotated[
        bool | None,
        typer.Option("--stream/--no-stream", help="Print as it comes (default), or at the end."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the events, one per line.")] = False,
    file: Annotated[list[Path] | None, typer.Option(help="Attach it; may be repeated.")] = None,
    session: Annotated[str, typer.Option(help="Go on in this session; default: a new one.")] = "",
    on_approval: Annotated[
        str, typer.Option(help="What happens when a tool needs approval: ask, deny, allow.")
    ] = "ask",
    config: Config = None,
    server: ServerUrl = "",
    token: Token = "",
) -> None:
    """Ask AGENT once and print the reply."""
    with exits():
        if json and stream is not None:
            raise ValidationError(
                "expected --json alone: it prints each event as it comes, and --stream and "
                "--no-stream are about the reply's text"
            )
        _check_policy(on_approval)
        text = _read(prompt)
        talk = talk_with(place_of(config, server, token), name, session)
        printer = _Events() if json else Printer(stream is not False)
        turn = talk.ask(text, printer, file or (), on_approval=on_approval)
        printer.end(turn)
        raise SystemExit(_report(talk, name, turn))


def talk_with(place: Place, name: str, session_id: str = "") -> Talk:
    """Return a talk with the agent called *name*: a new one, or the session *session_id*.

    Raises:
        NotFoundError: if there is no such agent.
        ValidationError: if the session is one with another agent.
    """
    agent = place.find(name)
    if not session_id:
        return Talk(thread.run(agent.create_session()))
    session = place.session(session_id)
    _check_agent(agent, thread.run(session.conversation()).agent or {})
    return Talk(session)


def _check_agent(agent: Agent, spec: object) -> None:
    found = spec.get("name") if isinstance(spec, dict) else None
    if found != agent.name:
        raise ValidationError(
            f"expected a session with {agent.name}; this one is with {found!r:.80}, and a session "
            "keeps its agent"
        )


def _check_policy(word: str) -> None:
    if word not in get_args(OnApproval):
        raise ValidationError(f"expected --on-approval ask, deny or allow; got {word!r:.80}")


def _read(prompt: str) -> str:
    if prompt != "-":
        return prompt
    if sys.stdin.isatty():
        note("reading the prompt from the terminal; end it with Ctrl-D")
    return sys.stdin.buffer.read().decode("utf-8", "replace")


class Printer:
    """Prints a turn's text to stdout: as it comes, or at the end.

    Args:
        stream: whether to print as it comes.
    """

    def __init__(self, stream: bool) -> None:
        self._stream = stream
        self._said: list[str] = []
        """What came, as `Turn.text` joins it."""
        self._message: str | None = None
        self._last = ""

    def __call__(self, event: SessionEvent, turn: Turn) -> None:
        """Print what *event* adds."""
        if not self._stream or event.type != "message_delta" or not event.delta:
            return
        if self._message not in (None, event.message_id):
            self._said.append("\n\n")
            breaks = len(self._last) - len(self._last.rstrip("\n"))
            self._write("\n" * (2 - breaks))
        self._message = event.message_id
        self._said.append(event.delta)
        self._write(event.delta)

    def end(self, turn: Turn) -> None:
        """Print what is missing of the whole: the final text replaces what was streamed."""
        said = "".join(self._said)
        whole = turn.text
        self._write(whole[len(said) :] if whole.startswith(said) else f"\n{whole}")
        if self._last and not self._last.endswith("\n"):
            out("")

    def _write(self, text: str) -> None:
        if text:
            self._last = (self._last + text)[-2:]
            out(safe(text), end="")


class _Events:
    """Prints events as they are, one JSON object per line."""

    def __call__(self, event: SessionEvent, _turn: Turn) -> None:
        out(dumps(event))

    def end(self, _turn: Turn) -> None:
        """Nothing is missing."""


def _report(talk: Talk, name: str, turn: Turn) -> int:
    """Say on stderr how the turn stands; return the exit code."""
    for approval in talk.asked(turn):
        note(_question(approval, talk, name))
    if talk.stopped:
        note("cellspeak: stopped; what was said is kept")
        return Exit.INTERRUPTED
    if turn.ended and turn.status != "complete":
        note(f"cellspeak: {turn.error or f'the turn is {turn.status}'}")
    return Exit.of(turn)


def _question(approval: Approval, talk: Talk, name: str) -> str:
    request = approval.request
    what = request.get("tool_name") or f"a sign-in at {request.get('url')}"
    args = dumps(request.get("args", {}))
    return (
        f"cellspeak: {what} needs your approval: {args:.400}\n"
        f"answer with: cellspeak chat {name} --session {talk.session.session_id}"
    )
