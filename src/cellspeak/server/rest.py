"""The second seed's routes: sessions and their tasks, messages to agents, streams of events."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cellspeak.core.codec import encode
from cellspeak.core.commands import Cancel, Create, Post, Respond, Terminate
from cellspeak.core.conversation import Conversation, Turn
from cellspeak.core.events import Data
from cellspeak.core.kinds import dict_of, opt_dict, opt_str, str_of
from cellspeak.errors import NotFoundError, SessionNotFoundError, ValidationError
from cellspeak.stores.base import SessionRecord

from . import tasks
from .desk import Desk
from .follow import Sent, follow, sse
from .http import answer, read_object, route

__all__ = ["routes"]

DIGITS = 15
"""Of an event's number: below 2⁵³, and what every store can hold."""


# Sessions


async def _create(request: Request, desk: Desk) -> Response:
    body = await read_object(request)
    name = body.get("agentId", body.get("agentName"))
    session_id = await _new_session(desk, name, opt_dict(body.get("metadata")))
    return answer(_session(await desk.record(session_id)), 201)


async def _new_session(desk: Desk, name: object, metadata: Data | None = None) -> str:
    labels = {"metadata": metadata} if metadata else {}
    command = Create(agent={"name": name}, client_id=uuid.uuid4().hex, labels=labels)
    return (await desk.send(command)).session_id


def _session(record: SessionRecord) -> Data:
    return {
        "sessionId": record.session_id,
        "agentId": record.agent.get("name"),
        "createdAt": record.created_at,
        "lastActivityAt": record.active_at,
        "metadata": dict_of(record.labels.get("metadata")),
    }


async def _list(request: Request, desk: Desk) -> Response:
    wanted = request.query_params.get("agent_id")
    records = [r for r in await desk.sessions() if wanted in (None, r.agent.get("name"))]
    return answer({"sessions": [_session(r) for r in records], "total": len(records)})


async def _get(request: Request, desk: Desk) -> Response:
    return answer(_session(await desk.record(request.path_params["session_id"])))


async def _delete(request: Request, desk: Desk) -> Response:
    session_id = request.path_params["session_id"]
    await desk.send(Terminate(session_id=session_id, client_id=uuid.uuid4().hex))
    return Response(status_code=204)


async def _events(request: Request, desk: Desk) -> Response:
    session_id, after = request.path_params["session_id"], _last_event_id(request)
    await desk.record(session_id)

    async def events() -> AsyncGenerator[Sent, None]:
        async with aclosing(desk.events(session_id, after)) as found:
            async for event in found:
                yield event.type, encode(event), event.seq

    return sse(desk, events())


# A task in a session


async def _task(request: Request, desk: Desk) -> Response:
    session_id, body = request.path_params["session_id"], await read_object(request)
    content = dict_of(body.get("input")).get("content")
    if not isinstance(content, str):
        raise ValidationError(
            'expected {"input": {"type": "text/plain", "content": "…"}}; '
            f"got {body.get('input')!r:.120}"
        )
    start = await desk.conversation(session_id)
    turn_id = await _post(desk, session_id, ({"content": content},))
    if "respond-async" in request.headers.get("prefer", ""):
        return answer({"taskId": turn_id, "status": "running", "sessionId": session_id}, 202)
    return await _settled(request, desk, turn_id, start)


async def _settled(request: Request, desk: Desk, turn_id: str, start: Conversation) -> Response:
    times: list[str] = []
    turn: Turn | None = None
    async with aclosing(follow(desk, turn_id, start)) as events:
        async for event, now in events:
            times.append(event.at)
            turn = now
    if turn is None:
        raise SessionNotFoundError("the session was terminated", session_id=str(turn_id))
    if request.headers.get("accept", "").startswith("text/plain") and turn.status == "complete":
        return Response(turn.text, media_type="text/plain")
    ended = {"endedAt": times[-1]} if turn.ended else {}
    output = {"output": {"type": "text/plain", "content": turn.text}} if turn.text else {}
    task = tasks.task_of(turn)["status"]
    asked = {"message": task["message"]} if "message" in task else {}
    result = {"taskId": turn.id, "status": task["state"], **output, **asked}
    return answer({**result, "startedAt": times[0], **ended})


# Messages to agents


async def _stream(request: Request, desk: Desk) -> Response:
    start, turn_id = await _say(request, desk)
    return _turn_stream(desk, turn_id, start, start.seq)


async def _send(request: Request, desk: Desk) -> Response:
    _, turn_id = await _say(request, desk)
    return answer(tasks.task_of(await _turn(desk, turn_id)), 202)


