"""What a server is told by a file: its agents, its store, who may come in.

    agents:
      support_agent:
        model: "scripted:demo"
        instructions: "Help."
        reasoning: {enable_streaming: true}
    sessions: {store: "sqlite:///sessions.db", idle_timeout: 3600, retention: null}
    server:
      tokens: [{name: team, token: "${CELLSPEAK_TOKEN}"}]

Its one law: a file that cannot be used gives one sentence with its name, line and key, and no
secret is ever part of it.
"""

from __future__ import annotations

import importlib
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from cellspeak.agent import Agent, Chatbot
from cellspeak.errors import CellspeakError, ValidationError

from .access import AccessRules, Token
from .life import Life
from .whole import Whole

__all__ = ["Settings", "load_settings"]

TEXT = "text"
FLAG = "true or false"
SECONDS = "seconds, a number above 0, or null"
GRACE = 5.0
ANY = "*"
Shape: TypeAlias = "str | list[Shape] | dict[str, Shape]"
"""A scalar, a list of one shape, or an object by its keys; `*` stands for names of the user's."""

_AGENT: Shape = {
    "kind": TEXT,
    "model": TEXT,
    "instructions": TEXT,
    "mcp": [
        {
            "name": TEXT,
            "command": TEXT,
            "args": [TEXT],
            "env": {"*": TEXT},
            "cwd": TEXT,
            "url": TEXT,
            "token": TEXT,
            "approval": TEXT,
        }
    ],
    "a2a": TEXT,
    "token": TEXT,
    "tools": [TEXT],
    "reasoning": {"enable_streaming": FLAG},
    "memory": {"strategy": TEXT, "turns": TEXT, "tokens": TEXT},
}
_SHAPE: Shape = {
    "agents": {ANY: _AGENT},
    "sessions": {"store": TEXT, "idle_timeout": SECONDS, "retention": SECONDS},
    "server": {
        "tokens": [{"name": TEXT, "token": TEXT}],
        "allowed_hosts": [TEXT],
        "allowed_origins": [TEXT],
        "grace": SECONDS,
    },
    "a2a": {"card_compat": FLAG},
}
_KINDS = {"agent": Agent, "chatbot": Chatbot}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a server needs to know."""

    agents: Sequence[Agent] = ()
    """The first is the default; empty: the scripted ones."""
    store: str = ""
    """An address as `open_store` takes it; empty: memory."""
    life: Life = field(default_factory=Life)
    rules: AccessRules = field(default_factory=AccessRules)
    grace: float | None = GRACE
    """Seconds that running turns may take to end when the server stops; None: no time at all."""
    card_compat: bool = True
    """Whether A2A cards also carry the fields that 0.3 clients read."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the file something stands."""

    file: str
    line: int
    key: str = ""

    def wrong(self, problem: str) -> ValidationError:
        key = f", key {self.key}" if self.key else ""
        return ValidationError(f"{self.file}, line {self.line}{key}: {problem}")

    def at(self, node: Any, key: object) -> _Place:
        name = f"{self.key}.{key}" if self.key else str(key)
        return _Place(self.file, node.start_mark.line + 1, name)


def load_settings(path: Path) -> Settings:
    """Return what the file at *path* says.

    Raises:
        ValidationError: if it cannot be used; it names file, line and key.
    """
    root = _compose(path)
    if root is None:
        return Settings()
    places: dict[str, _Place] = {}
    values = _value(_Place(path.name, 1), root, _SHAPE, places)
    server, sessions = values.get("server", {}), values.get("sessions", {})
    agents = [
        _agent(name, told, places[f"agents.{name}"])
        for name, told in values.get("agents", {}).items()
    ]
    tokens = [_token(t, places["server.tokens"]) for t in server.pop("tokens", [])]
    store, grace = sessions.pop("store", ""), server.pop("grace", GRACE)
    rules = AccessRules(tokens=tokens, **server)
    return Settings(
        agents=agents,
        store=store,
        rules=rules,
        life=Life(**sessions),
        grace=grace,
        card_compat=values.get("a2a", {}).get("card_compat", True),
    )


