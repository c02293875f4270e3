"""What is legal now, and what a turn's end looks like.

Pure: each rule reads a conversation and a command and either returns or raises one clear sentence.
Whether something may happen is decided here; what it does to the conversation is in `fold.py`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from cellspeak.errors import (
    ApprovalError,
    NotFoundError,
    RateLimitError,
    SessionNotFoundError,
    ValidationError,
)

from .arguments import complaint, same_json
from .codec import dumps
from .commands import Cancel, Post, Respond, SetHead
from .conversation import Approval, Conversation, Turn
from .events import Data, Draft
from .kinds import dict_of, opt_str

__all__ = [
    "Limits",
    "answer_of_policy",
    "args_digest",
    "check_open",
    "check_post",
    "closing",
    "covered_by_grant",
    "find_approval",
    "find_cancel",
    "find_turn",
    "is_edited",
    "turn_of_client",
]

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The numbers of the contract; each is a setting."""

    prompt_bytes: int = MIB
    """Most UTF-8 bytes of text in one post, > 0."""
    queue: int = 8
    """Most posts that wait while a turn runs, ≥ 0."""
    turn_timeout: float = 600.0
    """Seconds a turn may take, > 0; waiting for a person does not count."""
    blob_bytes: int = 32 * 1024
    """Anything larger in an event is kept as a blob, > 0."""
    approval_timeout: float | None = None
    """Seconds until an approval expires; None: never."""


def check_open(conversation: Conversation, session_id: str) -> None:
    """Raise SessionNotFoundError if the session was terminated."""
    if conversation.terminated:
        raise SessionNotFoundError(
            f"the session {session_id} was terminated and cannot be used any more; "
            "create a new session",
            session_id=session_id,
        )


def check_post(conversation: Conversation, post: Post, limits: Limits) -> None:
    """Raise unless *post* may be taken now.

    Raises:
        ValidationError: if there is nothing to say, or too much.
        NotFoundError: if `after_turn` names no turn.
        RateLimitError: if the queue is full.
    """
    check_open(conversation, post.session_id)
    _check_prompt(post, limits)
    if post.after_turn is not None and not post.root and post.after_turn not in conversation.turns:
        raise NotFoundError(
            f"expected after_turn to name a turn of this session; got {post.after_turn!r:.80}"
        )
    # What comes while nothing runs does not wait, however short the queue is.
    if conversation.turns.live and len(conversation.queued) >= limits.queue:
        raise RateLimitError(
            f"{limits.queue} messages are waiting already; wait for a reply, or stop a turn, "
            "and send this one again"
        )


def _check_prompt(post: Post, limits: Limits) -> None:
    texts = [m.get("content", "") for m in post.messages]
    if not all(isinstance(t, str) for t in texts):
        raise ValidationError("expected each message's content to be a string")
    if not any(t.strip() for t in texts) and not any(m.get("files") for m in post.messages):
        raise ValidationError("expected a message with some text; got only white space")
    size = sum(len(t.encode("utf-8", "surrogatepass")) for t in texts)
    if size > limits.prompt_bytes:
        raise ValidationError(
            f"expected at most {limits.prompt_bytes / MIB:g} MiB of text in a message; "
            f"got {size / MIB:.1f} MiB; attach it as a file instead"
        )


def turn_of_client(conversation: Conversation, client_id: str) -> Turn | None:
    """Return the turn that the post *client_id* made, newest first, if it was taken before."""
    turns = reversed(list(conversation.turns.values()))
    return next((t for t in turns if t.client_id == client_id), None)


def find_turn(conversation: Conversation, command: SetHead) -> Turn:
    """Return the turn that *command* names, or raise NotFoundError."""
    turn = conversation.turns.get(command.turn_id)
    if turn is None:
        raise NotFoundError(f"expected a turn of this session; got {command.turn_id!r:.80}")
    return turn


def find_cancel(conversation: Conversation, command: Cancel) -> Turn | None:
    """Return the turn to stop: the named one, else the running one; None if it has ended.

    Raises:
        NotFoundError: if the named turn does not exist.
    """
    turn = conversation.open_turn
    if command.turn_id is not None:
        turn = conversation.turns.get(command.turn_id)
        if turn is None:
            raise NotFoundError(f"expected a turn of this session; got {command.turn_id!r:.80}")
    return None if turn is None or turn.ended else turn


def find_approval(
    conversation: Conversation, command: Respond, now: str
) -> tuple[Turn, Approval] | None:
    """Return what *command* answers; None if this very answer was taken before.

    Raises:
        ApprovalError: unknown, already resolved, expired, for other arguments, with edited
            arguments that do not fit, or to be remembered for a tool that always asks.
    """
    for turn in reversed(list(conversation.turns.values())):
        approval = turn.approvals.get(command.request_id)
        if approval is not None:
            return _answerable(turn, approval, command, now)
    raise ApprovalError(
        f"expected the id of an approval request of this session; got {command.request_id!r:.80}",
        problem="unknown",
        session_id=command.session_id,
    )


