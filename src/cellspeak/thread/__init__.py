"""The session thread: one daemon thread with its own event loop, and the one way to wait for it.

Its one law: nobody waits for the session loop but through `run`, `arun` and `arun_iter`.  They
wait in slices, so that an interrupt acts at once and a notebook can deliver clicks meanwhile.

The thread (`loop`) starts at the first use, is made anew in a forked child, and ends with the
process.  `wait` and `iterate` cross to it.
"""

from .iterate import arun_iter
from .loop import on_shutdown, session_loop, submit
from .wait import Tick, Waiter, arun, ending, run, set_waiter

__all__ = [
    "Tick",
    "Waiter",
    "arun",
    "arun_iter",
    "ending",
    "on_shutdown",
    "run",
    "session_loop",
    "set_waiter",
    "submit",
]
