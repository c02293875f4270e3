"""Agent runtimes: what answers a turn.  `base` is the Protocol, one module per kind beside it."""
