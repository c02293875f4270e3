"""The program that serves a model of this machine: a child of the process that uses it.

It reads one JSON line (path, key, context, threads), says one (its address, or why it cannot), and
serves until its input ends.  Its one law: it never outlives its parent, however that ends.  Twin:
`local.py` starts it.  It is run as a file and imports nothing of this package.
"""

import json
import os
import select
import sys
import threading
from typing import Any, TextIO

LOOK_EVERY = 1.0  # seconds between two looks whether the parent is there
NOBODY = "https://nobody.invalid"  # the one origin that is let in: "" and "null" would be some


def main() -> None:
    """Serve the model that the first line of the input names."""
    parent = os.getppid()
    told = json.loads(sys.stdin.readline())
    say = _own_output()
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    try:
        server = _serve(told)
    except Exception as error:  # noqa: BLE001 - whatever llama.cpp objects to
        _say(say, error=f"{type(error).__name__}: {error}")
        return
    _say(say, address=server.listening_address)
    threading.Event().wait()


def _own_output() -> TextIO:
    """Return the output for our one line; llama.cpp writes its log where nobody reads it."""
    say = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    return say


def _say(where: TextIO, **facts: str) -> None:
    where.write(json.dumps(facts) + "\n")
    where.flush()


def _leave_with(parent: int) -> None:
    """End this process when the input ends, or when the parent is another one."""
    while os.getppid() == parent:
        if _input_ended():
            break
    os._exit(0)


def _input_ended() -> bool:
    if os.name == "nt":  # pipes cannot be selected there; a read waits for the end
        return sys.stdin.buffer.read(1) == b""
    ready, _, _ = select.select([0], [], [], LOOK_EVERY)
    return bool(ready) and os.read(0, 1) == b""


def _serve(told: dict[str, Any]) -> Any:
    import xllamacpp  # type: ignore[import-untyped]

    params = xllamacpp.CommonParams()
    params.model.path = told["path"]
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.api_keys = [told["key"]]
    params.cors_origins, params.cors_credentials = NOBODY, False
    params.ui = params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
    params.offline = True
    params.n_ctx, params.n_parallel = told["context"], 1
    params.use_jinja = True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = told["threads"]
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
