"""What a peer says in one turn, as the log's drafts.

Its one law: text is said once, however often it comes: as deltas, repeated whole, in a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from a2a.types import (
    Artifact,
    Message,
    Part,
    Role,
    StreamResponse,
    Task,
    TaskState,
    TaskStatus,
)

from cellspeak.agents import base
from cellspeak.core.conversation import Turn
from cellspeak.core.events import Data, Draft
from cellspeak.core.kinds import dict_of, str_of
from cellspeak.errors import CellspeakError, ProtocolError, TurnFailedError

from .pieces import card_of, data_of, json_of, text_of
from .place import Place, answered, asked
from .questions import Asking, questions_in
from .steps import Steps

__all__ = ["Hearing"]

_MOST_TEXT = 4 * 2**20  # characters of a turn
_MOST_ARTIFACTS = 200
_ASKS = (TaskState.TASK_STATE_INPUT_REQUIRED, TaskState.TASK_STATE_AUTH_REQUIRED)
_ENDS = (
    TaskState.TASK_STATE_COMPLETED,
    TaskState.TASK_STATE_CANCELED,
    TaskState.TASK_STATE_FAILED,
    TaskState.TASK_STATE_REJECTED,
)


class Hearing:
    """Hears one pass of a turn.

    Args:
        turn: as it was when the pass began.
        place: where it stands at the other side; kept up to date.
        host: how the peer is called in sentences.
        url: where to sign in if the peer does not say.
    """

    def __init__(self, turn: Turn, place: Place, host: str, url: str) -> None:
        self.place = place
        self.settled = False
        """True once nothing more comes: the task has ended, or a person has to act."""
        self.failure: CellspeakError | None = None
        """How the task ended, if not well."""
        self._turn, self._host, self._url = turn, host, url
        self._steps = Steps(turn.tool_calls)
        self._known = answered(turn)
        self._completed = False
        self._partial: dict[str, str] = {}
        self._shown: set[str] = set()
        self._thought: dict[str, str] = {}
        self._fresh = True
        self._length = 0
        self._last = ""

    def begin(self) -> Iterator[Draft]:
        """Yield what the answers of this pass start here."""
        for approval in asked(self._turn):
            key = str_of(approval.request.get("tool_call_id"))
            if key and (approval.resolution or {}).get("approved"):
                yield from self._steps.allowed(key)

    def hear(self, update: StreamResponse) -> Iterator[Draft]:
        """Yield what *update* says.

        Raises:
            ProtocolError: if it is more than a turn may be.
        """
        for draft in self._heard(update):
            if draft.type not in ("message_delta", "note"):
                self._fresh = True
            yield draft

    def _heard(self, update: StreamResponse) -> Iterator[Draft]:
        match update.WhichOneof("payload"):
            case "task":
                yield from self._task(update.task)
            case "message":
                self._at(update.message.task_id, update.message.context_id)
                yield from self._message(update.message)
                self.settled = True
            case "status_update":
                told = update.status_update
                self._at(told.task_id, told.context_id)
                yield from self._status(told.status, dict_of(json_of(told.metadata)))
            case "artifact_update":
                more = update.artifact_update
                self._at(more.task_id, more.context_id)
                metadata = dict_of(json_of(more.metadata))
                metadata = {**metadata, **dict_of(json_of(more.artifact.metadata))}
                yield from self._artifact(more.artifact, metadata, more.append)
            case _:
                pass  # a newer kind

    def _at(self, task: str, context: str) -> None:
        self.place.task = task[:500] or self.place.task
        self.place.context = context[:500] or self.place.context

    # The whole task

    def _task(self, task: Task) -> Iterator[Draft]:
        self._at(task.id, task.context_id)
        for artifact in task.artifacts:
            yield from self._artifact(artifact, dict_of(json_of(artifact.metadata)), False)
        if self.silent and task.history and task.history[-1].role == Role.ROLE_AGENT:
            yield from self._message(task.history[-1])
        yield from self._status(task.status, dict_of(json_of(task.metadata)))

    @property
    def silent(self) -> bool:
        """True if the task has ended well without a word: then its words are to be got."""
        ended = self.settled and self._completed and self.place.task != ""
        return ended and not self._length and not self._shown

    # Text

    def _message(self, message: Message) -> Iterator[Draft]:
        text = text_of(message.parts)
        if text and text.strip() != self._last.strip():
            self._fresh = True
            yield from self._say(text)
        yield from self._card(message.message_id or "message", "reply", message.parts)

    def _artifact(self, artifact: Artifact, metadata: Data, append: bool) -> Iterator[Draft]:
        key = artifact.artifact_id[:200]
        heard = self.place.heard
        if key not in heard and len(heard) >= _MOST_ARTIFACTS:
            raise ProtocolError(f"the agent at {self._host} sent too many artifacts")
        yield from self._thinking(dict_of(metadata.get("thinking")))
        yield from self._steps.listed(metadata)
        if key in self._steps.known:  # what a tool returned; its call says the rest
            yield from self._card(key, self._steps.known[key][0], artifact.parts, pictures=True)
            return
        text = text_of(artifact.parts)
        if "partial" in metadata:
            text = self._unrepeated(key, text, metadata["partial"] is True)
            append = True
        before = heard.get(key, "")
        if not append:
            text = text[len(before) :] if text.startswith(before) else self._again(before, text)
        elif key not in heard:
            self._fresh = True
        if text:
            heard[key] = before + text
            yield from self._say(text)
        yield from self._others(key, artifact)

    def _unrepeated(self, key: str, text: str, partial: bool) -> str:
        """Return what is new of *text*: a response comes in pieces, and then once more, whole."""
        if partial:
            self._partial[key] = self._partial.get(key, "") + text
            return text
        said = self._partial.pop(key, "")
        return text[len(said) :] if text.startswith(said) else text

    def _again(self, before: str, text: str) -> str:
        """Return what to say of an artifact that was replaced by another text."""
        if before.startswith(text) or text.strip() == before.strip():
            return ""
        self._fresh = True
        return text

    def _say(self, text: str) -> Iterator[Draft]:
        self._length += len(text)
        if self._length > _MOST_TEXT:
            raise ProtocolError(
                f"the agent at {self._host} said more than {_MOST_TEXT // 2**20} million characters"
            )
        if self._fresh:
            text = text.lstrip("\n")  # a message of its own: the line between is not its text
        if text:
            self._last = text if self._fresh else self._last + text
            self._fresh = False
            yield base.say(text)

    def _thinking(self, thinking: Data) -> Iterator[Draft]:
        if not thinking:
            return
        key, content = str_of(thinking.get("id"))[:200], str_of(thinking.get("content"))
        before = self._thought.get(key, "")
        done = thinking.get("status") == "completed"
        new = content[len(before) :] if before and content.startswith(before) else content
        if done and before and not content.startswith(before):
            new = ""
        self._thought[key] = before + new
        if len(self._thought) > _MOST_ARTIFACTS or len(self._thought[key]) > _MOST_TEXT:
            raise ProtocolError(f"the agent at {self._host} thought more than can be shown")
        if new or done:
            yield base.think(new, done=done)

    # Files and data

    def _others(self, key: str, artifact: Artifact) -> Iterator[Draft]:
        results = [d for d in data_of(artifact.parts) if d.get("type") == "tool_result"]
        for found in results:
            yield from self._steps.answered(found)
        if not results:
            yield from self._card(key, artifact.name or "artifact", artifact.parts)

    def _card(
        self, key: str, name: str, parts: Iterable[Part], *, pictures: bool = False
    ) -> Iterator[Draft]:
        outcome = card_of(parts)
        if outcome is None or key in self._shown or (pictures and "mime" not in outcome):
            return
        self._shown.add(key)
        call = f"{base.OWN}{key}"
        shown = base.result(call, name[:100], outcome["result"])
        yield base.tool(call, name[:100], {})
        yield replace(shown, data={**shown.data, **outcome})

    # How it stands

    def _status(self, status: TaskStatus, metadata: Data) -> Iterator[Draft]:
        yield from self._steps.told(dict_of(metadata.get("progress")))
        if status.state in _ASKS:
            yield from self._asks(status, metadata)
        elif status.state in _ENDS:
            yield from self._ends(status)
        elif status.HasField("message") and status.message.message_id not in self._shown:
            self._shown.add(status.message.message_id)
            text = " ".join(text_of(status.message.parts).split())
            if text:
                yield base.note("agent", text[:500])

    def _asks(self, status: TaskStatus, metadata: Data) -> Iterator[Draft]:
        message = status.message
        before = asked(self._turn)
        number = 1 + max((a.request["remote"]["round"] for a in before), default=0)
        asking = Asking(
            number=number,
            message_id=message.message_id,
            text=text_of(message.parts),
            data=data_of(message.parts),
            metadata={**metadata, **dict_of(json_of(message.metadata))},
            signs_in=status.state == TaskState.TASK_STATE_AUTH_REQUIRED,
            task=self.place.task,
            context=self.place.context,
            url=self._url,
            calls=self._steps.known,
        )
        drafts = questions_in(asking, self._known)
        if drafts is not None:
            self.settled = True
            yield from drafts

    def _ends(self, status: TaskStatus) -> Iterator[Draft]:
        self.settled = True
        self._completed = status.state == TaskState.TASK_STATE_COMPLETED
        if self._completed:
            yield from self._steps.left()
            if status.HasField("message"):
                yield from self._message(status.message)
            return
        words = " ".join(text_of(status.message.parts).split())
        if words:
            yield base.note("agent", f"The agent says: {words[:300]}")
        word = {
            TaskState.TASK_STATE_FAILED: "failed",
            TaskState.TASK_STATE_REJECTED: "refused the task",
        }.get(status.state, "cancelled its task")
        self.failure = TurnFailedError(f"the agent at {self._host} {word}")
