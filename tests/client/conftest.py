"""The servers of tests/stores, for clients of servers that keep their sessions there."""

from __future__ import annotations

from tests.stores.conftest import postgres_process, redis_process

__all__ = ["postgres_process", "redis_process"]
