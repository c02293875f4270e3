"""Who runs turns: the engine, the only writer of its sessions' logs.

`engine` opens sessions and serves readers; `live` takes the commands of one session; `turn` runs
one turn, `writer` puts it into the log's order, `batch` bunches its text, `log` commits.
"""

from .engine import Engine

__all__ = ["Engine"]