def _compose(path: Path) -> Any:
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ValidationError(
            f"expected a file of settings; {str(path)!r:.200}: {error.strerror}"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or type(error).__name__
        place = _Place(path.name, mark.line + 1 if mark else 1)
        raise place.wrong(f"expected YAML; {problem}") from None


def _value(place: _Place, node: Any, shape: Shape, places: dict[str, _Place]) -> Any:
    """Return what *node* holds, as *shape* wants it, and note where each key stands."""
    places[place.key] = place
    if isinstance(shape, dict):
        return _object(place, node, shape, places)
    if isinstance(shape, list):
        if not isinstance(node, yaml.SequenceNode):
            raise place.wrong("expected a list")
        items = enumerate(node.value)
        return [_value(place.at(item, n), item, shape[0], places) for n, item in items]
    if not isinstance(node, yaml.ScalarNode):
        raise place.wrong(f"expected {shape}")
    text = _VARIABLE.sub(lambda found: _variable(place, found[1]), node.value)
    return _SCALARS[shape](place, text)


def _flag(place: _Place, text: str) -> bool:
    if text not in ("true", "false"):
        raise place.wrong(f"expected {FLAG}; got {text!r:.80}")
    return text == "true"


def _seconds(place: _Place, text: str) -> float | None:
    if text in ("null", "~", ""):
        return None
    with suppress(ValueError):
        if 0 < (seconds := float(text)) < math.inf:
            return seconds
    raise place.wrong(f"expected {SECONDS}; got {text!r:.80}")


_SCALARS: dict[str, Callable[[_Place, str], Any]] = {
    TEXT: lambda _place, text: text,
    FLAG: _flag,
    SECONDS: _seconds,
}


def _object(
    place: _Place, node: Any, shape: Mapping[str, Shape], places: dict[str, _Place]
) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise place.wrong("expected keys and values")
    values: dict[str, Any] = {}
    for key, value in node.value:
        here = place.at(key, key.value)
        inner = shape.get(ANY) or shape.get(str(key.value))
        if inner is None:
            raise here.wrong(f"expected one of {', '.join(sorted(shape))}")
        if key.value in values:
            raise here.wrong("expected each key once")
        values[str(key.value)] = _value(here, value, inner, places)
    return values


def _variable(place: _Place, name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise place.wrong(f"expected the environment to have {name}; it is not set")
    return value


def _agent(name: str, told: Mapping[str, Any], place: _Place) -> Agent:
    kind = told.get("kind", "agent")
    if kind not in _KINDS:
        raise place.wrong(f"expected the kind agent or chatbot; got {kind!r:.80}")
    tools = [_imported(t, place) for t in told.get("tools", ())]
    model = told.get("model", "scripted:demo")
    try:
        agent = _KINDS[kind](
            name,
            model,
            instructions=told.get("instructions", ""),
            tools=tools,
            memory=told.get("memory"),
            mcp=told.get("mcp", ()),
            a2a=told.get("a2a"),
            token=told.get("token"),
        )
        if told.get("reasoning", {}).get("enable_streaming") is False:
            agent.runtime = Whole(agent.runtime)
        return agent
    except CellspeakError as error:
        raise place.wrong(str(error)) from None


def _imported(address: str, place: _Place) -> Callable[..., Any]:
    module, _, name = address.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise place.wrong(
            f"expected a tool as package.module:function; {address!r:.120}: {error}"
        ) from None
    if not callable(found):
        raise place.wrong(f"expected a function as a tool; {address!r:.120} is none")
    function: Callable[..., Any] = found
    return function


def _token(told: Mapping[str, str], place: _Place) -> Token:
    if not told.get("name") or not told.get("token"):
        raise place.wrong("expected a name and a token in each entry")
    return Token(name=told["name"], token=told["token"])
