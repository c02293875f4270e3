"""The store in a database: SQLite in a file, through SQLAlchemy's asynchronous core.

`store` is the Protocol; `sessions`, `log`, `snapshot`, `leases`, `inbox` and `blobs` are what is
said to the database, `tables` what is in it and `rows` what that means; `database` knows who may
talk when, `writes` how many writes become one transaction, `sqlite` what only SQLite needs, and
`failures` how to tell what went wrong.
"""

from .store import SqlStore

__all__ = ["SqlStore"]
