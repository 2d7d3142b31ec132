"""Connections to providers of models as rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, delete, insert, select

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.model_connection_tables import model_connections
from peer_server.stores.statements import set_columns


@dataclass(frozen=True, slots=True)
class ModelConnectionRow:
    """A connection as stored."""

    id: str
    workspace_id: str
    name: str
    base_url: str
    ciphertext: bytes
    rev: int
    status: Literal["untested", "ok", "failing"]
    error: Mapping[str, Json] | None
    checked_at: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    provider: str
    prices: Mapping[str, Json]
    currency: str


_COLUMNS: Final = [model_connections.c[name] for name in ModelConnectionRow.__slots__]


def insert_connection(tx: Transaction, row: ModelConnectionRow) -> None:
    """Store a new connection."""
    values = {name: getattr(row, name) for name in ModelConnectionRow.__slots__}
    tx.conn.execute(insert(model_connections).values(values))


def change_connection(tx: Transaction, connection_id: str, **values: Json) -> None:
    """Set these columns."""
    set_columns(tx, model_connections, row_id=connection_id, values=values)


def delete_connection(tx: Transaction, connection_id: str) -> None:
    """Remove a connection."""
    tx.conn.execute(delete(model_connections).where(model_connections.c.id == connection_id))


def get_connection(
    conn: Connection, connection_id: str, *, workspace_id: str, lock: bool = False
) -> ModelConnectionRow:
    """A connection. Raises `NotFound`."""
    query = select(*_COLUMNS).where(
        model_connections.c.id == connection_id, model_connections.c.workspace_id == workspace_id
    )
    found = conn.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise unknown("connection", connection_id)
    return _row(found)


def find_connection(conn: Connection, name: str, *, workspace_id: str) -> ModelConnectionRow | None:
    """The connection of that name."""
    query = select(*_COLUMNS).where(model_connections.c.workspace_id == workspace_id, model_connections.c.name == name)
    found = conn.execute(query).first()
    return None if found is None else _row(found)


def list_connections(conn: Connection, *, workspace_id: str) -> list[ModelConnectionRow]:
    """All connections of a workspace, by name."""
    query = select(*_COLUMNS).where(model_connections.c.workspace_id == workspace_id)
    return [_row(found) for found in conn.execute(query.order_by(model_connections.c.name))]


def _row(found: Row[Any]) -> ModelConnectionRow:
    return ModelConnectionRow(*found[: len(_COLUMNS)])
