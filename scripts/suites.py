"""Run make targets one after the other, time each, and print a table at the end.

Its one law: every suite runs, also after one has failed, and the exit code is 0 only if
all of them passed.  A suite is a make target, so that a person can run the same thing.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one suite ended."""

    suite: str
    passed: bool
    seconds: float


def main(suites: list[str]) -> int:
    """Run `suites` in order and return the exit code."""
    if not suites:
        print("suites: expected the names of make targets, got none; try `make check`")
        return 2
    outcomes = [run(suite) for suite in suites]
    print(table(outcomes))
    print(closing_line(outcomes))
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def run(suite: str) -> Outcome:
    """Run one make target with its output shown as it comes."""
    print(f"\n── {suite} ──", flush=True)
    make = os.environ.get("MAKE", "make")
    start = time.monotonic()
    done = subprocess.run([make, "--silent", "--no-print-directory", suite], check=False)
    return Outcome(suite=suite, passed=done.returncode == 0, seconds=time.monotonic() - start)


def table(outcomes: list[Outcome]) -> str:
    """Draw the minutes of each suite."""
    width = max(len(outcome.suite) for outcome in outcomes)
    rows = [
        f"{outcome.suite:<{width}}  {outcome.seconds / 60:6.2f} min  {verdict(outcome)}"
        for outcome in outcomes
    ]
    return "\n".join(["", *rows])


def verdict(outcome: Outcome) -> str:
    """Say how a suite ended in one word."""
    return "passed" if outcome.passed else "FAILED"


def closing_line(outcomes: list[Outcome]) -> str:
    """Say in one line how many passed, how long it took, and what failed."""
    failed = [outcome.suite for outcome in outcomes if not outcome.passed]
    minutes = sum(outcome.seconds for outcome in outcomes) / 60
    if failed:
        names = ", ".join(failed)
        return f"{len(failed)} of {len(outcomes)} suites FAILED in {minutes:.2f} min: {names}"
    return f"all {len(outcomes)} suites passed in {minutes:.2f} min"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
