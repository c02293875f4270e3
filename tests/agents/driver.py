"""Drive an agent runtime as an engine does, in one page: number its drafts and fold them.

No batching, no store, no clock.  Between a question and its answer the conversation goes through
its JSON form, as it would through a restart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cellspeak.agents.base import AgentRuntime, Output, SaveState, TurnRequest
from cellspeak.core import codec
from cellspeak.core.conversation import Approval, Conversation, Turn
from cellspeak.core.events import Data, Draft, SessionEvent
from cellspeak.core.fold import apply

__all__ = ["Talk"]

YES: Data = {"approved": True}


class Talk:
    """A conversation with one runtime; `drafts` is everything it yielded."""

    def __init__(self, agent: AgentRuntime) -> None:
        self.agent = agent
        self.conversation = Conversation()
        self.drafts: list[Draft] = []
        self.state: bytes | None = None
        self.blobs: dict[str, bytes] = {}
        self._turns = 0
        self._message: tuple[str, str] | None = None

    @property
    def turn(self) -> Turn:
        return self.conversation.path[-1]

    async def post(self, prompt: str, *files: Data) -> Turn:
        """Post *prompt* and play until the turn ends or waits."""
        self._turns += 1
        message = {"id": f"u{self._turns}", "content": prompt, "files": list(files)}
        data = {"messages": [message], "after_turn": self.conversation.head}
        self._commit("message_posted", data, turn_id=f"s.{self._turns}")
        return await self.play()

    async def answer(self, resolution: Data = YES, *more: Data) -> Turn:
        """Answer the pending questions in their order, restart, and play on."""
        for approval, how in zip(self.turn.pending, (resolution, *more), strict=True):
            self._resolve(approval, how)
        raw = json.loads(codec.dumps(self.conversation))
        self.conversation = codec.decode_conversation(raw)
        return await self.play()

    async def play(self) -> Turn:
        """Let the runtime answer the turn as it stands."""
        self._commit("participant_status", {"status": "Processing"})
        request = TurnRequest(
            conversation=self.conversation,
            turn=self.turn,
            state=self.state,
            read_blob=self._read_blob,
        )
        async for output in self.agent.answer(request):
            self._take(output)
        if not self.turn.pending:
            said = [m for m in self.turn.messages if m.kind == "text"]
            text = str(said[-1].text) if said else ""
            key = said[-1].id if said else None
            self._close()
            self._append("message_complete", {"text": text, "status": "complete"}, None, key)
            self._commit("participant_status", {"status": "Idle"})
        return self.turn

    def attach(self, content: bytes) -> Data:
        """Keep *content* as a blob and return what a post says about it."""
        sha256 = hashlib.sha256(content).hexdigest()
        self.blobs[sha256] = content
        return {"blob": sha256, "size": len(content)}

    async def _read_blob(self, sha256: str) -> bytes:
        return self.blobs[sha256]

    def _resolve(self, approval: Approval, how: Data) -> None:
        asked = approval.request
        key = {k: asked[k] for k in ("request_id", "tool_call_id") if k in asked}
        self._commit("approval_resolved", {"args": asked.get("args"), **key, **how})
        if not how["approved"] and "tool_call_id" in asked:
            self._commit("tool_result", {**key, "error": "denied"})
            self._commit("tool_call", {**key, "status": "denied"})

    def _take(self, output: Output) -> None:
        if isinstance(output, SaveState):
            self.state = output.state
            return
        self.drafts.append(output)
        data: Mapping[str, Any] = output.data
        if output.type in ("approval_request", "reauth_request"):
            call = {k: data[k] for k in ("tool_call_id", "tool_name", "args") if k in data}
            if call:
                self._commit("tool_call", {**call, "status": "awaiting_approval"})
            data = {**data, "request_id": f"r{len(self.turn.approvals) + 1}"}
        self._commit(output.type, data)
        if output.type == "tool_result":
            status = "failed" if "error" in data else "done"
            self._commit("tool_call", {"tool_call_id": data["tool_call_id"], "status": status})

    def _close(self) -> None:
        """Close the message that grows."""
        if self._message is None:
            return
        kind, key = self._message
        self._message = None
        if kind == "message_delta":
            text = next(str(m.text) for m in self.turn.messages if m.id == key)
            self._append("message_streaming", {"text": text, "closed": True}, None, key)

    def _commit(self, kind: str, data: Data, turn_id: str | None = None) -> None:
        if self._message is None or self._message[0] != kind:
            self._close()
        if kind in ("message_delta", "thinking"):
            self._message = self._message or (kind, f"m{self.conversation.seq + 1}")
        self._append(kind, data, turn_id, self._message[1] if self._message else None)

    def _append(self, kind: str, data: Data, turn_id: str | None, message_id: str | None) -> None:
        seq = self.conversation.seq + 1
        event = SessionEvent(
            type=kind,
            session_id="s",
            seq=seq,
            turn_id=turn_id or self.turn.id,
            message_id=message_id,
            data=data,
        )
        self.conversation = apply(self.conversation, codec.decode_event(codec.encode(event)))
