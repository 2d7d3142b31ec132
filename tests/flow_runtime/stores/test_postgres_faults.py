"""Which faults mean that the database is away for a moment, however they are spelled."""

import pytest
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from flow_runtime.errors import StoreUnavailable
from flow_runtime.stores import postgres_faults
from flow_runtime.stores.postgres_faults import patiently


@pytest.mark.anyio
async def test_a_pool_without_a_free_connection_is_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_faults, "PATIENCE_S", 0)

    async def work() -> None:
        raise NoConnectionFree("QueuePool limit of size 10 overflow 10 reached, connection timed out")

    with pytest.raises(StoreUnavailable):
        await patiently(work)
