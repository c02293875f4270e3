"""Recordings of conversations: JSON lines that a person can read, review and keep in git.

    {"cellspeak": "recording", "version": 1, "agent": "Ada", "model": "openai:gpt-5-mini"}
    {"turn": 1, "prompt": "Delete report.txt"}
    {"at": 0.4, "say": "I will delete it."}
    {"at": 0.9, "ask": "c1", "tool": "delete", "args": {"path": "report.txt"}}
    {"at": 0.9, "answer": "c1", "approved": true, "args": {"path": "report.txt"}}
    {"at": 1.0, "call": "c1", "tool": "delete", "args": {"path": "report.txt"}}
    {"at": 1.1, "result": "c1", "tool": "delete", "value": "deleted"}
    {"at": 1.6, "end": "complete"}

`at` is seconds since the prompt, without the time that people took.  Its one law: a line says one
thing, and what a line of an unknown kind says is passed on and not lost.  Twin: `taping.py` makes
the lines from a log.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from cellspeak.core.codec import dumps
from cellspeak.core.kinds import str_of
from cellspeak.errors import ValidationError

__all__ = ["Line", "RecordedTurn", "Recording", "load", "save"]

VERSION = 1

Line: TypeAlias = Mapping[str, Any]

_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.IGNORECASE)
_SHORTEST = 8  # characters; shorter values are words that may stand anywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTurn:
    """One turn: what was asked, and what followed."""

    prompt: str
    lines: Sequence[Line]
    """All lines after the turn's first, `{"end": …}` included."""
    files: Sequence[str] = ()
    """The names of what was attached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A conversation that can be played again."""

    agent: str = ""
    model: str = ""
    turns: Sequence[RecordedTurn] = ()


def load(path: Path) -> Recording:
    """Return the recording in the file at *path*.

    Raises:
        ValidationError: if it is none; the message names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ValidationError(f"expected a recording; {str(path)!r:.200}: {why}") from None
    numbered = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    lines = [_line(path, n, line) for n, line in numbered]
    if not lines or lines[0].get("cellspeak") != "recording":
        raise ValidationError(
            f"expected a recording, as %%chat --record FILE writes it; {str(path)!r:.200} is none"
        )
    if lines[0].get("version") != VERSION:
        raise ValidationError(
            f"expected a recording of version {VERSION}; {str(path)!r:.200} has "
            f"{lines[0].get('version')!r:.40}; record it again"
        )
    agent, model = str_of(lines[0].get("agent")), str_of(lines[0].get("model"))
    return Recording(agent=agent, model=model, turns=list(_turns(lines[1:])))


def save(path: Path, recording: Recording) -> None:
    """Write *recording* to the file at *path*, whole or not at all, without secrets.

    Raises:
        ValidationError: if it cannot be written.
    """
    head = {
        "cellspeak": "recording",
        "version": VERSION,
        "agent": recording.agent,
        "model": recording.model,
    }
    body = "".join(f"{_without_secrets(dumps(line))}\n" for line in (head, *_flat(recording)))
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(body, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise ValidationError(
            f"expected a place to record to; {str(path)!r:.200}: {error.strerror}"
        ) from None


def _line(path: Path, number: int, text: str) -> Line:
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    if not isinstance(line, dict):
        raise ValidationError(f"{path.name}, line {number}: expected a JSON object")
    return line


def _turns(lines: Iterable[Line]) -> Iterable[RecordedTurn]:
    head: Line = {}
    body: list[Line] = []
    for line in [*lines, {"turn": None}]:
        if "turn" not in line:
            body.append(line)
            continue
        if head:
            yield RecordedTurn(
                prompt=str_of(head.get("prompt")), lines=body, files=head.get("files", ())
            )
        head, body = line, []


def _flat(recording: Recording) -> Iterable[Line]:
    for number, turn in enumerate(recording.turns, 1):
        files = {"files": list(turn.files)} if turn.files else {}
        yield {"turn": number, "prompt": turn.prompt, **files}
        yield from turn.lines


def _without_secrets(line: str) -> str:
    """Return *line* without the values of the environment's keys, should a text have quoted one."""
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and len(value.strip()) >= _SHORTEST:
            line = line.replace(json.dumps(value.strip(), ensure_ascii=False)[1:-1], "[secret]")
    return line