def _answerable(
    turn: Turn, approval: Approval, command: Respond, now: str
) -> tuple[Turn, Approval] | None:
    resolution = approval.resolution
    if resolution is not None and resolution.get("client_id") == command.client_id:
        return None
    _refuse_resolved(turn, approval, command)
    expires_at = opt_str(approval.request.get("expires_at"))
    # The engine's own answer, when the time is over, may only deny.
    too_late = command.approved or command.by.get("kind") != "timeout"
    if expires_at is not None and now >= expires_at and too_late:
        raise ApprovalError(
            f"this approval expired at {expires_at}; ask the agent again",
            problem="expired",
            session_id=command.session_id,
        )
    digest = approval.request.get("args_digest")
    if command.args_digest is not None and command.args_digest != digest:
        raise ApprovalError(
            "this answer is for other arguments than those that were asked for; "
            "look at the request again and answer that",
            problem="digest_differs",
            session_id=command.session_id,
        )
    if command.approved:
        _refuse_unfit(approval, command)
    return turn, approval


def _refuse_unfit(approval: Approval, command: Respond) -> None:
    """Refuse a yes that cannot be carried out as it is; the question stays open."""
    if command.remember is not None and approval.request.get("always") is True:
        raise ApprovalError(
            "this tool asks each time, so a yes cannot be remembered; answer without remember",
            problem="always_asks",
            session_id=command.session_id,
        )
    if command.args is None or same_json(command.args, approval.request.get("args")):
        return
    why = _not_json(command.args) or complaint(command.args, approval.request.get("args_schema"))
    if why is not None:
        raise ApprovalError(
            f"the edited arguments do not fit: {why:.300}; change them and answer again",
            problem="invalid_args",
            session_id=command.session_id,
        )


def _not_json(args: Data) -> str | None:
    try:
        size = len(dumps(args).encode("utf-8"))
    except (TypeError, ValueError, RecursionError):
        return "expected JSON, such as texts, numbers and lists"
    return f"expected at most 1 MiB; got {size / MIB:.1f} MiB" if size > MIB else None


def _refuse_resolved(turn: Turn, approval: Approval, command: Respond) -> None:
    if approval.resolution is not None:
        how = "approved" if approval.resolution.get("approved") else "denied"
        by = dict_of(approval.resolution.get("by")).get("kind", "somebody")
        expired = by == "timeout"
        raise ApprovalError(
            "this approval expired; ask the agent again"
            if expired
            else f"this was {how} already by the {by}; an approval is answered once",
            problem="expired" if expired else "already_resolved",
            session_id=command.session_id,
        )
    if turn.ended:
        raise ApprovalError(
            f"the turn that asked for this was {turn.status}; nothing waits for an answer",
            problem="already_resolved",
            session_id=command.session_id,
        )


def args_digest(args: Data) -> str:
    """Return the SHA-256 (hex) of *args* as canonical JSON: sorted keys, no spaces."""
    text = json.dumps(args, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_edited(approval: Approval) -> bool:
    """Tell whether other arguments ran than those that were asked for."""
    ran = (approval.resolution or {}).get("args")
    return ran is not None and not same_json(ran, approval.request.get("args"))


def covered_by_grant(conversation: Conversation, tool_name: str, args: Data) -> bool:
    """Tell whether a `remember` of this session already allows this call."""
    digest = args_digest(args)  # and not ==, for which True is 1
    return any(
        g.get("tool_name") == tool_name and ("args" not in g or args_digest(g["args"]) == digest)
        for g in conversation.grants
    )


def answer_of_policy(
    conversation: Conversation, turn: Turn, approval: Approval
) -> tuple[bool, str] | None:
    """Return the answer that nobody needs to give; None: a person must.

    Returns:
        Whether it is approved, and by what: `remembered` (a grant) or `on_approval` (the post).
    """
    request = approval.request
    on_approval = turn.posts[0].get("on_approval", "ask") if turn.posts else "ask"
    # A tool may ask each time, whatever was allowed before.
    granted = request.get("always") is not True and covered_by_grant(
        conversation, str(request.get("tool_name")), request.get("args", {})
    )
    if on_approval == "ask" and not granted:
        return None
    approved = granted or on_approval == "allow"
    if approved and "tool_call_id" not in request:
        return None  # nobody can sign in for a person
    return approved, "remembered" if granted else "on_approval"


def closing(turn: Turn) -> list[Draft]:
    """Return the drafts that close what is open in *turn*, calls first, then messages.

    The last text message is left to `message_complete`, which closes it with the turn.
    """
    last = next((m for m in reversed(turn.messages) if m.kind == "text"), None)
    drafts = [
        Draft(
            type="tool_call",
            turn_id=turn.id,
            data={"tool_call_id": c.tool_call_id, "tool_name": c.tool_name, "status": "cancelled"},
        )
        for c in turn.tool_calls.values()
        if c.status in ("running", "awaiting_approval")
    ]
    for message in turn.messages:
        if message.status != "open" or message is last:
            continue
        kind, data = (
            ("thinking", {"text": "", "done": True})
            if message.kind == "thinking"
            else ("message_streaming", {"text": str(message.text), "closed": True})
        )
        drafts.append(Draft(type=kind, turn_id=turn.id, message_id=message.id, data=data))
    return drafts
