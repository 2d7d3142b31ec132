"""Flows taken out as files, brought in as new ones or over others, and copied. What is imported is never run here."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, Json, invalid
from flow_runtime.ids import new_id
from flow_runtime.step import Fault
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, unknown
from peer_server.flow_changes import Change
from peer_server.flow_package import (
    FLOW_FILE,
    Package,
    PackedVariable,
    Upload,
    file_stem,
    read_upload,
    to_document,
    to_package,
    to_zip,
)
from peer_server.pointers import pointer
from peer_server.secrets import MASK
from peer_server.services.access.reach import reach_flow
from peer_server.services.flows.flow_checks import FlowChecks, by_level, parse_definition
from peer_server.services.flows.flow_log import FlowLog
from peer_server.services.flows.flows import new_flow_row
from peer_server.services.flows.variables import VariableChange, VariableService
from peer_server.services.flows.versions import VersionName, named_state
from peer_server.stores import flows as rows
from peer_server.stores.flow_backups import Backup, get_backup, insert_backup
from peer_server.stores.flows import FlowRow
from peer_server.stores.variables import VariableRow, list_variables

Parts = Sequence[tuple[str, bytes]]
"""Named pieces of bytes, as somebody sent them."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a package is imported over a flow."""

    overwrite: Collection[str] = ()
    """Variables that take the value of the package."""
    keep: Collection[str] = ()
    """Variables that keep theirs."""
    proceed: bool = False
    """Whether conflicts that are not decided count as kept; else they stop the import."""
    backup: bool = False
    draft_rev: int | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do."""

    flow: FlowRow
    package: Package
    findings: Mapping[str, Sequence[Mapping[str, Json]]]
    conflicts: Sequence[Mapping[str, Json]] = ()
    backup: Backup | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to hand out."""

    name: str
    content: bytes | Mapping[str, Json]


class _Undone(Exception):
    """Carries the answer of a preview out of the transaction that it undoes."""

    def __init__(self, imported: Imported) -> None:
        super().__init__()
        self.imported = imported


