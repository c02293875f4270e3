"""Hand a view the part of the bundle that no notebook stores.

Its one law: a view names one of a few files, never a path.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from cellspeak.errors import NotFoundError

__all__ = ["answer_asset"]

ASSETS = frozenset({"more.js"})
STATIC = Path(__file__).parent.parent / "static"


def answer_asset(name: object) -> tuple[dict[str, Any], list[bytes] | None]:
    """Return what to send to a view that asks for the file *name*: the message and its buffers."""
    answer = {"t": "asset", "name": name}
    try:
        return answer, [_asset(str(name))]
    except NotFoundError as error:
        return {**answer, "error": str(error)}, None


@cache
def _asset(name: str) -> bytes:
    if name not in ASSETS:
        raise NotFoundError(f"expected one of {', '.join(sorted(ASSETS))}; got {name!r:.60}")
    try:
        return (STATIC / name).read_bytes()
    except OSError:
        raise NotFoundError(
            f"the browser file {name} is missing from this installation; "
            "in a checkout run `make build`, else reinstall cellspeak"
        ) from None
