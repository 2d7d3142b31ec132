"""Tools of a workspace: other systems that tell flows of events. Each trigger of a tool is a trigger type of flows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition, Json
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal
from peer_server.auth_profile import is_for
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores import tools as rows
from peer_server.stores.auth_profiles import AuthProfileRow, find_profile
from peer_server.stores.tools import ToolKind, ToolRow, ToolTrigger
from peer_server.stores.webhooks import live_at_tool
from peer_server.tool_manifest import WEBHOOK, Manifest, manifest_json, parse_manifest


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as somebody wants it. `profile` names an authorization profile for its calls, by id or name."""

    name: str
    kind: ToolKind
    description: str = ""
    manifest: Mapping[str, Json] | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class ToolView:
    """A tool and its triggers."""

    row: ToolRow
    triggers: Sequence[ToolTrigger]


class ToolService:
    """Tools of one's workspace; the caller has been let in as one who may see, or manage, connections."""

    def __init__(self, store: Store, *, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._trail = trail
        self._clock = clock

    async def create(self, principal: Principal, spec: ToolSpec) -> ToolView:
        """Connect a tool. Raises `Conflict` ``name_taken``; `InvalidDefinition` ``invalid_manifest`` and others."""

        def make(tx: Transaction) -> ToolView:
            now, manifest = self._clock.now(), _manifest(spec)
            profile = self._check(tx.conn, principal, name=spec.name, manifest=manifest, profile=spec.profile)
            row = ToolRow(
                id=new_id(),
                workspace_id=principal.workspace_id,
                name=spec.name,
                description=spec.description,
                kind=spec.kind,
                manifest=manifest_json(manifest),
                profile=profile.id if profile else None,
                created_by=principal.id,
                created_at=now,
                updated_at=now,
            )
            rows.insert_tool(tx, row)
            self._record(tx, principal, row, "created")
            return _view(tx.conn, row)

        return await self._store.write(make)

    async def all(self, principal: Principal) -> list[ToolView]:
        """All tools, by name."""

        def find(conn: Connection) -> list[ToolView]:
            return [_view(conn, row) for row in rows.list_tools(conn, workspace_id=principal.workspace_id)]

        return await self._store.read(find)

    async def get(self, principal: Principal, tool_id: str) -> ToolView:
        """One tool. Raises `NotFound`."""

        def find(conn: Connection) -> ToolView:
            return _view(conn, rows.get_tool(conn, tool_id, workspace_id=principal.workspace_id))

        return await self._store.read(find)

    async def change(self, principal: Principal, tool_id: str, changes: Mapping[str, Any]) -> ToolView:
        """Change some fields of a `ToolSpec`, but its kind. A trigger keeps its id as long as its key stays.

        Raises as `create`; `NotFound`; `Conflict` ``tool_in_use`` if a trigger that flows use would go.
        """

        def change(tx: Transaction) -> ToolView:
            row = rows.get_tool(tx.conn, tool_id, workspace_id=principal.workspace_id, lock=True)
            if "manifest" in changes and row.kind == "webhook":
                raise InvalidDefinition("invalid_manifest", "a generic webhook has no manifest", path="/manifest")
            manifest = parse_manifest(changes.get("manifest") or row.manifest)
            profile = self._check(
                tx.conn,
                principal,
                name=changes.get("name", row.name),
                manifest=manifest,
                profile=changes.get("profile", row.profile),
                tool_id=row.id,
            )
            stored: dict[str, Json] = {name: changes[name] for name in ("name", "description") if name in changes}
            stored |= {"manifest": manifest_json(manifest), "profile": profile.id if profile else None}
            self._keep_used(tx.conn, row, manifest)
            new = replace(row, **stored, updated_at=self._clock.now())
            rows.change_tool(tx, row.id, **stored, updated_at=new.updated_at)
            rows.put_triggers(tx, new)
            self._record(tx, principal, new, "edited")
            return _view(tx.conn, new)

        return await self._store.write(change)

    async def delete(self, principal: Principal, tool_id: str) -> None:
        """Remove a tool. Raises `NotFound`; `Conflict` ``tool_in_use`` while flows have triggers at it."""

        def remove(tx: Transaction) -> None:
            row = rows.get_tool(tx.conn, tool_id, workspace_id=principal.workspace_id, lock=True)
            self._keep_used(tx.conn, row, None)
            rows.delete_tool(tx, row.id)
            self._record(tx, principal, row, "deleted")

        await self._store.write(remove)

    async def triggers(self, principal: Principal) -> list[ToolTrigger]:
        """Every trigger of every tool."""
        return await self._store.read(rows.list_triggers, workspace_id=principal.workspace_id)

    def _check(
        self,
        conn: Connection,
        principal: Principal,
        *,
        name: str,
        manifest: Manifest,
        profile: str | None,
        tool_id: str | None = None,
    ) -> AuthProfileRow | None:
        """The profile, if there is one. Raises for what does not fit together."""
        if rows.is_name_taken(conn, name, workspace_id=principal.workspace_id, but=tool_id):
            message = f"there is a tool {name!r} already"
            raise Conflict("name_taken", message, path="/name", remedy="choose another name")
        if profile is None:
            return None
        found = find_profile(conn, profile, workspace_id=principal.workspace_id)
        if found is None:
            message = f"there is no authorization profile {profile!r}"
            raise InvalidDefinition("profile_not_found", message, path="/profile", remedy="make it at /v1/credential")
        if manifest.base_url and not is_for(found.hosts, manifest.base_url):
            message = f"the profile {found.name!r} is not for the host of this tool"
            remedy = f"its hosts are {', '.join(found.hosts)}"
            raise InvalidDefinition("host_not_allowed", message, path="/profile", remedy=remedy)
        return found

    def _keep_used(self, conn: Connection, row: ToolRow, manifest: Manifest | None) -> None:
        """Raise if a trigger would go that flows use."""
        ids = {trigger.id: trigger.spec.key for trigger in _view(conn, row).triggers}
        kept = {trigger.key for trigger in manifest.triggers} if manifest else set()
        used = [hook for hook in live_at_tool(conn, row.id) if ids.get(hook.tool_trigger_id) not in kept]
        if used:
            flows = sorted({hook.flow_id for hook in used})
            raise Conflict(
                "tool_in_use",
                f"{len(flows)} flow(s) have triggers at {row.name!r}",
                remedy="remove those triggers first, and deploy",
                details={"flowIds": flows},
            )

    def _record(self, tx: Transaction, principal: Principal, row: ToolRow, what: str) -> None:
        description, of = f"{what} the tool {row.name!r}", ("tool", row.id)
        self._trail.record(tx, f"tool.{what}", by=principal, of=of, description=description)


def _manifest(spec: ToolSpec) -> Manifest:
    if spec.kind == "webhook":
        if spec.manifest is not None:
            raise InvalidDefinition("invalid_manifest", "a generic webhook has no manifest", path="/manifest")
        return WEBHOOK
    if spec.manifest is None:
        raise InvalidDefinition("invalid_manifest", "a tool needs a manifest", path="/manifest", remedy="send one")
    return parse_manifest(spec.manifest)


def _view(conn: Connection, row: ToolRow) -> ToolView:
    found = rows.list_triggers(conn, workspace_id=row.workspace_id)
    return ToolView(row, [trigger for trigger in found if trigger.tool.id == row.id])