class PackageService:
    """Export, import and clone of flows as their people may reach them."""

    def __init__(
        self, store: Store, *, checks: FlowChecks, variables: VariableService, clock: Clock, log: FlowLog
    ) -> None:
        self._store = store
        self._checks = checks
        self._variables = variables
        self._clock = clock
        self._log = log

    async def export(
        self,
        principal: Principal,
        flow_id: str,
        *,
        version: VersionName | None = None,
        kind: Literal["json", "zip"] = "json",
    ) -> Exported:
        """A version as a file: the deployed one if none is named, else the newest, else the draft.

        Secure variables come without their values. Raises `NotFound`, `Forbidden`; `Conflict` as `named_state`.
        """

        def read(tx: Transaction) -> Package:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.export")
            chosen = version or flow.deployed_version or flow.latest_version or "draft"
            package = _packed(tx.conn, flow, chosen)
            details = {"version": package.version, "format": kind}
            self._log.record(tx, principal, flow_id, change=Change("flow.exported", "exported the flow", details))
            return package

        package = await self._store.write(read)
        name = f"{file_stem(package.name)}.{kind}"
        if kind == "zip":
            return Exported(name, await asyncio.to_thread(to_zip, package))
        return Exported(name, to_document(package))

    async def clone(self, principal: Principal, flow_id: str) -> FlowRow:
        """A new private flow of the caller with the same draft and variables; secure ones wait for their values.

        No versions, grants, schedules, keys or deployment come along.
        """

        def copy(tx: Transaction) -> FlowRow:
            source = reach_flow(tx.conn, principal, flow_id, "flow.export")
            package = _packed(tx.conn, source, "draft")
            named = replace(package, definition={**package.definition, "name": f"{source.name} (copy)"[:200]})
            words, details = f"made the flow as a copy of {source.name!r}", {"sourceFlowId": source.id}
            return self._make(tx, principal, named, change=Change("flow.cloned", words, details))

        return await self._store.write(copy)

    async def import_new(
        self, principal: Principal, parts: Parts, *, name: str | None = None, is_preview: bool = False
    ) -> Imported:
        """Make a private flow of what was sent. A preview does the same, and undoes it.

        Raises `InvalidDefinition` listing every fault with its path; `JsonError`; `TooLarge`.
        """
        package = _checked(*await asyncio.to_thread(_read, parts))
        if name is not None:
            package = replace(package, definition={**package.definition, "name": name})
            parse_definition(package.definition)

        def make(tx: Transaction) -> Imported:
            words, details = "made the flow from a file", {"version": package.version}
            flow = self._make(tx, principal, package, change=Change("flow.imported", words, details))
            return Imported(flow, package, by_level(self._findings(tx.conn, flow, principal)))

        return await self._perform(make, is_preview=is_preview)

    async def import_over(
        self, principal: Principal, flow_id: str, parts: Parts, *, wishes: Wishes, is_preview: bool = False
    ) -> Imported:
        """Put a whole package in place of the draft; versions and deployment stay. All of it, or nothing.

        Variables that only the package has are added. Those that both have and that differ are conflicts: each is
        kept or overwritten as wished. Raises as `import_new`; `InvalidDefinition` ``missing_file`` or
        ``invalid_choice``; `Conflict` ``variable_conflicts`` with the list while some are not decided, or
        ``stale_draft``.
        """
        upload, package = await asyncio.to_thread(_read, parts)
        upload.require_all()
        _checked(upload, package)
        _require_sound(wishes, package)

        def put(tx: Transaction) -> Imported:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.replace", lock=True)
            found = {row.name: row for row in list_variables(tx.conn, flow.id, workspace_id=flow.workspace_id)}
            conflicts = _conflicts(found, package.variables)
            if not is_preview:
                _require_decided(conflicts, wishes)
            backup = self._back_up(tx, principal, flow) if wishes.backup else None
            now = self._clock.now()
            saved = self._log.save(
                tx, flow, package.definition, principal=principal, draft_rev=wishes.draft_rev, now=now
            )
            self._put_variables(tx, principal, flow.id, found=found, package=package, wishes=wishes)
            words, details = "put a package in place of the draft", {"version": package.version}
            self._log.record(tx, principal, flow_id, change=Change("flow.imported", words, details))
            findings = by_level(self._findings(tx.conn, saved, principal))
            return Imported(saved, package, findings, conflicts, backup)

        return await self._perform(put, is_preview=is_preview)

    async def backup(self, principal: Principal, flow_id: str, backup_id: str) -> Backup:
        """A draft that an import replaced. Raises `NotFound`, `Forbidden`."""

        def find(conn: Connection) -> Backup:
            flow = reach_flow(conn, principal, flow_id, "flow.export")
            found = get_backup(conn, backup_id, flow_id=flow.id, workspace_id=flow.workspace_id)
            if found is None:
                raise unknown("backup", backup_id)
            return found

        return await self._store.read(find)

    async def _perform(self, work: Callable[[Transaction], Imported], *, is_preview: bool) -> Imported:
        def undone(tx: Transaction) -> Imported:
            raise _Undone(work(tx))

        try:
            return await self._store.write(undone if is_preview else work)
        except _Undone as undo:
            return undo.imported

    def _make(self, tx: Transaction, principal: Principal, package: Package, *, change: Change) -> FlowRow:
        row = new_flow_row(principal, package.definition, now=self._clock.now())
        flow = rows.insert_flow(tx, row)
        self._log.record(tx, principal, row.id, change=change)
        self._put_variables(tx, principal, flow.id, found={}, package=package, wishes=Wishes())
        return flow

    def _put_variables(
        self,
        tx: Transaction,
        principal: Principal,
        flow_id: str,
        *,
        found: Mapping[str, VariableRow],
        package: Package,
        wishes: Wishes,
    ) -> None:
        for one in package.variables:
            before = found.get(one.name)
            if before is None or (one.name in wishes.overwrite and _differ(before, one)):
                change = VariableChange([None if one.secure else one.value], secure=one.secure, notes=one.notes)
                self._variables.write(tx, principal, flow_id, name=one.name, change=change)

    def _back_up(self, tx: Transaction, principal: Principal, flow: FlowRow) -> Backup:
        backup = Backup(
            id=new_id(),
            flow_id=flow.id,
            workspace_id=flow.workspace_id,
            file_name=f"Exported_{file_stem(flow.name)}.zip",
            data=to_zip(_packed(tx.conn, flow, "draft")),
            created_by=principal.id,
            created_at=self._clock.now(),
        )
        return insert_backup(tx, backup)

    def _findings(self, conn: Connection, flow: FlowRow, principal: Principal) -> list[Fault]:
        return self._checks.find(conn, flow, principal)


