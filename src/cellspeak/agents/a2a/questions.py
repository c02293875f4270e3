"""What a peer asks of a person, as the log's questions: in its own shape, Hector's, or just words.

Its one law: whatever is asked is shown with words and a way to answer, never as an empty card.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from cellspeak.agents import base
from cellspeak.core.events import Data, Draft
from cellspeak.core.kinds import dict_of, list_of, opt_dict, opt_str, str_of

from .place import REMOTE
from .posts import ANSWER

__all__ = ["Asking", "questions_in"]

_MOST_WORDS = 4_000
_MOST_QUESTIONS = 20
_URL = re.compile(r"https?://[^\s<>\"')\]]+")
_TOOL = re.compile(r"[Tt]ool ['\"“`]?([\w.\-:/]{1,100})")
_ARGUMENTS = re.compile(r"[Aa]rguments:\s*(\{.*\})", re.DOTALL)
_REPLY = "reply"
_FORM: Data = {
    "type": "object",
    "properties": {
        ANSWER: {
            "type": "string",
            "title": "Your answer",
            "description": "Sent to the agent as it is.",
        }
    },
    "required": [ANSWER],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One status by which a peer asks."""

    number: int
    """Which round of questions of the turn it is, from 1."""
    message_id: str = ""
    text: str = ""
    data: Sequence[Data] = ()
    metadata: Data = field(default_factory=dict)
    signs_in: bool = False
    task: str = ""
    context: str = ""
    url: str = ""
    """Where to sign in, should nothing else be told."""
    calls: Mapping[str, tuple[str, Data]] = field(default_factory=dict)
    """Calls that were told before: name and arguments by id."""


def questions_in(asking: Asking, known: set[str]) -> list[Draft] | None:
    """Return what to ask; None if all of it is in *known*, the keys of what was answered."""
    found = _by_parts(asking) or _by_session(asking) or [_in_words(asking)]
    fresh = [q for q in found if q.data[REMOTE]["key"] not in known]
    return fresh[:_MOST_QUESTIONS] or None


# In parts, each with an id of its own


def _by_parts(asking: Asking) -> list[Draft]:
    approvals = [d for d in asking.data if d.get("type") == "tool_approval" and _key(d)]
    signs = [d for d in asking.data if d.get("type") == "sign_in" and _key(d)]
    return [
        *(_approval(asking, d) for d in approvals),
        *(_sign_in(asking, _key(d), str_of(d.get("url")), str_of(d.get("reason"))) for d in signs),
    ]


def _key(data: Data) -> str:
    return str_of(data.get("request_id"))


def _approval(asking: Asking, data: Data) -> Draft:
    call = str_of(data.get("tool_call_id")) or _key(data)
    question = base.ask(
        call[:200],
        str_of(data.get("tool_name"), "tool")[:100],
        dict_of(data.get("args")),
        args_schema=opt_dict(data.get("args_schema")),
        reason=_short(str_of(data.get("reason"))) or None,
    )
    digest = opt_str(data.get("args_digest"))
    more = {"always": True} if data.get("always") is True else {}
    return _dressed(asking, question, _key(data), "parts", args_digest=digest, **more)


def _sign_in(asking: Asking, key: str, url: str, reason: str, way: str = "parts") -> Draft:
    safe = url if urlsplit(url[:2000]).scheme in ("http", "https") else asking.url
    question = base.reauth(safe[:2000], _short(reason) or "The agent wants you to sign in.")
    return _dressed(asking, question, key, way)


# As Hector asks: the calls' ids in the metadata, the answer looked for in the session


def _by_session(asking: Asking) -> list[Draft]:
    ids = [i for i in list_of(asking.metadata.get("long_running_tool_ids")) if _is_id(i)]
    named = [d for d in asking.data if d.get("requires_approval") is True]
    ids = ids or [str_of(d.get("tool_call_id")) for d in named if _is_id(d.get("tool_call_id"))]
    return [_session_question(asking, key, alone=len(ids) == 1) for key in ids]


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200


def _session_question(asking: Asking, key: str, *, alone: bool) -> Draft:
    text = str_of(asking.metadata.get("input_prompt")) or asking.text
    name, args = asking.calls.get(key, ("", {}))
    if not name or alone:
        found = _TOOL.search(text)
        name = name or (found[1] if found else "tool")
    question = base.ask(key, name, args or _arguments(text), reason=_short(text) or None)
    return _dressed(asking, question, key, "session")


def _arguments(text: str) -> Data:
    found = _ARGUMENTS.search(text[:_MOST_WORDS])
    try:
        return dict_of(json.loads(found[1])) if found else {}
    except ValueError:
        return {}


# In words


def _in_words(asking: Asking) -> Draft:
    key = asking.message_id or f"round-{asking.number}"
    if asking.signs_in:
        found = _URL.search(asking.text)
        url = found[0].rstrip(".,") if found else ""
        return _sign_in(asking, key, url, asking.text, way="words")
    tool = next((d for d in asking.data if isinstance(d.get("tool_name"), str)), None)
    words = asking.text or "The agent needs an answer, and does not say to what."
    if tool is not None:
        name, args = tool["tool_name"][:100], dict_of(tool.get("args"))
        question = base.ask(f"{_REPLY}-{asking.number}", name, args, reason=_short(words))
        return _dressed(asking, question, key, "words")
    unread = f"\n\n{json.dumps(list(asking.data))[:1000]}" if asking.data else ""
    question = base.ask(
        f"{base.OWN}{_REPLY}-{asking.number}",
        _REPLY,
        {ANSWER: "approve"},
        args_schema=_FORM,
        reason=_short(words + unread),
    )
    # Another question is another one, whatever was allowed before.
    return _dressed(asking, question, key, "words", always=True)


def _dressed(asking: Asking, question: Draft, key: str, way: str, **more: Any) -> Draft:
    digest = more.pop("args_digest", None)
    remote = {
        "task": asking.task,
        "context": asking.context,
        "key": key,
        "way": way,
        "round": asking.number,
        **({"args_digest": digest} if digest else {}),
    }
    return replace(question, data={**question.data, **more, REMOTE: remote})


def _short(text: str) -> str:
    return text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]}…"
