"""`env.<name>` of a flow: reusable values, secure ones encrypted and never shown again."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import orjson
from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import InvalidDefinition, Json
from flow_runtime.resolver import Environment
from flow_runtime.run import Run
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, unknown
from peer_server.secrets import Keyring, Place, Secret, WrappedKey, decrypt, encrypt
from peer_server.services.audit_trail import AuditTrail
from peer_server.services.reach import reach_flow
from peer_server.stores import variables as rows
from peer_server.stores.identity import data_key_of
from peer_server.stores.variables import VariableRow

NAME: Final = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")


class VariableService:
    """Variables of flows; a change takes effect in the next step that reads them."""

    def __init__(self, store: Store, *, keyring: Keyring, clock: Clock, trail: AuditTrail) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._trail = trail

    async def put(
        self, principal: Principal, flow_id: str, name: str, *, value: Json, secure: bool, notes: str
    ) -> VariableRow:
        """Set `env.<name>`. Raises `NotFound`; `InvalidDefinition` for a name that expressions cannot say."""
        if not NAME.match(name):
            raise InvalidDefinition(
                "invalid_name",
                f"{name!r} is no name for a variable",
                path="/name",
                remedy="use letters, digits and underscores, not a digit first",
            )

        def store(tx: Transaction) -> VariableRow:
            reach_flow(tx.conn, principal, flow_id, "flow.edit", lock=True)
            before = rows.get_variable(tx.conn, flow_id, name, workspace_id=principal.workspace_id)
            place = Place(principal.workspace_id, flow_id, name, 1 if before is None else before.rev + 1)
            row = VariableRow(
                flow_id=flow_id,
                name=name,
                workspace_id=principal.workspace_id,
                secure=secure,
                value=None if secure else value,
                ciphertext=self._encrypt(tx.conn, value, place) if secure else None,
                notes=notes,
                rev=place.revision,
                updated_at=self._clock.now(),
            )
            self._record(tx, principal, row, word="added" if before is None else "edited")
            return rows.put_variable(tx, row)

        return await self._store.write(store)

    async def all(self, principal: Principal, flow_id: str) -> Sequence[VariableRow]:
        """All variables of a flow, by name."""

        def find(conn: Connection) -> Sequence[VariableRow]:
            reach_flow(conn, principal, flow_id, "flow.read")
            return rows.list_variables(conn, flow_id, workspace_id=principal.workspace_id)

        return await self._store.read(find)

    async def get(self, principal: Principal, flow_id: str, name: str) -> VariableRow:
        """One variable. Raises `NotFound`."""
        found = [row for row in await self.all(principal, flow_id) if row.name == name]
        if not found:
            raise unknown("variable", name)
        return found[0]

    async def delete(self, principal: Principal, flow_id: str, name: str) -> None:
        """Remove a variable. Raises `NotFound`."""

        def remove(tx: Transaction) -> None:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.edit", lock=True)
            row = rows.get_variable(tx.conn, flow.id, name, workspace_id=flow.workspace_id)
            if row is None:
                raise unknown("variable", name)
            rows.delete_variable(tx, flow.id, name, workspace_id=flow.workspace_id)
            self._record(tx, principal, row, word="deleted")

        await self._store.write(remove)

    def _record(self, tx: Transaction, principal: Principal, row: VariableRow, *, word: str) -> None:
        """The name and whether it is secure, never the value."""
        self._trail.record(
            tx,
            f"flow.variable_{word}",
            by=principal,
            of=("flow", row.flow_id),
            description=f"{word} the variable {row.name}",
            details={"name": row.name, "secure": row.secure},
        )

    async def environment_of(self, run: Run) -> Environment:
        """The variables of a run's flow in clear, for the executor only. Raises `SecretUnreadable`."""
        if run.flow_id is None:
            return Environment()
        return await self._store.read(self._environment, run.flow_id, workspace_id=run.workspace_id)

    def _environment(self, conn: Connection, flow_id: str, *, workspace_id: str) -> Environment:
        values: dict[str, Json] = {}
        secrets: set[str] = set()
        secret_names: set[str] = set()
        for row in rows.list_variables(conn, flow_id, workspace_id=workspace_id):
            if row.ciphertext is None:
                values[row.name] = row.value
            else:
                values[row.name] = orjson.loads(self._decrypt(conn, row).reveal())
                secrets.update(_texts(values[row.name]))
                secret_names.add(row.name)
        return Environment(values, frozenset(secrets), frozenset(secret_names))

    def _encrypt(self, conn: Connection, value: Json, place: Place) -> bytes:
        secret = Secret(orjson.dumps(value).decode())
        return encrypt(secret, data_key=self._data_key(conn, place.workspace_id), place=place)

    def _decrypt(self, conn: Connection, row: VariableRow) -> Secret:
        place = Place(row.workspace_id, row.flow_id, row.name, row.rev)
        return decrypt(row.ciphertext or b"", data_key=self._data_key(conn, row.workspace_id), place=place)

    def _data_key(self, conn: Connection, workspace_id: str) -> bytes:
        kek_id, wrapped = data_key_of(conn, workspace_id)
        return self._keyring.unwrap(WrappedKey(kek_id, wrapped), workspace_id)


def _texts(value: Json) -> Iterator[str]:
    """Every text and number in a secure value: a journal may get any part of it."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
