"""The commands of `cellspeak`, put together."""

from __future__ import annotations

import typer

from . import agents, call, chat, serve, sessions, task

__all__ = ["app"]

EPILOG = """\b
Examples:
  cellspeak serve                                 serve scripted agents at port 8080
  cellspeak chat demo                             talk in the terminal
  cellspeak call demo "What is 12 * 12?"          ask once, reply to stdout
  git diff | cellspeak call reviewer - -c agents.yaml
  cellspeak list --server http://127.0.0.1:8080

\b
Where agents and sessions are: --config FILE for agents of this process, --server URL for those
of a server (or CELLSPEAK_BASE_URL, with its key in CELLSPEAK_API_KEY), else cellspeak.yaml of this
folder and the scripted demo.

\b
Exit codes: 0 done; 1 the turn failed or was stopped; 2 the input cannot be used; 3 a person must
answer; 4 the server cannot be reached or refuses; 130 interrupted.
"""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(epilog=EPILOG)
def about() -> None:
    """Talk with agents, in notebooks, terminals and over the network."""


for _group in (serve, chat, call, agents, sessions):
    _group.add_to(app)
app.add_typer(task.app, name="task")
