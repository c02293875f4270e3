"""What `%chat WORD` does: each subcommand is a function, named in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellspeak import thread
from cellspeak.agents.providers import survey
from cellspeak.core import codec
from cellspeak.core.export import to_document, to_markdown, to_text
from cellspeak.core.words import counted, size_of
from cellspeak.errors import CellspeakError, NotFoundError, SessionNotFoundError, ValidationError
from cellspeak.files import write_new
from cellspeak.local import default_store
from cellspeak.session import Session
from cellspeak.stores.base import SessionRecord

from .as_cells import to_notebook
from .asking import has_views
from .current import agent_of, find_record, records, resume_line, session_at
from .listing import age, show_sessions
from .snippets import put_below, snippet
from .widget import chat_of

if TYPE_CHECKING:
    from cellspeak.client import Server

    from .magics import ChatMagics

__all__ = ["run"]


def run(magics: ChatMagics, name: str, argument: str) -> None:
    """Do the subcommand *name* with its *argument* (empty: none).

    Raises:
        CellspeakError: with one sentence for the cell.
    """
    _COMMANDS[name](magics, argument)


def _say(text: str) -> None:
    print(text)  # noqa: T201 - the output of a magic


def _status(magics: ChatMagics, _argument: str) -> None:
    session = magics.current.session
    if session is None:
        _say(f"no session yet; the next %chat starts one with {magics.agent or 'demo'}")
        return
    conversation = thread.run(session.conversation())
    turn = conversation.open_turn
    doing = "idle" if turn is None else turn.status.replace("_", " ")
    if turn is not None and turn.pending:
        tools = ", ".join(str(a.request.get("tool_name", "sign in")) for a in turn.pending)
        doing = f"waiting for your approval of {tools}; answer it in the chat (%chat shows it)"
    waiting = f", {len(conversation.queued)} queued" if conversation.queued else ""
    _say(
        f"{agent_of(session)}: {doing}{waiting}; {counted(len(conversation.path), 'turn')}; "
        f"session {session.session_id}"
    )


def _sessions(magics: ChatMagics, _argument: str) -> None:
    current = magics.current.session
    found = records(magics.current.server)
    show_sessions(found, current.session_id if current else None)


def _resume(magics: ChatMagics, argument: str) -> None:
    server = magics.current.server
    here = () if argument else records(server, here=True)
    record = _wanted(argument, server) if argument else next(iter(here), None)
    if record is None:
        found = records(server)
        _say("no session of this notebook yet" + ("; there are:" if found else ""))
        if found:
            show_sessions(found, None)
        return
    session = magics.current.resume(record.session_id)
    turns = counted(len(thread.run(session.conversation()).path), "turn")
    words = record.labels.get("first_words") or "no words yet"
    _say(f"resumed “{words}” ({turns}, {age(record.active_at)})")
    if has_views():
        chat_of(session)._ipython_display_()


def _wanted(argument: str, server: Server | None) -> SessionRecord:
    found = records(server)
    if argument.isdigit() and len(argument) < 6:
        number = int(argument)
        if 1 <= number <= len(found):
            return found[number - 1]
        raise NotFoundError(
            f"expected a number from 1 to {len(found)} of %chat sessions; got {number}"
            if found
            else "there are no sessions yet; send something first"
        )
    record = find_record(argument, server)
    if record is None:
        raise SessionNotFoundError(
            f"expected the id of a session; there is none {argument!r}; %chat sessions lists them"
        )
    return record


def _stop(magics: ChatMagics, _argument: str) -> None:
    for session in magics.current.sessions:
        conversation = thread.run(session.conversation())
        # What was asked a moment ago may not have begun yet.
        turn = conversation.open_turn or next(iter(conversation.queued), None)
        if turn is not None:
            thread.run(session.cancel(turn.id, reason="stopped by %chat stop"))
            _say("stopped; what was said is kept")
            return
    _say("nothing runs")


def _clear(magics: ChatMagics, _argument: str) -> None:
    old = magics.current.session
    magics.current.leave()
    _say(
        "the next %chat starts a new session"
        + (f"; back to this one: {resume_line(old)}" if old else "")
    )


def _export(magics: ChatMagics, argument: str) -> None:
    conversation = thread.run(_session(magics).conversation())
    if not argument:
        from IPython.display import display

        text = to_markdown(conversation)
        display({"text/markdown": text, "text/plain": text}, raw=True)
        return
    path = Path(argument)
    write_new(path, _WRITERS[path.suffix](conversation))
    _say(f"wrote {argument} ({size_of(path.stat().st_size)})")


_WRITERS: dict[str, Callable[[Any], str]] = {
    ".md": to_markdown,
    ".txt": to_text,
    ".html": to_document,
    ".json": codec.dumps,
    ".ipynb": to_notebook,
}


def _insert(magics: ChatMagics, argument: str) -> None:
    put_below(magics.shell, snippet(int(argument) if argument else None))


def _models(_magics: ChatMagics, _argument: str) -> None:
    for provider, state in survey():
        _say(f"{provider + ':MODEL':18} {state}")
    _say("use one with %chat --model openai:MODEL, or Agent(NAME, model=…) and %chat --agent NAME")


def _where(magics: ChatMagics, _argument: str) -> None:
    address = default_store()
    server = magics.current.server
    found = records(server)
    if server is not None:
        _say(f"{counted(len(found), 'session')} at {server.base_url}; none is kept here")
    elif address == "memory":
        _say(f"{counted(len(found), 'session')} in memory; they end with this kernel")
    else:
        path = Path(address.partition(":///")[2])
        files = [f for f in path.parent.glob(path.name + "*") if f.is_file()]
        size = size_of(sum(f.stat().st_size for f in files))
        _say(f"{counted(len(found), 'session')} in {path} ({size}), readable by you alone")
    _say("the notebook itself holds a transcript of each chat cell and the widget's program, once")
    if magics.current.session is not None:
        _say(f"this notebook's session: {magics.current.session.session_id}")
    _say("delete with %chat forget ID, or %chat forget all")


def _forget(magics: ChatMagics, argument: str) -> None:
    server = magics.current.server
    every = argument == "all"
    if every and server is not None:
        raise ValidationError(
            f"expected the id of one session of {server.base_url}; others may use that server, "
            "so not all of them can be forgotten at once"
        )
    doomed: Sequence[SessionRecord] = records(server) if every else [_wanted(argument, server)]
    for record in doomed:
        thread.run(_terminate(session_at(record.session_id, server)))
        magics.current.leave(record.session_id)
    _say(
        f"deleted {counted(len(doomed), 'session')} for good; "
        "transcripts in saved notebooks are not touched"
    )


async def _terminate(session: Session) -> None:
    with suppress(SessionNotFoundError):  # another kernel was faster
        await session.terminate("forgotten")


def _help(_magics: ChatMagics, _argument: str) -> None:
    from .magics import HELP

    _say(HELP)


def _session(magics: ChatMagics) -> Session:
    if magics.current.session is None:
        raise CellspeakError("there is no conversation yet; send something, or %chat resume one")
    return magics.current.session


_COMMANDS: dict[str, Callable[[ChatMagics, str], None]] = {
    "status": _status,
    "sessions": _sessions,
    "resume": _resume,
    "stop": _stop,
    "clear": _clear,
    "reset": _clear,
    "export": _export,
    "insert": _insert,
    "models": _models,
    "where": _where,
    "forget": _forget,
    "help": _help,
}
