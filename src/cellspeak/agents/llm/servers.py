"""MCP servers at work: held while an agent is used, their tools as the agent's own.

A server is started at the first turn and held for the next ones; after ten minutes without a turn,
and with the process, it ends.  Its one law: a server that is not there is a quiet line in the
chat, and one that dies in a call is that call's error.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastmcp.client.transports import ClientTransport, StdioTransport, StreamableHttpTransport
from fastmcp.exceptions import ToolError
from pydantic_ai import BinaryContent, Tool
from pydantic_ai.mcp import MCPToolset

from cellspeak.agents import base
from cellspeak.agents.mcp import McpServer, filled
from cellspeak.agents.rich import Shown, shown
from cellspeak.agents.tools import ToolSpec, spec_of, tool
from cellspeak.core.codec import dumps
from cellspeak.core.events import Draft
from cellspeak.core.mimes import PICTURES
from cellspeak.errors import CellspeakError

from .calls import Calls
from .toolset import schema_tool

__all__ = ["Offered", "Servers"]

_log = logging.getLogger(__name__)

IDLE = 600.0
"""Seconds without a turn after which a server is ended."""
_START = 60.0  # seconds that a server has to start
_AGAIN = 20.0  # seconds before one that did not is tried again
_CALL = 300.0  # seconds that a call may take
_MOST_TOOLS = 128
_MOST_SCHEMA = 32 * 1024
_MOST_WORDS = 2_000


@dataclass(frozen=True, slots=True)
class Offered:
    """One tool of a server."""

    spec: ToolSpec
    tool: Tool[Calls]


class Servers:
    """The MCP servers of one agent."""

    def __init__(self, servers: Sequence[McpServer]) -> None:
        self._servers = servers
        self._held: dict[str, _Held] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self.missing: tuple[str, ...] = ()
        """The names of those that did not start at the last look."""

    async def open(self, taken: Sequence[str]) -> tuple[list[Offered], list[Draft]]:
        """Return what the servers offer now, and a note for each that is not there.

        Args:
            taken: names that tools have already.
        """
        found = await asyncio.gather(*(self._ready(s) for s in self._servers))
        offered: dict[str, Offered] = {}
        notes = []
        for server, held in zip(self._servers, found, strict=True):
            if isinstance(held, str):
                notes.append(base.note("mcp", held))
                continue
            for told in held.tools[:_MOST_TOOLS]:
                name = _free_name(told.name, server.name, {*taken, *offered})
                if (one := _offered(held, told, name)) is not None:
                    offered[name] = one
        pairs = zip(self._servers, found, strict=True)
        self.missing = tuple(s.name for s, h in pairs if isinstance(h, str))
        return list(offered.values()), notes

    async def _ready(self, server: McpServer) -> _Held | str:
        """Return the server, started if it was not; or why it is not there."""
        held, now = self._held.get(server.name), asyncio.get_running_loop().time()
        if held is not None and held.usable():
            return held
        since, why = self._failed.get(server.name, (-_AGAIN, ""))
        if why and now - since < _AGAIN:
            return why
        try:
            held = self._held[server.name] = _Held(server)
            await held.start()
        except Exception as error:  # noqa: BLE001 - whatever it is, the chat goes on without it
            _log.info("the MCP server %s did not start", server.name, exc_info=error)
            self._failed[server.name] = (now, _why(server, error))
            return self._failed[server.name][1]
        self._failed.pop(server.name, None)
        return held


class _Held:
    """One server, kept connected by a task of its own: it is left where it was entered."""

    def __init__(self, server: McpServer) -> None:
        self.server = server
        self.tools: Sequence[Any] = ()
        self._toolset: MCPToolset[Any] = MCPToolset(
            _transport(server),
            id=server.name,
            tool_error_behavior="error",
            init_timeout=_START,
            read_timeout=_CALL,
        )
        self._loop = asyncio.get_running_loop()
        self._ends = asyncio.Event()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._used, self._busy = self._loop.time(), 0
        self._task: asyncio.Task[None] | None = None

    def usable(self) -> bool:
        """Tell whether it can be used from here; notes that it is."""
        running = self._task is not None and not self._task.done() and not self._ends.is_set()
        self._used = self._loop.time()
        return running and self._loop is asyncio.get_running_loop()

    async def start(self) -> None:
        """Start it; raises what hinders it."""
        self._task = asyncio.create_task(self._hold())
        try:
            async with asyncio.timeout(_START):
                await asyncio.shield(self._ready)
        except BaseException:
            self._task.cancel()
            raise

    async def call(self, name: str, args: Mapping[str, Any]) -> Any:
        """Return what its tool *name* returns."""
        self._busy += 1
        try:
            return await self._toolset.direct_call_tool(name, dict(args))
        except ToolError:
            raise
        except Exception:
            self._ends.set()  # whatever it was, the next turn begins with a new connection
            raise
        finally:
            self._busy -= 1
            self._used = self._loop.time()

    async def _hold(self) -> None:
        try:
            async with self._toolset:
                self.tools = await self._toolset.list_tools()
                if not self._ready.done():
                    self._ready.set_result(None)
                await self._until_idle()
        except Exception as error:  # noqa: BLE001 - `start` raises it, or nobody waits any more
            if not self._ready.done():
                self._ready.set_exception(error)
        finally:
            self._ends.set()

    async def _until_idle(self) -> None:
        while not self._ends.is_set():
            left = self._used + IDLE - self._loop.time()
            if left <= 0 and not self._busy:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(max(1.0, left)):
                    await self._ends.wait()


def _transport(server: McpServer) -> ClientTransport:
    if server.url:
        token = filled(server.token, server.name) if server.token else None
        return StreamableHttpTransport(server.url, auth=token)
    if shutil.which(server.command) is None:
        raise FileNotFoundError
    env = {k: filled(v, server.name) for k, v in server.env.items()}
    return StdioTransport(
        server.command,
        list(server.args),
        env=env or None,
        cwd=server.cwd,
        keep_alive=False,
        log_file=Path(os.devnull),  # else it writes into the cell that runs
    )


def _why(server: McpServer, error: Exception) -> str:
    missing = f"The tools of the MCP server “{server.name[:80]}” are missing"
    if isinstance(error, CellspeakError):
        return f"{missing}: {error}"
    if isinstance(error, FileNotFoundError):
        return f"{missing}: there is no command {server.command[:80]!r} here."
    if isinstance(error, TimeoutError):
        return f"{missing}: it did not start within {_START:.0f} s."
    verb = "cannot be reached" if server.url else "did not start"
    return f"{missing}: it {verb} ({type(error).__name__})."


# Tools


def _free_name(name: str, server: str, taken: set[str]) -> str:
    """Return what a tool is called here: its own name, with the server's where that is taken."""
    plain = re.sub(r"[^\w-]", "_", name, flags=re.ASCII)[:60] or "tool"
    if plain not in taken:
        return plain
    both = re.sub(r"[^\w-]", "_", f"{server[:20]}_{plain}", flags=re.ASCII)[:60]
    number, found = 1, both
    while found in taken:
        number += 1
        found = f"{both}_{number}"
    return found