async def _say(request: Request, desk: Desk) -> tuple[Conversation, str]:
    """Do what a message says; return the conversation before it, and the turn it belongs to."""
    name, body = request.path_params["name"], await read_object(request)
    desk.catalogue.find(name)
    message = dict_of(body.get("message"))
    task_id = opt_str(body.get("taskId")) or opt_str(message.get("taskId"))
    approval = tasks.answer_in(message)
    if approval is not None:
        return await _respond(desk, name, str_of(task_id), approval)
    messages = tasks.messages_in(message)
    if task_id is None:
        session_id = await _new_session(desk, name)
    else:
        session_id = (await _turn_of_agent(desk, name, task_id)).id.rpartition(".")[0]
    start = await desk.conversation(session_id)
    client_id = opt_str(message.get("messageId"))
    return start, await _post(desk, session_id, messages, client_id)


async def _respond(desk: Desk, name: str, task_id: str, approval: Data) -> tuple[Conversation, str]:
    turn = await _turn_of_agent(desk, name, task_id)
    session_id = tasks.session_of(turn.id)
    start = await desk.conversation(session_id)
    command = Respond(
        session_id=session_id,
        client_id=uuid.uuid4().hex,
        request_id=str(approval["request_id"]),
        approved=approval["decision"] == "approve",
        args=opt_dict(approval.get("args")),
        args_digest=opt_str(approval.get("args_digest")),
        deny_reason=opt_str(approval.get("reason")),
    )
    await desk.send(command)
    return start, turn.id


async def _post(
    desk: Desk, session_id: str, messages: tuple[Data, ...], client_id: str | None = None
) -> str:
    post = Post(session_id=session_id, client_id=client_id or uuid.uuid4().hex, messages=messages)
    return str((await desk.send(post)).turn_id)


async def _turn(desk: Desk, task_id: str) -> Turn:
    conversation = await desk.conversation(tasks.session_of(task_id))
    turn = conversation.turns.get(task_id)
    if turn is None:
        raise NotFoundError(f"expected the id of a task; got {task_id!r:.80}")
    return turn


async def _turn_of_agent(desk: Desk, name: str, task_id: str) -> Turn:
    record = await desk.record(tasks.session_of(task_id))
    if record.agent.get("name") != name:
        raise NotFoundError(f"expected the id of a task of {name!r:.80}; got {task_id!r:.80}")
    return await _turn(desk, task_id)


async def _status(request: Request, desk: Desk) -> Response:
    wanted = request.path_params
    return answer(tasks.task_of(await _turn_of_agent(desk, wanted["name"], wanted["task_id"])))


async def _cancel(request: Request, desk: Desk) -> Response:
    turn = await _turn_of_agent(desk, request.path_params["name"], request.path_params["task_id"])
    session_id = tasks.session_of(turn.id)
    stop = Cancel(session_id=session_id, client_id=uuid.uuid4().hex, turn_id=turn.id)
    await desk.send(stop)
    return answer(tasks.task_of(await _turn(desk, turn.id)))


async def _resubscribe(request: Request, desk: Desk) -> Response:
    turn = await _turn_of_agent(desk, request.path_params["name"], request.path_params["task_id"])
    return _turn_stream(desk, turn.id, Conversation(), _last_event_id(request))


def _turn_stream(desk: Desk, turn_id: str, start: Conversation, after: int) -> Response:
    async def events() -> AsyncGenerator[Sent, None]:
        reached = after
        async with aclosing(follow(desk, turn_id, start, after)) as found:
            async for event, turn in found:
                for name, data in tasks.stream_events(event, turn, reached):
                    yield name, data, event.seq
                reached = event.seq or reached

    return sse(desk, events())


def _last_event_id(request: Request) -> int:
    given = request.headers.get("last-event-id", "0")
    if not (given.isascii() and given.isdigit() and len(given) <= DIGITS):
        raise ValidationError(f"expected a number as Last-Event-ID; got {given!r:.80}")
    return int(given)


def routes() -> list[Route]:
    """Return the routes of this file."""
    task = "/agents/{name}/tasks/{task_id}"
    return [
        route("/sessions", _create, "POST"),
        route("/sessions", _list),
        route("/sessions/{session_id}", _get),
        route("/sessions/{session_id}", _delete, "DELETE"),
        route("/sessions/{session_id}/events", _events),
        route("/sessions/{session_id}/tasks", _task, "POST"),
        route("/agents/{name}/message/stream", _stream, "POST"),
        route("/agents/{name}/message/send", _send, "POST"),
        route(task, _status),
        route(f"{task}/cancel", _cancel, "POST"),
        route(f"{task}/resubscribe", _resubscribe, "POST"),
    ]
