"""The shared vectors of `conformance/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CONFORMANCE = Path(__file__).parents[2] / "conformance"


def vectors(file: str) -> list[dict[str, Any]]:
    """Return the cases of `conformance/<file>`."""
    cases: list[dict[str, Any]] = json.loads((CONFORMANCE / file).read_text(encoding="utf-8"))
    return cases


def name(case: dict[str, Any]) -> str:
    """Return the case's name, for pytest's ids."""
    return str(case["name"])
