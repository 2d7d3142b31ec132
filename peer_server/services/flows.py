"""What people do with flows: draft, check, publish, deploy. A published version never changes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import orjson
from pydantic import ValidationError
from sqlalchemy import Connection

from flow_runtime.checks import check_flow
from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, Json, invalid
from flow_runtime.flow import FlowDefinition
from flow_runtime.ids import new_id
from flow_runtime.registry import StepRegistry
from flow_runtime.step import Fault
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from peer_server.access import Principal
from peer_server.flow_changes import Change, changes
from peer_server.pointers import faults_of
from peer_server.services.audit_trail import AuditTrail
from peer_server.services.reach import reach_flow
from peer_server.stores import flows as rows
from peer_server.stores.flows import FlowRow, FlowVersionRow
from peer_server.stores.resources import load_resources


class FlowService:
    """Flows as their people may reach them; every method answers `NotFound` for those that one may not see."""

    def __init__(self, store: Store, *, registry: StepRegistry, clock: Clock, trail: AuditTrail) -> None:
        self._store = store
        self._registry = registry
        self._clock = clock
        self._trail = trail

    async def create(
        self,
        principal: Principal,
        definition: Mapping[str, Json],
        *,
        seed_key: str | None = None,
        flow_id: str | None = None,
    ) -> FlowRow:
        """Make a private flow with this draft. Raises `InvalidDefinition` listing every fault of its structure."""
        row = self._new(principal, definition, seed_key=seed_key, flow_id=flow_id)
        return await self._store.write(self._insert, row, principal, change=Change("flow.created", "made the flow"))

    def _new(
        self,
        principal: Principal,
        definition: Mapping[str, Json],
        *,
        seed_key: str | None = None,
        flow_id: str | None = None,
    ) -> FlowRow:
        parse_definition(definition)
        now = self._clock.now()
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

    def _insert(self, tx: Transaction, row: FlowRow, principal: Principal, *, change: Change) -> FlowRow:
        self._record(tx, principal, row.id, change=change)
        return rows.insert_flow(tx, row)

    def _record(self, tx: Transaction, principal: Principal, flow_id: str, *, change: Change) -> None:
        of, details = ("flow", flow_id), change.details or None
        self._trail.record(tx, change.event, by=principal, of=of, description=change.description, details=details)

    async def get(self, principal: Principal, flow_id: str) -> FlowRow:
        """One flow with its draft."""
        return await self._store.read(reach_flow, principal, flow_id, "flow.read")

    async def page(self, principal: Principal, *, search: str, cursor: str | None, limit: int) -> Page[FlowRow]:
        """A page of the flows that one may see, newest first."""
        return await self._store.read(rows.list_flows, principal, search=search, cursor=cursor, limit=limit)

    async def update(
        self, principal: Principal, flow_id: str, definition: Mapping[str, Json], *, draft_rev: int | None
    ) -> FlowRow:
        """Replace the draft. Raises `InvalidDefinition`; `Conflict` ``stale_draft`` if somebody was faster."""
        parse_definition(definition)

        def replace_draft(tx: Transaction) -> FlowRow:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.edit", lock=True)
            saved = rows.update_draft(tx, flow, dict(definition), draft_rev=draft_rev, now=self._clock.now())
            for change in changes(flow.draft, saved.draft):
                self._record(tx, principal, flow_id, change=change)
            return saved

        return await self._store.write(replace_draft)

    async def delete(self, principal: Principal, flow_id: str) -> None:
        """Take the flow away; its runs stay readable, waiting ones can still be answered."""

        def take_away(tx: Transaction) -> None:
            reach_flow(tx.conn, principal, flow_id, "flow.delete", lock=True)
            rows.delete_flow(tx, flow_id, now=self._clock.now())
            self._record(tx, principal, flow_id, change=Change("flow.deleted", "removed the flow"))

        await self._store.write(take_away)

    async def clone(self, principal: Principal, flow_id: str) -> FlowRow:
        """A new private flow of the caller with the same draft; no versions, variables or deployment come along."""
        source = await self._store.read(reach_flow, principal, flow_id, "flow.export")
        name = f"{source.name} (copy)"[:200]
        row = self._new(principal, {**source.draft, "name": name})
        change = Change("flow.cloned", f"made the flow as a copy of {source.name!r}", {"sourceFlowId": source.id})
        return await self._store.write(self._insert, row, principal, change=change)

    async def check(self, principal: Principal, flow_id: str) -> dict[str, list[dict[str, Json]]]:
        """All findings about the draft, by level."""

        def find(conn: Connection) -> list[Fault]:
            return self._check(conn, reach_flow(conn, principal, flow_id, "flow.read"))

        return _by_level(await self._store.read(find))

    async def publish(self, principal: Principal, flow_id: str) -> FlowVersionRow:
        """Freeze the draft as the next version. Raises `InvalidDefinition` ``checks_failed`` while it has errors."""

        def freeze(tx: Transaction) -> FlowVersionRow:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.publish", lock=True)
            self._refuse(tx.conn, flow, levels={"error"}, verb="publish")
            return self._freeze(tx, flow, principal)

        return await self._store.write(freeze)

    async def deploy(self, principal: Principal, flow_id: str, *, version: int | None) -> int:
        """Point the endpoint at a version; without one, publish the draft if it changed, and deploy the newest.

        Raises `InvalidDefinition` ``checks_failed`` while the version has errors or warnings; `NotFound`.
        """

        def point(tx: Transaction) -> int:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.publish", lock=True)
            number = version if version is not None else self._newest(tx, flow, principal)
            chosen = rows.get_version(tx.conn, flow_id, number, workspace_id=principal.workspace_id)
            frozen = rows.version_definition(tx.conn, chosen)
            self._refuse(tx.conn, replace(flow, draft=frozen), levels={"error", "warning"}, verb="deploy")
            rows.set_deployed(tx, flow_id, number)
            words, details = f"deployed version {number}", {"version": number, "before": flow.deployed_version}
            self._record(tx, principal, flow_id, change=Change("flow.deployed", words, details))
            return number

        return await self._store.write(point)

    async def undeploy(self, principal: Principal, flow_id: str) -> None:
        """Take the endpoint away; runs in flight go on. Idempotent."""

        def unpoint(tx: Transaction) -> None:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.publish", lock=True)
            if flow.deployed_version is None:
                return
            rows.set_deployed(tx, flow_id, None)
            words, details = f"undeployed version {flow.deployed_version}", {"before": flow.deployed_version}
            self._record(tx, principal, flow_id, change=Change("flow.undeployed", words, details))

        await self._store.write(unpoint)

    async def versions(self, principal: Principal, flow_id: str) -> Sequence[FlowVersionRow]:
        """All versions, newest first."""

        def find(conn: Connection) -> Sequence[FlowVersionRow]:
            flow = reach_flow(conn, principal, flow_id, "flow.read")
            return rows.list_versions(conn, flow.id, workspace_id=flow.workspace_id)

        return await self._store.read(find)

    async def version(self, principal: Principal, flow_id: str, number: int) -> tuple[FlowVersionRow, dict[str, Json]]:
        """One version and its definition."""

        def find(conn: Connection) -> tuple[FlowVersionRow, dict[str, Json]]:
            flow = reach_flow(conn, principal, flow_id, "flow.read")
            row = rows.get_version(conn, flow.id, number, workspace_id=flow.workspace_id)
            return row, rows.version_definition(conn, row)

        return await self._store.read(find)

    def _newest(self, tx: Transaction, flow: FlowRow, principal: Principal) -> int:
        if flow.latest_version is not None:
            latest = rows.get_version(tx.conn, flow.id, flow.latest_version, workspace_id=flow.workspace_id)
            if rows.version_definition(tx.conn, latest) == dict(flow.draft):
                return latest.number
        self._refuse(tx.conn, flow, levels={"error", "warning"}, verb="deploy")
        return self._freeze(tx, flow, principal).number

    def _freeze(self, tx: Transaction, flow: FlowRow, principal: Principal) -> FlowVersionRow:
        version = rows.insert_version(tx, flow, published_by=principal.id, now=self._clock.now())
        words, details = f"published version {version.number}", {"version": version.number, "digest": version.digest}
        self._record(tx, principal, flow.id, change=Change("flow.published", words, details))
        return version

    def _check(self, conn: Connection, flow: FlowRow) -> list[Fault]:
        resources = load_resources(conn, flow.id, workspace_id=flow.workspace_id)
        return check_flow(parse_definition(flow.draft), self._registry, resources=resources)

    def _refuse(self, conn: Connection, flow: FlowRow, *, levels: set[str], verb: str) -> None:
        """Raise if the definition has findings of these levels."""
        found = [fault for fault in self._check(conn, flow) if fault.level in levels]
        if found:
            raise invalid(
                f"the flow has {len(found)} finding(s) that must be fixed before you {verb} it",
                [fault_json(fault) for fault in found],
                code="checks_failed",
            )


def parse_definition(definition: Mapping[str, Json]) -> FlowDefinition:
    """The definition as a model. Raises `InvalidDefinition` listing every fault of its structure with its path."""
    try:
        return FlowDefinition.model_validate_json(orjson.dumps(definition), strict=True)
    except ValidationError as error:
        faults = faults_of(error, definition, prefix="/definition")
        raise invalid("this is not a flow definition", faults, code="invalid_definition") from error


def require_trigger(definition: FlowDefinition, trigger: str) -> None:
    """Raises `Conflict` ``<trigger>_trigger_missing`` unless the flow has a trigger of that type."""
    if not any(found.type == trigger for found in definition.triggers):
        raise Conflict(
            f"{trigger}_trigger_missing",
            f"this flow has no {trigger!r} trigger",
            remedy=f'add {{"type": "{trigger}"}} to its triggers, publish and deploy it',
        )


def fault_json(fault: Fault) -> dict[str, Json]:
    """A finding as clients get it."""
    return {"code": fault.code, "message": fault.message, "path": fault.path, "remedy": fault.remedy}


def _by_level(faults: Sequence[Fault]) -> dict[str, list[dict[str, Json]]]:
    found: dict[str, list[dict[str, Json]]] = {"errors": [], "warnings": [], "hints": []}
    for fault in faults:
        found[f"{fault.level}s"].append(fault_json(fault))
    return found
