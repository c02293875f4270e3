"""The settings of a folder: `cellspeak.yaml` beside the notebook.

    agent: Researcher          # who answers %chat
    on_approval: ask           # or deny, allow
    on_unattended: deny        # or allow: when nobody can be asked
    image_hosts: [charts.example.org]          # pictures that a chat may fetch by itself
    store: memory              # or sqlite:///FILE
    server: "http://HOST:PORT" # who runs %chat's sessions; its key is CELLSPEAK_API_KEY
    agents:
      Researcher:
        model: "scripted:demo"
        instructions: "Help."
        tools: [inspect_variable, run_python]     # ready-made ones, see cellspeak.tools
        memory: {strategy: window, turns: 20}
        mcp: [{command: uvx, args: [mcp-server-git]}, {url: "http://localhost:9000/mcp"}]
        base_url: "http://localhost:11434/v1"
        api_key: "${TEAM_KEY}"
      Elsewhere:
        a2a: "https://host/agents/helper/"        # it answers there, by A2A
        token: "${HELPER_TOKEN}"

A file that cannot be used gives one sentence with its name, line and key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeAlias

from cellspeak.agents.mcp import servers_of
from cellspeak.agents.memory import memory_of
from cellspeak.errors import ValidationError

__all__ = ["AgentConfig", "Config", "image_hosts", "load_config"]

FILE = "cellspeak.yaml"
CHOICES = {"on_approval": ("ask", "deny", "allow"), "on_unattended": ("deny", "allow")}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConfig:
    """One entry of `agents`."""

    model: str = ""
    instructions: str = ""
    base_url: str = ""
    api_key: str = ""
    """`${NAME}`: the environment variable that has the key."""
    tools: tuple[str, ...] = ()
    """Names of ready-made tools; see `cellspeak.tools`."""
    mcp: tuple[Mapping[str, Any], ...] = ()
    """MCP servers; see `agents.mcp.servers_of`."""
    a2a: str = ""
    """Where it answers by A2A, at another server; then nothing else is said but `token`."""
    token: str = ""
    """`${NAME}`: the environment variable that has the token for it."""
    memory: Mapping[str, str] = field(default_factory=dict)
    """How much of a long conversation the model reads; see `agents.memory.MemoryPolicy`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a `cellspeak.yaml` says; empty where it says nothing."""

    agent: str = ""
    on_approval: str = ""
    on_unattended: str = ""
    store: str = ""
    server: str = ""
    """Where `%chat` has its sessions; empty: CELLSPEAK_BASE_URL, else this process."""
    image_hosts: tuple[str, ...] = ()
    """Hosts whose pictures a chat may fetch by itself; `*.example.org` names all below."""
    agents: Mapping[str, AgentConfig] = field(default_factory=dict)


_HOST = re.compile(
    r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
)


def image_hosts(hosts: Iterable[str]) -> tuple[str, ...]:
    """Return *hosts* as views compare them.

    Raises:
        ValidationError: if one is more or less than a host, such as an address.
    """
    found = tuple(str(host).lower() for host in hosts)
    wrong = next((host for host in found if not _HOST.fullmatch(host)), None)
    if wrong is not None:
        raise ValidationError(
            f"expected hosts such as charts.example.org or *.example.org; got {wrong!r:.80}"
        )
    return found


_cache: dict[tuple[Path, int], Config] = {}


def load_config(folder: Path | None = None) -> Config:
    """Return the settings of *folder* (default: the working one); all empty without a file.

    Raises:
        ValidationError: if the file cannot be used; it names file, line and key.
    """
    path = (folder or Path.cwd()) / FILE
    try:
        key = (path, path.stat().st_mtime_ns)
    except OSError:
        return Config()
    if key not in _cache:
        _cache[key] = _parse(path)
    return _cache[key]


def _parse(path: Path) -> Config:
    import yaml

    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or type(error).__name__
        raise ValidationError(f"{path.name}{line}: expected YAML; {problem}") from None
    if root is None:
        return Config()
    values = _section(path.name, root, Config, "")
    agents = values.pop("agents", None)
    return Config(**values, agents=_agents(path.name, agents) if agents else {})


def _agents(file: str, node: Any) -> dict[str, AgentConfig]:
    return {
        str(k.value): AgentConfig(**_section(file, v, AgentConfig, f"agents.{k.value}"))
        for k, v in _pairs(file, node, "agents")
    }


def _section(file: str, node: Any, cls: type[Any], where: str) -> dict[str, Any]:
    known = {f.name for f in fields(cls)}
    values: dict[str, Any] = {}
    for key, value in _pairs(file, node, where or "the file"):
        name = str(key.value)
        at = f"{file}, line {key.start_mark.line + 1}, key {where + '.' if where else ''}{name}"
        if name not in known:
            raise ValidationError(f"{at}: expected one of {', '.join(sorted(known))}")
        read: _Read = _VALUES.get(name, _text)
        values[name] = read(at, name, value)
    return values


def _memory(at: str, _name: str, node: Any) -> dict[str, str]:
    import yaml

    pairs = node.value if isinstance(node, yaml.MappingNode) else None
    told = {str(k.value): v.value for k, v in pairs} if pairs is not None else node.value
    try:
        policy = memory_of(told)
    except ValidationError as error:
        raise ValidationError(f"{at}: {error}") from None
    parts = {"strategy": policy.strategy, "turns": policy.turns, "tokens": policy.tokens}
    return {k: str(v) for k, v in parts.items() if v is not None}


def _names(at: str, _name: str, node: Any) -> tuple[str, ...]:
    import yaml

    entries = node.value if isinstance(node, yaml.SequenceNode) else [node]
    names = [entry.value for entry in entries]
    if not all(isinstance(name, str) and name for name in names):
        raise ValidationError(f"{at}: expected a list of names, such as [inspect_variable]")
    return tuple(names)


def _hosts(at: str, name: str, node: Any) -> tuple[str, ...]:
    try:
        return image_hosts(_names(at, name, node))
    except ValidationError as error:
        raise ValidationError(f"{at}: {error}") from None


def _text(at: str, name: str, node: Any) -> str:
    if not isinstance(node.value, str):
        raise ValidationError(f"{at}: expected text")
    if name in ("api_key", "token") and not re.fullmatch(r"\$\{\w+\}", node.value):
        raise ValidationError(
            f"{at}: expected ${{NAME}}, an environment variable; a key itself is not for a file"
        )
    choices = CHOICES.get(name)
    if choices and node.value not in choices:
        raise ValidationError(f"{at}: expected {' or '.join(choices)}; got {node.value!r:.80}")
    return node.value


def _servers(at: str, _name: str, node: Any) -> tuple[Mapping[str, Any], ...]:
    import yaml

    if not isinstance(node, yaml.SequenceNode):
        raise ValidationError(f"{at}: expected a list, such as [{{command: uvx, args: [x]}}]")
    told = [yaml.SafeLoader("").construct_document(entry) for entry in node.value]
    for server in (t for t in told if isinstance(t, dict)):
        secret = server.get("token")
        if secret is not None and not re.fullmatch(r"\$\{\w+\}", str(secret)):
            raise ValidationError(f"{at}: expected ${{NAME}} as a token; a token is not for a file")
    try:
        servers_of(told)
    except ValidationError as error:
        raise ValidationError(f"{at}: {error}") from None
    return tuple(told)


_Read: TypeAlias = Callable[[str, str, Any], Any]
_VALUES: Mapping[str, _Read] = {
    "agents": lambda _at, _name, node: node,
    "memory": _memory,
    "mcp": _servers,
    "tools": _names,
    "image_hosts": _hosts,
}
"""How the value of a key is read that is not text."""


def _pairs(file: str, node: Any, where: str) -> list[tuple[Any, Any]]:
    import yaml

    if not isinstance(node, yaml.MappingNode):
        line = node.start_mark.line + 1
        raise ValidationError(f"{file}, line {line}: expected keys and values in {where}")
    return list(node.value)
