"""The notebook's tools as the library's: schema, validation, approval, running.

Its one law: a call runs only if its validated arguments need no approval, or were approved.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from pydantic_ai import ApprovalRequired, RunContext, Tool, ToolFailed
from pydantic_ai.exceptions import UserError

from cellspeak.agents.running import attempt
from cellspeak.agents.tools import ToolContext, ToolSpec
from cellspeak.errors import ValidationError

from .calls import Calls

__all__ = ["library_tool", "schema_of", "schema_tool"]

_FIRST = "cellspeak_run"
"""The parameter by which the library hands us its context; no tool of a notebook has it."""


def library_tool(spec: ToolSpec) -> Tool[Calls]:
    """Return *spec* as a tool of the library.

    Raises:
        ValidationError: if its arguments cannot be described to a model.
    """
    run, gate = _runner(spec), _gate(spec)
    try:
        _dress(run, spec)
        return Tool(run, name=spec.name, takes_ctx=True, args_validator=gate)
    except (UserError, TypeError, NameError, AttributeError, ValueError):
        raise ValidationError(
            f"expected the tool {spec.name!r:.80} to have arguments by name, with types that JSON "
            "can carry, such as str, int, list[str] or a dataclass"
        ) from None


def schema_tool(spec: ToolSpec, description: str, schema: Mapping[str, Any]) -> Tool[Calls]:
    """Return *spec* as a tool of the library whose arguments are those of a JSON Schema."""
    return Tool.from_schema(
        _runner(spec),
        spec.name,
        description,
        dict(schema),
        takes_ctx=True,
        args_validator=_gate(spec),
    )


def _runner(spec: ToolSpec) -> Callable[..., Any]:
    async def run(ctx: RunContext[Calls], /, **args: Any) -> Any:
        return await _run(spec, ctx, args)

    return run


def _gate(spec: ToolSpec) -> Callable[..., None]:
    def gate(ctx: RunContext[Calls], /, **args: Any) -> None:
        if not ctx.tool_call_approved and spec.needs_approval(args):
            ctx.deps.gate(str(ctx.tool_call_id))
            raise ApprovalRequired

    return gate


def schema_of(tool: Tool[Calls]) -> Mapping[str, Any]:
    """Return the JSON Schema of the tool's arguments."""
    return tool.function_schema.json_schema


async def _run(spec: ToolSpec, ctx: RunContext[Calls], args: Mapping[str, Any]) -> str:
    key = str(ctx.tool_call_id)
    outcome = await attempt(spec, args, ToolContext(ctx.deps.reporter(key)))
    ctx.deps.done(key, outcome)
    if outcome.error is not None:
        raise ToolFailed(outcome.error)
    return outcome.text


def _dress(run: Any, spec: ToolSpec) -> None:
    """Give *run* the name, words and arguments of the tool, without its `ToolContext`."""
    function = spec.function
    hints = get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL) for p in parameters):
        raise TypeError("arguments without names")
    own = [
        p.replace(annotation=hints.get(p.name, p.empty))
        for p in parameters
        if p.name != spec.context
    ]
    first = inspect.Parameter(
        _FIRST, inspect.Parameter.POSITIONAL_ONLY, annotation=RunContext[Calls]
    )
    run.__signature__ = inspect.Signature([first, *own])
    run.__annotations__ = {_FIRST: RunContext[Calls], **{p.name: p.annotation for p in own}}
    for name in ("__name__", "__qualname__", "__module__"):
        setattr(run, name, getattr(function, name))
    run.__doc__ = inspect.getdoc(function)
