"""Whether a body or a query is what its method takes, told in a sentence that names the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from a2a.compat.v0_3 import a2a_v0_3_pb2 as old_types
from a2a.compat.v0_3 import conversions, proto_utils
from a2a.compat.v0_3 import types as old
from a2a.compat.v0_3.jsonrpc_adapter import JSONRPC03Adapter
from a2a.server.routes.jsonrpc_dispatcher import JsonRpcDispatcher
from a2a.types import (
    GetTaskRequest,
    ListTasksRequest,
    SendMessageRequest,
    TaskPushNotificationConfig,
    TaskState,
)
from a2a.utils.errors import InvalidParamsError, InvalidRequestError
from a2a.utils.proto_utils import parse_params
from google.protobuf.json_format import ParseDict, ParseError
from pydantic import ValidationError
from starlette.datastructures import QueryParams

__all__ = ["require_query", "require_rest", "require_rpc", "speaks_old"]

_FIELD = re.compile(r"Failed to parse (\w+) field")
_OLD = JSONRPC03Adapter.METHOD_TO_MODEL
_NEW = JsonRpcDispatcher.METHOD_TO_MODEL
_OLD_SENDS = ("/v1/message:send", "/v1/message:stream")
_REST: Mapping[str, type[Any]] = {
    "/message:send": SendMessageRequest,
    "/message:stream": SendMessageRequest,
}


def require_rpc(call: Any) -> None:
    """Raise unless *call* is JSON-RPC with the params of its method; an unknown one passes."""
    if isinstance(call, list):
        raise InvalidRequestError(message="expected one call; batches are not supported")
    if not isinstance(call, dict) or call.get("jsonrpc") != "2.0":
        raise InvalidRequestError(message='expected an object with "jsonrpc": "2.0"')
    if not isinstance(call.get("method"), str) or not _is_id(call.get("id")):
        raise InvalidRequestError(message="expected a method, and a text or a number as the id")
    method = call["method"]
    if method in _OLD:
        _require(lambda: _old_call(method, call))
    elif method in _NEW:
        params = call.get("params", {})
        _require(lambda: ParseDict(params, _NEW[method](), ignore_unknown_fields=True))
        if method == "ListTasks":
            _require_state(params.get("status"))


def _is_id(value: object) -> bool:
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


def _old_call(method: str, call: Mapping[str, Any]) -> None:
    request = _OLD[method].model_validate(call)  # type: ignore[attr-defined]  # one of pydantic's
    if method in ("message/send", "message/stream"):
        conversions.to_core_send_message_request(request)


def require_rest(path: str, body: Any) -> None:
    """Raise unless *body* is an object with what the path takes."""
    if not isinstance(body, dict):
        raise InvalidRequestError(message="expected a JSON object as the body")
    if path in _OLD_SENDS:
        _require(lambda: _old_send(body))
    kind = _REST.get(path)
    if kind is None and path.endswith("/pushNotificationConfigs"):
        kind = TaskPushNotificationConfig
    if kind is not None:
        _require(lambda: ParseDict(body, kind(), ignore_unknown_fields=True))


def _old_send(body: Mapping[str, Any]) -> None:
    sent = ParseDict(body, old_types.SendMessageRequest(), ignore_unknown_fields=True)
    params = proto_utils.FromProto.message_send_params(sent)
    conversions.to_core_send_message_request(old.SendMessageRequest(id="", params=params))


def require_query(path: str, query: QueryParams) -> None:
    """Raise unless the query of a GET can be read."""
    if path == "/tasks":
        _require(lambda: parse_params(query, ListTasksRequest()))
        _require_state(query.get("status"))
    elif path.startswith(("/tasks/", "/v1/tasks/")):
        _require(lambda: parse_params(query, GetTaskRequest()))


def speaks_old(path: str, call: Any = None) -> bool:
    """Tell whether a request is in the words of 0.3, or asks for what has no version."""
    if path == "/":
        return call is None or call.get("method") not in _NEW
    return path.startswith(("/v1/", "/.well-known/"))


def _require_state(given: object) -> None:
    """Refuse a state that there is not; the parser would take it for none, and list everything."""
    if isinstance(given, str) and given not in TaskState.keys():  # noqa: SIM118 - no mapping
        raise InvalidParamsError(message=f"expected a state of a task; got {given!r:.80}")


def _require(parse: Callable[[], object]) -> None:
    try:
        parse()
    except ParseError as error:
        field = ".".join(_FIELD.findall(str(error)))
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        field = ""
    else:
        return
    raise InvalidParamsError(message=f"could not read {field or 'the parameters'}")
