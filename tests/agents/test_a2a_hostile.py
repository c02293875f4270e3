"""A peer is a stranger: what it sends is bounded and mended, and where it leads nobody goes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from cellspeak.agents.a2a import guard
from cellspeak.agents.a2a.agent import A2aAgent, Address
from cellspeak.core.conversation import Turn
from tests.agents.peers import Hector, up
from tests.engine.talk import talking

CARD = {
    "name": "x",
    "supportedInterfaces": [
        {"url": "http://other.example/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
    ],
    "capabilities": {"streaming": True},
}


def stranger(card: Any, answer: Callable[[], Response]) -> Callable[[str], ASGIApp]:
    """Return an app with *card*, or what that makes, and one answer to everything."""

    async def get(_request: Request) -> Response:
        return card() if callable(card) else JSONResponse(card)

    async def post(_request: Request) -> Response:
        return answer()

    routes = [
        Route("/.well-known/agent-card.json", get),
        Route("/", post, methods=["POST"]),
    ]
    return lambda _address: Starlette(routes=routes)


async def asked(make: Callable[[str], ASGIApp], timeout: float = 10) -> Turn:
    with up(make) as address:
        async with talking(A2aAgent(Address(url=address, timeout=timeout))) as talk:
            return await talk.ask("hello")


def stream(*pieces: str) -> Response:
    async def body() -> AsyncIterator[str]:
        for piece in pieces:
            yield piece

    return StreamingResponse(body(), media_type="text/event-stream")


async def test_a_version_that_the_card_names_wrongly_is_fallen_back_from() -> None:
    hector = Hector()
    with up(hector.app) as address:
        face = {"url": f"{address}/agents/ada", "protocolBinding": "JSONRPC"}
        faces = [{**face, "protocolVersion": "1.0"}]
        hector.card = {**CARD, "supportedInterfaces": faces}
        async with talking(A2aAgent(Address(url=f"{address}/agents/ada"))) as talk:
            turns = [await talk.ask("hello"), await talk.ask("hello")]
    assert [t.status for t in turns] == ["complete", "complete"]
    # It is known from then on.
    assert hector.methods == ["SendStreamingMessage", "message/stream", "message/stream"]


@pytest.mark.parametrize(
    ("name", "most"), [("MOST_OF_A_FRAME", "frame"), ("MOST_OF_A_STREAM", "stream")]
)
async def test_a_stream_without_end_is_ended(
    name: str, most: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, name, 2**20)
    piece = "data: " + "x" * 2**16 if most == "frame" else ": ping\n\n" * 2**13
    turn = await asked(stranger(CARD, lambda: stream(*[piece] * 64)))
    assert "sent more than 1 MB at once" in str(turn.error)


async def test_a_reply_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_OF_A_REPLY", 2**20)
    turn = await asked(stranger(CARD, lambda: JSONResponse({"x": "y" * 2**21})))
    assert "sent more than 1 MB at once" in str(turn.error)


async def test_silence_is_an_end() -> None:
    async def nothing() -> AsyncIterator[str]:
        yield ": hello\n\n"
        await never.wait()

    import asyncio

    never = asyncio.Event()
    silent = lambda: StreamingResponse(nothing(), media_type="text/event-stream")  # noqa: E731
    turn = await asked(stranger(CARD, silent), timeout=0.3)
    assert "did not answer in time" in str(turn.error)


@pytest.mark.parametrize(
    ("card", "says"),
    [
        ({"name": "x"}, "expected the card"),
        (["x"], "expected the card"),
        ({**CARD, "supportedInterfaces": [{"protocolBinding": "GRPC"}]}, "names neither"),
        ({**CARD, "description": ["x"]}, "not A2A"),
        (lambda: Response("<html>", media_type="text/html"), "expected the card"),
        (lambda: RedirectResponse("http://169.254.169.254/"), "expected an A2A agent"),
        (lambda: Response("no", 401), "wants a token"),
    ],
)
async def test_a_card_that_is_none_is_one_sentence(card: Any, says: str) -> None:
    turn = await asked(stranger(card, lambda: Response("", 500)))
    assert turn.status == "failed"
    assert says in str(turn.error)


@pytest.mark.parametrize(
    "reply",
    [
        {"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "at /srv/secret.py"}},
        {"jsonrpc": "2.0", "id": 1, "error": "at /srv/secret.py"},
        {"jsonrpc": "2.0", "id": 1, "result": {"task": {"id": ["/srv/secret.py"]}}},
        {"jsonrpc": "2.0", "id": 1, "result": "/srv/secret.py"},
        ["/srv/secret.py"],
        {},
    ],
)
async def test_a_reply_that_is_none_is_one_sentence_without_its_words(reply: Any) -> None:
    turn = await asked(stranger(CARD, lambda: JSONResponse(reply)))
    assert turn.status == "failed"
    assert str(turn.error).startswith("the agent at 127.0.0.1")
    assert "secret" not in str(turn.error)


async def test_packed_bytes_are_refused() -> None:
    packed = {"content-encoding": "gzip"}
    turn = await asked(stranger(CARD, lambda: Response(b"\x1f\x8b", headers=packed)))
    assert "got packed ones" in str(turn.error)
