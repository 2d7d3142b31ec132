"""Push targets and the outbox of pushes as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, insert, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from flow_runtime.stores.paging import Page, read_page
from peer_server.access import unknown
from peer_server.stores.columns import insert_new
from peer_server.stores.endpoint_tables import push_deliveries, push_targets

DeliveryStatus = Literal["pending", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class PushTarget:
    """Where the results of a flow are pushed to; both secrets are ciphertexts."""

    flow_id: str
    workspace_id: str
    enabled: bool
    url: str
    access_token: bytes
    signing_secret: bytes
    rev: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One result that is or was to be pushed; `attempts` tells each try, oldest first."""

    id: str
    workspace_id: str
    flow_id: str
    run_id: str
    status: DeliveryStatus
    attempts: Sequence[Mapping[str, Json]]
    due_at: datetime | None
    created_at: datetime
    ended_at: datetime | None


_TARGET = [push_targets.c[name] for name in PushTarget.__slots__]
_DELIVERY = [push_deliveries.c[name] for name in Delivery.__slots__]


def find_target(conn: Connection, flow_id: str) -> PushTarget | None:
    """The push target of a flow, if one was ever saved."""
    found = conn.execute(select(*_TARGET).where(push_targets.c.flow_id == flow_id)).first()
    return None if found is None else PushTarget(*found)


def put_target(tx: Transaction, row: PushTarget) -> PushTarget:
    """Store the target in place of the one before. The caller has locked the flow."""
    values = {name: getattr(row, name) for name in PushTarget.__slots__}
    if tx.conn.execute(update(push_targets).where(push_targets.c.flow_id == row.flow_id).values(values)).rowcount == 0:
        tx.conn.execute(insert(push_targets).values(values))
    return row


def add_delivery(tx: Transaction, row: Delivery) -> None:
    """Put a result into the outbox; once per run."""
    values = {name: getattr(row, name) for name in Delivery.__slots__}
    tx.conn.execute(insert_new(tx.conn, push_deliveries, push_deliveries.c.id).values(values))


def take_due(tx: Transaction, *, now: datetime, until: datetime, limit: int) -> list[Delivery]:
    """Take deliveries that are due: nobody else tries them before `until`, nor do they get lost with this process."""
    query = select(*_DELIVERY).where(push_deliveries.c.due_at <= now).order_by(push_deliveries.c.due_at).limit(limit)
    found = [Delivery(*row) for row in tx.conn.execute(query.with_for_update(skip_locked=True))]
    taken = push_deliveries.c.id.in_([one.id for one in found])
    tx.conn.execute(update(push_deliveries).where(taken).values(due_at=until))
    return found


def next_due(conn: Connection) -> datetime | None:
    """When the next delivery is due."""
    earliest: datetime | None = conn.scalar(
        select(func.min(push_deliveries.c.due_at, type_=push_deliveries.c.due_at.type))
    )
    return earliest


def update_delivery(
    tx: Transaction,
    delivery_id: str,
    *,
    status: DeliveryStatus,
    attempts: Sequence[Mapping[str, Json]],
    due_at: datetime | None,
    ended_at: datetime | None,
) -> None:
    """Write down how an attempt went and what comes next."""
    values = {"status": status, "attempts": list(attempts), "due_at": due_at, "ended_at": ended_at}
    tx.conn.execute(update(push_deliveries).where(push_deliveries.c.id == delivery_id).values(values))


def get_delivery(conn: Connection, delivery_id: str, *, flow_id: str) -> Delivery:
    """One delivery of that flow. Raises `NotFound`."""
    is_it = (push_deliveries.c.id == delivery_id, push_deliveries.c.flow_id == flow_id)
    found = conn.execute(select(*_DELIVERY).where(*is_it)).first()
    if found is None:
        raise unknown("delivery", delivery_id)
    return Delivery(*found)


def list_deliveries(conn: Connection, flow_id: str, *, cursor: str | None, limit: int) -> Page[Delivery]:
    """The deliveries of a flow, newest first. Raises `InvalidDefinition` ``invalid_cursor``."""
    return read_page(
        conn,
        select(*_DELIVERY).where(push_deliveries.c.flow_id == flow_id),
        at=push_deliveries.c.created_at,
        id=push_deliveries.c.id,
        convert=lambda row: Delivery(*row[: len(_DELIVERY)]),
        cursor=cursor,
        limit=limit,
    )
