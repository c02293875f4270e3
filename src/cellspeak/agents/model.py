"""An agent that a language model answers for.

Light: the library that runs models is loaded at the first answer, on a thread of its own.  The
work is in `llm/`.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from .base import Output, TurnRequest
from .local import require_file
from .mcp import McpServer
from .memory import MemorySetting, memory_of
from .offload import in_thread
from .providers import LOCAL, LLMInfo, require_extra
from .tools import specs_of

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from .llm.answer import Answering

__all__ = ["ModelAgent"]


class ModelAgent:
    """An agent runtime over a language model.

    Args:
        model: which model; or one of pydantic-ai's own, for tests and for what has no name here.
        instructions: what it is told about its task.
        tools: functions that it may call; see `cellspeak.tool`.
        memory: how much of a long conversation it reads; see `memory.MemoryPolicy`.
        mcp: servers whose tools it may call, too; see `mcp.servers_of`.

    Raises:
        ValidationError: if the provider is unknown or not installed, a tool cannot be one, or the
            memory is no policy.
    """

    types = True
    """It can answer with an object of a type."""

    def __init__(
        self,
        model: LLMInfo | Model,
        *,
        instructions: str = "",
        tools: Sequence[Callable[..., Any]] = (),
        memory: MemorySetting = None,
        mcp: Sequence[McpServer] = (),
    ) -> None:
        if isinstance(model, LLMInfo):
            require_extra(model)
            if model.provider == LOCAL:
                require_file(model)
        self._model, self._instructions = model, instructions
        self._memory = memory_of(memory)
        self._mcp = tuple(mcp)
        self.tools = specs_of(tools)
        """The tools, in the order they were given."""
        self._made: Answering | None = None

    async def answer(self, request: TurnRequest) -> AsyncGenerator[Output, None]:
        """Let the model answer the turn; see `AgentRuntime.answer`."""
        if self._made is None:
            self._made = await in_thread(self._make)
        async with aclosing(self._made.answer(request)) as outputs:
            async for output in outputs:
                yield output

    def _make(self) -> Answering:
        library = importlib.import_module("cellspeak.agents.llm.answer")
        made: Answering = library.Answering(
            self._model, self._instructions, self.tools, self._memory, self._mcp
        )
        return made
