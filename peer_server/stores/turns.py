"""Rows of turns: the queue of each conversation. Core functions for `Store.write` and `Store.read`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import IntEnum

from sqlalchemy import Connection, delete, insert, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.stores.conversation_tables import turns


class Rank(IntEnum):
    """Who goes first in a queue. Within a rank: first come, first served.

    The outcome of a run that people have answered is older business than any message still in the queue, so it goes
    first: a queued message never overtakes an answered approval. Only an explicit steer passes both.
    """

    STEERED = 0
    OUTCOME = 1
    ORDINARY = 2


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One row of `turns`, as read. `parent_id` is set where a branch begins somewhere else than at the shown leaf."""

    id: str
    conversation_id: str
    workspace_id: str
    status: str
    reason: str
    rank: int
    position: int
    message_id: str | None
    parent_id: str | None
    caused_by: Mapping[str, Json]
    input: Mapping[str, Json]
    created_at: datetime


_COLUMNS = tuple(turns.c[field.name] for field in fields(TurnRow))


def insert_turn(tx: Transaction, turn: TurnRow) -> None:
    """Add a turn. The caller holds the conversation's lock."""
    row = {field.name: getattr(turn, field.name) for field in fields(TurnRow)}
    tx.conn.execute(insert(turns).values(row))


def update_turn(tx: Transaction, turn_id: str, **values: Json) -> None:
    """Set columns of a turn. The caller holds the conversation's lock."""
    tx.conn.execute(update(turns).where(turns.c.id == turn_id).values(values))


def delete_turn(tx: Transaction, turn_id: str) -> None:
    """Remove a queued turn whose message was taken back. The caller holds the conversation's lock."""
    tx.conn.execute(delete(turns).where(turns.c.id == turn_id))


def find_turn(conn: Connection, turn_id: str) -> TurnRow | None:
    """The turn with that id, if there is one."""
    row = conn.execute(select(*_COLUMNS).where(turns.c.id == turn_id)).one_or_none()
    return None if row is None else TurnRow(*row)


def queued_turn_of(conn: Connection, message_id: str) -> TurnRow | None:
    """The queued turn that will answer this message, if there is one."""
    query = select(*_COLUMNS).where(turns.c.message_id == message_id, turns.c.status == "queued")
    row = conn.execute(query).first()
    return None if row is None else TurnRow(*row)


def next_turn(conn: Connection, conversation_id: str) -> TurnRow | None:
    """The queued turn whose time has come."""
    query = (
        select(*_COLUMNS)
        .where(turns.c.conversation_id == conversation_id, turns.c.status == "queued")
        .order_by(turns.c.rank, turns.c.position, turns.c.id)
        .limit(1)
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else TurnRow(*row)
