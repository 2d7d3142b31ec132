"""API keys as rows: only their digests, and what people need to recognise them by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.endpoint_tables import api_keys


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """A key of one flow or, without `flow_id`, of every flow of the workspace."""

    id: str
    workspace_id: str
    flow_id: str | None
    name: str
    prefix: str
    last_characters: str
    scopes: Sequence[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


_COLUMNS = [api_keys.c[name] for name in ApiKeyRow.__slots__]


def insert_key(tx: Transaction, row: ApiKeyRow, *, digest: str) -> ApiKeyRow:
    """Store a new key."""
    values = {name: getattr(row, name) for name in ApiKeyRow.__slots__}
    tx.conn.execute(insert(api_keys).values({**values, "digest": digest}))
    return row


def list_keys(conn: Connection, flow_id: str | None, *, workspace_id: str) -> list[ApiKeyRow]:
    """The keys of a flow, or those of the workspace, newest first."""
    query = select(*_COLUMNS).where(
        api_keys.c.workspace_id == workspace_id, api_keys.c.flow_id.is_not_distinct_from(flow_id)
    )
    return [
        ApiKeyRow(*found) for found in conn.execute(query.order_by(api_keys.c.created_at.desc(), api_keys.c.id.desc()))
    ]


def delete_key(tx: Transaction, key_id: str, *, flow_id: str | None, workspace_id: str) -> ApiKeyRow:
    """Withdraw a key of that flow or of the workspace. Raises `NotFound`."""
    is_it = (api_keys.c.id == key_id, api_keys.c.workspace_id == workspace_id)
    query = delete(api_keys).where(*is_it, api_keys.c.flow_id.is_not_distinct_from(flow_id)).returning(*_COLUMNS)
    found = tx.conn.execute(query).first()
    if found is None:
        raise unknown("API key", key_id)
    return ApiKeyRow(*found)


def find_key(conn: Connection, digest: str, *, now: datetime) -> ApiKeyRow | None:
    """The key with that digest, unless it is withdrawn or over."""
    is_valid = or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now)
    found = conn.execute(select(*_COLUMNS).where(api_keys.c.digest == digest, is_valid)).first()
    return None if found is None else ApiKeyRow(*found)


def note_use(tx: Transaction, key_id: str, *, now: datetime) -> None:
    """Remember that the key was used."""
    tx.conn.execute(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=now))
