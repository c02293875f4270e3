"""What is heard of a session at a peer without numbers: its frames, numbered on arrival.

Its one law: the log only grows, and what is told again changes nothing.  A connection that was lost
leaves holes; the history (`reconcile`) fills them, and whole texts replace what deltas built.
Twin: `server/plain.py`, which makes such frames of a log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cellspeak.core import rules
from cellspeak.core.commands import Post, Respond
from cellspeak.core.conversation import Approval, Turn
from cellspeak.core.events import Data, Draft
from cellspeak.core.kinds import dict_of, int_of, str_of, without

from .numbered import Numbered
from .texts import Text, Thought

__all__ = ["Heard"]

_STAGES = {"awaiting_approval": 0, "running": 1}
"""How far a call is; every other word is its end.  One that goes back was told before."""


class Heard(Numbered):
    """What is heard of one session.

    Args:
        session_id: the peer's.
        agent: `{kind, name, model}` of who answers, as far as it is known.
    """

    def __init__(self, session_id: str, agent: Data) -> None:
        super().__init__(session_id)
        self.expected: Post | None = None
        """A post whose acknowledgement was lost: the history says whether it was taken."""
        self.answering: Respond | None = None
        """An answer on its way to the peer."""
        self._texts: dict[str, Text] = {}
        self._thoughts: dict[str, Thought] = {}
        self._homes: dict[str, str] = {}
        """The turn of each message that has been heard or posted."""
        self._unnamed: list[tuple[str, str]] = []
        """Posts of which the peer did not tell the ids: text (empty: a file's) and turn."""
        self.commit(Draft(type="session_created", data={"agent": agent, "owner": ""}))

    # What we did

    def posted(self, messages: Sequence[Data], ids: Sequence[str], client_id: str = "") -> Turn:
        """Log a post that the peer has taken; *ids* are its own, as far as it told them."""
        number = len(self.conversation.turns) + 1
        turn_id = f"{self.session_id}.{number}"
        known = [
            {**message, "id": ids[n] if n < len(ids) else f"{number}.{n + 1}"}
            for n, message in enumerate(messages)
        ]
        for n, message in enumerate(known):
            self._homes[str(message["id"])] = turn_id
            if n >= len(ids):
                self._unnamed += [(text, turn_id) for text in _texts_of(message)]
        data = {
            "messages": known,
            "author": "user",
            **({"client_id": client_id} if client_id else {}),
            **({"after_turn": self.conversation.head} if self.conversation.head else {}),
            **({"queued": True} if self.conversation.turns.live else {}),
        }
        kind = "message_posted" if len(known) == 1 else "messages_posted"
        self.commit(Draft(type=kind, turn_id=turn_id, data=data))
        return self.conversation.turns[turn_id]

    def answered(self, command: Respond) -> None:
        """Log an answer that the peer has taken, unless its effect was heard before."""
        turn = self.conversation.open_turn
        approval = None if turn is None else turn.approvals.get(command.request_id)
        if turn is None or approval is None or approval.resolution is not None:
            return
        shown = dict_of(approval.request.get("args"))
        said = {"deny_reason": command.deny_reason} if command.deny_reason else {}
        args = {"args": shown if command.args is None else command.args} if command.approved else {}
        self.commit(_resolved(turn, approval, command.approved, {**args, **said}, command.by))

    def terminated(self, reason: str) -> None:
        """Log the end of the session."""
        self.commit(Draft(type="session_terminated", data={"reason": reason}))

    # What we hear

    def begin(self) -> None:
        """Say that a new connection begins: it may tell again what an earlier one told."""
        for thought in self._thoughts.values():
            thought.again = ""

    def hear(self, frame: Data, *, covered: bool = False) -> bool:
        """Log what *frame* tells; False if it belongs to no turn that is known.

        Args:
            frame: of any word; one that tells nothing is passed over.
            covered: whether the history, asked for later than it came, has it already.
        """
        kind = str_of(frame.get("type"))
        if kind == "participant_status":
            self._status(str_of(dict_of(frame.get("message")).get("status")))
        elif kind == "message_delta":
            return self._told(
                str_of(frame.get("message_id")),
                lambda turn, key: self._delta(turn, key, frame, covered),
            )
        elif kind == "message_notification":
            message = dict_of(frame.get("message"))
            return self._said(str_of(message.get("id")), dict_of(message.get("content")))
        elif kind == "error":
            self._failed(frame)
        return True

    def adopt(self) -> None:
        """Log a turn of which only the answer is known."""
        self.posted([], [])

    def reconcile(self, history: Iterable[Data]) -> bool:
        """Log what *history* has and the log has not; tell whether the open turn looks finished.

        Args:
            history: the messages of `get_messages`, oldest first.
        """
        turn_id, finished, strange = None, False, list[Data]()
        for message in history:
            key, content = str_of(message.get("id")), dict_of(message.get("content"))
            finished = False
            if "user_id" not in dict_of(message.get("sender")):
                turn_id = self._take_strange(strange) or turn_id
                if turn_id is not None and not self.conversation.turns[turn_id].idle:
                    self._enter(turn_id)
                    self._said(key, content, whole=True)
                    finished = _ends(content)
            elif (home := self._home_of(key, str_of(content.get("value")))) is not None:
                self._take_strange(strange)
                turn_id = home
            else:
                strange.append({"id": key, "content": str_of(content.get("value"))})
        self._take_strange(strange)
        return finished and self.conversation.open_turn is not None

    def end(self) -> None:
        """Log the end of the open turn: nothing of it is open afterwards."""
        turn = self.conversation.open_turn
        if turn is None:
            return
        last = next((m for m in reversed(turn.messages) if m.kind == "text"), None)
        failed = bool(turn.messages) and turn.messages[-1].kind == "error"
        text = {
            "text": str(last.text) if last else "",
            "status": "interrupted" if failed else "complete",
        }
        key = last.id if last else f"{turn.id.rpartition('.')[2]}.end"
        self.commit(
            *rules.closing(turn),
            Draft(type="message_complete", turn_id=turn.id, message_id=key, data=text),
            _status(turn.id, "Idle"),
        )

    def _home_of(self, key: str, text: str) -> str | None:
        """Return the turn of a user's message in the history; None if it is not known."""
        if key not in self._homes and self._unnamed and self._unnamed[0][0] in ("", text):
            self._homes[key] = self._unnamed.pop(0)[1]
        return self._homes.get(key)

    def _take_strange(self, strange: list[Data]) -> str | None:
        """Log user's messages that stand together in the history and not in the log, as one turn.

        They are the post whose acknowledgement was lost, or another client's.
        """
        if not strange:
            return None
        found, post = strange[:], self.expected
        strange.clear()
        texts = [text for m in post.messages for text in _texts_of(m)] if post else []
        ids = [str(m["id"]) for m in found]
        if post is None or not _match(texts, found):
            return self.posted(found, ids).id
        self.expected = None
        turn_id = self.posted(post.messages, ids, post.client_id).id
        self._homes.update(dict.fromkeys(ids, turn_id))
        return turn_id

    def _enter(self, turn_id: str) -> None:
        """Begin the turn *turn_id*; those before it have ended without our hearing it."""
        for turn in tuple(self.conversation.turns.live):
            if turn.status == "queued":
                self.commit(_status(turn.id, "Processing"))
            if turn.id == turn_id:
                return
            self.end()

    def _turn(self) -> Turn | None:
        """Return the turn that what comes now belongs to."""
        if self.conversation.open_turn is None and self.conversation.queued:
            self.commit(_status(self.conversation.queued[0].id, "Processing"))
        return self.conversation.open_turn

    def _status(self, status: str) -> None:
        began = self.conversation.open_turn is None
        turn = self.conversation.open_turn if status == "Idle" else self._turn()
        if turn is None or (began and status == "Processing"):
            return
        if status == "Idle":
            self.end()
        elif _STATUS.get(turn.status) != status:
            self.commit(_status(turn.id, status))

    def _told(self, key: str, log: Callable[[Turn, str], None]) -> bool:
        home = self.conversation.turns.get(self._homes.get(key, ""))
        if home is not None and home.idle:
            return True  # told again
        turn = home if home is not None and home.status != "queued" else self._turn()
        if turn is None:
            return False
        self._homes.setdefault(key, turn.id)
        log(turn, key)
        return True

    def _said(self, key: str, content: Data, *, whole: bool = False) -> bool:
        kind = str_of(content.get("type"))
        if kind in ("thinking", "reasoning"):
            return self._told(key, lambda turn, key: self._thought(turn, key, content, whole))
        log = _CONTENT.get(kind, Heard._item)
        return self._told(key, lambda turn, key: log(self, turn, key, content))

    def _delta(self, turn: Turn, key: str, frame: Data, covered: bool) -> None:
        text = self._texts.setdefault(key, Text())
        index, value = int_of(frame.get("index"), text.count) or 0, str_of(frame.get("value"))
        data = text.delta(index, value, covered=covered)
        if data is not None:
            self.commit(Draft(type="message_delta", turn_id=turn.id, message_id=key, data=data))

    def _text(self, turn: Turn, key: str, content: Data) -> None:
        text = self._texts.setdefault(key, Text())
        value = str_of(content.get("value")) or str_of(content.get("content"))
        data = text.so_far(value, done=content.get("status") == "Complete")
        if data is not None:
            kind = "message_streaming"
            self.commit(Draft(type=kind, turn_id=turn.id, message_id=key, data=data))

    def _thought(self, turn: Turn, key: str, content: Data, whole: bool) -> None:
        thought = self._thoughts.setdefault(key, Thought())
        new = thought.new(str_of(content.get("content")) or str_of(content.get("value")), whole)
        if new is not None:
            summary = content.get("summary")
            data = {"text": new, **({"summary": summary} if summary else {})}
            self.commit(Draft(type="thinking", turn_id=turn.id, message_id=key, data=data))

    def _call(self, turn: Turn, key: str, content: Data) -> None:
        call_id, status = str_of(content.get("tool_id")) or key, str_of(content.get("status"))
        status = _WORDS.get(status.lower(), status) or "running"
        known = turn.tool_calls.get(call_id)
        if known is not None and _STAGES.get(known.status, 2) >= _STAGES.get(status, 2):
            return
        if status != "awaiting_approval":
            self._effect(turn, call_id, approved=status != "denied")
        self.commit(_call(turn, key, call_id, str_of(content.get("tool_name")), status))

    def _effect(self, turn: Turn, call_id: str, *, approved: bool) -> None:
        """Log the answer whose effect is seen: ours that is on its way, or somebody else's."""
        asked = next((a for a in turn.pending if a.request.get("tool_call_id") == call_id), None)
        if asked is None:
            return
        ours = self.answering
        if ours and ours.request_id == asked.request_id and ours.approved == approved:
            self.answered(ours)
        else:
            shown = {"args": asked.request.get("args")} if approved else {}
            self.commit(_resolved(turn, asked, approved, shown, {"kind": "user"}))

    def _request(self, turn: Turn, key: str, content: Data) -> None:
        request_id = str_of(content.get("request_id")) or key
        call_id = str_of(content.get("tool_call_id")) or str_of(content.get("tool_id")) or key
        call = turn.tool_calls.get(call_id)
        answered = call is not None and call.status != "awaiting_approval"
        if request_id in turn.approvals or answered:
            return
        name, args = str_of(content.get("tool_name")), dict_of(content.get("args"))
        told = without(content, "type", "tool_id")
        data = {**told, "request_id": request_id, "tool_call_id": call_id, "args": args}
        if content.get("type") == "reauthorization_request":
            kind, data = "reauth_request", {**told, "request_id": request_id}
        else:
            kind = "approval_request"
            self.commit(_call(turn, f"{key}-call", call_id, name, "awaiting_approval", args))
        self.commit(Draft(type=kind, turn_id=turn.id, message_id=key, data=data))
        self._status("AwaitingApproval")

    def _item(self, turn: Turn, key: str, content: Data) -> None:
        """Log what comes in one piece, once; a word that is not known is kept."""
        if any(m.id == key for m in turn.messages):
            return
        kind = str_of(content.get("type"), "unknown")
        data = without(content, "type")
        if kind == "error_message":
            line = str_of(content.get("error"), "it failed")
            data = {"error": line, "code": "agent_failed", "retryable": False}
        kind = {"error_message": "error", "search_message": "search_result"}.get(kind, kind)
        self.commit(Draft(type=kind, turn_id=turn.id, message_id=key, data=data))

    def _failed(self, frame: Data) -> None:
        turn = self.conversation.open_turn
        line = str_of(frame.get("error"), "the server could not do this")
        data = {"error": line, "code": "peer", "retryable": False}
        if frame.get("request_type"):
            data["request_type"] = str_of(frame.get("request_type"))
        self.commit(Draft(type="error", turn_id=turn.id if turn else None, data=data))


_STATUS: Mapping[str, str] = {"running": "Processing", "awaiting_approval": "AwaitingApproval"}
_WORDS: Mapping[str, str] = {
    "started": "running",
    "completed": "done",
    "complete": "done",
    "success": "done",
    "error": "failed",
    "rejected": "denied",
}
"""Other words for where a call stands."""

_CONTENT: Mapping[str, Callable[[Heard, Turn, str, Data], None]] = {
    "data_type_message": Heard._text,
    "agent_task": Heard._text,
    "tool_call": Heard._call,
    "tool_call_approval": Heard._request,
    "reauthorization_request": Heard._request,
}


def _ends(content: Data) -> bool:
    """Tell whether a turn whose last message this is looks finished."""
    kind = content.get("type")
    return kind == "error_message" or (
        kind == "data_type_message" and content.get("status") == "Complete"
    )


def _texts_of(message: Data) -> list[str]:
    """Return what the history shows of *message*: its text, then nothing sure of each file."""
    text = str_of(message.get("content"))
    return [*([text] if text else []), *("" for _ in message.get("files", ()))]


def _match(texts: Sequence[str], found: Sequence[Data]) -> bool:
    pairs = zip(texts, found, strict=False)
    return len(texts) == len(found) and all(t in ("", m["content"]) for t, m in pairs)


def _status(turn_id: str, status: str) -> Draft:
    return Draft(type="participant_status", turn_id=turn_id, data={"status": status})


def _call(
    turn: Turn, key: str, call_id: str, name: str, status: str, args: Data | None = None
) -> Draft:
    data = {"tool_call_id": call_id, "tool_name": name, "status": status}
    if args is not None:
        data = {**data, "args": args}  # type: ignore[dict-item]  # JSON
    return Draft(type="tool_call", turn_id=turn.id, message_id=key, data=data)


def _resolved(turn: Turn, asked: Approval, approved: bool, facts: Data, by: Data) -> Draft:
    call_id = str_of(asked.request.get("tool_call_id"))
    data = {
        "request_id": asked.request_id,
        **({"tool_call_id": call_id} if call_id else {}),
        "approved": approved,
        **facts,
        "by": by,
    }
    return Draft(type="approval_resolved", turn_id=turn.id, data=data)
