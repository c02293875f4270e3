"""The store in Redis: a stream for each log, and a script for each step that must be whole.

`store` is the Protocol; `keys` says what is kept where, `scripts` what the server does in one step,
`wire` carries calls there and back, `watch` hears of what other processes append, and `failures`
tells what went wrong.
"""

from .store import RedisStore

__all__ = ["RedisStore"]
