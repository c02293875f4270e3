"""A front end without a browser: it plays the messages that a page would send to a kernel.

Its one law: it never sleeps; it reads messages until what it waits for has come.
"""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parent.parent.parent
KERNELS = ROOT / ".kernels/share/jupyter/kernels"
NAMES = ["ipykernel-6.31", "ipykernel-7.3", "ipykernel-7.4"]
PATIENCE = 30.0

Message: TypeAlias = dict[str, Any]


class FrontEnd:
    """One real kernel and the messages that came from it, in order."""

    def __init__(self, name: str) -> None:
        specs = KernelSpecManager(kernel_dirs=[str(KERNELS)])
        self.manager = KernelManager(kernel_name=name, kernel_spec_manager=specs)
        self.messages: list[Message] = []

    def __enter__(self) -> Self:
        self.manager.start_kernel()
        self._connect()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    def restart(self) -> None:
        """Kill the kernel and start another."""
        self.client.stop_channels()
        self.manager.restart_kernel(now=True)
        self._connect()

    def works(self) -> bool:
        """Whether a cell still runs."""
        try:
            return self.run("1 + 1", patience=5) == "2"
        except (AssertionError, TimeoutError):
            return False

    def _connect(self) -> None:
        self.forget()
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    # What a page sends

    def start(self, code: str, **options: Any) -> str:
        """Send a cell and do not wait for it; returns the request's id."""
        return str(self.client.execute(code, **options))

    def send(
        self, kind: str, content: dict[str, Any], metadata: dict[str, Any] | None = None
    ) -> str:
        """Send any message on the shell channel; returns its id."""
        message = self.client.session.msg(kind, content, metadata=metadata)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def say(self, comm_id: str, data: Any) -> str:
        """Send a message on a comm, as a click in a widget does."""
        return self.send("comm_msg", {"comm_id": comm_id, "data": data})

    def interrupt(self) -> None:
        """Press the notebook's stop button."""
        self.manager.interrupt_kernel()

    # What a page waits for

    def until(self, found: Callable[[Message], bool], patience: float = PATIENCE) -> Message:
        """Return the first message, old or new, for which `found` is true."""
        seen = 0
        deadline = time.monotonic() + patience
        while True:
            for message in self.messages[seen:]:
                if found(message):
                    return message
            seen = len(self.messages)
            if time.monotonic() > deadline:
                came = [(m["msg_type"], m["content"]) for m in self.messages[-5:]]
                raise TimeoutError(f"no such message within {patience} s; the last were {came}")
            self._read()

    def reply(self, request: str, patience: float = PATIENCE) -> Message:
        """Return the reply to the request of that id."""
        return self.until(
            lambda m: m["msg_type"].endswith("_reply") and answers(m, request), patience
        )

    def run(self, code: str, patience: float = PATIENCE, **options: Any) -> str:
        """Run a cell that must succeed; returns what it printed and its result."""
        request = self.start(code, **options)
        reply = self.reply(request, patience)
        assert reply["content"]["status"] == "ok", reply["content"]
        return self.printed(request)

    def printed(self, request: str) -> str:
        """Return what the request's cell printed, and its result, when it is idle."""
        self.until(lambda m: is_idle(m) and answers(m, request))
        mine = [m for m in self.messages if answers(m, request)]
        streams = [m["content"]["text"] for m in mine if m["msg_type"] == "stream"]
        results = [m["content"]["data"] for m in mine if m["msg_type"] == "execute_result"]
        return "".join(streams + [result["text/plain"] for result in results])

    def comm_says(self, comm_id: str, data: Any) -> Message:
        """Wait until the kernel sends `data` on a comm."""
        return self.until(
            lambda m: (
                m["msg_type"] == "comm_msg"
                and m["content"]["comm_id"] == comm_id
                and m["content"]["data"] == data
            )
        )

    def forget(self) -> None:
        """Drop the messages that came so far."""
        self.messages.clear()

    def _read(self) -> None:
        for channel in (self.client.iopub_channel, self.client.shell_channel):
            while channel.msg_ready():
                self.messages.append(channel.get_msg(timeout=1))
        self.client.iopub_channel.socket.poll(5)


def answers(message: Message, request: str) -> bool:
    """Whether a message was caused by the request of that id."""
    return bool(message["parent_header"].get("msg_id") == request)


def is_idle(message: Message) -> bool:
    """Whether a message says that its cause is done."""
    return bool(message["msg_type"] == "status" and message["content"]["execution_state"] == "idle")
