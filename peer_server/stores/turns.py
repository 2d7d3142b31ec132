"""Rows of turns: the queue of each conversation. Core functions for `Store.write` and `Store.read`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import IntEnum

from sqlalchemy import Connection, bindparam, delete, insert, select

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.stores.conversation_tables import turns
from peer_server.stores.statements import set_columns


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


_NAMES = tuple(field.name for field in fields(TurnRow))
_ALL = select(*(turns.c[name] for name in _NAMES))
_ADD = insert(turns)
_BY_ID = _ALL.where(turns.c.id == bindparam("turn"))
_QUEUED_OF = _ALL.where(turns.c.message_id == bindparam("message"), turns.c.status == "queued")
_NEXT = (
    _ALL.where(turns.c.conversation_id == bindparam("conversation"), turns.c.status == "queued")
    .order_by(turns.c.rank, turns.c.position, turns.c.id)
    .limit(1)
)


def insert_turn(tx: Transaction, turn: TurnRow) -> None:
    """Add a turn. The caller holds the conversation's lock."""
    tx.conn.execute(_ADD, {name: getattr(turn, name) for name in _NAMES})


def update_turn(tx: Transaction, turn_id: str, **values: Json) -> None:
    """Set columns of a turn. The caller holds the conversation's lock."""
    set_columns(tx, turns, row_id=turn_id, values=values)


def delete_turn(tx: Transaction, turn_id: str) -> None:
    """Remove a queued turn whose message was taken back. The caller holds the conversation's lock."""
    tx.conn.execute(delete(turns).where(turns.c.id == turn_id))


def find_turn(conn: Connection, turn_id: str) -> TurnRow | None:
    """The turn with that id, if there is one."""
    row = conn.execute(_BY_ID, {"turn": turn_id}).one_or_none()
    return None if row is None else TurnRow(*row)


def queued_turn_of(conn: Connection, message_id: str) -> TurnRow | None:
    """The queued turn that will answer this message, if there is one."""
    row = conn.execute(_QUEUED_OF, {"message": message_id}).first()
    return None if row is None else TurnRow(*row)


def next_turn(conn: Connection, conversation_id: str) -> TurnRow | None:
    """The queued turn whose time has come."""
    row = conn.execute(_NEXT, {"conversation": conversation_id}).one_or_none()
    return None if row is None else TurnRow(*row)
