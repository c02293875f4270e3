"""A provider on loopback: it plays recorded answers over HTTP and keeps what was asked.

The answers have the shapes of the OpenAI-compatible chat completions, Anthropic's messages and
Gemini's streams, so that the library's own code for each provider reads them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "CUT",
    "HANG",
    "Answer",
    "Asked",
    "Provider",
    "anthropic",
    "call",
    "failing",
    "google",
    "responses",
    "serving",
    "streamed",
]

CUT = "cut"
"""In a stream: the connection breaks here."""
HANG = "hang"
"""In a stream: nothing more comes, and the connection stays."""


@dataclass(frozen=True)
class Answer:
    """One recorded answer; `pieces` are the data of server-sent events."""

    pieces: Sequence[Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Provider:
    """Gives its answers in turn."""

    answers: list[Answer]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client went away from an answer that hung."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            self.asked.append(await _request(reader))
            await self._answer(self.answers.pop(0), reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        kind = "text/event-stream" if answer.status == 200 else "application/json"
        head = {"content-type": kind, "connection": "close", **answer.headers}
        if answer.status == 200:
            head["transfer-encoding"] = "chunked"
        lines = [f"HTTP/1.1 {answer.status} x", *[f"{k}: {v}" for k, v in head.items()]]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        for piece in answer.pieces:
            if piece == CUT:
                return
            if piece == HANG:
                self.hanging.set()
                await reader.read()
                self.left.set()
                return
            text = piece if isinstance(piece, str) else json.dumps(piece)
            if answer.status != 200:
                writer.write(text.encode())
                continue
            event = f"event: {piece['type']}\n" if "type" in piece else ""
            data = f"{event}data: {text}\n\n".encode()
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
        if answer.status == 200:
            writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (h.partition(":") for h in head[1:]) if v}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(head[0].split()[1], headers, json.loads(body or b"{}"))


@asynccontextmanager
async def serving(*answers: Answer) -> AsyncIterator[Provider]:
    """Serve *answers* in turn, on a port of its own."""
    provider = Provider(list(answers))
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield provider
    finally:
        server.close()


def call(key: str, name: str, args: str, *, index: int = 0) -> list[dict[str, Any]]:
    """Return the deltas of one tool call, its arguments in two pieces."""
    half = len(args) // 2
    first = {"name": name, "arguments": args[:half]}
    return [
        {"tool_calls": [{"index": index, "id": key, "type": "function", "function": first}]},
        {"tool_calls": [{"index": index, "function": {"arguments": args[half:]}}]},
    ]


def streamed(*deltas: str | dict[str, Any], why: str = "stop") -> Answer:
    """Return a chat completion, streamed; a text is a delta of the reply."""
    pieces: list[Any] = []
    for delta in deltas:
        if delta in (CUT, HANG):
            return Answer([*pieces, delta])
        said = {"content": delta} if isinstance(delta, str) else delta
        pieces.append(_chunk([{"index": 0, "delta": said, "finish_reason": None}]))
    pieces.append(_chunk([{"index": 0, "delta": {}, "finish_reason": why}]))
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    return Answer([*pieces, {**_chunk([]), "usage": usage}, "[DONE]"])


def failing(status: int, code: str, message: str = "no", **headers: str) -> Answer:
    """Return an error as OpenAI words it."""
    error = {"message": message, "type": "some_error", "code": code, "param": None}
    return Answer([{"error": error}], status, {k.replace("_", "-"): v for k, v in headers.items()})


def _chunk(choices: list[Any]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "small",
        "choices": choices,
    }


def anthropic(*blocks: tuple[dict[str, Any], dict[str, Any]], why: str) -> Answer:
    """Return a stream of content blocks, each with one delta."""
    usage = {"input_tokens": 9, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "small", "content": []}
    pieces: list[Any] = [{"type": "message_start", "message": {**message, "usage": usage}}]
    for index, (block, delta) in enumerate(blocks):
        pieces += [
            {"type": "content_block_start", "index": index, "content_block": block},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    end = {"stop_reason": why, "stop_sequence": None}
    done = {"type": "message_delta", "delta": end, "usage": {"output_tokens": 5}}
    return Answer([*pieces, done, {"type": "message_stop"}])


def google(*parts: dict[str, Any]) -> Answer:
    """Return a stream of one chunk for each part."""
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 5, "totalTokenCount": 14}
    chunks = [
        {
            "candidates": [{"content": {"role": "model", "parts": [p]}, "index": 0}],
            "usageMetadata": usage,
            "modelVersion": "small",
        }
        for p in parts
    ]
    chunks[-1]["candidates"][0]["finishReason"] = "STOP"  # type: ignore[index]
    return Answer(chunks)


def responses(*items: tuple[str, str]) -> Answer:
    """Return a stream of OpenAI's newer API: `("text", …)`, `("reasoning", …)`, `(tool, args)`."""
    pieces: list[Any] = [{"type": "response.created", "response": _response("in_progress")}]
    for index, (kind, text) in enumerate(items):
        pieces += [{**e, "output_index": index} for e in _item(index, kind, text)]
    usage = {"input_tokens": 9, "output_tokens": 5, "total_tokens": 14}
    done = {"type": "response.completed", "response": {**_response("completed"), "usage": usage}}
    numbered = [{**p, "sequence_number": n} for n, p in enumerate([*pieces, done])]
    return Answer(numbered)


def _response(status: str) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "small",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "status": status,
    }


def _item(index: int, kind: str, text: str) -> list[dict[str, Any]]:
    key = f"item_{index}"
    if kind == "text":
        part = {"type": "output_text", "text": "", "annotations": []}
        said = {"id": key, "type": "message", "role": "assistant", "status": "in_progress"}
        place: dict[str, Any] = {"item_id": key, "content_index": 0}
        return [
            {"type": "response.output_item.added", "item": {**said, "content": []}},
            {"type": "response.content_part.added", **place, "part": part},
            {"type": "response.output_text.delta", **place, "delta": text, "logprobs": []},
            {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        ]
    if kind == "reasoning":
        item: dict[str, Any] = {"id": key, "type": "reasoning", "summary": []}
        place = {"item_id": key, "summary_index": 0}
        begun = {"type": "summary_text", "text": ""}
        return [
            {"type": "response.output_item.added", "item": item},
            {"type": "response.reasoning_summary_part.added", **place, "part": begun},
            {"type": "response.reasoning_summary_text.delta", **place, "delta": text},
            {"type": "response.output_item.done", "item": item},
        ]
    call = {"id": key, "type": "function_call", "call_id": f"c{index}", "name": kind}
    whole = {**call, "arguments": text, "status": "completed"}
    return [
        {"type": "response.output_item.added", "item": {**call, "arguments": ""}},
        {"type": "response.function_call_arguments.delta", "item_id": key, "delta": text},
        {"type": "response.output_item.done", "item": whole},
    ]
