"""The programs behind the Makefile: what they say and how they end."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import suites, tidy

ROOT = Path(__file__).resolve().parent.parent


def executable(path: Path, text: str) -> Path:
    """Write a small program."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for make: a target is a command."""
    fake = executable(tmp_path / "make", '#!/bin/sh\nfor last; do :; done\n"$last"\n')
    monkeypatch.setenv("MAKE", str(fake))


@pytest.mark.usefixtures("make")
def test_every_suite_runs_after_one_has_failed(capfd: pytest.CaptureFixture[str]) -> None:
    code = suites.main(["false", "true"])

    lines = capfd.readouterr().out.splitlines()
    assert code == 1
    assert [line.split()[-1] for line in lines if " min  " in line] == ["FAILED", "passed"]
    assert lines[-1] == "1 of 2 suites FAILED in 0.00 min: false"


@pytest.mark.usefixtures("make")
def test_all_suites_passing_is_the_last_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert suites.main(["true", "true"]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "all 2 suites passed in 0.00 min"


def test_no_suites_is_an_error() -> None:
    assert suites.main([]) == 2


@pytest.mark.parametrize(
    ("data", "findings"),
    [
        (b"fine\n", []),
        (b"", []),
        (b"\0binary", []),
        (b"no end", ["expected one newline at the end"]),
        (b"two ends\n\n", ["expected one newline at the end"]),
        (b"dos\r\n", ["expected line ends of one character, found CRLF"]),
        (b"<<<<<<< ours\n", ["found a conflict mark; finish the merge"]),
        (b"\0" * 501 * 1024, ["expected at most 500 KB, found 501 KB"]),
    ],
)
def test_what_nobody_means_to_commit_is_named(
    tmp_path: Path, data: bytes, findings: list[str]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)

    assert list(tidy.look(path)) == findings


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Return a PATH with the shell's own programs and no python, uv or node."""
    for name in ("cp", "cut", "dirname", "grep", "id", "ln", "mkdir", "paste", "tr"):
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    return tmp_path


def run_tools(path: Path) -> subprocess.CompletedProcess[str]:
    """Run a copy of tools.sh, so that this checkout's .tools stays as it is."""
    script = path / "project" / "scripts" / "tools.sh"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "tools.sh", script)
    return subprocess.run(
        ["/bin/sh", str(script)],
        env={"PATH": str(path)},
        text=True,
        capture_output=True,
        check=False,
    )


def test_an_old_python_is_refused_in_one_sentence(bare: Path) -> None:
    executable(
        bare / "python3", '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.18 && exit\nexit 1\n'
    )

    done = run_tools(bare)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "expected Python 3.11 or newer, found Python 3.9.18; install one" in done.stderr


def test_no_python_is_refused_in_one_sentence(bare: Path) -> None:
    done = run_tools(bare)

    assert done.returncode == 1
    assert "expected Python 3.11 or newer, found no python3; install one" in done.stderr


def fake_python(folder: Path, *, venv: str) -> None:
    """Write a new enough python whose `-m venv` runs the shell command `venv`."""
    executable(
        folder / "python3",
        f'#!/bin/sh\ncase $1 in -c) echo "$0";; -m) {venv};; *) echo Python 3.12;; esac\n',
    )


def fake_id(folder: Path, number: int) -> None:
    """Become the user `number`."""
    (folder / "id").unlink()
    executable(folder / "id", f"#!/bin/sh\necho {number}\n")


def test_tools_on_the_path_are_linked_and_nothing_is_installed(bare: Path) -> None:
    fake_python(bare, venv="exit 1")
    for name in ("uv", "node", "npm"):
        executable(bare / name, "#!/bin/sh\necho 99\n")

    done = run_tools(bare)

    assert done.returncode == 0, done.stderr
    tools = bare / "project" / ".tools"
    linked = {path.name: os.readlink(path) for path in (tools / "bin").iterdir()}
    names = {"python": "python3", "uv": "uv", "node": "node", "npm": "npm"}
    assert linked == {name: str(bare / program) for name, program in names.items()}
    assert not (tools / "env").exists()


def test_a_python_without_ensurepip_is_explained_to_who_is_not_root(bare: Path) -> None:
    fake_python(bare, venv="exit 1")
    fake_id(bare, 1000)

    done = run_tools(bare)

    assert done.returncode == 1
    assert "expected 'python3 -m venv' to work, it failed; install" in done.stderr


def test_root_on_debian_gets_the_package_that_brings_ensurepip(bare: Path) -> None:
    made = f"cp -r {bare}/env .tools/env"
    fake_python(bare, venv=f"[ -e {bare}/installed ] && {made}")
    fake_id(bare, 0)
    executable(bare / "apt-get", f'#!/bin/sh\n[ "$1" = update ] || echo "$*" > {bare}/installed\n')
    (bare / "env" / "bin").mkdir(parents=True)
    for name in ("pip", "uv", "node", "npm"):
        executable(bare / "env" / "bin" / name, "#!/bin/sh\necho 99\n")

    done = run_tools(bare)

    assert done.returncode == 0, done.stderr
    assert (bare / "installed").read_text(encoding="utf-8") == "install -y -qq python3-venv\n"
    assert os.readlink(bare / "project" / ".tools" / "bin" / "uv") == "../env/bin/uv"


def test_make_lists_its_targets() -> None:
    done = subprocess.run(["make"], cwd=ROOT, text=True, capture_output=True, check=True)

    listed = {line.split()[0] for line in done.stdout.splitlines()}
    assert {"setup", "demo", "check", "test", "test-all", "build", "kernels", "browser"} <= listed
