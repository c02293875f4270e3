"""What a command does to the log, as drafts; decided under the log's lock.

Pure: each plan reads the conversation as it is then, and returns what to commit, or raises why not.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellspeak.core import rules
from cellspeak.core.commands import Post, SetHead, Terminate
from cellspeak.core.conversation import Conversation
from cellspeak.core.events import Data, Draft

from .blobs import Blobs, split_message
from .ending import end_of_turn

__all__ = ["head_changed", "posted", "split_all", "terminated"]


def split_all(messages: Sequence[Data], limit: int) -> tuple[list[Data], Blobs]:
    """Return the posted *messages* with their files above *limit* bytes as blobs, and the blobs."""
    out: list[Data] = []
    blobs: Blobs = {}
    for message in messages:
        kept, found = split_message(message, limit)
        out.append(kept)
        blobs.update(found)
    return out, blobs


def posted(
    conversation: Conversation,
    post: Post,
    messages: Sequence[Data],
    session_id: str,
    limits: rules.Limits,
) -> Sequence[Draft]:
    """Return the new turn that *post* makes; nothing if it was taken before."""
    if rules.turn_of_client(conversation, post.client_id) is not None:
        return []
    rules.check_post(conversation, post, limits)
    number = len(conversation.turns) + 1
    after = None if post.root else post.after_turn or conversation.head
    optional = {"after_turn": after, "queued": True if conversation.turns.live else None}
    policy = {} if post.on_approval == "ask" else {"on_approval": post.on_approval}
    data = {
        "messages": [{**m, **policy, "id": f"{number}.{k}"} for k, m in enumerate(messages, 1)],
        "author": post.author,
        "client_id": post.client_id,
        **{k: v for k, v in optional.items() if v is not None},
    }
    kind = "message_posted" if len(messages) == 1 else "messages_posted"
    turn_id = f"{session_id}.{number}"
    return [Draft(type=kind, turn_id=turn_id, message_id=f"{number}.1", data=data)]


def head_changed(conversation: Conversation, command: SetHead) -> Sequence[Draft]:
    """Return the switch to another branch; nothing if it is shown already."""
    rules.check_open(conversation, command.session_id)
    turn = rules.find_turn(conversation, command)
    if conversation.head == turn.id:
        return []
    return [Draft(type="head_changed", data={"turn_id": turn.id})]


def terminated(conversation: Conversation, command: Terminate) -> Sequence[Draft]:
    """Return the end of every turn and of the session; nothing if it has ended."""
    if conversation.terminated:
        return []
    live = [d for t in conversation.turns.live for d in end_of_turn(conversation, t.id, _GONE)]
    return [*live, Draft(type="session_terminated", data={"reason": command.reason})]


_GONE = Draft(
    type="turn_cancelled", data={"reason": "the session was terminated", "by": {"kind": "user"}}
)
