"""Files that a view attaches, on their way from the page into a message.

They come in parts, because a notebook's connection carries no large message, and wait here until
the command that names them is taken.  Its one law: what is kept is bounded, whatever a page sends.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from cellspeak.core.kinds import dict_of, list_of
from cellspeak.errors import ProtocolError, ValidationError

__all__ = ["LARGEST", "Uploads"]

MIB = 1024 * 1024
LARGEST = 20 * MIB
"""Bytes of one file; a larger one is read by a path or a tool, not carried through the page."""
KEPT = 64 * MIB
"""Bytes that may wait together; beyond that the oldest go."""
MOST = 64
"""Files that may wait together, however small."""


class Uploads:
    """The uploads of one hub."""

    def __init__(self) -> None:
        self._held: dict[str, bytearray] = {}

    def add(self, upload: str, at: int, content: bytes) -> int:
        """Put *content* at the place *at* of *upload*; return how many bytes there are now.

        A part that came before changes nothing; one that leaves a gap is not taken, and the number
        says from where to send again.

        Raises:
            ValidationError: if the file is too large.
        """
        if at + len(content) > LARGEST:
            self._held.pop(upload, None)
            raise ValidationError(
                f"expected a file of at most {LARGEST // MIB} MiB; attach a smaller one, or tell "
                "the agent where the file is"
            )
        held = self._held.setdefault(upload, bytearray())
        if at <= len(held) < at + len(content):
            held += content[len(held) - at :]
        self._bound(upload)
        return len(held)

    def filled(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a view's *command* with the bytes of its uploads in their places.

        Raises:
            ProtocolError: if an upload is not here any more.
        """
        if command.get("type") != "post":
            return command
        messages = [self._filled(dict_of(m)) for m in list_of(command.get("messages"))]
        return {**command, "messages": messages}

    def _filled(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        if "files" not in message:
            return message
        return {**message, "files": [self._file(dict_of(f)) for f in list_of(message["files"])]}

    def _file(self, file: Mapping[str, Any]) -> Mapping[str, Any]:
        if "upload" not in file:
            return file
        content = self._held.get(str(file["upload"]))
        if content is None or len(content) != file.get("size"):
            raise ProtocolError("an attached file did not arrive whole; send the message again")
        rest = {k: v for k, v in file.items() if k != "upload"}
        return {**rest, "data": base64.b64encode(content).decode("ascii")}

    def _bound(self, newest: str) -> None:
        for upload in list(self._held):
            if len(self._held) <= MOST and sum(map(len, self._held.values())) <= KEPT:
                return
            if upload != newest:
                del self._held[upload]
