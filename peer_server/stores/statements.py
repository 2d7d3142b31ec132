"""Statements that are built once: building one costs more than running it."""

from functools import lru_cache

from sqlalchemy import Table, Update, bindparam, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction


def set_columns(tx: Transaction, table: Table, *, row_id: str, values: dict[str, Json]) -> None:
    """Set these columns of the row with that id."""
    named = {f"new_{name}": value for name, value in values.items()}
    tx.conn.execute(_update(table, tuple(values)), {"row_id": row_id, **named})


@lru_cache(maxsize=256)
def _update(table: Table, names: tuple[str, ...]) -> Update:
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("row_id")).values(values)
