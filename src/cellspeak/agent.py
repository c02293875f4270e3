"""Agents as people name them, and the registry of this process.

An agent holds no conversation: it is a name, a model or a runtime, and instructions.  Making one
registers its name, so that `Agent.fetch` and a resumed session find it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar, overload

from cellspeak.agents.a2a.agent import A2aAgent, Address, name_at, plain_address
from cellspeak.agents.asked import typed_answer, wish
from cellspeak.agents.base import AgentRuntime, Output, TurnRequest
from cellspeak.agents.mcp import McpServer, McpSetting, servers_of
from cellspeak.agents.memory import MemorySetting
from cellspeak.agents.providers import LLMInfo, parse_model, suggested
from cellspeak.agents.signature import args_schema
from cellspeak.agents.tools import specs_of
from cellspeak.config import AgentConfig, load_config
from cellspeak.core.events import Data, Draft
from cellspeak.core.kinds import dict_of
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
REPLAY = "replay:"
A2A = "a2a:"

T = TypeVar("T")

Functions: TypeAlias = Sequence[Callable[..., Any] | str]


class Agent:
    """Something that answers.  Making one registers it under its name in this process.

    Args:
        name: how it is found and shown; not empty.
        model: `"scripted:demo"`, `"openai:…"`, `"anthropic:…"`, `"google:…"`, `"local:FILE.gguf"`,
            `"replay:FILE"`, `"a2a:ADDRESS"` or an `LLMInfo`; not used when *runtime* is given.
        instructions: what the agent is told about its task.
        tools: functions that the model may call, see `cellspeak.tool`, and names of ready-made
            ones, see `cellspeak.tools`.
        memory: how much of a long conversation the model reads: `"all"`, `"window"`, `"summary"`,
            or `{"strategy": …, "turns": …, "tokens": …}`.
        mcp: MCP servers whose tools the model may call: `{"command": …, "args": […]}` or
            `{"url": …}` each; see `docs/remote.md`.
        a2a: the address of an agent that answers by A2A, at another server; see `docs/remote.md`.
        token: what to send to that address as a bearer token; `"${NAME}"`: that environment
            variable's value.
        runtime: your own `AgentRuntime`; it answers the turns.

    Raises:
        ValidationError: if the name is empty, the model is of no known kind or not installed, or
            a tool cannot be one.
    """

    kind = "agent"
    _tools: Mapping[str, str] = MappingProxyType({})
    _schemas: Mapping[str, Data] = MappingProxyType({})
    _mcp: Sequence[McpServer] = ()

    def __init__(
        self,
        name: str = "",
        model: str | LLMInfo = DEMO_MODEL,
        *,
        instructions: str = "",
        tools: Functions = (),
        memory: MemorySetting = None,
        mcp: McpSetting = (),
        a2a: str | None = None,
        token: str | None = None,
        runtime: AgentRuntime | None = None,
    ) -> None:
        if a2a is not None:
            _require_remote_alone(model, instructions, tools, memory, mcp, runtime)
            model, name = f"{A2A}{plain_address(a2a)}", name or name_at(a2a)
            runtime = A2aAgent(Address(url=a2a, token=token))
        _require_name(name)
        if (tools or mcp) and (self.kind == "chatbot" or runtime is not None):
            raise ValidationError(
                "expected tools for an Agent with a model; a Chatbot has none, and a runtime "
                "brings its own"
            )
        functions = _functions(tools)
        self._mcp = servers_of(mcp)
        self.name, self.model, self.instructions = name, str(model), instructions
        self.runtime = runtime or _runtime(name, model, instructions, functions, memory, self._mcp)
        self._tools = {s.name: s.home for s in specs_of(functions)}
        self._schemas = {s.name: args_schema(s.function, s.context) for s in specs_of(functions)}
        self._own = runtime is not None and a2a is None
        self.server: Server | None = None
        """Where it runs; None: in this process."""
        _registry[name] = self

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, model={self.model!r})"

    @property
    def spec(self) -> Data:
        """What a session keeps of its agent: names and digests, never keys."""
        model = type(self.runtime).__name__ if self._own else self.model
        known = {name: home for name, home in self._tools.items() if home}
        homes = {"homes": known} if known else {}
        tools = {"tools": list(self._tools), "schemas": self._schemas} if self._tools else {}
        servers = {"mcp": [server.name for server in self._mcp]} if self._mcp else {}
        return {"kind": self.kind, "name": self.name, "model": model, **tools, **homes, **servers}

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

    @overload
    async def run(self, content: Content, files: Sequence[Content] = ()) -> Reply: ...
    @overload
    async def run(
        self, content: Content, files: Sequence[Content] = (), *, output_type: type[T]
    ) -> T: ...
    async def run(
        self, content: Content, files: Sequence[Content] = (), *, output_type: Any = None
    ) -> Any:
        """Ask once, in a session of its own, and return the reply.

        Args:
            content: what to ask.
            files: what to attach.
            output_type: a pydantic model, a dataclass or a TypedDict: then an object of that type
                is returned, and the agent needs a language model.

        Raises:
            TurnFailedError: if the turn failed, or did not answer with the type.
            ActionRequiredError: if it waits for a person; it names the session to resume.
            ValidationError: if the agent cannot answer with a type, or no model could with this.
        """
        if output_type is None:
            return await self._run(content, files)
        self._require_types()
        reply = await self._run(content, files, output=wish(output_type))
        return await typed_answer(reply.turn, output_type, reply.session.blob)

    def _require_types(self) -> None:
        if self.server is None and not self._own and not hasattr(self.runtime, "types"):
            raise ValidationError(
                f"expected an agent with a language model for output_type=…; {self.name!r:.80} has "
                f"the model {self.model!r:.80}, which cannot be held to a type"
            )

    async def _run(
        self, content: Content, files: Sequence[Content], output: Data | None = None
    ) -> Reply:
        session = await self.create_session(labels={"hidden": True})
        receipt = await session.send(content, files, output=output)
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


def _require_remote_alone(model: object, *others: object) -> None:
    if model != DEMO_MODEL or any(others):
        raise ValidationError(
            "expected a2a=… with a name and a token alone; model, instructions, tools and memory "
            "are those of the agent at the other side"
        )


def _from_config(name: str, config: AgentConfig) -> Agent:
    if config.a2a:
        return Agent(name, a2a=config.a2a, token=config.token or None)
    return Agent(
        name,
        _model_of(config),
        instructions=config.instructions,
        tools=config.tools,
        memory=config.memory or None,
        mcp=config.mcp,
    )


def _model_of(config: AgentConfig) -> str | LLMInfo:
    if not config.base_url and not config.api_key:
        return config.model or DEMO_MODEL
    return replace(
        parse_model(config.model), base_url=config.base_url or None, api_key=config.api_key or None
    )


def _functions(tools: Functions) -> Sequence[Callable[..., Any]]:
    if not any(isinstance(t, str) for t in tools):
        return tools  # type: ignore[return-value]  # none of them is a name
    from cellspeak.tools import given

    return given(tools)


def _runtime(
    name: str,
    model: str | LLMInfo,
    instructions: str,
    tools: Sequence[Callable[..., Any]] = (),
    memory: MemorySetting = None,
    mcp: Sequence[McpServer] = (),
) -> AgentRuntime:
    if mcp and str(model).startswith(("scripted:", REPLAY, A2A)):
        raise ValidationError(
            f"expected an agent with a language model for mcp=…; {str(model)!r:.80} calls no tools "
            "of servers"
        )
    if str(model) == DEMO_MODEL:
        from cellspeak.agents.demo import demo_agent

        demo = demo_agent(name=name, instructions=instructions, suggested=suggested)
        if not tools:
            return demo
        from cellspeak.agents.rehearsal import Rehearsal

        return Rehearsal(specs_of(tools), demo)
    if str(model).startswith(A2A):
        _require_remote_alone(DEMO_MODEL, instructions, tools, memory)
        return A2aAgent(Address(url=str(model).removeprefix(A2A)))
    if str(model).startswith(REPLAY):
        from cellspeak.agents.replay import ReplayAgent

        # What tools returned is in the recording; they are not run.
        return ReplayAgent(str(model).removeprefix(REPLAY))
    from cellspeak.agents.model import ModelAgent

    info = model if isinstance(model, LLMInfo) else parse_model(model)
    return ModelAgent(info, instructions=instructions, tools=tools, memory=memory, mcp=mcp)


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
        f"the agent {name!r:.80} of this session is not defined here; run {_homes(spec)}, "
        "and ask again"
    )


def _homes(spec: Data) -> str:
    """Say what makes an agent and its tools, as far as the session's record knows."""
    known = dict_of(spec.get("homes"))
    places = dict.fromkeys(f"{home} (tool {tool})" for tool, home in sorted(known.items()))
    return " and ".join(["the cell or import that makes it", *places])[:400]


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
