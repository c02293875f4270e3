"""The servers of tests/stores, for engines that share one."""

from __future__ import annotations

import pytest

from tests.stores.conftest import (
    postgres_address,
    postgres_process,
    redis_address,
    redis_process,
)
from tests.stores.servers import Server

__all__ = [
    "postgres_address",
    "postgres_process",
    "redis_address",
    "redis_process",
    "shared_server",
    "shared_store",
]

KINDS = [pytest.param(kind, marks=pytest.mark.stores) for kind in ("postgres", "redis")]


@pytest.fixture(params=KINDS)
def shared_store(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty store that several processes can share."""
    address: str = request.getfixturevalue(f"{request.param}_address")
    return address


@pytest.fixture
def shared_server(request: pytest.FixtureRequest, shared_store: str) -> Server:
    """Return the server behind `shared_store`, to be killed and started again."""
    kind = shared_store.partition(":")[0].removesuffix("ql")
    server: Server = request.getfixturevalue(f"{kind}_process")
    return server
