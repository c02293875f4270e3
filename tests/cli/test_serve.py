"""`cellspeak serve`, as a process."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import httpx

from .running import COMMAND, run


def test_it_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    (tmp_path / "agents.yaml").write_text("agents: {Ada: {}}", encoding="utf-8")
    args = ["serve", "agents.yaml", "--port", "0", "--store", "sqlite:///s.db"]
    with subprocess.Popen(
        [*COMMAND, *args], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("cellspeak serves Ada at http://127.0.0.1:")
        address = line.split(" at ")[1].split(" ")[0]
        transport = httpx.HTTPTransport(retries=20)  # it says where before it listens to anybody
        with httpx.Client(base_url=address, transport=transport, timeout=20) as client:
            made = client.post("/sessions", json={"agentId": "Ada"})
            assert made.status_code == 201
            assert client.get("/health").json() == {"status": "ok"}
        process.send_signal(signal.SIGINT)
        _, problems = process.communicate(timeout=15)
    assert "Traceback" not in problems
    assert (tmp_path / "s.db").exists()


def test_it_refuses_strangers_and_says_what_to_do(tmp_path: Path) -> None:
    done = run("serve", "--host", "0.0.0.0", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("cellspeak: expected tokens to serve at '0.0.0.0'")


def test_a_file_that_cannot_be_used_ends_it_with_one_sentence(tmp_path: Path) -> None:
    done = run("serve", "none.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "No such file" in done.stderr


def test_its_help_names_the_options(tmp_path: Path) -> None:
    done = run("serve", "--help", cwd=tmp_path)
    assert done.returncode == 0
    for word in ("agents.yaml", "--host", "--port", "--store", "--insecure"):
        assert word in done.stdout
