"""MCP servers as people name them: a command to run, or an address.

    Agent("Ada", "openai:gpt-5-mini", mcp=[
        {"command": "uvx", "args": ["mcp-server-git"], "approval": "never"},
        {"url": "https://host/mcp", "token": "${TEAM_TOKEN}"},
    ])

Light; they are run by `llm/servers.py`.  Its one law: what such a tool does is somebody else's
code, so a person is asked before it runs unless the server or the tool was named as one to trust.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast, get_args
from urllib.parse import urlsplit

from cellspeak.errors import AuthenticationError, ValidationError

from .a2a.agent import plain_address
from .tools import Approval

__all__ = ["McpServer", "McpSetting", "filled", "servers_of"]

McpSetting: TypeAlias = "Sequence[Mapping[str, Any] | str]"
"""Each a mapping as above, or an address alone."""

_KEYS = ("name", "command", "args", "env", "cwd", "url", "token", "approval")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_EVERY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer:
    """One server: with a `command` it is started here, with a `url` it is somewhere."""

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """What its process gets besides a few harmless variables; `${NAME}` is filled in."""
    cwd: str | None = None
    url: str = ""
    token: str | None = field(default=None, repr=False)
    """Sent as a bearer token; `${NAME}` is filled in."""
    approval: Mapping[str, Approval] = field(default_factory=dict, hash=False)
    """By the tool's name at the server; `*` is every other one."""

    def approval_of(self, tool: str) -> Approval:
        """Return when a person is asked before *tool* runs."""
        return self.approval.get(tool, self.approval.get(_EVERY, "ask"))


def servers_of(given: McpSetting) -> tuple[McpServer, ...]:
    """Return the servers that *given* names.

    Raises:
        ValidationError: if one cannot be used, or what runs them is not installed.
    """
    if isinstance(given, str | Mapping):
        raise ValidationError("expected mcp as a list: mcp=[{'command': …}, {'url': …}]")
    servers = tuple(_server({"url": g} if isinstance(g, str) else g) for g in given)
    names = [s.name for s in servers]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise ValidationError(
            f"expected MCP servers of different names; got {twice!r:.80} twice; give a name: …"
        )
    if servers and not all(importlib.util.find_spec(m) for m in ("mcp", "fastmcp")):
        raise ValidationError(
            "MCP servers need packages that are not installed; run: pip install 'cellspeak[mcp]'"
        )
    return servers


def _server(told: object) -> McpServer:
    if not isinstance(told, Mapping) or bool(told.get("command")) == bool(told.get("url")):
        raise ValidationError("expected an MCP server as {command: …, args: […]} or as {url: …}")
    unknown = next((k for k in told if k not in _KEYS), None)
    if unknown is not None:
        raise ValidationError(
            f"expected an MCP server with {', '.join(_KEYS)}; got {unknown!r:.80}"
        )
    facts = dict(told)
    if facts.get("url"):
        plain_address(facts["url"])
    facts["name"] = str(facts.get("name") or _name(facts))
    facts["approval"] = _approvals(facts.get("approval", "ask"))
    facts["args"] = tuple(str(a) for a in facts.get("args") or ())
    facts["env"] = {str(k): str(v) for k, v in (facts.get("env") or {}).items()}
    return McpServer(**facts)


def _name(facts: Mapping[str, Any]) -> str:
    if facts.get("url"):
        return urlsplit(str(facts["url"])).hostname or "server"
    return os.path.basename(str(facts["command"]))


def _approvals(given: object) -> Mapping[str, Approval]:
    each = given if isinstance(given, Mapping) else {_EVERY: given}
    words = get_args(Approval)
    wrong = next((v for v in each.values() if v not in words), None)
    if wrong is not None:
        known = ", ".join(repr(w) for w in words)
        raise ValidationError(f"expected the approval to be one of {known}; got {wrong!r:.80}")
    return {str(k): cast("Approval", v) for k, v in each.items()}


def filled(text: str, server: str) -> str:
    """Return *text* with each `${NAME}` as the environment has it now.

    Raises:
        AuthenticationError: if it has none.
    """

    def value(found: re.Match[str]) -> str:
        known = os.environ.get(found[1])
        if not known:
            raise AuthenticationError(
                f"the MCP server {server!r:.80} needs the environment variable {found[1]}; set it"
            )
        return known

    return _VARIABLE.sub(value, text)
