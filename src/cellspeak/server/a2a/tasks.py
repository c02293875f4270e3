"""A turn as an A2A task.

Pure.  The task's id is the turn's; the reply is one artifact, whose text is that of the turn; a
rich result is an artifact of its own; what is asked of a person is the status's message, and once
it is answered both sides of it are in the history.  The log is the truth: nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from a2a.types import Artifact, Message, Part, Role, Task, TaskState, TaskStatus
from google.protobuf.timestamp_pb2 import Timestamp

from cellspeak.core.codec import dumps
from cellspeak.core.conversation import Approval, Conversation, ToolCall, Turn
from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, list_of, opt_str, str_of
from cellspeak.server.tasks import asked
from cellspeak.waiting import unanswered

from .parts import bundle_parts, data_part, file_part, sound, text_part

__all__ = ["ENDED", "REPLY", "Place", "rich", "state_of", "status_of", "task_of"]

REPLY = "reply"
"""The id of the artifact that carries what the agent says."""

_STATES: Mapping[str, TaskState] = {
    "queued": TaskState.TASK_STATE_SUBMITTED,
    "running": TaskState.TASK_STATE_WORKING,
    "awaiting_approval": TaskState.TASK_STATE_WORKING,
    "complete": TaskState.TASK_STATE_COMPLETED,
    "failed": TaskState.TASK_STATE_FAILED,
    "cancelled": TaskState.TASK_STATE_CANCELED,
    "interrupted": TaskState.TASK_STATE_FAILED,
}
ENDED = frozenset(_STATES[s] for s in ("complete", "failed", "cancelled"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a task is: what its JSON names beside the turn."""

    task_id: str
    context_id: str
    blobs: str
    """The address of the session's blobs, with a slash at its end."""

    def message(self, message_id: str, role: Role, parts: list[Part]) -> Message:
        """Return a message of this task."""
        return Message(
            message_id=sound(message_id),
            task_id=self.task_id,
            context_id=self.context_id,
            role=role,
            parts=parts,
        )


def state_of(conversation: Conversation, turn: Turn) -> TaskState:
    """Return the task's state; what a policy settles by itself asks nobody."""
    if turn.ended:
        return _STATES[turn.status]
    waiting = unanswered(conversation, turn.id)
    if not waiting:
        return _STATES[turn.status]
    tools = any("tool_call_id" in a.request for a in waiting)
    return TaskState.TASK_STATE_INPUT_REQUIRED if tools else TaskState.TASK_STATE_AUTH_REQUIRED


def status_of(place: Place, conversation: Conversation, turn: Turn, at: str = "") -> TaskStatus:
    """Return the task's status.

    Args:
        place: where the task is.
        conversation: holds the turn.
        turn: the task.
        at: when it came to be so, ISO 8601; empty: unknown.
    """
    status = TaskStatus(state=state_of(conversation, turn))
    waiting = () if turn.ended else unanswered(conversation, turn.id)
    if waiting:
        status.message.CopyFrom(_question(place, waiting))
    elif turn.ended and turn.error and status.state == TaskState.TASK_STATE_FAILED:
        why = place.message(f"{turn.id}-error", Role.ROLE_AGENT, [text_part(turn.error)])
        status.message.CopyFrom(why)
    if at:
        status.timestamp.CopyFrom(_timestamp(at))
    return status


def _timestamp(at: str) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(datetime.fromisoformat(at))
    return stamp


def _question(place: Place, approvals: tuple[Approval, ...]) -> Message:
    words = "\n".join(_in_words(a) for a in approvals)
    parts = [text_part(words), *(data_part(asked(a)) for a in approvals)]
    return place.message(approvals[0].request_id, Role.ROLE_AGENT, parts)


def _in_words(approval: Approval) -> str:
    request = approval.request
    if "tool_call_id" not in request:
        return f"Please sign in at {request.get('url')} and reply `approve`, or reply `deny`."
    args = dumps(request.get("args", {}))
    shown = args if len(args) <= 500 else f"{args[:500]}…"
    reason = opt_str(request.get("reason"))
    why = f" ({reason})" if reason else ""
    return (
        f"May {request.get('tool_name')} run with {shown}?{why} "
        "Reply `approve`, or `deny: your reason`."
    )


# The whole task


def task_of(
    place: Place,
    conversation: Conversation,
    turn: Turn,
    at: str = "",
    *,
    history: int | None = None,
    artifacts: bool = True,
) -> Task:
    """Return the task.

    Args:
        place: where it is.
        conversation: holds the turn.
        turn: the task.
        at: when its status came to be, ISO 8601; empty: unknown.
        history: how many of the newest messages; None: all.
        artifacts: whether to include them.
    """
    told = list(_history(place, turn))
    return Task(
        id=turn.id,
        context_id=place.context_id,
        status=status_of(place, conversation, turn, at),
        history=told if history is None else told[max(0, len(told) - history) :],
        artifacts=_artifacts(place, turn) if artifacts else [],
    )


def _history(place: Place, turn: Turn) -> Iterator[Message]:
    posted = [part for post in turn.posts for part in _post_parts(place, post)]
    yield place.message(turn.client_id or f"{turn.id}-post", Role.ROLE_USER, posted)
    for approval in turn.approvals.values():
        if approval.resolution is not None:
            yield _question(place, (approval,))
            yield _answer(place, approval)


def _post_parts(place: Place, post: Data) -> Iterator[Part]:
    if text := str_of(post.get("content")):
        yield text_part(text)
    for file in list_of(post.get("files")):
        yield file_part(dict_of(file), place.blobs)


def _answer(place: Place, approval: Approval) -> Message:
    resolution = approval.resolution or {}
    answer: dict[str, Any] = {
        "type": asked(approval)["type"],
        "request_id": approval.request_id,
        "decision": "approve" if resolution.get("approved") else "deny",
    }
    for key, name in (("args", "args"), ("deny_reason", "reason"), ("by", "by")):
        if key in resolution:
            answer[name] = resolution[key]
    number = opt_str(resolution.get("client_id")) or f"{approval.request_id}-answer"
    return place.message(number, Role.ROLE_USER, [data_part(answer)])


def _artifacts(place: Place, turn: Turn) -> list[Artifact]:
    reply = [Artifact(artifact_id=REPLY, name=REPLY, parts=[text_part(turn.text)])]
    results = (rich(place, call) for call in turn.tool_calls.values())
    return [*(reply if turn.text else []), *(r for r in results if r is not None)]


def rich(place: Place, call: ToolCall) -> Artifact | None:
    """Return the artifact of a tool's rich result; None if its result is plain."""
    bundle = dict_of(dict_of(call.outcome).get("mime"))
    if not bundle:
        return None
    parts = bundle_parts(bundle, place.blobs)
    return Artifact(artifact_id=sound(call.tool_call_id), name=sound(call.tool_name), parts=parts)
