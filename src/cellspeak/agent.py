"""Agents as people name them, and the registry of this process.

An agent holds no conversation: it is a name, a model or a runtime, and instructions.  Making one
registers its name, so that `Agent.fetch` and a resumed session find it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from cellspeak.agents.base import AgentRuntime, Output, TurnRequest
from cellspeak.agents.providers import LLMInfo, parse_model
from cellspeak.agents.tools import specs_of
from cellspeak.config import AgentConfig, load_config
from cellspeak.core.events import Data, Draft
from cellspeak.errors import ActionRequiredError, NotFoundError, TurnFailedError, ValidationError
from cellspeak.files import Content
from cellspeak.history import Reply
from cellspeak.local import LocalTransport, set_resolver
from cellspeak.remote import RemoteTransport, server_at
from cellspeak.session import Session
from cellspeak.transport import Transport

if TYPE_CHECKING:
    from cellspeak.client import Server

__all__ = ["Agent", "Chatbot", "LLMInfo"]

DEMO_MODEL = "scripted:demo"

Functions: TypeAlias = Sequence[Callable[..., Any]]


class Agent:
    """Something that answers.  Making one registers it under its name in this process.

    Args:
        name: how it is found and shown; not empty.
        model: `"scripted:demo"`, `"openai:…"`, `"anthropic:…"`, `"google:…"` or an `LLMInfo`; not
            used when *runtime* is given.
        instructions: what the agent is told about its task.
        tools: functions that the model may call; see `cellspeak.tool`.
        runtime: your own `AgentRuntime`; it answers the turns.

    Raises:
        ValidationError: if the name is empty, the model is of no known kind or not installed, or
            a tool cannot be one.
    """

    kind = "agent"
    _tools: Sequence[str] = ()

    def __init__(
        self,
        name: str,
        model: str | LLMInfo = DEMO_MODEL,
        *,
        instructions: str = "",
        tools: Functions = (),
        runtime: AgentRuntime | None = None,
    ) -> None:
        _require_name(name)
        if tools and (self.kind == "chatbot" or runtime is not None):
            raise ValidationError(
                "expected tools for an Agent with a model; a Chatbot has none, and a runtime "
                "brings its own"
            )
        self.name, self.model, self.instructions = name, str(model), instructions
        self.runtime = runtime or _runtime(name, model, instructions, tools)
        self._tools = tuple(s.name for s in specs_of(tools))
        self._own = runtime is not None
        self.server: Server | None = None
        """Where it runs; None: in this process."""
        _registry[name] = self

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, model={self.model!r})"

    @property
    def spec(self) -> Data:
        """What a session keeps of its agent: names and digests, never keys."""
        model = type(self.runtime).__name__ if self._own else self.model
        tools = {"tools": list(self._tools)} if self._tools else {}
        return {"kind": self.kind, "name": self.name, "model": model, **tools}

    @classmethod
    def fetch(
        cls,
        name: str | None = None,
        *,
        id: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
    ) -> Self:
        """Return the agent called *name*: of a server, else of this process or `cellspeak.yaml`.

        Args:
            name: how it is called.
            id: the same as *name*.
            base_url: the server, with or without `/v1`; default: CELLSPEAK_BASE_URL.
            api_key: the key for it; default: CELLSPEAK_API_KEY.

        Raises:
            NotFoundError: if there is none; the message lists those there are.
            ValidationError: if no name was given.
            ConnectError: if the server cannot be reached.
        """
        wanted = name if name is not None else id
        _require_name(wanted)
        server = server_at(base_url, api_key)
        if server is not None:
            from cellspeak.client.catalogue import fetch_agent

            return cls._at(server, fetch_agent(server, cls.kind, str(wanted)))
        return cls._here(str(wanted))

    @classmethod
    def list(cls, *, base_url: str | None = None, api_key: str | None = None) -> Sequence[Self]:
        """Return the agents of the server, else those of this process and `cellspeak.yaml`."""
        server = server_at(base_url, api_key)
        if server is not None:
            from cellspeak.client.catalogue import list_agents

            return [cls._at(server, found) for found in list_agents(server, cls.kind)]
        names = sorted({*_registry, *load_config().agents})
        return [a for a in map(find_agent, names) if isinstance(a, cls)]

    @classmethod
    def _here(cls, name: str) -> Self:
        agent = find_agent(name)
        if agent is None:
            names = ", ".join(sorted({*_registry, *load_config().agents})) or "none yet"
            raise NotFoundError(
                f"expected the name of an agent; got {name!r:.80}. There are: {names}. "
                f'Define it with Agent(name={name!r:.80}, model="scripted:demo")'
            )
        if not isinstance(agent, cls):
            raise NotFoundError(f"{agent.name!r:.80} is an {agent.kind}, not a {cls.kind}")
        return agent

    @classmethod
    def _at(cls, server: Server, found: Data) -> Self:
        """Return the agent of a server; it is not registered here, where it cannot answer."""
        agent = cls.__new__(cls)
        agent.name, agent.model = str(found["name"]), str(found.get("model", ""))
        agent.instructions, agent._own = "", False
        agent.server, agent.runtime = server, _Elsewhere(server.base_url)
        return agent

    async def create_session(
        self, session_id: str | None = None, *, labels: Data | None = None
    ) -> Session:
        """Return a new, connected session with this agent, or resume *session_id*."""
        session = Session(session_id, agent=self.spec, labels=labels, transport=self._transport)
        return await session.connect()

    async def resume_session(self, session_id: str) -> Session:
        """Return the session *session_id*, connected.

        Raises:
            SessionNotFoundError: if there is none, or it was terminated.
        """
        return await Session(session_id, transport=self._transport).connect()

    @property
    def _transport(self) -> Transport:
        return LocalTransport() if self.server is None else RemoteTransport(self.server)

    async def run(self, content: Content, files: Sequence[Content] = ()) -> Reply:
        """Ask once, in a session of its own, and return the reply.

        Raises:
            TurnFailedError: if the turn failed.
            ActionRequiredError: if it waits for a person; it names the session to resume.
        """
        session = await self.create_session(labels={"hidden": True})
        receipt = await session.send(content, files)
        turn = await session.settled(str(receipt.turn_id))
        if turn.pending:
            raise ActionRequiredError(
                "the agent waits for an approval; answer it in the session "
                f"{session.session_id!r}, see Session.respond_approval",
                session_id=session.session_id,
            )
        if turn.status == "failed":
            raise TurnFailedError(turn.error or "the turn failed", turn_id=turn.id)
        return Reply(turn, session)


class Chatbot(Agent):
    """An agent without tools; everything else is the same."""

    kind = "chatbot"


_registry: dict[str, Agent] = {}


def find_agent(name: str) -> Agent | None:
    """Return the agent called *name*, made from `cellspeak.yaml` if it stands there."""
    if name in _registry:
        return _registry[name]
    config = load_config().agents.get(name)
    return None if config is None else _from_config(name, config)


def _require_name(name: object) -> None:
    if not isinstance(name, str) or not name.strip():
        raise ValidationError(f"expected a name for the agent; got {name!r:.80}")


def _from_config(name: str, config: AgentConfig) -> Agent:
    return Agent(name, _model_of(config), instructions=config.instructions)


def _model_of(config: AgentConfig) -> str | LLMInfo:
    if not config.base_url and not config.api_key:
        return config.model or DEMO_MODEL
    return replace(
        parse_model(config.model), base_url=config.base_url or None, api_key=config.api_key or None
    )


def _runtime(
    name: str, model: str | LLMInfo, instructions: str, tools: Functions = ()
) -> AgentRuntime:
    if str(model) == DEMO_MODEL:
        if tools:
            raise ValidationError(
                "expected a model that can call tools, such as model='openai:…'; "
                f"got {DEMO_MODEL!r}, which follows a script"
            )
        from cellspeak.agents.demo import demo_agent

        return demo_agent(name=name, instructions=instructions)
    from cellspeak.agents.model import ModelAgent

    info = model if isinstance(model, LLMInfo) else parse_model(model)
    return ModelAgent(info, instructions=instructions, tools=tools)


def _resolve(spec: Data) -> AgentRuntime:
    name = str(spec.get("name", ""))
    agent = find_agent(name)
    if agent is not None:
        return agent.runtime
    if spec.get("model") == DEMO_MODEL:
        return _runtime(name, DEMO_MODEL, "")
    if spec.get("model") == name:  # it is nothing but its model, and can be made anew
        return Agent(name, name).runtime
    raise NotFoundError(
        f"the agent {name!r:.80} of this session is not defined here; "
        "run the cell or import that makes it, and ask again"
    )


class _Elsewhere:
    """Stands in for the runtime of an agent that answers at a server."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    async def answer(self, _request: TurnRequest) -> AsyncIterator[Output]:
        """Fail."""
        if self._base_url:
            raise ValidationError(f"this agent answers at {self._base_url}, not in this process")
        yield Draft(type="error")  # never reached: it makes this an async generator


set_resolver(_resolve)
