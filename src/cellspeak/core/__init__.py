"""The session contract as pure functions: no I/O, no clock, no random, no environment.

Ids and times come in as data.  `js/src/core/` is the TypeScript twin; both are held to the
vectors in `conformance/`.
"""
