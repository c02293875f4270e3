"""The console script: `cellspeak`.  What it needs beyond the package comes with an extra.

`app` puts the commands together, one module per group; `place` says where agents and sessions are,
`follow` reads a turn as it comes, `said` writes for a terminal.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    try:
        from .app import app
    except ModuleNotFoundError as error:
        raise SystemExit(
            f"cellspeak: this needs {error.name}; run `pip install 'cellspeak[server]'`"
        ) from None
    app()
