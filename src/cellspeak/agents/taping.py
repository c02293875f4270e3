"""Make the lines of a recording from the events of one turn.

Its one law: it reads nothing but the log, in which no key ever stands.  Twin: `recording.py` says
what a line is, `replay.py` plays it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cellspeak.core.events import Data, SessionEvent
from cellspeak.core.kinds import dict_of, str_of

from .base import ReadBlob, is_own
from .recording import Line, RecordedTurn

__all__ = ["taped"]

_JOINED = 0.25  # seconds of streamed text that make one line
_LARGEST = 1024 * 1024  # bytes of a result that is kept; of longer ones the line says so


async def taped(events: Sequence[SessionEvent], read_blob: ReadBlob) -> RecordedTurn:
    """Return the turn that *events* tell, from its post to its end.

    Args:
        events: those of one turn, in order; streamed text may be missing where its whole follows.
        read_blob: fetches results that are too long for the log.
    """
    tape = _Tape()
    for event in events:
        tape.take(event)
    return RecordedTurn(
        prompt=tape.prompt,
        files=tape.files,
        lines=[await _with_blobs(line, read_blob) for line in tape.lines],
    )


class _Tape:
    """The lines of one turn as they come."""

    def __init__(self) -> None:
        self.prompt, self.files = "", list[str]()
        self.lines: list[dict[str, Any]] = []
        self._began, self._waited, self._asked_at = 0.0, 0.0, 0.0
        self._names: dict[str, str] = {}
        self._asks: dict[str, str] = {}
        self._denied: set[str] = set()
        self._said: dict[str, str] = {}
        self._error: Data = {}

    def take(self, event: SessionEvent) -> None:
        """Write down what *event* says."""
        rule = _RULES.get(event.type, _Tape._other)
        rule(self, event)

    def _add(self, event: SessionEvent, /, **what: Any) -> dict[str, Any]:
        at = round(max(0.0, _seconds(event) - self._began - self._waited), 2)
        self.lines.append({"at": at, **what})
        return self.lines[-1]

    def _posted(self, event: SessionEvent) -> None:
        posts = [dict_of(m) for m in event.data.get("messages") or ()]
        self.prompt = "\n\n".join(str_of(p.get("content")) for p in posts)
        self.files = [str_of(dict_of(f).get("name")) for p in posts for f in p.get("files") or ()]
        self._began = _seconds(event)

    def _status(self, event: SessionEvent) -> None:
        if event.status == "Processing" and not self.lines:
            self._began = _seconds(event)  # it may have been queued

    def _text(self, event: SessionEvent) -> None:
        key, text = str(event.message_id), event.delta
        self._said[key] = self._said.get(key, "") + text
        self._join(event, "say", text)

    def _closed(self, event: SessionEvent) -> None:
        """Write down what of the whole text no delta has brought."""
        key, text = str(event.message_id), str_of(event.data.get("text"))
        said = self._said.get(key, "")
        if text.startswith(said) and text != said:
            self._said[key] = text
            self._join(event, "say", text[len(said) :])

    def _thought(self, event: SessionEvent) -> None:
        text = str_of(event.data.get("text")) or str_of(event.data.get("summary"))
        if text:
            self._join(event, "think", text)
        if event.data.get("done") is True:
            self._add(event, think="", done=True)

    def _join(self, event: SessionEvent, key: str, text: str) -> None:
        last = self.lines[-1] if self.lines else {}
        line = self._add(event, **{key: text})
        if key in last and "done" not in last and line["at"] - last["at"] < _JOINED:
            self.lines.pop()
            last[key] += text

    def _called(self, event: SessionEvent) -> None:
        data = event.data
        if data.get("status") == "running" and data.get("partial") is not True:
            key = self._name(data)
            self._add(event, call=key, tool=event.tool_name, args=dict_of(data.get("args")))

    def _progressed(self, event: SessionEvent) -> None:
        fraction, text = event.data.get("fraction"), str_of(event.data.get("text"))
        self._add(event, progress=self._name(event.data), fraction=fraction, text=text)

    def _returned(self, event: SessionEvent) -> None:
        data = dict(event.data)
        key = str_of(data.pop("tool_call_id", ""))
        if key in self._denied:
            return  # whoever denies it again makes its result again
        if "result" in data:
            data["value"] = data.pop("result")
        data["tool"] = data.pop("tool_name", "")
        data.pop("duration_ms", None)
        self._add(event, result=self._names.get(key, key), **data)

    def _asked(self, event: SessionEvent) -> None:
        data = event.data
        self._asked_at = _seconds(event)
        kept = {k: data[k] for k in ("args_schema", "reason", "always") if k in data}
        request_id = str_of(data.get("request_id"))
        if event.type == "reauth_request":
            self._asks[request_id] = "sign_in"
            self._add(event, sign_in=data.get("url", ""), **kept)
            return
        name = self._asks[request_id] = self._name(data)
        args = dict_of(data.get("args"))
        self._add(event, ask=name, tool=event.tool_name, args=args, **kept)

    def _answered(self, event: SessionEvent) -> None:
        data = event.data
        self._waited += max(0.0, _seconds(event) - self._asked_at)
        self._asked_at = _seconds(event)
        approved = data.get("approved") is True
        told = {k: data[k] for k in ("args", "deny_reason") if data.get(k)}
        name = self._asks.get(str_of(data.get("request_id")), "")
        self._add(event, answer=name, approved=approved, **told)
        if not approved:
            self._denied.add(str_of(data.get("tool_call_id")))

    def _failed(self, event: SessionEvent) -> None:
        self._error = {k: event.data[k] for k in ("error", "code") if k in event.data}

    def _stopped(self, _event: SessionEvent) -> None:
        self._error = {"stopped": True}

    def _completed(self, event: SessionEvent) -> None:
        self._closed(event)
        whole = event.data.get("status", "complete") == "complete"
        how = "complete" if whole else "stopped" if "stopped" in self._error else "failed"
        told = {} if whole else {k: v for k, v in self._error.items() if k != "stopped"}
        self._add(event, end=how, **told)

    def _used(self, event: SessionEvent) -> None:
        own = {k: v for k, v in event.data.items() if k not in ("duration_ms", "ttft_ms")}
        if own:  # the rest is measured anew
            self._add(event, event=event.type, data=own)

    def _other(self, event: SessionEvent) -> None:
        self._add(event, event=event.type, data=event.data)

    def _name(self, data: Data) -> str:
        """Return a short name for a call: recordings of the same talk shall be the same."""
        key = str_of(data.get("tool_call_id"))
        if key not in self._names:
            self._names[key] = key if is_own(key) else f"c{len(self._names) + 1}"
        return self._names[key]


_RULES: Mapping[str, Callable[[_Tape, SessionEvent], None]] = {
    "message_posted": _Tape._posted,
    "messages_posted": _Tape._posted,
    "participant_status": _Tape._status,
    "message_delta": _Tape._text,
    "message_streaming": _Tape._closed,
    "message_complete": _Tape._completed,
    "thinking": _Tape._thought,
    "tool_call": _Tape._called,
    "tool_progress": _Tape._progressed,
    "tool_result": _Tape._returned,
    "approval_request": _Tape._asked,
    "reauth_request": _Tape._asked,
    "approval_resolved": _Tape._answered,
    "error": _Tape._failed,
    "turn_cancelled": _Tape._stopped,
    "usage": _Tape._used,
}


def _seconds(event: SessionEvent) -> float:
    try:
        return datetime.fromisoformat(event.at).timestamp()
    except ValueError:
        return 0.0


async def _with_blobs(line: Line, read_blob: ReadBlob) -> Line:
    """Return *line* with its results in it, as far as they are of a size for a file."""
    if "result" not in line:
        return line
    found = dict(line)
    if "value" in found:
        found["value"] = await _inline(found["value"], read_blob, found)
    if isinstance(found.get("mime"), Mapping):
        mime = {k: await _inline(v, read_blob, found) for k, v in found["mime"].items()}
        found["mime"] = {k: v for k, v in mime.items() if v is not None}
    return found


async def _inline(value: Any, read_blob: ReadBlob, line: dict[str, Any]) -> Any:
    facts = dict_of(value)
    if not {"blob", "mime", "size"} <= set(facts):
        return value
    if facts["size"] > _LARGEST:
        line["truncated"] = True
        return None
    content = await read_blob(str_of(facts["blob"]))
    return _decoded(content, str_of(facts["mime"]))


def _decoded(content: bytes, mime: str) -> Any:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(content).decode("ascii")
    if mime != "application/json":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
