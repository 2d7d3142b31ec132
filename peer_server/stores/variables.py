"""Variables of flows and of workspaces as rows. Without a flow, those of the workspace are meant."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, delete, insert, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.stores.definition_tables import variables
from peer_server.stores.identity_tables import workspaces
from peer_server.stores.variable_tables import workspace_variables


@dataclass(frozen=True, slots=True)
class VariableRow:
    """A variable as stored: `value` if it is plain, `ciphertext` if it is secure. `flow_id` is None in a workspace."""

    flow_id: str | None
    name: str
    workspace_id: str
    secure: bool
    value: Json
    ciphertext: bytes | None
    notes: str
    rev: int
    updated_at: datetime

    @property
    def is_set(self) -> bool:
        """Whether it has a value; a secure one that came with an import has none."""
        return not self.secure or self.ciphertext is not None


def list_variables(conn: Connection, flow_id: str | None, *, workspace_id: str) -> list[VariableRow]:
    """All variables of a flow, or of the workspace, by name; none for a flow of another workspace."""
    table = _table(flow_id)
    query = select(*_columns(table)).where(*_of(table, flow_id, workspace_id)).order_by(table.c.name)
    return [VariableRow(flow_id=flow_id, **found) for found in conn.execute(query).mappings()]


def get_variable(conn: Connection, flow_id: str | None, name: str, *, workspace_id: str) -> VariableRow | None:
    """One variable, if it is there."""
    table = _table(flow_id)
    query = select(*_columns(table)).where(*_of(table, flow_id, workspace_id), table.c.name == name)
    found = conn.execute(query).mappings().first()
    return None if found is None else VariableRow(flow_id=flow_id, **found)


def put_variable(tx: Transaction, row: VariableRow) -> VariableRow:
    """Store the variable in place of the one with its name. The caller has locked the flow, or the variables."""
    table = _table(row.flow_id)
    values = {name: getattr(row, name) for name in VariableRow.__slots__ if name in table.c}
    found = (*_of(table, row.flow_id, row.workspace_id), table.c.name == row.name)
    if tx.conn.execute(update(table).where(*found).values(values)).rowcount == 0:
        tx.conn.execute(insert(table).values(values))
    return row


def delete_variable(tx: Transaction, flow_id: str | None, name: str, *, workspace_id: str) -> None:
    """Remove the variable. Idempotent."""
    table = _table(flow_id)
    tx.conn.execute(delete(table).where(*_of(table, flow_id, workspace_id), table.c.name == name))


def lock_workspace_variables(tx: Transaction, workspace_id: str) -> None:
    """Let nobody else change the variables of this workspace until the commit."""
    tx.conn.execute(select(workspaces.c.id).where(workspaces.c.id == workspace_id).with_for_update())


def _table(flow_id: str | None) -> Table:
    return workspace_variables if flow_id is None else variables


def _columns(table: Table) -> list[Column[Any]]:
    return [table.c[name] for name in VariableRow.__slots__ if name != "flow_id"]


def _of(table: Table, flow_id: str | None, workspace_id: str) -> tuple[ColumnElement[bool], ...]:
    in_workspace = table.c.workspace_id == workspace_id
    return (in_workspace,) if flow_id is None else (in_workspace, table.c.flow_id == flow_id)
