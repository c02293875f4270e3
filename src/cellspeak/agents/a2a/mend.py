"""What peers send, as a2a-sdk reads it: two versions, and what is written differently in the wild.

Pure.  Its one law: only the envelope is mended; metadata and data parts are passed on as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from cellspeak.core.kinds import dict_of, list_of, str_of

__all__ = ["card", "reply"]

Json: TypeAlias = dict[str, Any]

_FREE = ("metadata", "data", "error")
_WRAPPED = {
    "task": "task",
    "message": "message",
    "statusUpdate": "status-update",
    "artifactUpdate": "artifact-update",
}
_DONE = ("completed", "canceled", "failed", "rejected", "input-required", "auth-required")
_OLD = "0.3.0"


def reply(body: Any, *, old: bool) -> Any:
    """Return a reply or one frame of a stream, written as its version wants it.

    Args:
        body: decoded JSON.
        old: whether the request was one of 0.3.
    """
    if not isinstance(body, dict):
        return body
    if "result" in body and "jsonrpc" in body:
        return {**body, "result": _result(body["result"], old)}
    return _walked(body, old)


def _result(result: Any, old: bool) -> Any:
    if old and isinstance(result, dict) and len(result) == 1:
        name = next(iter(result))
        if name in _WRAPPED and isinstance(result[name], dict):
            result = {"kind": _WRAPPED[name], **result[name]}
    walked = _walked(result, old)
    return _filled(walked) if old and isinstance(walked, dict) else walked


def _walked(value: Any, old: bool) -> Any:
    if isinstance(value, list):
        return [_walked(item, old) for item in value]
    if not isinstance(value, dict):
        return value
    found = {k: v if k in _FREE else _walked(v, old) for k, v in value.items()}
    if isinstance(found.get("parts"), list):
        found["parts"] = [_part(p, old) for p in found["parts"] if isinstance(p, dict)]
    if isinstance(found.get("state"), str):
        found["state"] = _state(found["state"], old)
        found.pop("timestamp", None)  # some have no zone, and nobody here reads it
    if isinstance(found.get("role"), str):
        role = "user" if "user" in found["role"].lower() else "agent"
        found["role"] = role if old else f"ROLE_{role.upper()}"
        if old:
            found = {"messageId": "", "parts": [], **found}
    if old and "artifactId" in found:
        found = {"parts": [], **found}
    return found


def _state(state: str, old: bool) -> str:
    word = re.sub(r"[\s_]+", "-", state.strip().lower()).removeprefix("task-state-")
    word = {"cancelled": "canceled", "unspecified": "unknown"}.get(word, word)
    if old:
        return word
    return "TASK_STATE_" + ("UNSPECIFIED" if word == "unknown" else word.replace("-", "_").upper())


def _part(part: Json, old: bool) -> Json:
    return _old_part(part) if old else _new_part(part)


def _old_part(part: Json) -> Json:
    if "raw" in part or "url" in part:
        content = {"bytes": part["raw"]} if "raw" in part else {"uri": part["url"]}
        names = {"mimeType": part.get("mediaType"), "name": part.get("filename")}
        return {"kind": "file", "file": {**content, **{k: v for k, v in names.items() if v}}}
    kind = next((k for k in ("text", "file", "data") if k in part), "text")
    fixed = {"kind": kind, **{k: v for k, v in part.items() if k not in ("kind", "type")}}
    if kind == "data" and not isinstance(fixed["data"], dict):
        fixed["data"] = {"value": fixed["data"]}
    return {"text": "", **fixed} if kind == "text" else fixed


def _new_part(part: Json) -> Json:
    file = part.get("file")
    if not isinstance(file, dict):
        return {k: v for k, v in part.items() if k not in ("kind", "type")}
    names = {"mediaType": file.get("mimeType"), "filename": file.get("name")}
    content = {"raw": file["bytes"]} if "bytes" in file else {"url": str_of(file.get("uri"))}
    return {**content, **{k: v for k, v in names.items() if v}}


def _filled(result: Json) -> Json:
    """Return an object of 0.3 with the fields that a2a-sdk insists on."""
    ids = {"taskId": "", "contextId": ""}
    match result.get("kind"):
        case "task":
            return {"id": "", "contextId": "", "status": {"state": "unknown"}, **result}
        case "status-update":
            state = str_of(dict_of(result.get("status")).get("state"), "unknown")
            status = {"status": {"state": state}, "final": state in _DONE}
            return {**ids, **status, **result}
        case "artifact-update":
            return {**ids, **result}
        case _:
            return result


def card(found: Mapping[str, Any], address: str) -> Json:
    """Return an agent's card, its addresses moved to where the card was found.

    A card may name any host; whoever follows it could be led anywhere, with the token in hand.

    Args:
        found: the card as it came.
        address: where it was found.
    """
    fixed = dict(found)
    if fixed.get("url") and "supportedInterfaces" not in fixed:
        fixed["protocolVersion"] = _OLD  # whatever it says: 1.0 has no such field
        fixed["url"] = _moved(fixed["url"], address)
    for key in ("supportedInterfaces", "additionalInterfaces"):
        if key in fixed:
            faces = [dict(dict_of(f)) for f in list_of(fixed[key])]
            fixed[key] = [{**f, "url": _moved(f.get("url"), address)} for f in faces]
    # What is not read here need not be right.
    unread = ("signatures", "securitySchemes", "security", "securityRequirements", "skills")
    return {k: v for k, v in fixed.items() if k not in unread}


def _moved(url: object, address: str) -> str:
    here = urlsplit(address)
    try:
        path = urlsplit(str_of(url)).path
    except ValueError:
        path = ""
    return urlunsplit((here.scheme, here.netloc, path or "/", "", ""))
