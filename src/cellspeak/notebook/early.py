"""Which messages may be answered while a cell runs, and how.

Its one law: only those that cannot touch the user's work – of our own comms, of the widget
manager's control comm, and what a reloaded page asks first – each by the kernel's own handler.
"""

from __future__ import annotations

import inspect
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .inbox import Frames

__all__ = ["Early"]

CONTROL_TARGET = "jupyter.widget.control"
"""A reloaded page opens this comm and asks it for the state of all widgets."""

COMM_TYPES = frozenset({"comm_open", "comm_msg", "comm_close"})
INFO_TYPES = frozenset({"kernel_info_request", "comm_info_request"})

HEADER, CONTENT = 1, 4
"""Places of these parts in a message whose identities are taken off."""

_log = logging.getLogger(__name__)


class Early:
    """Tells messages apart and answers some.

    Args:
        kernel: a running ipykernel.
        ours: whether a comm id belongs to one of our widgets.

    Raises:
        AttributeError: if a part of the kernel is missing that will be needed.
    """

    def __init__(self, kernel: Any, ours: Callable[[str], bool]) -> None:
        self._kernel, self._ours = kernel, ours
        _ = kernel.session.feed_identities, kernel.session.unpack, kernel.session.deserialize
        _ = kernel.shell_handlers, kernel.get_parent, kernel._publish_status
        _ = kernel.comm_manager.comms, kernel.shell.events.callbacks

    def may_be(self, frames: Frames) -> bool:
        """Whether the message may be answered before the cell ends; raises if it is no message."""
        # Only peeks: `deserialize` would remember the signature, and refuse the message later.
        session = self._kernel.session
        _, parts = session.feed_identities(frames, copy=False)
        kind = session.unpack(parts[HEADER].bytes)["msg_type"]
        if kind not in COMM_TYPES:
            return kind in INFO_TYPES
        content = session.unpack(parts[CONTENT].bytes)
        if kind == "comm_open":
            return bool(content["target_name"] == CONTROL_TARGET)
        return self._ours(content["comm_id"]) or self._is_control(content["comm_id"])

    def _is_control(self, comm_id: str) -> bool:
        comm = self._kernel.comm_manager.comms.get(comm_id)
        return getattr(comm, "target_name", None) == CONTROL_TARGET

    def answer(self, frames: Frames, reply_stream: Any) -> None:
        """Let the kernel's own handler answer, and say busy and idle as the kernel does."""
        kernel = self._kernel
        try:
            identities, parts = kernel.session.feed_identities(frames, copy=False)
            message = kernel.session.deserialize(parts, content=True, copy=False)
            with self._shown_as_busy(message), _hooks_muted(kernel.shell):
                handler = kernel.shell_handlers[message["header"]["msg_type"]]
                _finish(handler(reply_stream, identities, message))
        except Exception:  # noqa: BLE001 - a broken message or handler must not end the wait
            _log.debug("A message could not be answered early", exc_info=True)
        except KeyboardInterrupt:  # from a wait inside the handler: ours to deliver, later
            signal.raise_signal(signal.SIGINT)

    @contextmanager
    def _shown_as_busy(self, message: dict[str, Any]) -> Iterator[None]:
        # Without its idle the front end holds back the widget's next message.  After it the
        # front end would show an idle kernel, so the cell's own busy is said again.
        publish = self._kernel._publish_status
        publish("busy", "shell", parent=message)
        try:
            yield
        finally:
            publish("idle", "shell", parent=message)
            publish("busy", "shell", parent=self._kernel.get_parent("shell"))


@contextmanager
def _hooks_muted(shell: Any) -> Iterator[None]:
    """Keep a comm message from ending the cell for others.

    `comm` says `post_execute` after each message; matplotlib then shows and closes the figures
    that the cell, which is still running, is drawing.
    """
    callbacks = shell.events.callbacks
    kept = {name: callbacks[name] for name in ("pre_execute", "post_execute")}
    callbacks.update({name: [] for name in kept})
    try:
        yield
    finally:
        callbacks.update(kept)


def _finish(result: Any) -> None:
    """Run a handler's coroutine; the loop is blocked, and these never wait for anything."""
    if inspect.iscoroutine(result):
        with suppress(StopIteration):
            result.send(None)
        result.close()
