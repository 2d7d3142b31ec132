"""Audit records: who did what, when, through which door. Append only. Core functions for `Store.write`."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select

from flow_runtime.errors import Json
from flow_runtime.ids import new_id
from flow_runtime.store import Transaction
from peer_server.stores.conversation_tables import audit_records


def add_audit_record(
    tx: Transaction,
    *,
    workspace_id: str,
    at: datetime,
    event: str,
    category: str,
    actor: Mapping[str, Json],
    channel: str,
    object_kind: str,
    object_id: str,
    description: str,
    digest: str | None = None,
    details: Json = None,
) -> str:
    """Write a record in the transaction of what it records: neither exists without the other. Answers its id."""
    record_id = new_id()
    row = {
        "id": record_id,
        "workspace_id": workspace_id,
        "at": at,
        "event": event,
        "category": category,
        "actor": actor,
        "channel": channel,
        "object_kind": object_kind,
        "object_id": object_id,
        "description": description,
        "digest": digest,
        "details": details,
    }
    tx.conn.execute(insert(audit_records).values(row))
    return record_id


def audit_of(conn: Connection, object_id: str, *, workspace_id: str) -> list[dict[str, Json]]:
    """The records about one thing, oldest first."""
    query = select(audit_records).where(
        audit_records.c.object_id == object_id, audit_records.c.workspace_id == workspace_id
    )
    return [dict(row) for row in conn.execute(query.order_by(audit_records.c.at, audit_records.c.id)).mappings()]
