"""The one `MetaData` of this package. Column types are the runtime's, so that both packages store alike."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String

from flow_runtime.stores.columns import Instant, insert_new
from flow_runtime.stores.columns import JsonText as Json

__all__ = ["Counter", "Instant", "Json", "id_column", "insert_new", "metadata"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of `peer_server`. Those of `flow_runtime` are in a `MetaData` and a migration history of their own."""

Counter = BigInteger().with_variant(Integer(), "sqlite")
"""A number that only grows."""


def id_column(name: str = "id") -> Column[str]:
    """A primary key that holds one of our ids."""
    return Column(name, String(32), primary_key=True)
