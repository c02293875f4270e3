"""How text streams into a notebook cell: ours, the floors and the peers, side by side in one run.

    python benchmarks/notebook.py [--quick] [--write]

A real JupyterLab and a real Chromium: every way has its own page and kernel, and they take turns.
A token's lag is from just before the kernel hands it over until the frame that shows it is painted.
What others need is installed with uv below `build/bench`; `--write` puts table and plot into
`docs/benchmarks.md`.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright
from report import PLOTS, ROOT, load_note, percentile, table, write
from watching import SOCKETS, Seen, Watch
from ways import APPEND, BATCHED, CELLSPEAK, PANEL, SETUP, WAYS, Way

sys.path.insert(0, str(ROOT))  # JupyterLab and the notebook are those of the browser tests

from tests.browser.conftest import CHROMIUM
from tests.browser.lab import Notebook
from tests.browser.server import KERNELS, Server

PEERS = ROOT / "build/bench/peers"
PANEL_NEEDS = ("panel==1.9.4", "jupyter_bokeh==4.1.0", "pyviz_comms==3.0.6")
PATIENCE = 20.0
"""Seconds that a way may need beyond the time that its tokens take."""


@dataclass(frozen=True)
class Case:
    """How many tokens, and how many a second (0: as fast as possible)."""

    tokens: int
    rate: int

    @property
    def name(self) -> str:
        """As the tables call it."""
        return f"{self.rate} tokens/s" if self.rate else f"{self.tokens:,} tokens, fast"

    @property
    def seconds(self) -> float:
        """How long its tokens take at least."""
        return self.tokens / self.rate if self.rate else 0.0


FULL = (Case(500, 0), Case(2000, 0), Case(8000, 0), Case(600, 100), Case(2400, 400))
QUICK = (Case(2000, 0), Case(8000, 0), Case(300, 100), Case(1200, 400))


@dataclass(frozen=True)
class Run:
    """What one way did in one case."""

    seen: Seen
    said: dict[int, float]
    text: int
    kernel_cpu: float

    @property
    def wall(self) -> float:
        """Seconds from the first token's start to the last one's frame."""
        painted = self.seen.painted
        return painted[-1][1] - self.said[min(self.said)] if painted else math.inf

    @property
    def lags(self) -> list[float]:
        """Seconds of every mark that was painted."""
        found = ((self.seen.at(mark), when) for mark, when in self.said.items())
        return [painted - when for painted, when in found if painted is not None]

    @property
    def p95(self) -> float:
        """The lag that 95 of 100 tokens do not exceed."""
        return percentile(self.lags, 0.95) if self.lags else math.inf


Runs = dict[tuple[str, Case], list[Run]]


class Stage:
    """A notebook with one way in it, open in a page of its own."""

    def __init__(self, way: Way, server: Server, context: BrowserContext) -> None:
        self.way, self._number = way, 0
        name = way.name.replace(" ", "-").replace(",", "")
        for file, text in (("setup", SETUP), (name, way.show)):
            path = server.notebooks / f"{file}.ipy"
            path.write_text(text + "\n", encoding="utf-8")
        cells = ["%run -i setup.ipy", f"%run -i {name}.ipy", way.stream]
        page = context.new_page()
        self._lab = Notebook(page, server, server.write(f"{name}.ipynb", way.kernel, cells))
        server.start_kernel(f"{name}.ipynb", way.kernel)
        self._lab.open()
        self._lab.run_and_wait(1)
        self._watch = Watch(page)
        self.run(Case(60, 0))  # what is loaded and drawn once

    def run(self, case: Case) -> Run:
        """Stream once."""
        self._number += 1
        lab, page = self._lab, self._lab.page
        page.bring_to_front()
        lab.python(f"CASE.update(run={self._number}, tokens={case.tokens}, rate={case.rate})")
        self._watch.begin(self.way.place, self._number)
        lab.cell(2).locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        seen = self._watch.end(case.tokens - 1, case.seconds + PATIENCE)
        lab.ended(2, 120_000)
        told = json.loads(lab.python("report()"))
        said = {int(mark): when for mark, when in told["said"].items()}
        return Run(seen, said, told["size"], told["cpu"])


def install_peers() -> None:
    """Make the environment of the peers' kernel, once."""
    python, tool = str(PEERS / "bin/python"), str(ROOT / ".tools/bin/uv")
    uv = tool if Path(tool).exists() else shutil.which("uv") or "uv"
    if (PEERS / "share/jupyter/kernels/peers").is_dir():
        return
    same = [f"{name}=={version(name)}" for name in ("ipykernel", "ipywidgets", "anywidget")]
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(PEERS)],
        [uv, "pip", "install", "--quiet", "--python", python, *PANEL_NEEDS, *same],
        [python, "-m", "ipykernel", "install", "--prefix", str(PEERS), "--name", "peers"],
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def opened(ways: Sequence[Way]) -> Iterator[tuple[list[Stage], str]]:
    """Open each way in a page of its own; give them and the browser's version."""
    found = ROOT / ".tools/bin/chromium"
    program = str(found) if found.exists() else shutil.which("chromium")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data = (KERNELS, PEERS / "share/jupyter")
        server = stack.enter_context(Server(folder, data))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        stack.callback(browser.close)
        context = browser.new_context(viewport={"width": 1100, "height": 1000})
        context.set_default_timeout(60_000)
        context.add_init_script(SOCKETS)
        yield [Stage(way, server, context) for way in ways], browser.version
        server.end_kernels()


