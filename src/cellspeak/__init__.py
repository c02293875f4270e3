"""A live agent conversation inside a notebook cell.

`Agent` answers, `Session` is the conversation with it, `Chat` shows it in a notebook, and
`%load_ext cellspeak` brings `%chat` and `%%chat`.  Names are loaded when first used: importing the
package costs nothing of the notebook, the store or the network.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cellspeak.agent import Agent, Chatbot, LLMInfo
    from cellspeak.agents.tools import tool
    from cellspeak.core.events import SessionEvent, SessionEventType
    from cellspeak.errors import (
        ActionRequiredError,
        ApprovalError,
        CellspeakError,
        SessionDisconnectedError,
        SessionError,
        SessionNotFoundError,
        TurnFailedError,
    )
    from cellspeak.history import Reply
    from cellspeak.nested import enable_nested_asyncio
    from cellspeak.notebook.widget import Chat
    from cellspeak.session import Session

__all__ = [
    "ActionRequiredError",
    "Agent",
    "ApprovalError",
    "CellspeakError",
    "Chat",
    "Chatbot",
    "LLMInfo",
    "Reply",
    "Session",
    "SessionDisconnectedError",
    "SessionError",
    "SessionEvent",
    "SessionEventType",
    "SessionNotFoundError",
    "TurnFailedError",
    "enable_nested_asyncio",
    "tool",
]

_MODULES = {
    "cellspeak.agent": ("Agent", "Chatbot", "LLMInfo"),
    "cellspeak.agents.tools": ("tool",),
    "cellspeak.core.events": ("SessionEvent", "SessionEventType"),
    "cellspeak.errors": (
        "ActionRequiredError",
        "ApprovalError",
        "CellspeakError",
        "SessionDisconnectedError",
        "SessionError",
        "SessionNotFoundError",
        "TurnFailedError",
    ),
    "cellspeak.nested": ("enable_nested_asyncio",),
    "cellspeak.notebook.widget": ("Chat",),
    "cellspeak.history": ("Reply",),
    "cellspeak.session": ("Session",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

# Without a handler Python prints warnings to stderr, from a notebook's thread into any cell.
logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'cellspeak' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def load_ipython_extension(ipython: Any) -> None:
    """Register `%chat` and `%%chat`; called by `%load_ext cellspeak`.  Starts nothing."""
    from cellspeak.notebook.magics import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take the magics away again; called by `%unload_ext cellspeak`."""
    from cellspeak.notebook.magics import unload

    unload(ipython)
