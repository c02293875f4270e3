"""Answers of one agent: its model, its instructions, its tools.

Its one law: nothing of a turn is kept here; any process may answer the next pass.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_ai import Agent
from pydantic_ai.models import Model

from cellspeak.agents.base import Output, TurnRequest
from cellspeak.agents.local import loading
from cellspeak.agents.mcp import McpServer
from cellspeak.agents.memory import MemoryPolicy
from cellspeak.agents.offload import in_thread
from cellspeak.agents.providers import LOCAL, LLMInfo
from cellspeak.agents.tools import ToolSpec
from cellspeak.core.events import Draft
from cellspeak.core.kinds import dict_of, str_of
from cellspeak.errors import NotFoundError

from .attach import kinds_of
from .calls import Calls
from .failures import told
from .history import Memory, Reader, history_of
from .models import make_model, preload
from .play import Pass, Setup
from .toolset import library_tool

if TYPE_CHECKING:
    from .servers import Servers

__all__ = ["Answering"]

_TOOL_RETRIES = 3  # times that a model may correct the arguments of a call
_PATIENCE = 60.0  # seconds, for models that come without an LLMInfo


class Answering:
    """Answers turns with one model, its instructions and its tools."""

    def __init__(
        self,
        model: LLMInfo | Model,
        instructions: str,
        tools: Sequence[ToolSpec],
        policy: MemoryPolicy,
        servers: Sequence[McpServer] = (),
    ) -> None:
        self._model = model
        info = model if isinstance(model, LLMInfo) else None
        if info is not None:
            preload(info)
        library_tools = {s.name: library_tool(s) for s in tools}
        agent: Agent[Calls, Any] = Agent(
            instructions=instructions or None,
            deps_type=Calls,
            tools=list(library_tools.values()),
            retries={"tools": _TOOL_RETRIES},
        )
        self._setup = Setup(
            name=_name(model),
            agent=agent,
            specs={s.name: s for s in tools},
            tools=library_tools,
            policy=policy,
            patience=_PATIENCE if info is None else info.patience,
        )
        self._servers: Servers | None = None
        if servers:
            from .servers import Servers

            self._servers = Servers(servers)

    async def answer(self, request: TurnRequest) -> AsyncGenerator[Output, None]:
        """Yield what the model says and does in the turn; see `AgentRuntime.answer`."""
        with told(self._setup.name, kinds_of(request.turn)):
            if isinstance(self._model, LLMInfo) and self._model.provider == LOCAL:
                async with aclosing(loading(self._model)) as drafts:
                    async for draft in drafts:
                        yield draft
            model = await in_thread(self._make)  # a client reads certificates, and imports more
            reader = Reader(name=self._setup.name, taken=model.profile)
            memory = await history_of(request, reader)
            setup, notes = await self._with_servers()
            for note in notes:
                yield note
            self._require_tools(request, memory, setup)
            one = Pass(setup, model, request, memory)
            async with model, aclosing(one.outputs()) as outputs:
                async for output in outputs:
                    yield output

    def _make(self) -> Model:
        model = make_model(self._model) if isinstance(self._model, LLMInfo) else self._model
        _ = model.profile  # looked up in a table of all models, at the first time
        return model

    async def _with_servers(self) -> tuple[Setup, Sequence[Draft]]:
        """Return the setup with the tools of the MCP servers, and notes on those not there."""
        if self._servers is None:
            return self._setup, ()
        own = self._setup
        offered, notes = await self._servers.open(list(own.tools))
        tools = {o.spec.name: o.tool for o in offered}
        specs = {o.spec.name: o.spec for o in offered}
        whole = replace(
            own,
            tools={**own.tools, **tools},
            specs={**own.specs, **specs},
            extra=tuple(tools.values()),
        )
        return whole, notes

    def _require_tools(self, request: TurnRequest, memory: Memory, setup: Setup) -> None:
        called = (request.turn.tool_calls.get(name) for name in memory.waiting.values())
        names = [c.tool_name for c in called if c is not None]
        missing = [n for n in names if n not in setup.tools]
        if missing and self._servers is not None and self._servers.missing:
            raise NotFoundError(
                f"the tool {missing[0]!r:.80} that was asked about is not there now; the MCP "
                f"server {self._servers.missing[0]!r:.80} did not start; start it, and ask again"
            )
        if missing:
            known = dict_of(dict_of(request.conversation.agent).get("homes"))
            home = str_of(known.get(missing[0]), "the cell or import that defines it")
            raise NotFoundError(
                f"the tool {missing[0]!r:.80} that was asked about is not there any more; run "
                f"{home!s:.120}, then the cell that makes its agent, and ask again"
            )


def _name(model: LLMInfo | Model) -> str:
    """Return how the model is called in sentences: of a file only its name."""
    if not isinstance(model, LLMInfo):
        return model.model_name
    return f"{LOCAL}:{Path(model.model_id).name}" if model.provider == LOCAL else str(model)
