"""A2A, the protocol by which agents talk with each other: 1.0 and, for older peers, 0.3.

A context is a session, a task is a turn, and both are those of every other way in.  `mount` is all
that a server without A2A loads; `endpoint` answers through a2a-sdk's own routes, `talk` is what
it asks of the caller's desk, `parts`, `tasks` and `progress` turn one into the other, `gate` keeps
out what cannot be read.
Needs `pip install "cellspeak[a2a]"`.
"""