def measure(
    stages: Sequence[Stage], cases: Sequence[Case], rounds: int, minutes: float
) -> tuple[Runs, int]:
    """Let all take turns; who did not come to an end is asked for no more of that kind.

    No round begins after *minutes*.  Returns the runs and how many rounds there were.
    """
    runs: Runs = defaultdict(list)
    out: set[tuple[str, bool]] = set()
    began, number = time.monotonic(), 0
    while number < rounds and (not number or time.monotonic() - began < 60 * minutes):
        number += 1
        for case in cases:
            for stage in stages:
                if (stage.way.name, bool(case.rate)) in out:
                    continue
                run = stage.run(case)
                runs[stage.way.name, case].append(run)
                say(stage.way.name, case, run)
                if not run.seen.complete:
                    out.add((stage.way.name, bool(case.rate)))
    return runs, number


def say(name: str, case: Case, run: Run) -> None:
    """Tell how far it is."""
    ending = f"{run.wall:6.2f} s" if run.seen.complete else "  lost  "
    late = f"p95 {1000 * run.p95:6.0f} ms" if run.lags else ""
    print(f"{case.name:20} {name:26} {ending} {late}", file=sys.stderr, flush=True)


def middle(runs: Sequence[Run], what: Callable[[Run], float]) -> float:
    """Return the median over the rounds."""
    return statistics.median(map(what, runs))


def ratio(value: float, floor: float) -> str:
    """Say how many times the floor a value is."""
    if not math.isfinite(floor):
        return "–"
    return f"{value / floor:.1f} ×" if value / floor < 9.95 else f"{value / floor:,.0f} ×"


def row(
    name: str, runs: Sequence[Run], floor: Sequence[Run], by: Callable[[Run], float]
) -> list[str]:
    """Return one way's line of a case's table."""
    size = f"{middle(runs, lambda r: r.seen.size) / 1024:,.0f} KB"
    text = ratio(middle(runs, lambda r: r.seen.size), middle(runs, lambda r: max(1, r.text)))
    counts = [f"{middle(runs, lambda r: r.seen.messages):,.0f}", size, text]
    work = [
        f"{middle(runs, lambda r: r.seen.cpu):.2f} s",
        f"{middle(runs, lambda r: r.kernel_cpu):.2f} s",
    ]
    if not all(run.seen.complete for run in runs):
        return [name, "did not end", "–", *counts, *work]
    took = middle(runs, by)
    return [name, f"{1000 * took:,.0f} ms", ratio(took, middle(floor, by)), *counts, *work]


def case_table(runs: Runs, case: Case) -> str:
    """Return the table of one case, as ratios to its floor."""
    floor, by = (APPEND, lambda r: r.p95) if case.rate else (BATCHED, lambda r: r.wall)
    what = "p95 lag" if case.rate else "until all is painted"
    heads = ["", what, "to the floor", "messages", "bytes", "to the text", "page CPU", "kernel CPU"]
    rows = [
        row(way.name, found, runs[floor.name, case], by)
        for way in WAYS
        if (found := runs.get((way.name, case)))
    ]
    return f"**{case.name}** (floor: {floor.name})\n\n{table(heads, rows)}"


