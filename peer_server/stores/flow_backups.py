"""Drafts that an import replaced, each as the package that brings it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from flow_runtime.store import Transaction
from peer_server.stores.package_tables import flow_backups

KEPT: Final = 20
"""How many backups of one flow are kept; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One package, with the name that it is handed out under."""

    id: str
    flow_id: str
    workspace_id: str
    file_name: str
    data: bytes
    created_by: str
    created_at: datetime


_COLUMNS: Final = [flow_backups.c[name] for name in Backup.__slots__]


def insert_backup(tx: Transaction, backup: Backup) -> Backup:
    """Keep it, in place of the oldest one if there are many. The caller has locked the flow."""
    tx.conn.execute(insert(flow_backups).values({name: getattr(backup, name) for name in Backup.__slots__}))
    newest = select(flow_backups.c.id).where(flow_backups.c.flow_id == backup.flow_id)
    kept = newest.order_by(flow_backups.c.created_at.desc(), flow_backups.c.id.desc()).limit(KEPT)
    ids = list(tx.conn.scalars(kept))
    tx.conn.execute(delete(flow_backups).where(flow_backups.c.flow_id == backup.flow_id, flow_backups.c.id.not_in(ids)))
    return backup


def get_backup(conn: Connection, backup_id: str, *, flow_id: str, workspace_id: str) -> Backup | None:
    """The backup, if it is there."""
    query = select(*_COLUMNS).where(
        flow_backups.c.id == backup_id, flow_backups.c.flow_id == flow_id, flow_backups.c.workspace_id == workspace_id
    )
    found = conn.execute(query).first()
    return None if found is None else Backup(*found)
