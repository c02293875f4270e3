"""The Protocol of an agent runtime: it answers one turn, and can be resumed.

`answer` yields drafts in the words of the log and states to save.  To ask for an approval it
yields `ask(...)` and returns; once every question is answered the engine calls `answer` again with
the conversation that holds the answers: one path, live and after a restart.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.events import Data, Draft

__all__ = [
    "OWN",
    "AgentRuntime",
    "Output",
    "ReadBlob",
    "SaveState",
    "TurnRequest",
    "ask",
    "is_own",
    "note",
    "progress",
    "reauth",
    "result",
    "say",
    "search",
    "think",
    "tool",
    "usage",
]

ReadBlob: TypeAlias = Callable[[str], Awaitable[bytes]]
"""Fetch the bytes of a blob by its sha256."""


OWN = "cellspeak:"
"""Begins the ids of cards that a runtime shows as calls although no model made them."""


def is_own(tool_call_id: str) -> bool:
    """Tell whether a call is a card of the runtime's own, and none that a model made."""
    return tool_call_id.startswith(OWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveState:
    """The runtime's own memory, kept beside the log with the events it belongs to.

    A cache: the next `answer` may get None and must then rebuild it from the conversation.
    """

    state: bytes


Output: TypeAlias = Draft | SaveState


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRequest:
    """What a runtime is given to answer."""

    conversation: Conversation
    """Its `path` ends with `turn`."""
    turn: Turn
    """The turn to answer.  When resumed it holds the calls and their answered approvals."""
    state: bytes | None
    """What the last `SaveState` on this path kept, or None."""
    read_blob: ReadBlob


class AgentRuntime(Protocol):
    """Answers turns.  Holds no conversation: any engine may call any instance."""

    def answer(self, request: TurnRequest) -> AsyncIterator[Output]:
        """Yield what happens in the turn, in order; return when done or when `ask` was yielded.

        The engine numbers, batches and closes: a runtime need not close messages, need not say
        `message_complete` and need not end calls after their `result`.  Raising ends the turn as
        failed; the text of the exception is shown only if it is a `CellspeakError`.

        A runtime that works elsewhere may also have `async def abandoned(request)`: it is called
        when a person, the time or the engine has ended the turn, once the log says so.
        """
        ...


def say(text: str) -> Draft:
    """Say *text*: a piece of the reply, joined to what was said since the last call."""
    return Draft(type="message_delta", data={"delta": text})


def think(text: str, *, done: bool = False) -> Draft:
    """Think aloud; `done` ends this thought."""
    return Draft(type="thinking", data={"text": text, "done": True} if done else {"text": text})


def tool(tool_call_id: str, tool_name: str, args: Data) -> Draft:
    """Say that a tool runs now; follow it with `progress` and one `result`."""
    data = {
        "tool_call_id": tool_call_id,
        "tool_name": tool_name,
        "args": args,
        "status": "running",
    }
    return Draft(type="tool_call", data=data)


def progress(tool_call_id: str, fraction: float | None, text: str = "") -> Draft:
    """Say how far a running tool is: `fraction` 0..1, or None where nobody knows."""
    data = {"tool_call_id": tool_call_id, "fraction": fraction, "text": text}
    return Draft(type="tool_progress", data=data)


def result(
    tool_call_id: str, tool_name: str, value: Any = None, *, error: str | None = None
) -> Draft:
    """Give the outcome of a tool: a JSON *value*, or one line of *error*."""
    outcome = {"result": value} if error is None else {"error": error}
    data = {"tool_call_id": tool_call_id, "tool_name": tool_name, **outcome}
    return Draft(type="tool_result", data=data)


def ask(
    tool_call_id: str,
    tool_name: str,
    args: Data,
    *,
    args_schema: Data | None = None,
    reason: str | None = None,
) -> Draft:
    """Ask a person to approve a call.  Ask all you need, then return from `answer`."""
    data: dict[str, Any] = {"tool_call_id": tool_call_id, "tool_name": tool_name, "args": args}
    if args_schema is not None:
        data["args_schema"] = args_schema
    if reason is not None:
        data["reason"] = reason
    return Draft(type="approval_request", data=data)


def search(query: str, results: list[Data]) -> Draft:
    """Show what a search found: `results` of `{title, url, snippet}`."""
    return Draft(type="search_result", data={"query": query, "results": results})


def reauth(url: str, reason: str) -> Draft:
    """Ask a person to sign in at *url*; return from `answer` afterwards."""
    return Draft(type="reauth_request", data={"url": url, "reason": reason})


def note(kind: str, text: str, **facts: Any) -> Draft:
    """Say one quiet line about the turn itself, such as that the agent waits.

    Args:
        kind: which kind of line: `memory`, `wait`, `replay`, …
        text: one line for a person.
        **facts: more of it as JSON; `detail` is text that a reader may open.
    """
    return Draft(type="note", data={"kind": kind, "text": text, **facts})


def usage(**counts: float) -> Draft:
    """Tell what the turn used: `input_tokens`, `output_tokens`, `cost`."""
    return Draft(type="usage", data=counts)
