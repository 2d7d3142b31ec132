"""`env.<name>`: reusable values of a flow, or of all flows of a workspace; secure ones encrypted and never shown again.

Everywhere here, no flow means the variables of the workspace. A flow's own variable counts before the workspace's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition, Json
from flow_runtime.resolver import Environment
from flow_runtime.run import Run
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, unknown
from peer_server.secrets import Place, Secret
from peer_server.services.access.reach import reach_flow
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.vault import Vault
from peer_server.stores import variables as rows
from peer_server.stores.variables import VariableRow

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class VariableChange:
    """New fields of a variable; None leaves one as it is. A value is given in a list, because it may be null."""

    value: Sequence[Json] = ()
    secure: bool | None = None
    notes: str | None = None


class VariableService:
    """Variables of flows and workspaces; a change takes effect in the next step that reads them."""

    def __init__(self, store: Store, *, vault: Vault, clock: Clock, trail: AuditTrail) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._trail = trail

    async def put(
        self, principal: Principal, flow_id: str | None, name: str, *, value: Json, secure: bool, notes: str
    ) -> VariableRow:
        """Set `env.<name>`, new or not. A secure one with the value null has no value yet.

        Raises `NotFound`, `Forbidden`; `InvalidDefinition` for a name that expressions cannot say.
        """
        change = VariableChange([value], secure=secure, notes=notes)
        return await self._store.write(self._write, principal, flow_id, name=name, change=change)

    async def add(
        self, principal: Principal, flow_id: str | None, name: str, *, value: Json, secure: bool, notes: str
    ) -> VariableRow:
        """Make a new variable. Raises as `put`; `Conflict` ``variable_exists``."""

        def make(tx: Transaction) -> VariableRow:
            if self._locked(tx, principal, flow_id, name) is not None:
                remedy = "choose another name, or change that one"
                raise Conflict("variable_exists", f"there is a variable {name!r} already", path="/name", remedy=remedy)
            change = VariableChange([value], secure=secure, notes=notes)
            return self._write(tx, principal, flow_id, name=name, change=change)

        return await self._store.write(make)

    async def change(
        self, principal: Principal, flow_id: str | None, name: str, *, change: VariableChange
    ) -> VariableRow:
        """Change some fields. Raises `NotFound`, `Forbidden`; `InvalidDefinition` ``value_needed``."""

        def edit(tx: Transaction) -> VariableRow:
            if self._locked(tx, principal, flow_id, name) is None:
                raise unknown("variable", name)
            return self._write(tx, principal, flow_id, name=name, change=change)

        return await self._store.write(edit)

    async def all(self, principal: Principal, flow_id: str | None) -> Sequence[VariableRow]:
        """All variables, by name."""

        def find(conn: Connection) -> Sequence[VariableRow]:
            _reach(conn, principal, flow_id, verb="read")
            return rows.list_variables(conn, flow_id, workspace_id=principal.workspace_id)

        return await self._store.read(find)

    async def get(self, principal: Principal, flow_id: str | None, name: str) -> VariableRow:
        """One variable. Raises `NotFound`."""
        found = [row for row in await self.all(principal, flow_id) if row.name == name]
        if not found:
            raise unknown("variable", name)
        return found[0]

    async def delete(self, principal: Principal, flow_id: str | None, name: str) -> None:
        """Remove a variable. Raises `NotFound`."""

        def remove(tx: Transaction) -> None:
            row = self._locked(tx, principal, flow_id, name)
            if row is None:
                raise unknown("variable", name)
            rows.delete_variable(tx, flow_id, name, workspace_id=principal.workspace_id)
            self._record(tx, principal, row, word="deleted")

        await self._store.write(remove)

    async def environment_of(self, run: Run) -> Environment:
        """The variables of a run's flow and workspace in clear, for the executor only. Raises `SecretUnreadable`."""
        if run.flow_id is None:
            return Environment()
        return await self._store.read(self._environment, run.flow_id, workspace_id=run.workspace_id)

    def write(
        self, tx: Transaction, principal: Principal, flow_id: str, *, name: str, change: VariableChange
    ) -> VariableRow:
        """Set a variable in a transaction that has locked its flow. Raises as `put`."""
        return self._write(tx, principal, flow_id, name=name, change=change)

    def _write(
        self, tx: Transaction, principal: Principal, flow_id: str | None, *, name: str, change: VariableChange
    ) -> VariableRow:
        """Set a variable to what it was with the change put over it."""
        before = self._locked(tx, principal, flow_id, name)
        require_name(name)
        was_secure = before is not None and before.secure
        secure = was_secure if change.secure is None else change.secure
        if was_secure and not secure and not change.value:
            remedy = "send the plain value: what was secure is never shown again"
            raise InvalidDefinition("value_needed", f"{name!r} is secure", path="/value", remedy=remedy)
        place = Place(principal.workspace_id, flow_id or "", name, 1 if before is None else before.rev + 1)
        row = VariableRow(
            flow_id=flow_id,
            name=name,
            workspace_id=principal.workspace_id,
            secure=secure,
            value=None if secure else self._clear(tx.conn, before, change),
            ciphertext=self._sealed(tx.conn, before, change, place) if secure else None,
            notes=(before.notes if before else "") if change.notes is None else change.notes,
            rev=place.revision,
            updated_at=self._clock.now(),
        )
        self._record(tx, principal, row, word="added" if before is None else "edited")
        return rows.put_variable(tx, row)

    def _sealed(
        self, conn: Connection, before: VariableRow | None, change: VariableChange, place: Place
    ) -> bytes | None:
        value = self._clear(conn, before, change)
        return None if value is None else self._vault.seal(conn, Secret(orjson.dumps(value).decode()), place)

    def _clear(self, conn: Connection, before: VariableRow | None, change: VariableChange) -> Json:
        """The new value in clear: the one that was given, else the one that stands."""
        if change.value or before is None:
            return change.value[0] if change.value else None
        return self._value(conn, before)

    def _value(self, conn: Connection, row: VariableRow) -> Json:
        if row.ciphertext is None:
            return row.value
        place = Place(row.workspace_id, row.flow_id or "", row.name, row.rev)
        return orjson.loads(self._vault.open(conn, row.ciphertext, place).reveal())

    def _locked(self, tx: Transaction, principal: Principal, flow_id: str | None, name: str) -> VariableRow | None:
        _reach(tx.conn, principal, flow_id, verb="edit")
        if flow_id is None:
            rows.lock_workspace_variables(tx, principal.workspace_id)
        return rows.get_variable(tx.conn, flow_id, name, workspace_id=principal.workspace_id)

    def _record(self, tx: Transaction, principal: Principal, row: VariableRow, *, word: str) -> None:
        """The name and whether it is secure, never the value."""
        self._trail.record(
            tx,
            f"{'flow' if row.flow_id else 'workspace'}.variable_{word}",
            by=principal,
            of=("flow", row.flow_id) if row.flow_id else ("workspace", row.workspace_id),
            description=f"{word} the variable {row.name}",
            details={"name": row.name, "secure": row.secure},
        )

    def _environment(self, conn: Connection, flow_id: str, *, workspace_id: str) -> Environment:
        found = {
            row.name: row
            for scope in (None, flow_id)
            for row in rows.list_variables(conn, scope, workspace_id=workspace_id)
        }
        values = {name: self._value(conn, row) for name, row in found.items() if row.is_set}
        secret_names = frozenset(name for name in values if found[name].secure)
        secrets = frozenset(text for name in secret_names for text in _texts(values[name]))
        return Environment(values, secrets, secret_names)


def require_name(name: str) -> None:
    """Raises `InvalidDefinition` for a name that expressions cannot say."""
    if not NAME.fullmatch(name):
        raise InvalidDefinition(
            "invalid_name",
            f"{name!r} is no name for a variable",
            path="/name",
            remedy="use letters, digits and underscores, not a digit first",
        )


def _reach(conn: Connection, principal: Principal, flow_id: str | None, *, verb: str) -> None:
    """Let those pass who may read or edit these variables; when editing, a flow is locked."""
    if flow_id is None:
        principal.require(f"workspace.{verb}")
    else:
        reach_flow(conn, principal, flow_id, f"flow.{verb}", lock=verb == "edit")


def _texts(value: Json) -> Iterator[str]:
    """Every text and number in a secure value: a journal may get any part of it."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
