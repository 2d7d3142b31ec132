"""Reading the audit log: pages and files of it for those who may, and whether it is as it was written."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import Connection, RowMapping

from flow_runtime.clock import Clock
from flow_runtime.errors import InvalidDefinition
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from peer_server.access import Principal
from peer_server.audit_anchors import Anchors
from peer_server.audit_chain import ChainCheck, Flaw
from peer_server.secrets import Keyring
from peer_server.services.access.reach import reach_flow
from peer_server.services.oversight.audit_trail import AuditTrail, audit_key
from peer_server.stores.audit import chain_end, chain_part, sealed_part
from peer_server.stores.audit_search import Condition, Search, find_audit

RANGE: Final = timedelta(days=30)
"""How far back one looks without saying so."""
_PART: Final = 1000


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What somebody looks for; without a range the last 30 days."""

    since: datetime | None = None
    until: datetime | None = None
    conditions: Sequence[Condition] = ()
    match: Literal["all", "any"] = "all"


@dataclass(frozen=True, slots=True)
class Verified:
    """How many records are in order, and the first flaw after them."""

    records: int
    flaw: Flaw | None


class AuditLogService:
    """The log of a workspace for its admins, and that of a flow for those who manage it."""

    def __init__(self, store: Store, *, trail: AuditTrail, keyring: Keyring, anchors: Anchors, clock: Clock) -> None:
        self._store = store
        self._trail = trail
        self._key = audit_key(keyring)
        self._anchors = anchors
        self._clock = clock

    async def page(
        self, principal: Principal, query: AuditQuery, *, flow_id: str | None, cursor: str | None, limit: int
    ) -> Page[RowMapping]:
        """A page of the log, newest first. Raises `NotFound` and `Forbidden` for a flow, `InvalidDefinition`."""
        search = self._search(principal, query, flow_id=flow_id)

        def find(conn: Connection) -> Page[RowMapping]:
            _admit(conn, principal, flow_id)
            return find_audit(conn, search, cursor=cursor, limit=limit)

        return await self._store.read(find)

    async def export(
        self, principal: Principal, query: AuditQuery, *, flow_id: str | None
    ) -> AsyncIterator[Sequence[RowMapping]]:
        """All that was found, in parts, newest first; that it was taken out is recorded. Raises as `page`.

        What is recorded meanwhile is left out.
        """
        search = self._search(principal, query, flow_id=flow_id)

        def begin(tx: Transaction) -> None:
            _admit(tx.conn, principal, flow_id)
            of = ("workspace", principal.workspace_id) if flow_id is None else ("flow", flow_id)
            self._trail.record(tx, "audit.exported", by=principal, of=of, description="took out the audit log")

        await self._store.write(begin)
        return self._parts(search)

    async def verify(self, workspace_id: str) -> Verified:
        """Check the whole chain of a workspace, in parts, beside those who record."""
        check = ChainCheck(key=self._key, anchors=self._anchors.read().get(workspace_id, {}))
        while True:
            rows, head = await self._store.read(_part_and_end, workspace_id, after=check.count)
            flaw = check_part(check, rows)
            if flaw is not None:
                return Verified(check.count, flaw)
            if len(rows) < _PART:
                return Verified(check.count, check.end(head))

    async def _parts(self, search: Search) -> AsyncIterator[Sequence[RowMapping]]:
        cursor: str | None = None
        while True:
            page = await self._store.read(find_audit, search, cursor=cursor, limit=_PART)
            if page.items:
                yield page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def _search(self, principal: Principal, query: AuditQuery, *, flow_id: str | None) -> Search:
        until = query.until or self._clock.now()
        since = query.since or until - RANGE
        if since >= until:
            raise InvalidDefinition(
                "invalid_range", "the range ends before it begins", path="query:from", remedy="send from < to"
            )
        search = Search(principal.workspace_id, since, until, flow_id)
        return replace(search, conditions=query.conditions, match=query.match)


def check_part(check: ChainCheck, rows: Sequence[RowMapping]) -> Flaw | None:
    """The first flaw in the next records of a chain."""
    for row in rows:
        flaw = check.take(sealed_part(row), row["mac"])
        if flaw is not None:
            return flaw
    return None


def _part_and_end(
    conn: Connection, workspace_id: str, *, after: int
) -> tuple[Sequence[RowMapping], tuple[int, str] | None]:
    """The next records and the end, at one moment: where there are no more, the end belongs to them."""
    return chain_part(conn, workspace_id, after=after, limit=_PART), chain_end(conn, workspace_id)


def _admit(conn: Connection, principal: Principal, flow_id: str | None) -> None:
    """Whoever asks for a flow's log must manage the flow; the door has asked the others."""
    if flow_id is not None:
        reach_flow(conn, principal, flow_id, "flow.audit")
