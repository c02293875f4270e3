"""What a page gets from its kernel, read off the websocket.

Its one law: it only listens; nothing is held up or changed.
"""

import json
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page, WebSocket


@dataclass(frozen=True)
class Frame:
    """One message from the kernel, and how many bytes it took."""

    type: str
    content: dict[str, Any]
    size: int

    @property
    def said(self) -> dict[str, Any]:
        """What a comm message carries; empty for all else."""
        found: dict[str, Any] = self.content.get("data", {})
        return found if self.type.startswith("comm_") else {}

    @property
    def custom(self) -> dict[str, Any]:
        """What we said down the comm; empty for all else."""
        found: dict[str, Any] = self.said.get("content", {})
        return found if self.said.get("method") == "custom" else {}


class Traffic:
    """All messages that a page gets from kernels while it lives."""

    def __init__(self, page: Page) -> None:
        self.frames: list[Frame] = []
        page.on("websocket", self._listen)

    def clear(self) -> None:
        """Count from here."""
        self.frames.clear()

    @property
    def text(self) -> str:
        """Everything that `events` frames carried as bare text."""
        items = [i for f in self.frames for i in f.custom.get("items", []) if isinstance(i, str)]
        return "".join(items)

    def _listen(self, socket: WebSocket) -> None:
        if "/channels" in socket.url:
            socket.on("framereceived", self._take)

    def _take(self, payload: bytes | str) -> None:
        if isinstance(payload, bytes):
            self.frames.append(decoded(payload))


def decoded(payload: bytes) -> Frame:
    """Read one message of Jupyter's binary protocol: a count, offsets, then the parts."""
    (count,) = struct.unpack_from("<Q", payload)
    offsets = struct.unpack_from(f"<{count}Q", payload, 8)
    parts = [payload[a:b] for a, b in pairwise(offsets)]
    _channel, header, _parent, _metadata, content = parts[:5]
    return Frame(json.loads(header)["msg_type"], json.loads(content), len(payload))
