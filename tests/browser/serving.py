"""Any other notebook host as a process: on a free port, in a folder of its own.

Its one law: all that it reads and writes is below the folder it was given.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from jupyter_core.utils import ensure_dir_exists

from tests.browser.server import KERNELS, PATIENCE


@contextmanager
def serving(folder: Path, *command: str, path: str = "") -> Iterator[str]:
    """Run `python -m *command*`, with `{port}` filled in, until the `with` ends; gives its address.

    Args:
        folder: where its files, its settings and what it says are.
        *command: the module and its arguments.
        path: what is asked for to see that it listens.
    """
    port = str(_free_port())
    said = folder / f"{command[0]}.log"
    with (
        said.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", *(part.replace("{port}", port) for part in command)],
            cwd=folder,
            env=environment(folder),
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield _address(f"http://127.0.0.1:{port}", path, process, said)
        finally:
            _end(process)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a host that has *folder* for a home."""
    ensure_dir_exists(str(folder / "state"))
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "CELLSPEAK"))}
    homes = ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "IPYTHONDIR")
    return {
        **mine,
        **dict.fromkeys(homes, str(folder / "state")),
        "JUPYTER_PATH": str(KERNELS),
        "CELLSPEAK_STORE": f"sqlite:///{folder}/state/sessions.db",
    }


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _address(url: str, path: str, process: subprocess.Popen[bytes], said: Path) -> str:
    """Return *url* when somebody answers there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            try:
                with urlopen(url + path, timeout=5):
                    return url
            except HTTPError:  # an answer, too
                return url
        time.sleep(0.1)  # a server that starts tells nobody
    raise TimeoutError(f"it did not start; it said:\n{said.read_text(encoding='utf-8')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
