"""Make one Jupyter kernel for each ipykernel that cellspeak promises to work on.

Its one law: the kernels live under `.kernels/` and nowhere else; a test that sets
`JUPYTER_PATH=.kernels/share/jupyter` finds them as `ipykernel-6.31`, `-7.3` and `-7.4`.
The newest is the one of `.venv`; the older ones get small environments of their own, with
cellspeak installed editable and every other package at the version of `uv.lock`.
"""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KERNELS = ROOT / ".kernels"
CONSTRAINTS = KERNELS / "constraints.txt"
UV = str(ROOT / ".tools/bin/uv")
PYTHON = str(ROOT / ".tools/bin/python")

OLDER = {"6.31": "6.31.0", "7.3": "7.3.0"}
NEWEST = "7.4"


def main() -> None:
    """Make all kernels anew."""
    KERNELS.mkdir(exist_ok=True)
    write_constraints()
    for name, version in OLDER.items():
        make_environment(KERNELS / name, version)
        add_kernelspec(KERNELS / name, name)
    add_kernelspec(ROOT / ".venv", NEWEST)


def write_constraints() -> None:
    """Write what uv.lock pins for the package itself; ipykernel is not among it."""
    options = ["--frozen", "--no-default-groups", "--no-emit-project", "--no-hashes"]
    run([UV, "export", *options, "--quiet", "--output-file", str(CONSTRAINTS)])


def make_environment(folder: Path, version: str) -> None:
    """Make the environment `folder` with ipykernel `version` and cellspeak."""
    python = str(folder / "bin/python")
    run(
        [UV, "venv", "--quiet", "--clear", "--python", str(ROOT / ".tools/bin/python"), str(folder)]
    )
    what = [f"ipykernel=={version}", "--editable", str(ROOT), "--constraints", str(CONSTRAINTS)]
    run([UV, "pip", "install", "--quiet", "--python", python, *what])


def add_kernelspec(environment: Path, name: str) -> None:
    """Register the ipykernel of `environment` as `ipykernel-<name>`."""
    title = f"ipykernel {name}"
    options = ["--prefix", str(KERNELS), "--name", f"ipykernel-{name}", "--display-name", title]
    run([str(environment / "bin/python"), "-m", "ipykernel", "install", *options])


def run(command: list[str]) -> None:
    """Run `command` from the root; a failure ends the program with its output."""
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"kernels: `{' '.join(command)}` failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
