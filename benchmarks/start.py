"""What it takes to begin: the import, `%load_ext`, and a kernel's first `%%chat` until its view.

    python benchmarks/start.py [--quick] [--write]

Imports are measured as CPU of fresh processes; the first view as time in a fresh kernel, from the
request until the view's output goes out.  The floor of both is anywidget, which a chat is made of.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

from jupyter_client.manager import start_new_kernel
from report import ROOT, load_note, table, write

sys.path.insert(0, str(ROOT))  # the kernels are those of the browser tests

from tests.browser.server import KERNELS

SHELL = "from IPython.core.interactiveshell import InteractiveShell as S; shell = S.instance()\n"
IMPORTS = {
    "Python alone": "pass",
    "`import cellspeak`": "import cellspeak",
    "IPython": SHELL,
    "IPython, `import anywidget`": f"{SHELL}import anywidget",
    "IPython, `%load_ext cellspeak`": f"{SHELL}shell.run_line_magic('load_ext', 'cellspeak')",
}
WIDGET = "import anywidget\nclass A(anywidget.AnyWidget):\n    _esm = 'export default {}'\nA()"
VIEWS = {
    "anywidget, imported before": ("import anywidget", WIDGET),
    "`%%chat`, sessions in memory": ("%load_ext cellspeak", "%%chat\nhello"),
    "`%%chat`, sessions in SQLite": ("%load_ext cellspeak", "%%chat\nhello"),
}
VIEW = "application/vnd.jupyter.widget-view+json"


def cpu_of(code: str) -> float:
    """Return the seconds of CPU of a process that does *code*."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def until_view(name: str) -> float:
    """Return the seconds until a fresh kernel's second cell shows its view."""
    with tempfile.TemporaryDirectory() as folder:
        store = "memory" if "memory" in name else f"sqlite:///{folder}/sessions.db"
        env = {**os.environ, "JUPYTER_PATH": str(KERNELS), "CELLSPEAK_STORE": store}
        os.environ["JUPYTER_PATH"] = str(KERNELS)
        manager, client = start_new_kernel(kernel_name="ipykernel-7.4", env=env)
        try:
            before, cell = VIEWS[name]
            client.execute_interactive(before, timeout=60)
            return first_view(client, cell)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def first_view(client: object, cell: str) -> float:
    """Run a cell, and return the seconds until its view's output."""
    shown: list[float] = []

    def look(message: dict[str, dict[str, dict[str, object]]]) -> None:
        if VIEW in message["content"].get("data", {}):
            shown.append(time.perf_counter())

    began = time.perf_counter()
    client.execute_interactive(cell, timeout=60, output_hook=look)  # type: ignore[attr-defined]
    return shown[0] - began


def measured(names: Sequence[str], one: Callable[[str], float], rounds: int) -> dict[str, float]:
    """Let all take turns, and return the medians."""
    taken = [{name: one(name) for name in names} for _ in range(rounds)]
    return {name: statistics.median(each[name] for each in taken) for name in names}


def main() -> None:
    """Measure, print, and perhaps write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two rounds only")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    rounds = 2 if options.quick else 5
    imports = measured(list(IMPORTS), lambda name: cpu_of(IMPORTS[name]), rounds)
    views = measured(list(VIEWS), until_view, rounds)
    floor, first = imports["IPython, `import anywidget`"], views["anywidget, imported before"]
    rows = [(n, f"{1000 * v:.0f} ms", f"{v / floor:.2f} ×") for n, v in imports.items()]
    shown = [(n, f"{1000 * v:.0f} ms", f"{v / first:.1f} ×") for n, v in views.items()]
    text = (
        f"{load_note()}; medians of {rounds} rounds by turns.\n\n"
        f"{table(('a fresh process', 'CPU', 'to anywidget'), rows)}\n\n"
        f"{table(('the first view of a fresh kernel', 'time', 'to anywidget'), shown)}"
    )
    if options.write:
        write("start", text)
    print(text)


if __name__ == "__main__":
    main()