def _read(parts: Parts) -> tuple[Upload, Package]:
    """Unpacks and parses; a large package takes a while, so this runs beside the event loop."""
    upload = read_upload(parts)
    return upload, to_package(upload)


def _checked(upload: Upload, package: Package) -> Package:
    """The package, if its definition has the right structure. Raises `InvalidDefinition`, its paths as sent."""
    is_wrapped = isinstance(upload.document, dict) and isinstance(upload.document.get("definition"), dict)
    parse_definition(
        package.definition, prefix=pointer([FLOW_FILE]) if upload.files is not None else "/definition" * is_wrapped
    )
    return package


def _packed(conn: Connection, flow: FlowRow, version: VersionName) -> Package:
    """A state of a flow with the variables of now; the value of a secure one never leaves."""
    row, definition = named_state(conn, flow, version)
    variables = [
        PackedVariable(name=one.name, value=None if one.secure else one.value, secure=one.secure, notes=one.notes)
        for one in list_variables(conn, flow.id, workspace_id=flow.workspace_id)
    ]
    if row is None:
        return Package(definition, variables)
    return Package(definition, variables, row.number, row.notes, row.published_at.isoformat())


def _conflicts(found: Mapping[str, VariableRow], incoming: Sequence[PackedVariable]) -> list[dict[str, Json]]:
    return [
        {
            "name": one.name,
            "existing": {"value": MASK if before.secure else before.value, "secure": before.secure},
            "incoming": {"value": one.value, "secure": one.secure},
        }
        for one in incoming
        if (before := found.get(one.name)) is not None and _differ(before, one)
    ]


def _differ(before: VariableRow, incoming: PackedVariable) -> bool:
    """Whether these are a conflict. Two secure ones are none: the package has no value to put in place."""
    if before.secure != incoming.secure:
        return True
    return not before.secure and (type(before.value), before.value) != (type(incoming.value), incoming.value)


def _require_sound(wishes: Wishes, package: Package) -> None:
    """Raises `InvalidDefinition` ``invalid_choice`` for variables that are to be both, or are not in the package."""
    known = {one.name for one in package.variables}
    wrong = {
        **dict.fromkeys({*wishes.overwrite, *wishes.keep} - known, "the package has no such variable"),
        **dict.fromkeys(set(wishes.overwrite) & set(wishes.keep), "it cannot be both kept and overwritten"),
    }
    faults: list[dict[str, Json]] = [
        {"code": "invalid_choice", "message": f"{name!r}: {why}", "path": f"query:{place}"}
        for name, why in sorted(wrong.items())
        for place in ("overwrite" if name in wishes.overwrite else "keep",)
    ]
    if faults:
        raise invalid(
            "nothing was imported: it is not clear what becomes of each variable", faults, code="invalid_choice"
        )


def _require_decided(conflicts: Sequence[Mapping[str, Json]], wishes: Wishes) -> None:
    decided = {*wishes.overwrite, *wishes.keep}
    if not wishes.proceed and any(one["name"] not in decided for one in conflicts):
        raise Conflict(
            "variable_conflicts",
            f"{len(conflicts)} variable(s) of the package differ from those of the flow",
            remedy="name each in `overwrite` or `keep`, or send `proceed=true` to keep what is not named",
            details={"conflicts": list(conflicts)},
        )
