"""The events of a turn as the updates of a task.

Its one law: the text of the reply's updates, added up, is the text of the turn; where the log
replaces what its deltas built, the artifact is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from a2a.types import (
    Artifact,
    Role,
    Task,
    TaskArtifactUpdateEvent,
    TaskState,
    TaskStatus,
    TaskStatusUpdateEvent,
)

from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.events import SessionEvent
from cellspeak.core.kinds import str_of, without
from cellspeak.waiting import unanswered

from .parts import as_struct, text_part
from .tasks import REPLY, Place, rich, state_of, status_of, task_of

__all__ = ["Progress", "Update"]

Update: TypeAlias = Task | TaskStatusUpdateEvent | TaskArtifactUpdateEvent

WORKING = TaskState.TASK_STATE_WORKING
_STEPS = ("thinking", "tool_call", "tool_progress", "tool_result")


class Progress:
    """Tells one reader of one task what changes.

    Args:
        place: where the task is.
        start: the conversation that the reader knows.
    """

    def __init__(self, place: Place, start: Conversation) -> None:
        self._place = place
        turn = start.turns.get(place.task_id)
        self._known = turn is not None
        self._sent = [turn.text] if turn is not None and turn.text else []
        self._message = _last_text(turn) if turn is not None else None
        self._status = _facts(start, turn) if turn is not None else None

    def tell(self, event: SessionEvent, conversation: Conversation) -> Iterator[Update]:
        """Yield the updates that *event* is.

        Args:
            event: one of the turn.
            conversation: as it is after the event.
        """
        turn = conversation.turns[self._place.task_id]
        if not self._known:
            self._known, self._status = True, _facts(conversation, turn)
            yield task_of(self._place, conversation, turn, event.at)
            return
        yield from self._reply(event, turn)
        yield from self._step(event, conversation, turn)
        yield from self._changed(event, conversation, turn)

    def parting(self, why: str) -> Iterator[TaskStatusUpdateEvent]:
        """Yield the last update of a stream that ends before its task does, and *why*."""
        if self._status is not None:
            message = self._place.message(
                f"{self._place.task_id}-parting", Role.ROLE_AGENT, [text_part(why)]
            )
            yield self._update(TaskStatus(state=self._status[0], message=message))

    # What the agent says

    def _reply(self, event: SessionEvent, turn: Turn) -> Iterator[TaskArtifactUpdateEvent]:
        if event.type == "message_delta" and event.delta:
            new = bool(self._sent) and event.message_id != self._message
            self._message = event.message_id
            yield self._said(("\n\n" if new else "") + event.delta)
        elif event.type in ("message_streaming", "message_complete"):
            yield from self._mended(turn.text)
            self._message = event.message_id

    def _mended(self, whole: str) -> Iterator[TaskArtifactUpdateEvent]:
        """Yield what is missing of *whole*; all of it, if it is no longer what was sent."""
        sent = "".join(self._sent)
        if whole.startswith(sent):
            self._sent = [sent] if sent else []
            if rest := whole[len(sent) :]:
                yield self._said(rest)
        else:
            self._sent = []
            yield self._said(whole)

    def _said(self, text: str) -> TaskArtifactUpdateEvent:
        more = bool(self._sent)
        self._sent.append(text)
        artifact = Artifact(artifact_id=REPLY, name=REPLY, parts=[text_part(text)])
        return self._artifact(artifact, append=more)

    def _artifact(self, artifact: Artifact, *, append: bool = False) -> TaskArtifactUpdateEvent:
        return TaskArtifactUpdateEvent(
            task_id=self._place.task_id,
            context_id=self._place.context_id,
            artifact=artifact,
            append=append,
        )

    # What it does

    def _step(
        self, event: SessionEvent, conversation: Conversation, turn: Turn
    ) -> Iterator[Update]:
        if event.type not in _STEPS or state_of(conversation, turn) != WORKING:
            return
        update = self._update(status_of(self._place, conversation, turn, event.at))
        told = {"type": event.type, **without(event.data, "args", "mime")}
        update.metadata.CopyFrom(as_struct({"progress": told}))
        yield update
        call = turn.tool_calls.get(str_of(event.data.get("tool_call_id")))
        result = rich(self._place, call) if call and event.type == "tool_result" else None
        if result is not None:
            yield self._artifact(result)

    # How it stands

    def _changed(
        self, event: SessionEvent, conversation: Conversation, turn: Turn
    ) -> Iterator[TaskStatusUpdateEvent]:
        facts = _facts(conversation, turn)
        # The end is told once nothing more comes: the bill may follow the last word.
        if facts != self._status and (turn.idle or not turn.ended):
            self._status = facts
            yield self._update(status_of(self._place, conversation, turn, event.at))

    def _update(self, status: TaskStatus) -> TaskStatusUpdateEvent:
        return TaskStatusUpdateEvent(
            task_id=self._place.task_id, context_id=self._place.context_id, status=status
        )


def _facts(conversation: Conversation, turn: Turn) -> tuple[TaskState, tuple[str, ...]]:
    """Return what makes a status another one: the state, and what is asked."""
    waiting = () if turn.ended else unanswered(conversation, turn.id)
    return state_of(conversation, turn), tuple(a.request_id for a in waiting)


def _last_text(turn: Turn) -> str | None:
    return next((m.id for m in reversed(turn.messages) if m.kind == "text" and m.text), None)
