"""Audit records as rows, each sealed to the one before. Append only. Core functions for `Store.write`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

import orjson
from sqlalchemy import Connection, RowMapping, insert, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from flow_runtime.stores.columns import to_json, to_microseconds
from peer_server.audit_chain import FIRST, seal
from peer_server.stores.audit_tables import audit_heads, audit_records
from peer_server.stores.columns import insert_new


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what, when, from where, through which door."""

    id: str
    workspace_id: str
    at: datetime
    event: str
    category: str
    actor_kind: str
    actor_id: str
    actor_name: str
    address: str | None
    channel: str
    object_kind: str
    object_id: str
    flow_id: str | None
    description: str
    digest: str | None
    details: Json


Noted = Callable[[int, str], None]
"""Told, once the record is on disk, its number in the chain and its seal."""


def add_audit_record(tx: Transaction, record: AuditRecord, *, key: bytes, noted: Noted) -> None:
    """Write a record with the transaction of what it records: neither exists without the other.

    It takes its place in the chain at the very end of the transaction, so that whoever holds the end of the chain waits
    for no other lock.
    """
    row = {**asdict(record), "details": None if record.details is None else to_json(record.details)}
    tx.before_commit(partial(_append, tx, row, key=key, noted=noted))


def chain_part(conn: Connection, workspace_id: str, *, after: int, limit: int) -> Sequence[RowMapping]:
    """The next records of a chain, in order."""
    query = select(audit_records).where(audit_records.c.workspace_id == workspace_id, audit_records.c.seq > after)
    return conn.execute(query.order_by(audit_records.c.seq).limit(limit)).mappings().all()


def chain_end(conn: Connection, workspace_id: str) -> tuple[int, str] | None:
    """The last record of a chain as the database remembers it: its number and its seal."""
    query = select(audit_heads.c.seq, audit_heads.c.mac).where(audit_heads.c.workspace_id == workspace_id)
    row = conn.execute(query).one_or_none()
    return None if row is None else (row.seq, row.mac)


def audit_of(conn: Connection, object_id: str, *, workspace_id: str) -> list[dict[str, Json]]:
    """The records about one thing, oldest first."""
    query = select(audit_records).where(
        audit_records.c.object_id == object_id, audit_records.c.workspace_id == workspace_id
    )
    return [as_dict(row) for row in conn.execute(query.order_by(audit_records.c.seq)).mappings()]


def sealed_part(row: Mapping[str, Json] | RowMapping) -> dict[str, Json]:
    """What the seal of a row covers: all of it but the seal; the instant as a number, the details as their text."""
    covered = {name: value for name, value in row.items() if name != "mac"}
    return {**covered, "at": to_microseconds(covered["at"])}


def as_dict(row: RowMapping) -> dict[str, Json]:
    """A row with its details read."""
    return {**row, "details": None if row["details"] is None else orjson.loads(row["details"])}


def _append(tx: Transaction, row: Mapping[str, Json], *, key: bytes, noted: Noted) -> None:
    conn, workspace_id = tx.conn, row["workspace_id"]
    end = select(audit_heads).where(audit_heads.c.workspace_id == workspace_id).with_for_update()
    head = conn.execute(end).one_or_none()
    if head is None:
        first = {"workspace_id": workspace_id, "seq": 0, "mac": FIRST}
        conn.execute(insert_new(conn, audit_heads, audit_heads.c.seq), first)
        head = conn.execute(end).one()
    placed = {**row, "seq": head.seq + 1}
    mac = seal(sealed_part(placed), key=key, before=head.mac)
    conn.execute(insert(audit_records), {**placed, "mac": mac})
    moved = update(audit_heads).where(audit_heads.c.workspace_id == workspace_id)
    conn.execute(moved.values(seq=head.seq + 1, mac=mac))
    tx.after_commit(partial(noted, head.seq + 1, mac))
