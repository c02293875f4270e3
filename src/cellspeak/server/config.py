"""What a server is told by a file: its agents, its store, who may come in.

    agents:
      support_agent:
        model: "scripted:demo"
        instructions: "Help."
    sessions: {store: "sqlite:///sessions.db"}
    server:
      tokens: [{name: team, token: "${CELLSPEAK_TOKEN}"}]

Its one law: a file that cannot be used gives one sentence with its name, line and key, and no
secret is ever part of it.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from cellspeak.agent import Agent, Chatbot
from cellspeak.errors import CellspeakError, ValidationError

from .access import AccessRules, Token

__all__ = ["Settings", "load_settings"]

TEXT = "text"
ANY = "*"
Shape: TypeAlias = "str | list[Shape] | dict[str, Shape]"
"""Text, a list of one shape, or an object: by its keys, or by `*` for names of the user's own."""

_AGENT: Shape = {
    "kind": TEXT,
    "model": TEXT,
    "instructions": TEXT,
    "tools": [TEXT],
    "memory": {"strategy": TEXT, "turns": TEXT, "tokens": TEXT},
}
_SHAPE: Shape = {
    "agents": {ANY: _AGENT},
    "sessions": {"store": TEXT},
    "server": {
        "tokens": [{"name": TEXT, "token": TEXT}],
        "allowed_hosts": [TEXT],
        "allowed_origins": [TEXT],
    },
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
    rules: AccessRules = field(default_factory=AccessRules)


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
    return Settings(
        agents=agents, store=sessions.get("store", ""), rules=AccessRules(tokens=tokens, **server)
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
        raise place.wrong("expected text")
    return _VARIABLE.sub(lambda found: _variable(place, found[1]), node.value)


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
        return _KINDS[kind](
            name,
            model,
            instructions=told.get("instructions", ""),
            tools=tools,
            memory=told.get("memory"),
        )
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
