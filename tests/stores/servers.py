"""Real PostgreSQL and Redis servers, as ordinary processes on free ports of this machine.

They are started at the first use, and end with the tests.  Where a machine has none, tests that
need one are skipped with a loud line, unless CELLSPEAK_REQUIRE_STORES says that they must run.
"""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Server", "postgres_server", "redis_server"]

SECONDS = 30.0
"""How long a server may take to answer."""


@dataclass
class Server:
    """One server and its folder; it can be killed and started again on the same data."""

    program: Sequence[str]
    address: str
    """As a store takes it."""
    port: int
    folder: Path
    ready: Callable[[Server], bool]
    user: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.program,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.folder,
                **_identity(self.user),
            )
        deadline = time.monotonic() + SECONDS
        while not self.ready(self):
            assert self.process.poll() is None, (self.folder / "log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline, f"{self.program[0]} did not answer"
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill the server with all its processes, as a machine that goes down would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def remove(self) -> None:
        """Kill it and remove what it wrote."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def postgres_server() -> Server:
    """Start a PostgreSQL of its own, with a database `chats`."""
    initdb = _program("initdb", *sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")))
    user = _other_user()
    folder, port = _folder("postgres", user), _free_port()
    data = folder / "data"
    made = [initdb, "-D", str(data), "-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=folder, **_identity(user))
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "fsync": "off",  # processes are killed here, machines are not
    }
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    is_ready = [str(Path(initdb).with_name("pg_isready"))]
    server = Server(
        program=[str(Path(initdb).with_name("postgres")), "-D", str(data), *options],
        address=f"postgresql://tester@127.0.0.1:{port}/postgres",
        port=port,
        folder=folder,
        ready=lambda _: not _quietly([*is_ready, "-h", "127.0.0.1", "-p", str(port)]),
        user=user,
    )
    server.start()
    return server


def redis_server() -> Server:
    """Start a Redis of its own that keeps every write."""
    program = _program("redis-server")
    folder, port = _folder("redis", None), _free_port()
    options = {
        "--port": port,
        "--bind": "127.0.0.1",
        "--dir": folder,
        "--save": "",
        "--appendonly": "yes",
        "--appendfsync": "always",
    }
    server = Server(
        program=[program, *(str(part) for pair in options.items() for part in pair)],
        address=f"redis://127.0.0.1:{port}/0",
        port=port,
        folder=folder,
        ready=_answers_ping,
    )
    server.start()
    return server


def _answers_ping(server: Server) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _quietly(command: Sequence[str]) -> int:
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode


def _program(name: str, *elsewhere: str) -> str:
    # Debian keeps several versions side by side, and none of them on PATH.
    found = elsewhere[-1] if elsewhere else shutil.which(name)
    if found is None:
        line = f"expected {name} on this machine: run `make stores`, or install it"
        if os.environ.get("CELLSPEAK_REQUIRE_STORES"):
            pytest.fail(line)
        sys.stderr.write(f"\n!!! STORES ARE NOT TESTED: {line}\n")
        pytest.skip(line)
    return found


def _other_user() -> str | None:
    """Return whom PostgreSQL runs as when we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _identity(user: str | None) -> dict[str, Any]:
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def _folder(name: str, user: str | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"cellspeak-{name}-"))
    if user is not None:
        shutil.chown(folder, user)
    return folder


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
