"""Versions of flows and which of them is deployed. A published version never changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, Json
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from peer_server.access import Principal, suffices
from peer_server.definition_diff import diff_definitions
from peer_server.flow_changes import Change
from peer_server.services.access.audiences import Audiences, Offer, offer
from peer_server.services.access.reach import reach_flow, role_on_flow
from peer_server.services.flows.dependants import Dependants
from peer_server.services.flows.flow_checks import FlowChecks
from peer_server.services.flows.flow_log import FlowLog
from peer_server.stores import flows as rows
from peer_server.stores.audience import audience_of
from peer_server.stores.dependants import Follows
from peer_server.stores.flows import FlowRow, FlowVersionRow, require_draft_rev

VersionName = Literal["draft", "deployed", "latest"] | int
"""What people call one state of a flow."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The version that the endpoint serves."""

    flow: FlowRow
    version: FlowVersionRow
    definition: dict[str, Json]
    has_newer_draft: bool
    """Whether the draft would give another version."""


class VersionService:
    """Versions and deployment of flows as their people may reach them; `NotFound` for those that one may not see."""

    def __init__(
        self,
        store: Store,
        *,
        checks: FlowChecks,
        dependants: Dependants,
        audiences: Audiences,
        clock: Clock,
        log: FlowLog,
    ) -> None:
        self._store = store
        self._checks = checks
        self._dependants = dependants
        self._audiences = audiences
        self._clock = clock
        self._log = log

    async def publish(
        self,
        principal: Principal,
        flow_id: str,
        *,
        notes: str = "",
        draft_rev: int | None = None,
        is_confirmed: bool = False,
    ) -> FlowVersionRow:
        """Freeze the draft as the next version, with who can reach the flow now.

        Raises `InvalidDefinition` ``checks_failed`` while it has errors; `Conflict` ``stale_draft``, or
        ``confirmation_needed`` if others would notice.
        """

        def freeze(tx: Transaction) -> FlowVersionRow:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.publish", lock=True)
            require_draft_rev(flow, draft_rev)
            self._checks.refuse(tx.conn, flow, principal, levels={"error"}, verb="publish")
            if not is_confirmed:
                self._confirm(tx, flow, flow.draft, principal, of=("deployed", "latest"))
            return self._freeze(tx, flow, principal, notes=notes)

        return await self._store.write(freeze)

    async def deploy(
        self,
        principal: Principal,
        flow_id: str,
        *,
        version: int | None,
        notes: str = "",
        is_confirmed: bool = False,
    ) -> int:
        """Point the endpoint at a version; without one, publish the draft if it changed, and deploy the newest.

        Raises `InvalidDefinition` ``checks_failed`` while the version has errors or warnings; `Conflict`
        ``confirmation_needed`` if others would notice; `NotFound`.
        """

        def point(tx: Transaction) -> int:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.publish", lock=True)
            if version is None and not is_confirmed:
                self._confirm(tx, flow, flow.draft, principal, of=("deployed", "latest"))
            number = version if version is not None else self._newest(tx, flow, principal, notes=notes)
            chosen = rows.get_version(tx.conn, flow_id, number, workspace_id=principal.workspace_id)
            frozen = replace(flow, draft=rows.version_definition(tx.conn, chosen))
            self._checks.refuse(tx.conn, frozen, principal, levels={"error", "warning"}, verb="deploy")
            if version is not None and not is_confirmed:
                self._confirm(tx, flow, frozen.draft, principal, of=("deployed",))
            rows.set_deployed(tx, flow_id, number, by=principal.id, now=self._clock.now())
            words, details = f"deployed version {number}", {"version": number, "before": flow.deployed_version}
            self._log.record(tx, principal, flow_id, change=Change("flow.deployed", words, details))
            return number

        return await self._store.write(point)

    async def undeploy(self, principal: Principal, flow_id: str) -> None:
        """Take the endpoint away; runs in flight go on. Idempotent."""

        def unpoint(tx: Transaction) -> None:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.publish", lock=True)
            if flow.deployed_version is None:
                return
            rows.set_deployed(tx, flow_id, None, by=principal.id, now=self._clock.now())
            words, details = f"undeployed version {flow.deployed_version}", {"before": flow.deployed_version}
            self._log.record(tx, principal, flow_id, change=Change("flow.undeployed", words, details))

        await self._store.write(unpoint)

    async def page(self, principal: Principal, flow_id: str, *, cursor: str | None, limit: int) -> Page[FlowVersionRow]:
        """A page of the versions, newest first; who could reach them is told to those who may edit."""

        def find(conn: Connection) -> Page[FlowVersionRow]:
            flow = reach_flow(conn, principal, flow_id, "flow.read")
            found = rows.list_versions(conn, flow, cursor=cursor, limit=limit)
            return Page([_as_told(conn, flow, row, principal) for row in found.items], found.next_cursor)

        return await self._store.read(find)

    async def one(self, principal: Principal, flow_id: str, number: int) -> tuple[FlowVersionRow, dict[str, Json]]:
        """One version and its definition."""

        def find(conn: Connection) -> tuple[FlowVersionRow, dict[str, Json]]:
            flow = reach_flow(conn, principal, flow_id, "flow.read")
            row = rows.get_version(conn, flow.id, number, workspace_id=flow.workspace_id)
            return _as_told(conn, flow, row, principal), rows.version_definition(conn, row)

        return await self._store.read(find)

    async def deployed(self, principal: Principal, flow_id: str) -> Deployed:
        """What the endpoint serves. Raises `Conflict` ``not_deployed``."""

        def find(conn: Connection) -> Deployed:
            flow = reach_flow(conn, principal, flow_id, "flow.read")
            if flow.deployed_version is None:
                raise Conflict("not_deployed", f"the flow {flow.name!r} is not deployed", remedy="deploy it first")
            row = rows.get_version(conn, flow.id, flow.deployed_version, workspace_id=flow.workspace_id)
            definition = rows.version_definition(conn, row)
            told = _as_told(conn, flow, row, principal)
            return Deployed(flow, told, definition, has_newer_draft=dict(flow.draft) != definition)

        return await self._store.read(find)

    async def diff(
        self, principal: Principal, flow_id: str, *, before: VersionName, after: VersionName
    ) -> dict[str, Json]:
        """How two states of a flow differ (see `definition_diff`). Raises as `named_state`."""

        def find(conn: Connection) -> dict[str, Json]:
            flow = reach_flow(conn, principal, flow_id, "flow.read")
            return diff_definitions(named_state(conn, flow, before)[1], named_state(conn, flow, after)[1])

        return await self._store.read(find)

    async def restore(
        self, principal: Principal, flow_id: str, number: int, *, draft_rev: int | None, with_audience: bool
    ) -> tuple[FlowRow, Offer]:
        """Make a version the draft again, and tell whether others could reach the flow when it was published.

        Only `with_audience` brings the recorded grants back, in place of those of now. Raises `NotFound`; `Conflict`
        ``stale_draft`` or ``no_audience``; `Forbidden` for an audience that one may not give.
        """

        def bring_back(tx: Transaction) -> tuple[FlowRow, Offer]:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.edit", lock=True)
            version = rows.get_version(tx.conn, flow.id, number, workspace_id=flow.workspace_id)
            draft = rows.version_definition(tx.conn, version)
            if with_audience:
                self._audiences.give_again(tx, "flow", flow, recorded=version.audience, principal=principal)
            now = self._clock.now()
            changed = self._log.save(tx, flow, draft, principal=principal, draft_rev=draft_rev, now=now)
            words, details = f"restored version {number}", {"version": number, "withAudience": with_audience}
            self._log.record(tx, principal, flow_id, change=Change("flow.version_restored", words, details))
            return changed, offer(tx.conn, "flow", flow, recorded=version.audience)

        return await self._store.write(bring_back)

    def _confirm(
        self,
        tx: Transaction,
        flow: FlowRow,
        definition: Mapping[str, Json],
        principal: Principal,
        *,
        of: Sequence[Follows],
    ) -> None:
        self._dependants.require_confirmation(tx.conn, flow, definition, principal=principal, of=of)

    def _newest(self, tx: Transaction, flow: FlowRow, principal: Principal, *, notes: str) -> int:
        if flow.latest_version is not None:
            latest = rows.get_version(tx.conn, flow.id, flow.latest_version, workspace_id=flow.workspace_id)
            if rows.version_definition(tx.conn, latest) == dict(flow.draft):
                return latest.number
        self._checks.refuse(tx.conn, flow, principal, levels={"error", "warning"}, verb="deploy")
        return self._freeze(tx, flow, principal, notes=notes).number

    def _freeze(self, tx: Transaction, flow: FlowRow, principal: Principal, *, notes: str) -> FlowVersionRow:
        audience = audience_of(tx.conn, "flow", flow.id, owner_id=flow.owner_id)
        now = self._clock.now()
        version = rows.insert_version(tx, flow, published_by=principal.id, now=now, notes=notes, audience=audience)
        words, details = f"published version {version.number}", {"version": version.number, "digest": version.digest}
        self._log.record(tx, principal, flow.id, change=Change("flow.published", words, details))
        return version


def named_state(conn: Connection, flow: FlowRow, name: VersionName) -> tuple[FlowVersionRow | None, dict[str, Json]]:
    """The version of that name (None for the draft) and its definition.

    Raises `NotFound` for an unknown number; `Conflict` ``not_deployed``, ``not_published``.
    """
    if name == "draft":
        return None, dict(flow.draft)
    number = flow.deployed_version if name == "deployed" else flow.latest_version if name == "latest" else name
    if number is None:
        code = "not_deployed" if name == "deployed" else "not_published"
        verb = code.removeprefix("not_")
        raise Conflict(code, f"the flow {flow.name!r} has no {verb} version", remedy="name another version, or `draft`")
    row = rows.get_version(conn, flow.id, number, workspace_id=flow.workspace_id)
    return row, rows.version_definition(conn, row)


def _as_told(conn: Connection, flow: FlowRow, row: FlowVersionRow, principal: Principal) -> FlowVersionRow:
    if suffices(role_on_flow(conn, principal, flow), "flow.edit"):
        return row
    return replace(row, audience=None)
