"""What drawing a reply costs the browser, beside plain text in the same run.

    python benchmarks/render.py [--write]

Counts the main thread's CPU for a flush of 16 characters, layout included, at growing lengths and
in single huge blocks, and for the first drawing of 500 messages.  Plain text, appended line by line
in contained boxes, is the floor; the ratios to it are what to compare between machines.  `--write`
puts the table into `docs/benchmarks.md`.  Needs node, the tools of `make setup` and a Chromium.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import CDPSession, Page, sync_playwright
from report import ROOT, write

LENGTHS = (10_000, 100_000, 950_000)
BLOCKS = ("code", "list", "table", "paragraph")
FLUSHES = 60
REPEATS = 3
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]

Costs = dict[str, dict[str, float]]
"""What was drawn → who drew it → milliseconds of CPU."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the harness on a free port, and yield its address."""
    command = ["node", str(ROOT / "js/test/harness/serve.mjs")]
    env = {**os.environ, "PORT": "0"}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split("/?")[0]
        finally:
            process.terminate()


def cpu(session: CDPSession) -> float:
    """Return the milliseconds of CPU that the main thread has used."""
    found = session.send("Performance.getMetrics")["metrics"]
    return next(1000 * m["value"] for m in found if m["name"] == "TaskDuration")


def cost(page: Page, session: CDPSession, code: str) -> float:
    """Return the milliseconds of CPU that `code` takes in the page."""
    before = cpu(session)
    page.evaluate(code)
    return cpu(session) - before


def per_flush(page: Page, session: CDPSession, who: str, kind: str, length: int) -> float:
    """Return the median cost of a flush behind `length` characters."""
    page.evaluate(f"bench.begin('{who}', '{kind}', {length})")
    page.evaluate("bench.step(8)")
    runs = [cost(page, session, f"bench.step({FLUSHES})") / FLUSHES for _ in range(REPEATS)]
    return statistics.median(runs)


def measure(page: Page, session: CDPSession) -> Costs:
    """Measure everything, view and floor by turns."""
    cases = [(f"{n // 1000} KB of everything", "mix", n) for n in LENGTHS]
    cases += [(f"one {kind} of 100 KB", kind, 100_000) for kind in BLOCKS]
    costs: Costs = {}
    for name, kind, length in cases:
        costs[name] = {w: per_flush(page, session, w, kind, length) for w in ("floor", "view")}
        print(row(name, costs[name]), flush=True)
    name = "500 messages, first drawing"
    costs[name] = {
        w: statistics.median(cost(page, session, f"bench.mount('{w}')") for _ in range(REPEATS))
        for w in ("floor", "view")
    }
    print(row(name, costs[name]), flush=True)
    return costs


def row(name: str, found: dict[str, float]) -> str:
    """Return one line of the table."""
    floor, view = found["floor"], found["view"]
    return f"| {name} | {floor:.2f} | {view:.2f} | {view / floor:.1f} × |"


def table(costs: Costs) -> str:
    """Return the table, and how much a flush grows with the length."""
    head = "| CPU in ms | plain text | view | ratio |\n|---|---:|---:|---:|"
    lines = "\n".join(row(name, found) for name, found in costs.items())
    first, *_, last = [found for name, found in costs.items() if name.endswith("everything")]
    growth = {who: last[who] / first[who] for who in first}
    return (
        f"{head}\n{lines}\n\nFrom 10 KB to 950 KB a flush grows {growth['view']:.1f}-fold in the "
        f"view, {growth['floor']:.1f}-fold in plain text."
    )


def main() -> None:
    """Measure, print, and perhaps write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        page = browser.new_page(viewport={"width": 900, "height": 900})
        page.goto(f"{address}/bench.html")
        page.wait_for_selector("body[data-ready]")
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        costs = measure(page, session)
        version = browser.version
        browser.close()
    found = (
        f"A flush of 16 characters, style and layout included; Chromium {version}, headless, "
        f"{os.cpu_count()} cores. `python benchmarks/render.py` repeats it.\n\n{table(costs)}"
    )
    if options.write:
        write("render", found)
    sys.stdout.write(found + "\n")


if __name__ == "__main__":
    main()
