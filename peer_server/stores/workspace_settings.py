"""How long a workspace keeps things and how much its people may store, as rows. Core functions."""

from sqlalchemy import Connection, select, update

from flow_runtime.store import Transaction
from peer_server.retention import FileQuota, Retention
from peer_server.stores.columns import insert_new
from peer_server.stores.identity_tables import workspaces
from peer_server.stores.retention_tables import workspace_settings


def get_retention(conn: Connection, workspace_id: str) -> Retention:
    """How long this workspace keeps things."""
    column = workspace_settings.c.retention
    return Retention.of(conn.scalar(select(column).where(workspace_settings.c.workspace_id == workspace_id)))


def get_file_quota(conn: Connection, workspace_id: str) -> FileQuota:
    """How much its people may store."""
    column = workspace_settings.c.file_quota
    return FileQuota.of(conn.scalar(select(column).where(workspace_settings.c.workspace_id == workspace_id)))


def lock_settings(tx: Transaction, workspace_id: str) -> None:
    """Nobody else changes these settings, or stores a file in the workspace, until the commit."""
    new = insert_new(tx.conn, workspace_settings, workspace_settings.c.workspace_id)
    tx.conn.execute(new.values(workspace_id=workspace_id))
    one = select(workspace_settings.c.workspace_id).where(workspace_settings.c.workspace_id == workspace_id)
    tx.conn.execute(one.with_for_update())


def put_settings(tx: Transaction, workspace_id: str, kept: Retention | FileQuota) -> None:
    """Keep these. The caller has locked the settings."""
    column = "retention" if isinstance(kept, Retention) else "file_quota"
    row = update(workspace_settings).where(workspace_settings.c.workspace_id == workspace_id)
    tx.conn.execute(row.values({column: kept.as_json()}))


def workspace_ids(conn: Connection) -> list[str]:
    """Every workspace."""
    return list(conn.scalars(select(workspaces.c.id).order_by(workspaces.c.id)))
