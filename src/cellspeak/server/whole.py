"""An agent whose replies come whole: `reasoning: {enable_streaming: false}`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

from cellspeak.agents.base import AgentRuntime, Output, TurnRequest, say

__all__ = ["Whole"]


class Whole:
    """An `AgentRuntime` that says each message in one piece.

    Args:
        runtime: answers.
    """

    def __init__(self, runtime: AgentRuntime) -> None:
        self._runtime = runtime

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)

    async def answer(self, request: TurnRequest) -> AsyncIterator[Output]:
        """Yield what the runtime yields, the text between two other things as one."""
        said: list[str] = []
        async with aclosing(cast("Any", self._runtime.answer(request))) as outputs:
            async for output in outputs:
                if getattr(output, "type", "") == "message_delta":
                    said.append(output.data["delta"])
                    continue
                if said:
                    yield say("".join(said))
                    said.clear()
                yield output
        if said:
            yield say("".join(said))
