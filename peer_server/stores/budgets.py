"""Budgets as rows, and who may see which."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, or_, select

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from flow_runtime.stores.paging import Page, read_page
from peer_server.access import Principal, unknown
from peer_server.budget import Limits, Period, Subject, SubjectKind
from peer_server.stores.budget_tables import budgets
from peer_server.stores.columns import insert_new
from peer_server.stores.definition_tables import flows, peers
from peer_server.stores.endpoint_tables import share_links
from peer_server.stores.grants import reached
from peer_server.stores.peer_link_tables import peer_links
from peer_server.stores.statements import set_columns


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """A budget as stored."""

    id: str
    workspace_id: str
    subject_kind: SubjectKind
    subject_id: str
    period: Period
    tokens: int | None
    cost: int | None
    currency: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    low_at: datetime | None
    spent_at: datetime | None

    @property
    def subject(self) -> Subject:
        """Whose it is."""
        return Subject(self.subject_kind, self.subject_id)

    @property
    def limits(self) -> Limits:
        """How much it allows."""
        return Limits(self.tokens, self.cost)


_COLUMNS: Final = [budgets.c[name] for name in BudgetRow.__slots__]


def insert_budget(tx: Transaction, row: BudgetRow) -> bool:
    """Store a new budget; False if there is one for that subject and period."""
    values = {name: getattr(row, name) for name in BudgetRow.__slots__}
    return tx.conn.execute(insert_new(tx.conn, budgets, budgets.c.id), values).first() is not None


def change_budget(tx: Transaction, budget_id: str, **values: Json) -> None:
    """Set these columns."""
    set_columns(tx, budgets, row_id=budget_id, values=values)


def delete_budget(tx: Transaction, budget_id: str) -> None:
    """Remove a budget."""
    tx.conn.execute(delete(budgets).where(budgets.c.id == budget_id))


def forget_budgets_of(tx: Transaction, subject: Subject) -> None:
    """Remove the budgets of something that is gone."""
    is_of = (budgets.c.subject_kind == subject.kind, budgets.c.subject_id == subject.id)
    tx.conn.execute(delete(budgets).where(*is_of))


def budgets_on(
    conn: Connection, workspace_id: str, subjects: Collection[Subject], *, lock: bool = False
) -> list[BudgetRow]:
    """Every budget of these subjects, always in the same order, so that locking them cannot end in a deadlock."""
    is_of = [
        and_(budgets.c.subject_kind == subject.kind, budgets.c.subject_id == subject.id) for subject in sorted(subjects)
    ]
    query = select(*_COLUMNS).where(budgets.c.workspace_id == workspace_id, or_(*is_of)).order_by(budgets.c.id)
    return [_row(found) for found in conn.execute(query.with_for_update() if lock else query)]


def page_of_budgets(
    conn: Connection,
    principal: Principal,
    *,
    kind: SubjectKind | None,
    subject_id: str | None,
    cursor: str | None,
    limit: int,
) -> Page[BudgetRow]:
    """A page of the budgets that this person may see, newest first. Raises `InvalidDefinition`."""
    query = select(*_COLUMNS).where(_is_seen(principal))
    if kind is not None:
        query = query.where(budgets.c.subject_kind == kind)
    if subject_id is not None:
        query = query.where(budgets.c.subject_id == subject_id)
    return read_page(conn, query, at=budgets.c.created_at, id=budgets.c.id, convert=_row, cursor=cursor, limit=limit)


def get_budget(conn: Connection, principal: Principal, budget_id: str, *, lock: bool = False) -> BudgetRow:
    """A budget that this person may see. Raises `NotFound`."""
    query = select(*_COLUMNS).where(budgets.c.id == budget_id, _is_seen(principal))
    found = conn.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise unknown("budget", budget_id)
    return _row(found)


def _is_seen(principal: Principal) -> ColumnElement[bool]:
    """One's own; those of what one may limit."""
    kind, subject_id = budgets.c.subject_kind, budgets.c.subject_id
    peers_of = select(peers.c.id).where(
        peers.c.deleted_at.is_(None),
        reached(principal, "peer", id=peers.c.id, owner_id=peers.c.owner_id, least="admin"),
    )
    seen = [and_(kind == "user", subject_id == principal.id), and_(kind == "peer", subject_id.in_(peers_of))]
    if principal.may("workspace.budget"):
        seen.append(kind.in_(("workspace", "user")))
    if principal.may("peer.share"):
        links = select(peer_links.c.id).join(peers, peers.c.id == peer_links.c.peer_id)
        shared = reached(principal, "peer", id=peers.c.id, owner_id=peers.c.owner_id, least="manager")
        is_open = (peer_links.c.ended_at.is_(None), peers.c.deleted_at.is_(None))
        seen.append(and_(kind == "link", subject_id.in_(links.where(shared, *is_open))))
    if principal.may("flow.share"):
        links = select(share_links.c.id).join(flows, flows.c.id == share_links.c.flow_id)
        shared = reached(principal, "flow", id=flows.c.id, owner_id=flows.c.owner_id, least="manager")
        seen.append(and_(kind == "link", subject_id.in_(links.where(shared, flows.c.deleted_at.is_(None)))))
    return and_(budgets.c.workspace_id == principal.workspace_id, or_(*seen))


def _row(found: Row[Any]) -> BudgetRow:
    return BudgetRow(*found[: len(_COLUMNS)])
