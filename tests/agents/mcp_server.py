"""A real MCP server, over stdio or HTTP: `python -m tests.agents.mcp_server [PORT]`."""

from __future__ import annotations

import os
import sys

from mcp.server.mcpserver import Image, MCPServer

server = MCPServer("shelf")
_kept: list[str] = []


@server.tool()
def keep(word: str) -> str:
    """Keep a word, as long as this process lives."""
    _kept.append(word)
    return " ".join(_kept)


@server.tool()
def burn(word: str) -> str:
    """Refuse."""
    raise ValueError(f"{word} does not burn")


@server.tool()
def draw() -> Image:
    """Draw."""
    return Image(data=b"\x89PNG", format="png")


@server.tool()
def whoami(name: str) -> str:
    """Read a variable of the environment."""
    return os.environ.get(name, "unset")


@server.tool()
def die() -> str:
    """End this process in the middle of a call."""
    os._exit(3)


if __name__ == "__main__":
    if sys.argv[1:]:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run("stdio")
