"""Variables of flows as rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.stores.definition_tables import variables


@dataclass(frozen=True, slots=True)
class VariableRow:
    """A variable as stored: `value` if it is plain, `ciphertext` if it is secure."""

    flow_id: str
    name: str
    workspace_id: str
    secure: bool
    value: Json
    ciphertext: bytes | None
    notes: str
    rev: int
    updated_at: datetime


_COLUMNS = [variables.c[name] for name in VariableRow.__slots__]


def list_variables(conn: Connection, flow_id: str, *, workspace_id: str) -> list[VariableRow]:
    """All variables of a flow by name; none for a flow of another workspace."""
    query = select(*_COLUMNS).where(variables.c.flow_id == flow_id, variables.c.workspace_id == workspace_id)
    return [VariableRow(*found) for found in conn.execute(query.order_by(variables.c.name))]


def get_variable(conn: Connection, flow_id: str, name: str, *, workspace_id: str) -> VariableRow | None:
    """One variable, if it is set."""
    rows = list_variables(conn, flow_id, workspace_id=workspace_id)
    return next((row for row in rows if row.name == name), None)


def put_variable(tx: Transaction, row: VariableRow) -> VariableRow:
    """Store the variable in place of the one with its name. The caller has locked the flow."""
    values = {name: getattr(row, name) for name in VariableRow.__slots__}
    found = (variables.c.flow_id == row.flow_id) & (variables.c.name == row.name)
    if tx.conn.execute(update(variables).where(found).values(values)).rowcount == 0:
        tx.conn.execute(insert(variables).values(values))
    return row


def delete_variable(tx: Transaction, flow_id: str, name: str, *, workspace_id: str) -> bool:
    """Remove the variable; False if there was none."""
    condition = (
        variables.c.flow_id == flow_id,
        variables.c.name == name,
        variables.c.workspace_id == workspace_id,
    )
    return tx.conn.execute(delete(variables).where(*condition)).rowcount == 1
