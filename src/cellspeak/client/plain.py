"""What is asked of a peer in the plain frames of the first seed: commands become frames.

Its one law: what these frames cannot say is refused with a sentence, never left out in silence.
"""

from __future__ import annotations

import base64
from typing import Any

from cellspeak.core.commands import Post, Respond
from cellspeak.core.conversation import Approval
from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, str_of
from cellspeak.errors import ValidationError

__all__ = ["CANNOT", "answer_frame", "post_frame"]

CANNOT = "this server speaks the plain frames only, and they cannot say {}; nothing was changed"

Frame = dict[str, Any]


def post_frame(post: Post) -> Frame:
    """Return the frame that asks for *post*.

    Raises:
        ValidationError: if it is no simple continuation of the conversation.
    """
    if post.root or post.after_turn is not None:
        raise ValidationError(CANNOT.format("that a turn starts a branch"))
    if any("output" in m for m in post.messages):
        raise ValidationError(CANNOT.format("what type an answer shall have"))
    if post.on_approval != "ask":
        raise ValidationError(CANNOT.format(f"to {post.on_approval} approvals by themselves"))
    contents = [content for message in post.messages for content in _contents(message)]
    if len(contents) == 1:
        one = {"type": "post_message", "content": contents[0]}
        return {**one, "session_id": post.session_id}
    return {"type": "post_messages", "session_id": post.session_id, "messages": contents}


def answer_frame(command: Respond, message_id: str, asked: Approval) -> Frame:
    """Return the frame that answers the request of *message_id*.

    Raises:
        ValidationError: if the answer is to be remembered, or takes arguments away: what is
            confirmed is merged over what was asked.
    """
    if command.remember is not None:
        raise ValidationError(CANNOT.format("that an answer holds for later calls"))
    shown = dict_of(asked.request.get("args"))
    args = shown if command.args is None else command.args
    if gone := shown.keys() - args.keys():
        raise ValidationError(CANNOT.format(f"that {', '.join(sorted(gone))} shall be left out"))
    changed = {k: v for k, v in args.items() if k not in shown or shown[k] != v}
    said = {"confirm": changed} if command.approved else {"deny": command.deny_reason or "denied"}
    return {
        "type": "post_message",
        "session_id": command.session_id,
        "parent_message_id": message_id,
        "content": {"type_string": "response_message", "value": {"tool_call_approval": said}},
    }


def _contents(message: Data) -> list[object]:
    text = str_of(message.get("content"))
    files = [_file(dict_of(f)) for f in message.get("files", ())]
    return [*([text] if text or not files else []), *files]


def _file(file: Data) -> Frame:
    raw = str_of(file.get("data"))
    if not raw and isinstance(file.get("text"), str):  # a variable's summary
        raw = base64.b64encode(file["text"].encode()).decode()
    about = {"name": file.get("name", "file"), "mime_type": file.get("mime", "text/plain")}
    return {"type_string": "file", "value": {"raw_bytes": raw, "metadata": about}}
