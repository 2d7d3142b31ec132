"""How much is stored, and files that nothing holds any more. Core functions."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Text, cast, delete, exists, func, or_, select, tuple_, update

from flow_runtime.ids import ID_LENGTH
from flow_runtime.store import Transaction
from flow_runtime.stores.tables import definitions
from peer_server.stores.conversation_tables import form_drafts
from peer_server.stores.definition_tables import files, flow_versions, flows, peer_versions, peers
from peer_server.stores.file_tables import file_uses
from peer_server.stores.identity_tables import users
from peer_server.stores.schedule_tables import schedules

COUNTED: Final = ("arriving", "kept", "lost")
"""Files that count: also those whose bytes are on their way, by what was announced."""
_IS_COUNTED: Final = files.c.status.in_(COUNTED)
_PLACES: Final = (form_drafts.c["values"], schedules.c.inputs, flows.c.draft, peers.c.draft, peer_versions.c.content)
"""Where else a file may be named by its id, besides in the versions of flows."""
_ID: Final = re.compile(rf"[0-9a-z]{{{ID_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Usage:
    """Stored files: how many, and their bytes."""

    count: int
    bytes: int


def usage_of(conn: Connection, workspace_id: str, *, owner_id: str | None = None) -> Usage:
    """What a workspace has stored, or one person or visitor in it."""
    query = select(func.count(), func.coalesce(func.sum(files.c.size), 0))
    query = query.where(files.c.workspace_id == workspace_id, _IS_COUNTED)
    if owner_id is not None:
        query = query.where(files.c.owner_id == owner_id)
    count, total = conn.execute(query).one()
    return Usage(count, int(total))


@dataclass(frozen=True, slots=True)
class PersonUsage:
    """What one person has stored."""

    id: str
    name: str
    usage: Usage


def largest_users(conn: Connection, workspace_id: str, *, limit: int) -> list[PersonUsage]:
    """The people who have stored most; not visitors, keys and links."""
    total = func.sum(files.c.size)
    query = (
        select(users.c.id, users.c.name, func.count(), total)
        .join(users, users.c.id == files.c.owner_id)
        .where(files.c.workspace_id == workspace_id, _IS_COUNTED)
        .group_by(users.c.id, users.c.name)
        .order_by(total.desc(), users.c.id)
        .limit(limit)
    )
    return [PersonUsage(row[0], row[1], Usage(row[2], int(row[3]))) for row in conn.execute(query)]


def held_files(conn: Connection, which: ColumnElement[bool]) -> list[str]:
    """The files of these uses."""
    return list(conn.scalars(select(file_uses.c.file_id).where(which).distinct()))


def release_files(tx: Transaction, which: ColumnElement[bool], *, limit: int) -> tuple[int, list[str]]:
    """End at most so many of these uses; answers how many that were, and of which files."""
    found = tx.conn.execute(select(*_USE).where(which).limit(limit)).all()
    if found:
        tx.conn.execute(delete(file_uses).where(tuple_(*_USE).in_([tuple(use) for use in found])))
    return len(found), sorted({use.file_id for use in found})


def remove_unheld(tx: Transaction, file_ids: Collection[str]) -> list[str]:
    """Mark those of these files as removed that nothing holds; answers which.

    They are locked first: whoever gives one of them to something meanwhile waits, and then finds it gone.
    """
    if not file_ids:
        return []
    tx.conn.execute(select(files.c.id).where(files.c.id.in_(file_ids)).order_by(files.c.id).with_for_update())
    unheld = select(files.c.id).where(files.c.id.in_(file_ids), files.c.status.in_(("kept", "lost")), ~_IS_HELD)
    free = list(tx.conn.scalars(unheld))
    if free:
        tx.conn.execute(update(files).where(files.c.id.in_(free)).values(status="removed"))
    return free


def unheld_files(conn: Connection, workspace_id: str, *, since: datetime, after: str, limit: int) -> list[str]:
    """Files that were there before then and that no conversation and no run holds, in the order of their ids."""
    query = select(files.c.id).where(
        files.c.workspace_id == workspace_id,
        files.c.status == "kept",
        files.c.created_at <= since,
        files.c.id > after,
        ~_IS_HELD,
    )
    return list(conn.scalars(query.order_by(files.c.id).limit(limit)))


def stuck_files(conn: Connection, *, since: datetime, after: str, limit: int) -> list[str]:
    """Uploads of any workspace that broke off before then, and removed files whose bytes may still be there."""
    is_stuck = or_(files.c.status == "removed", (files.c.status == "arriving") & (files.c.created_at <= since))
    query = select(files.c.id).where(is_stuck, files.c.id > after)
    return list(conn.scalars(query.order_by(files.c.id).limit(limit)))


def known_files(conn: Connection, file_ids: Collection[str]) -> frozenset[str]:
    """Those of these ids that have a row, whatever their state."""
    return frozenset(conn.scalars(select(files.c.id).where(files.c.id.in_(file_ids))))


def kept_files(conn: Connection, *, after: str, limit: int) -> list[str]:
    """Files of any workspace that should have their bytes, in the order of their ids."""
    query = select(files.c.id).where(files.c.status == "kept", files.c.id > after)
    return list(conn.scalars(query.order_by(files.c.id).limit(limit)))


def mark_lost(tx: Transaction, file_id: str) -> None:
    """The bytes of this file are missing; its row says so from now on."""
    tx.conn.execute(update(files).where(files.c.id == file_id, files.c.status == "kept").values(status="lost"))


def named_among(conn: Connection, workspace_id: str, file_ids: Collection[str]) -> frozenset[str]:
    """Those of these ids that stand in something that may be used later: definitions, schedules, half-typed forms."""
    wanted, named = set(file_ids), set[str]()
    of_versions = (
        select(cast(definitions.c.definition, Text))
        .join(flow_versions, flow_versions.c.digest == definitions.c.digest)
        .where(flow_versions.c.workspace_id == workspace_id)
    )
    texts = [select(cast(column, Text)).where(column.table.c.workspace_id == workspace_id) for column in _PLACES]
    for query in (*texts, of_versions):
        for text in conn.scalars(query):
            named |= wanted.intersection(_ID.findall(text))
    return frozenset(named)


_USE: Final = (file_uses.c.file_id, file_uses.c.kind, file_uses.c.object_id)
_IS_HELD: Final = exists().where(file_uses.c.file_id == files.c.id)
