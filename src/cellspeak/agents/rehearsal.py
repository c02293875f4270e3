"""The scripted demo with tools of the notebook: it calls the one that a prompt spells out.

    call load(table="sales", rows=3)

Its one law: what is called is a tool of the agent, with literals as arguments; nothing else of a
prompt is looked at.  It is how tools, their cards and approvals are tried without any model.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from cellspeak.core.conversation import ToolCall
from cellspeak.core.events import Data, Draft
from cellspeak.core.markdown import code_span, fenced, shortened

from . import base
from .base import AgentRuntime, Output, TurnRequest
from .rich import Shown
from .running import attempt
from .signature import args_schema
from .tools import ToolContext, ToolSpec

__all__ = ["Rehearsal"]

_CALL = re.compile(r"^[ \t`]*call[ \t]+(?P<code>\w+\(.*\))[ \t`]*$", re.MULTILINE | re.IGNORECASE)
_MOST = 8  # calls of one prompt
_SAID = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    key: str
    spec: ToolSpec
    args: Data


class Rehearsal:
    """Calls tools by name; prompts without a call go to another runtime.

    Args:
        tools: what may be called.
        otherwise: answers everything else.
    """

    def __init__(self, tools: Sequence[ToolSpec], otherwise: AgentRuntime) -> None:
        self._tools = {spec.name: spec for spec in tools}
        self._otherwise = otherwise

    async def answer(self, request: TurnRequest) -> AsyncGenerator[Output, None]:
        """Answer one turn; see `AgentRuntime.answer`."""
        wishes = self._wishes(request.turn.prompt)
        if not wishes:
            async for output in self._otherwise.answer(request):
                yield output
            yield base.say(f"\n\n{self._hint()}" if not request.turn.approvals else "")
            return
        calls = request.turn.tool_calls
        asked = [w for w in wishes if w.key not in calls and w.spec.needs_approval(w.args)]
        if asked and not request.turn.approvals:
            for wish in asked:
                yield _question(wish)
            return
        for wish in wishes:
            async with aclosing(_called(wish, calls.get(wish.key))) as drafts:
                async for draft in drafts:
                    yield draft

    def _wishes(self, prompt: str) -> list[_Wish]:
        found = (m["code"] for m in _CALL.finditer(prompt[:4_000]))
        read = [self._read(f"call-{n}", code) for n, code in enumerate(found, 1)]
        return [wish for wish in read if wish is not None][:_MOST]

    def _read(self, key: str, code: str) -> _Wish | None:
        """Return the call that *code* is, if it is one of a tool with literals."""
        try:
            tree = ast.parse(code, mode="eval").body
            assert isinstance(tree, ast.Call)
            assert isinstance(tree.func, ast.Name)
            spec = self._tools[tree.func.id]
            names = [p for p in inspect.signature(spec.function).parameters if p != spec.context]
            positional = zip(names, tree.args, strict=False)
            named = ((k.arg, k.value) for k in tree.keywords if k.arg is not None)
            args = {name: ast.literal_eval(node) for name, node in (*positional, *named)}
        except (SyntaxError, ValueError, KeyError, AssertionError, RecursionError):
            return None
        return _Wish(key=key, spec=spec, args=args)

    def _hint(self) -> str:
        name, spec = next(iter(self._tools.items()))
        names = [p for p in inspect.signature(spec.function).parameters if p != spec.context]
        example = f"call {name}({', '.join(f'{n}=…' for n in names)})"
        return f"(I follow a script. To see a tool of yours run, say {code_span(example)}.)"


def _question(wish: _Wish) -> Draft:
    schema = args_schema(wish.spec.function, wish.spec.context)
    draft = base.ask(wish.key, wish.spec.name, wish.args, args_schema=schema)
    return replace(draft, data={**draft.data, "always": True}) if wish.spec.always else draft


async def _called(wish: _Wish, known: ToolCall | None) -> AsyncGenerator[Draft, None]:
    """Run one call, and say what came of it; a denied one has its outcome already."""
    name = code_span(wish.spec.name)
    if known is not None and known.outcome is not None:
        yield base.say(f"I did not run {name}.\n\n")
        return
    args = wish.args if known is None else known.args
    yield base.tool(wish.key, wish.spec.name, args)
    side: asyncio.Queue[Draft | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def report(fraction: float | None, text: str) -> None:
        loop.call_soon_threadsafe(side.put_nowait, base.progress(wish.key, fraction, text))

    task = asyncio.create_task(attempt(wish.spec, args, ToolContext(report)))
    task.add_done_callback(lambda _: side.put_nowait(None))
    try:
        while (draft := await side.get()) is not None:
            yield draft
        outcome = await task
    finally:
        task.cancel()
    call = {"tool_call_id": wish.key, "tool_name": wish.spec.name}
    yield Draft(type="tool_result", data={**call, **outcome.as_outcome()})
    yield base.say(_told(name, outcome))


def _told(name: str, outcome: Shown) -> str:
    text = shortened(outcome.text.strip("\n"), _SAID)
    how = "failed" if outcome.error is not None else "returned"
    if "\n" in text:
        return f"{name} {how}:\n\n{fenced(text)}"
    return f"{name} {how} {code_span(text) or 'nothing'}."