def budgets(runs: Runs, cases: Sequence[Case]) -> list[tuple[str, str, str]]:
    """Return what was promised, what was seen, and whether it holds."""
    held: list[tuple[str, str, str]] = []

    def check(what: str, value: float, most: float, unit: str) -> None:
        held.append((what, f"{value:.2f} {unit}", "holds" if value <= most else "missed"))

    for case in cases:
        ours = runs[CELLSPEAK.name, case]
        most = middle(ours, lambda r: r.seen.messages / max(r.wall, 1.0))
        check(f"{case.name}: messages a second ≤ 60", most, 60, "a second")
        spent = middle(ours, lambda r: r.seen.size / (1.3 * r.text + 660 * r.seen.messages))
        check(f"{case.name}: bytes ≤ 1.3 × text + 0.66 KB × messages", spent, 1, "of it")
        if case.rate:
            floor = middle(runs[APPEND.name, case], lambda r: r.p95)
            late = middle(ours, lambda r: r.p95) / floor
            check(f"{case.name}: p95 lag ≤ 1.5 × plain append", late, 1.5, "×")
        elif case.tokens == 8000:
            whole = middle(ours, lambda r: r.wall if r.seen.complete else 1e9)
            check("8,000 tokens, fast: all there in ≤ 0.5 s", whole, 0.5, "s")
    return held


def draw(runs: Runs, cases: Sequence[Case]) -> None:
    """Plot the ratios of all cases."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "cellspeak"
    shown = [c for c in cases if c.rate or c.tokens == 2000]
    figure, axes = plt.subplots(1, len(shown), figsize=(3.6 * len(shown), 3.2), sharey=True)
    for axis, case in zip(axes, shown, strict=True):
        floor, by = (APPEND, lambda r: r.p95) if case.rate else (BATCHED, lambda r: r.wall)
        base = middle(runs[floor.name, case], by)
        names = [way.name for way in reversed(WAYS) if (way.name, shown[0]) in runs]
        found = [runs.get((name, case), []) for name in names]
        done = [bool(r) and all(one.seen.complete for one in r) for r in found]
        values = [middle(r, by) / base if ok else 0.0 for r, ok in zip(found, done, strict=True)]
        colours = ["#b5502b" if name == CELLSPEAK.name else "#8a94a3" for name in names]
        axis.barh(names, values, color=colours)
        axis.set_xscale("symlog", linthresh=1)
        axis.axvline(1, color="#444", linewidth=0.8)
        axis.set_title(case.name + (": p95 lag" if case.rate else ": until painted"), fontsize=9)
        axis.set_xlabel("times the floor", fontsize=8)
        axis.tick_params(labelsize=8)
        for at, ok in enumerate(done):
            if not ok:
                axis.text(0.1, at, "did not end", va="center", fontsize=7, color="#a33")
    figure.tight_layout()
    PLOTS.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOTS / "notebook.svg", metadata={"Date": None})


def versions(browser: str) -> str:
    """Say what was compared."""
    names = ("jupyterlab", "ipykernel", "anywidget", "ipywidgets")
    found = [f"{name} {version(name)}" for name in names]
    return ", ".join([f"Chromium {browser} (headless)", *found, "Panel " + PANEL_NEEDS[0][7:]])


def main() -> None:
    """Measure, print, and perhaps write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round, shorter, no peers")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--rounds", type=int, help="how often each is measured")
    parser.add_argument("--minutes", type=float, default=30, help="begin no round after these")
    parser.add_argument("--only", nargs="*", help="words of the ways' names")
    options = parser.parse_args()
    cases, rounds = QUICK if options.quick else FULL, options.rounds or (1 if options.quick else 3)
    ways = [way for way in WAYS if not (options.quick and way is PANEL)]
    if options.only:
        ways = [w for w in ways if any(word in w.name for word in [*options.only, "plain"])]
    if PANEL in ways:
        install_peers()
    with opened(ways) as (stages, browser):
        runs, rounds = measure(stages, cases, rounds, options.minutes)
    tables = "\n\n".join(case_table(runs, case) for case in cases)
    held = table(["budget", "measured", ""], budgets(runs, cases))
    about = f"{versions(browser)}; {load_note()}; rounds: {rounds}, medians."
    text = f"{about}\n\n{held}\n\n{tables}"
    if options.write:
        draw(runs, cases)
        write("notebook", f"![How far each way is from the floor](plots/notebook.svg)\n\n{text}")
    print(text)


if __name__ == "__main__":
    main()
