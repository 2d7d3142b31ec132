"""What a model costs a workspace: by the prices of its connection, else by those of the installation."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import Connection

from flow_runtime.errors import Json
from flow_runtime.models.catalog import BUILT_IN
from peer_server.stores.model_connections import ModelConnectionRow, find_connection
from peer_server.tariff import ANY_MODEL, Price, Tariff


class PriceList:
    """Finds prices."""

    def __init__(self, tariff: Tariff) -> None:
        self._tariff = tariff

    def price_of(self, conn: Connection, model: str, *, workspace_id: str) -> Price | None:
        """The price of a model by its full name; None if nobody has said it."""
        prefix, _, name = model.partition(":")
        if name and prefix not in BUILT_IN:
            row = find_connection(conn, prefix, workspace_id=workspace_id)
            if row is not None and (price := _of_connection(row, name)) is not None:
                return price
        return self._tariff.prices.get(model)


def _of_connection(row: ModelConnectionRow, model: str) -> Price | None:
    found: Mapping[str, Json] | None = row.prices.get(model) or row.prices.get(ANY_MODEL)
    if found is None:
        return None
    cached = found.get("cached")
    return Price(
        Decimal(str(found["prompt"])),
        Decimal(str(found["completion"])),
        None if cached is None else Decimal(str(cached)),
        row.currency,
    )
