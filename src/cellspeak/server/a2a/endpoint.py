"""One agent, as a2a-sdk's routes call it: eleven questions, each answered through `Talk`."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import NoReturn, TypeAlias

from a2a.server.context import ServerCallContext
from a2a.server.request_handlers import RequestHandler, validate_request_params
from a2a.types import (
    AgentCard,
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetExtendedAgentCardRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTaskPushNotificationConfigsResponse,
    ListTasksRequest,
    ListTasksResponse,
    SendMessageConfiguration,
    SendMessageRequest,
    SubscribeToTaskRequest,
    Task,
    TaskPushNotificationConfig,
)
from a2a.utils.errors import (
    ExtendedAgentCardNotConfiguredError,
    InvalidParamsError,
    PushNotificationNotSupportedError,
)

from .contexts import Contexts
from .listing import listed
from .problems import told
from .progress import Update
from .talk import Talk

__all__ = ["Endpoint"]

_Counted: TypeAlias = GetTaskRequest | SendMessageConfiguration | ListTasksRequest


class Endpoint(RequestHandler):
    """Answers for one agent.

    Args:
        agent: its name.
        contexts: finds the sessions of contexts; shared by all agents.
    """

    def __init__(self, agent: str, contexts: Contexts) -> None:
        self._agent, self._contexts = agent, contexts

    def _talk(self, context: ServerCallContext) -> Talk:
        return Talk(context.state["desk"], self._agent, self._contexts, context.state["base"])

    @validate_request_params
    async def on_message_send(self, params: SendMessageRequest, context: ServerCallContext) -> Task:
        """Take a message; return its task when it has ended or a person has to act."""
        with told():
            history, talk = _history(params.configuration), self._talk(context)
            _require_no_push(params)
            taken = await talk.say(params.message)
            if params.configuration.return_immediately:
                return talk.shown(await talk.find(taken.turn_id), history)
            return talk.shown(await talk.settled(taken), history)

    @validate_request_params
    async def on_message_send_stream(
        self, params: SendMessageRequest, context: ServerCallContext
    ) -> AsyncGenerator[Update]:
        """Take a message; yield its task, then what changes."""
        with told():
            talk = self._talk(context)
            _require_no_push(params)
            taken = await talk.say(params.message)
            async with aclosing(talk.updates(taken)) as updates:
                async for update in updates:
                    yield update

    @validate_request_params
    async def on_subscribe_to_task(
        self, params: SubscribeToTaskRequest, context: ServerCallContext
    ) -> AsyncGenerator[Update]:
        """Yield a task with all it has so far, then what changes until it has ended."""
        with told():
            async with aclosing(self._talk(context).subscribed(params.id)) as updates:
                async for update in updates:
                    yield update

    @validate_request_params
    async def on_get_task(self, params: GetTaskRequest, context: ServerCallContext) -> Task:
        """Return a task as it is now."""
        with told():
            talk = self._talk(context)
            return talk.shown(await talk.find(params.id), _history(params))

    @validate_request_params
    async def on_list_tasks(
        self, params: ListTasksRequest, context: ServerCallContext
    ) -> ListTasksResponse:
        """Return a page of the caller's tasks."""
        with told():
            _history(params)
            return await listed(self._talk(context), params)

    @validate_request_params
    async def on_cancel_task(self, params: CancelTaskRequest, context: ServerCallContext) -> Task:
        """Stop a task."""
        with told():
            talk = self._talk(context)
            return talk.shown(await talk.cancel(params.id, uuid.uuid4().hex))

    # What this server does not do

    async def on_create_task_push_notification_config(
        self, params: TaskPushNotificationConfig, context: ServerCallContext
    ) -> TaskPushNotificationConfig:
        """Refuse: nobody is called back."""
        _no_push()

    async def on_get_task_push_notification_config(
        self, params: GetTaskPushNotificationConfigRequest, context: ServerCallContext
    ) -> TaskPushNotificationConfig:
        """Refuse: nobody is called back."""
        _no_push()

    async def on_list_task_push_notification_configs(
        self, params: ListTaskPushNotificationConfigsRequest, context: ServerCallContext
    ) -> ListTaskPushNotificationConfigsResponse:
        """Refuse: nobody is called back."""
        _no_push()

    async def on_delete_task_push_notification_config(
        self, params: DeleteTaskPushNotificationConfigRequest, context: ServerCallContext
    ) -> None:
        """Refuse: nobody is called back."""
        _no_push()

    async def on_get_extended_agent_card(
        self, params: GetExtendedAgentCardRequest, context: ServerCallContext
    ) -> AgentCard:
        """Refuse: the card says all there is to say."""
        raise ExtendedAgentCardNotConfiguredError(message="this agent has no other card")


def _history(params: _Counted) -> int | None:
    if not params.HasField("history_length"):
        return None
    if params.history_length < 0:
        raise InvalidParamsError(message="expected a historyLength of 0 or more")
    return params.history_length


def _require_no_push(params: SendMessageRequest) -> None:
    if params.configuration.HasField("task_push_notification_config"):
        _no_push()


def _no_push() -> NoReturn:
    raise PushNotificationNotSupportedError(
        message="this server calls nobody back; stream, subscribe to the task, or get it"
    )
