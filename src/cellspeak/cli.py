"""The console script: `cellspeak`.  What it needs beyond the package comes with an extra."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    try:
        from cellspeak.server.commands import app
    except ModuleNotFoundError as error:
        raise SystemExit(
            f"cellspeak: this needs {error.name}; run `pip install 'cellspeak[server]'`"
        ) from None
    app()


if __name__ == "__main__":
    main()
