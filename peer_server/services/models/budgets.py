"""Limits to what may be spent on models: who sets them, and what is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition, Json
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from peer_server.access import Principal, unknown
from peer_server.budget import Period, Spent, State, Subject, SubjectKind, began, renews
from peer_server.services.access.reach import reach_flow, reach_peer
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores import budgets as rows
from peer_server.stores.budgets import BudgetRow
from peer_server.stores.link_places import find_link_place
from peer_server.stores.model_spending import spent_since
from peer_server.stores.people import get_member


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A budget with what was used of it in the period that runs now."""

    row: BudgetRow
    used: Spent
    state: State
    began_at: datetime
    renews_at: datetime


class BudgetService:
    """Budgets of one's workspace.

    Admins of the workspace limit it and its people, admins of a Peer limit the Peer, and who may share a Peer or flow
    limits its public links. Everybody sees their own; what one may not see answers `NotFound`.
    """

    def __init__(self, store: Store, *, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._trail = trail
        self._clock = clock

    async def create(
        self,
        principal: Principal,
        subject: Subject,
        *,
        period: Period,
        tokens: int | None,
        cost: int | None,
        currency: str,
    ) -> BudgetView:
        """Set a limit.

        Raises `NotFound`, `Forbidden`; `Conflict` ``budget_exists``; `InvalidDefinition` ``no_limit``.
        """
        _require_limit(tokens, cost)
        now = self._clock.now()
        row = BudgetRow(
            id=new_id(),
            workspace_id=principal.workspace_id,
            subject_kind=subject.kind,
            subject_id=subject.id,
            period=period,
            tokens=tokens,
            cost=cost,
            currency=currency,
            created_by=principal.id,
            created_at=now,
            updated_at=now,
            low_at=None,
            spent_at=None,
        )

        def make(tx: Transaction) -> BudgetView:
            _reach(tx.conn, principal, subject)
            if not rows.insert_budget(tx, row):
                message = f"there is a budget for every {period} of that already"
                raise Conflict("budget_exists", message, remedy="change that one")
            self._record(tx, principal, row, "created")
            return self._view(tx.conn, row)

        return await self._store.write(make)

    async def page(
        self,
        principal: Principal,
        *,
        kind: SubjectKind | None,
        subject_id: str | None,
        cursor: str | None,
        limit: int,
    ) -> Page[BudgetView]:
        """A page of the budgets that one may see, newest first. Raises `InvalidDefinition`."""

        def find(conn: Connection) -> Page[BudgetView]:
            page = rows.page_of_budgets(conn, principal, kind=kind, subject_id=subject_id, cursor=cursor, limit=limit)
            views: Sequence[BudgetView] = [self._view(conn, row) for row in page.items]
            return Page(views, page.next_cursor)

        return await self._store.read(find)

    async def get(self, principal: Principal, budget_id: str) -> BudgetView:
        """One budget. Raises `NotFound`."""

        def find(conn: Connection) -> BudgetView:
            return self._view(conn, rows.get_budget(conn, principal, budget_id))

        return await self._store.read(find)

    async def change(self, principal: Principal, budget_id: str, changes: Mapping[str, Json]) -> BudgetView:
        """Set `tokens`, `cost` or `currency`; it counts for the next call. Raises as `create`."""

        def change(tx: Transaction) -> BudgetView:
            row = rows.get_budget(tx.conn, principal, budget_id, lock=True)
            _require_right(principal, row.subject_kind)
            values = {**changes, "updated_at": self._clock.now(), "low_at": None, "spent_at": None}
            new = replace(row, **values)
            _require_limit(new.tokens, new.cost)
            rows.change_budget(tx, row.id, **values)
            self._record(tx, principal, new, "edited")
            return self._view(tx.conn, new)

        return await self._store.write(change)

    async def delete(self, principal: Principal, budget_id: str) -> None:
        """Take a limit away. Raises `NotFound`, `Forbidden`."""

        def remove(tx: Transaction) -> None:
            row = rows.get_budget(tx.conn, principal, budget_id, lock=True)
            _require_right(principal, row.subject_kind)
            rows.delete_budget(tx, row.id)
            self._record(tx, principal, row, "deleted")

        await self._store.write(remove)

    def _view(self, conn: Connection, row: BudgetRow) -> BudgetView:
        now = self._clock.now()
        begun = began(row.period, now)
        used = spent_since(conn, row.workspace_id, row.subject, since=begun, currency=row.currency)
        return BudgetView(row, used, row.limits.state(used), begun, renews(row.period, now))

    def _record(self, tx: Transaction, principal: Principal, row: BudgetRow, word: str) -> None:
        verb = {"created": "set", "edited": "changed", "deleted": "took away"}[word]
        limits = {"tokens": row.tokens, "costBillionths": row.cost, "currency": row.currency}
        self._trail.record(
            tx,
            f"budget.{word}",
            by=principal,
            of=("budget", row.id),
            description=f"{verb} a budget of a {row.subject_kind} for every {row.period}",
            details={"kind": row.subject_kind, "subjectId": row.subject_id, "period": row.period, **limits},
        )


def _reach(conn: Connection, principal: Principal, subject: Subject) -> None:
    """Raises `NotFound`, `Forbidden` unless there is such a thing, and this person may limit it."""
    _require_right(principal, subject.kind)
    match subject.kind:
        case "workspace":
            if subject.id != principal.workspace_id:
                raise unknown("workspace", subject.id)
        case "user":
            get_member(conn, subject.id, workspace_id=principal.workspace_id)
        case "peer":
            reach_peer(conn, principal, subject.id, "peer.budget")
        case "link":
            place = find_link_place(conn, subject.id, workspace_id=principal.workspace_id)
            if place is None:
                raise unknown("link", subject.id)
            if place.kind == "peer":
                reach_peer(conn, principal, place.id, "peer.share")
            else:
                reach_flow(conn, principal, place.id, "flow.share")


def _require_right(principal: Principal, kind: SubjectKind) -> None:
    """Raises `Forbidden`. Of Peers and links only those that one may limit are seen at all."""
    if kind in ("workspace", "user"):
        principal.require("workspace.budget")


def _require_limit(tokens: int | None, cost: int | None) -> None:
    if tokens is None and cost is None:
        message = "a budget limits tokens, cost or both"
        raise InvalidDefinition("no_limit", message, path="/tokens", remedy="send tokens or cost, or delete the budget")