def _offered(held: _Held, told: Any, name: str) -> Offered | None:
    schema = told.input_schema
    if not isinstance(schema, dict) or len(dumps(schema)) > _MOST_SCHEMA:
        _log.warning("the tool %.80s of %.80s has no usable schema", told.name, held.server.name)
        return None

    @tool(approval=held.server.approval_of(told.name), name=name)
    async def call(**args: Any) -> Shown:
        return await _performed(held, told.name, args)

    spec = spec_of(call)
    return Offered(spec, schema_tool(spec, (told.description or "")[:_MOST_WORDS], schema))


async def _performed(held: _Held, name: str, args: Mapping[str, Any]) -> Shown:
    """Return what came of a call; what a server raises is a line, and no traceback of ours."""
    try:
        return _as_shown(await held.call(name, args))
    except ToolError as error:
        line = " ".join(str(error).split())[:2000] or "the tool failed"
    except Exception as error:  # noqa: BLE001 - it becomes the call's error
        _log.info("the MCP server %s failed in a call", held.server.name, exc_info=error)
        line = (
            f"the MCP server {held.server.name!r:.80} broke off ({type(error).__name__}); "
            "it is started again with the next message"
        )
    return Shown(value=None, text=line, error=line)


def _as_shown(value: Any) -> Shown:
    parts = value if isinstance(value, list) else [value]
    pictures = [p for p in parts if isinstance(p, BinaryContent)]
    if not pictures:
        return shown(value)
    rest = [_said(p) if isinstance(p, BinaryContent) else p for p in parts]
    plain = shown(rest[0] if len(rest) == 1 else rest)
    mime = {
        p.media_type: base64.b64encode(p.data).decode("ascii")
        for p in pictures
        if p.media_type in PICTURES
    }
    return Shown(value=plain.value, text=plain.text, mime=mime, truncated=plain.truncated)


def _said(content: BinaryContent) -> str:
    return f"[{content.media_type}, {len(content.data):,} bytes, shown to the person]"
