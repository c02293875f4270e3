"""A2A's parts: what a message posts, what it answers, and what files, data and text look like.

Pure.  An address is never fetched: whoever names one could make this server look anywhere.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

from a2a.types import Message, Part
from a2a.utils.errors import ContentTypeNotSupportedError, InvalidParamsError
from google.protobuf.json_format import MessageToDict, Parse
from google.protobuf.struct_pb2 import Struct, Value

from cellspeak.core.codec import dumps
from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, opt_dict, opt_str, str_of

__all__ = [
    "answers_in",
    "as_struct",
    "bundle_parts",
    "data_part",
    "decision_in",
    "file_part",
    "posts_of",
    "sound",
    "text_part",
]

JSON = "application/json"
OCTETS = "application/octet-stream"
ANSWERS = ("tool_approval", "sign_in")
_YES = re.compile(r"\s*(?:approved?|yes)\s*[.!]?\s*", re.IGNORECASE)
_NO = re.compile(r"\s*(?:deny|denied|reject(?:ed)?|no)\s*[.!]?\s*(?::(.*))?", re.IGNORECASE | re.S)


# What comes in


def posts_of(message: Message) -> tuple[Data, ...]:
    """Return what is to be posted: a message for each text, the files with the last one.

    Raises:
        ContentTypeNotSupportedError: if a part is an address.
        InvalidParamsError: if there is nothing in it.
    """
    texts: list[dict[str, Any]] = [{"content": p.text} for p in message.parts if p.text]
    files = [_file_in(p) for p in message.parts if p.WhichOneof("content") in ("raw", "data")]
    if any(p.WhichOneof("content") == "url" for p in message.parts):
        raise ContentTypeNotSupportedError(
            message="this server fetches no addresses; send the file's bytes as a raw part"
        )
    if not texts and not files:
        raise InvalidParamsError(message="expected a message with a text, a file or data")
    posts = texts or [{"content": ""}]
    if files:
        posts[-1]["files"] = files
    return tuple(posts)


def _file_in(part: Part) -> Data:
    if part.HasField("data"):
        content = dumps(plain(part.data)).encode()
        return _file(content, part.filename or "data.json", JSON)
    return _file(part.raw, part.filename or "file", part.media_type or OCTETS)


def _file(content: bytes, name: str, mime: str) -> Data:
    data = base64.b64encode(content).decode("ascii")
    return {"name": name, "mime": mime, "size": len(content), "data": data}


def plain(value: Value) -> Any:
    """Return *value* as JSON; a whole number is one again, which protobuf does not know."""
    return _whole(MessageToDict(value))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _whole(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_whole(v) for v in value]
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return int(value) if whole else value


def answers_in(message: Message) -> tuple[Data, ...]:
    """Return the answers to approvals among the data parts.

    Raises:
        InvalidParamsError: if one of them is neither `approve` nor `deny`.
    """
    data = (dict_of(plain(p.data)) for p in message.parts if p.HasField("data"))
    return tuple(_checked(answer) for answer in data if answer.get("type") in ANSWERS)


def _checked(answer: Data) -> Data:
    if answer.get("decision") not in ("approve", "deny"):
        raise InvalidParamsError(
            message="expected the decision 'approve' or 'deny' in the data part; "
            f"got {answer.get('decision')!r:.80}"
        )
    if "args" in answer and opt_dict(answer["args"]) is None:
        raise InvalidParamsError(message="expected the args of a tool_approval to be an object")
    return answer


def decision_in(message: Message) -> Data | None:
    """Return the answer that a message in plain words is: `approve`, `deny` or `deny: reason`."""
    parts = list(message.parts)
    if len(parts) != 1 or not parts[0].text:
        return None
    if _YES.fullmatch(parts[0].text):
        return {"decision": "approve"}
    found = _NO.fullmatch(parts[0].text)
    if found is None:
        return None
    reason = (found[1] or "").strip()
    return {"decision": "deny", **({"reason": reason} if reason else {})}


# What goes out


def sound(text: str) -> str:
    """Return *text* as UTF-8 can carry it; half a character becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def text_part(text: str) -> Part:
    """Return a part with *text*."""
    return Part(text=sound(text))


def data_part(value: Any) -> Part:
    """Return a part with *value* as JSON."""
    data = Value()
    Parse(dumps(_sound_json(value)), data)
    return Part(data=data)


def as_struct(data: Data) -> Struct:
    """Return *data* as metadata carries it."""
    struct = Struct()
    Parse(dumps(_sound_json(data)), struct)
    return struct


def _sound_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {sound(k): _sound_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_sound_json(v) for v in value]
    return sound(value) if isinstance(value, str) else value


def file_part(file: Data, blobs: str) -> Part:
    """Return the part of a posted file: its bytes, or where they are if they are many.

    Args:
        file: `{name, mime, data}` or `{name, mime, blob}`.
        blobs: the address of the session's blobs, with a slash at its end.
    """
    name, mime = sound(str_of(file.get("name"))), sound(str_of(file.get("mime")))
    blob = opt_str(file.get("blob"))
    if blob is not None:
        return Part(url=f"{blobs}{sound(blob)}", filename=name, media_type=mime)
    return Part(raw=_bytes(str_of(file.get("data"))), filename=name, media_type=mime)


def bundle_parts(bundle: Data, blobs: str) -> list[Part]:
    """Return the parts of a rich result, one for each of its forms."""
    return list(_forms(bundle, blobs))


def _forms(bundle: Data, blobs: str) -> Iterator[Part]:
    for mime, entry in sorted(bundle.items(), key=lambda item: item[0]):
        part = _form(mime, entry, blobs)
        part.media_type = sound(mime)
        yield part


def _form(mime: str, entry: Any, blobs: str) -> Part:
    if blob := opt_str(dict_of(entry).get("blob")):
        return Part(url=f"{blobs}{sound(blob)}")
    if not isinstance(entry, str):
        return data_part(entry)
    if mime.startswith("text/") or mime.endswith(("json", "+xml")):
        return text_part(entry)
    return Part(raw=_bytes(entry))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""
