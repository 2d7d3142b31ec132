"""What people do with flows: draft, change, check, delete. See `versions` and `packages` for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, Json
from flow_runtime.flow import FlowDefinition
from flow_runtime.ids import new_id
from flow_runtime.step import Fault
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from peer_server.access import Principal
from peer_server.flow_changes import Change
from peer_server.services.access.reach import reach_flow
from peer_server.services.flows.dependants import Dependants
from peer_server.services.flows.flow_checks import FlowChecks, by_level, parse_definition
from peer_server.services.flows.flow_log import FlowLog
from peer_server.stores import flows as rows
from peer_server.stores.flows import FlowRow


@dataclass(frozen=True, slots=True)
class DraftChange:
    """What to change in a draft: all of it, or some of its parts; settings change one by one."""

    definition: Mapping[str, Json] | None = None
    parts: Mapping[str, Json] = field(default_factory=dict)
    """New values of `name`, `description`, `guardrails`; those of `settings` are put over the ones that stand."""

    def applied(self, draft: Mapping[str, Json]) -> dict[str, Json]:
        """The changed draft. Raises `InvalidDefinition`."""
        base = draft if self.definition is None else self.definition
        changed = {**base, **self.parts}
        if isinstance(self.parts.get("settings"), dict):
            changed["settings"] = {**base.get("settings", {}), **self.parts["settings"]}
        return changed


class FlowService:
    """Flows as their people may reach them; every method answers `NotFound` for those that one may not see."""

    def __init__(self, store: Store, *, checks: FlowChecks, dependants: Dependants, clock: Clock, log: FlowLog) -> None:
        self._store = store
        self._checks = checks
        self._dependants = dependants
        self._clock = clock
        self._log = log

    async def create(
        self,
        principal: Principal,
        definition: Mapping[str, Json],
        *,
        seed_key: str | None = None,
        flow_id: str | None = None,
    ) -> FlowRow:
        """Make a private flow with this draft. Raises `InvalidDefinition` listing every fault of its structure."""
        now = self._clock.now()
        row = new_flow_row(principal, definition, now=now, seed_key=seed_key, flow_id=flow_id)
        return await self._store.write(self._insert, row, principal, change=Change("flow.created", "made the flow"))

    def _insert(self, tx: Transaction, row: FlowRow, principal: Principal, *, change: Change) -> FlowRow:
        inserted = rows.insert_flow(tx, row)
        self._log.record(tx, principal, row.id, change=change)
        return inserted

    async def get(self, principal: Principal, flow_id: str) -> FlowRow:
        """One flow with its draft."""
        return await self._store.read(reach_flow, principal, flow_id, "flow.read")

    async def page(self, principal: Principal, *, search: str, cursor: str | None, limit: int) -> Page[FlowRow]:
        """A page of the flows that one may see, newest first."""
        return await self._store.read(rows.list_flows, principal, search=search, cursor=cursor, limit=limit)

    async def update(
        self, principal: Principal, flow_id: str, change: DraftChange, *, draft_rev: int | None = None
    ) -> FlowRow:
        """Change the draft. Raises `InvalidDefinition`; `Conflict` ``stale_draft`` if somebody was faster."""

        def save(tx: Transaction) -> FlowRow:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.edit", lock=True)
            draft = change.applied(flow.draft)
            parse_definition(draft, prefix="" if change.definition is None else "/definition")
            return self._save(tx, flow, draft, principal=principal, draft_rev=draft_rev)

        return await self._store.write(save)

    async def autosave(
        self, principal: Principal, flow_id: str, definition: Mapping[str, Json], *, draft_rev: int
    ) -> FlowRow:
        """Save what somebody is working on; a draft that did not change keeps its revision. Raises as `update`."""
        parse_definition(definition)

        def save(tx: Transaction) -> FlowRow:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.edit", lock=True)
            if dict(flow.draft) == definition:
                return flow
            return self._save(tx, flow, definition, principal=principal, draft_rev=draft_rev)

        return await self._store.write(save)

    def _save(
        self,
        tx: Transaction,
        flow: FlowRow,
        draft: Mapping[str, Json],
        *,
        principal: Principal,
        draft_rev: int | None,
    ) -> FlowRow:
        now = self._clock.now()
        return self._log.save(tx, flow, draft, principal=principal, draft_rev=draft_rev, now=now)

    async def delete(self, principal: Principal, flow_id: str) -> None:
        """Take the flow away; its runs stay readable, waiting ones can still be answered."""

        def take_away(tx: Transaction) -> None:
            reach_flow(tx.conn, principal, flow_id, "flow.delete", lock=True)
            rows.delete_flow(tx, flow_id, now=self._clock.now())
            self._log.record(tx, principal, flow_id, change=Change("flow.deleted", "removed the flow"))

        await self._store.write(take_away)

    async def check(self, principal: Principal, flow_id: str) -> dict[str, list[dict[str, Json]]]:
        """All findings about the draft, by level; what others would notice of it comes as hints."""

        def find(conn: Connection) -> list[Fault]:
            flow = reach_flow(conn, principal, flow_id, "flow.read")
            found = self._checks.find(conn, flow, principal)
            return [*found, *self._dependants.hints(conn, flow, flow.draft, principal=principal)]

        return by_level(await self._store.read(find))


def new_flow_row(
    principal: Principal,
    definition: Mapping[str, Json],
    *,
    now: datetime,
    seed_key: str | None = None,
    flow_id: str | None = None,
) -> FlowRow:
    """A private flow of this principal with this draft, not yet stored. Raises `InvalidDefinition`."""
    parse_definition(definition)
    return FlowRow(
        id=flow_id or new_id(),
        workspace_id=principal.workspace_id,
        owner_id=principal.id,
        seed_key=seed_key,
        name=str(definition["name"]),
        description=str(definition.get("description", "")),
        draft=dict(definition),
        draft_rev=1,
        latest_version=None,
        deployed_version=None,
        created_at=now,
        updated_at=now,
    )


def require_trigger(definition: FlowDefinition, trigger: str) -> None:
    """Raises `Conflict` ``<trigger>_trigger_missing`` unless the flow has a trigger of that type."""
    if not any(found.type == trigger for found in definition.triggers):
        raise Conflict(
            f"{trigger}_trigger_missing",
            f"this flow has no {trigger!r} trigger",
            remedy=f'add {{"type": "{trigger}"}} to its triggers, publish and deploy it',
        )
