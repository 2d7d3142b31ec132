"""What admins do with connections to providers of models; models are found through them by `model_catalog`."""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, FlowError, InvalidDefinition, Json
from flow_runtime.ids import new_id
from flow_runtime.model import ModelRequest, UserMessage
from flow_runtime.models.catalog import BUILT_IN, OPENAI_SERVER, missing_packages
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal
from peer_server.secrets import Secret
from peer_server.services.models.model_catalog import WorkspaceModels, place_of
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.vault import Vault
from peer_server.stores import model_connections as rows
from peer_server.stores.model_connections import ModelConnectionRow

_TEST_TIMEOUT_S: Final = 30.0


class ModelConnectionService:
    """Connections of one's workspace; the caller has been let in as one who may see or manage connections."""

    def __init__(self, store: Store, *, models: WorkspaceModels, vault: Vault, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._models = models
        self._vault = vault
        self._trail = trail
        self._clock = clock

    async def create(
        self,
        principal: Principal,
        *,
        name: str,
        key: str,
        provider: str,
        base_url: str,
        prices: Mapping[str, Json],
        currency: str,
    ) -> ModelConnectionRow:
        """Make a connection.

        Raises `Conflict` ``name_taken``; `InvalidDefinition` ``reserved_name``, ``invalid_url``.
        """
        _check_address(provider, base_url)

        def make(tx: Transaction) -> ModelConnectionRow:
            self._check_name(tx.conn, principal, name)
            now = self._clock.now()
            row = ModelConnectionRow(
                id=new_id(),
                workspace_id=principal.workspace_id,
                name=name,
                base_url=base_url,
                ciphertext=b"",
                rev=1,
                status="untested",
                error=None,
                checked_at=None,
                created_by=principal.id,
                created_at=now,
                updated_at=now,
                provider=provider,
                prices=prices,
                currency=currency,
            )
            row = replace(row, ciphertext=self._vault.seal(tx.conn, Secret(key), place_of(row)))
            rows.insert_connection(tx, row)
            self._record(tx, principal, row, "created")
            return row

        return await self._store.write(make)

    async def all(self, principal: Principal) -> list[ModelConnectionRow]:
        """All connections, by name."""
        return await self._store.read(rows.list_connections, workspace_id=principal.workspace_id)

    async def get(self, principal: Principal, connection_id: str) -> ModelConnectionRow:
        """One connection. Raises `NotFound`."""
        return await self._store.read(rows.get_connection, connection_id, workspace_id=principal.workspace_id)

    async def change(self, principal: Principal, connection_id: str, changes: Mapping[str, Any]) -> ModelConnectionRow:
        """Change `name`, `base_url`, `key`, `prices` or `currency`.

        A new address needs the key again: it must not go where it never was.

        Raises as `create`; `NotFound`; `InvalidDefinition` ``key_needed``.
        """

        def change(tx: Transaction) -> ModelConnectionRow:
            row = rows.get_connection(tx.conn, connection_id, workspace_id=principal.workspace_id, lock=True)
            if changes.get("name", row.name) != row.name:
                self._check_name(tx.conn, principal, changes["name"])
            if changes.get("base_url", row.base_url) != row.base_url and "key" not in changes:
                message = "the key was entrusted to another address"
                raise InvalidDefinition("key_needed", message, path="/key", remedy="send the key with the new address")
            _check_address(row.provider, changes.get("base_url", row.base_url))
            stored: dict[str, Json] = {name: value for name, value in changes.items() if name != "key"}
            stored["updated_at"] = self._clock.now()
            if "key" in changes:
                row = replace(row, rev=row.rev + 1)
                sealed = self._vault.seal(tx.conn, Secret(changes["key"]), place_of(row))
                stored |= {
                    "rev": row.rev,
                    "ciphertext": sealed,
                    "status": "untested",
                    "error": None,
                    "checked_at": None,
                }
            new = replace(row, **stored)
            rows.change_connection(tx, row.id, **stored)
            self._record(tx, principal, new, "edited")
            return new

        return await self._store.write(change)

    async def delete(self, principal: Principal, connection_id: str) -> None:
        """Remove a connection; models that name it cannot be called from now on. Raises `NotFound`."""

        def remove(tx: Transaction) -> None:
            row = rows.get_connection(tx.conn, connection_id, workspace_id=principal.workspace_id, lock=True)
            rows.delete_connection(tx, row.id)
            self._record(tx, principal, row, "deleted")

        await self._store.write(remove)

    async def test(self, principal: Principal, connection_id: str, *, model: str) -> ModelConnectionRow:
        """Ask that model for one word, and keep how it went. Raises `NotFound`."""
        row = await self.get(principal, connection_id)
        most = 16 if row.provider == OPENAI_SERVER else None  # Not every other model has that setting.
        request = ModelRequest(model, [UserMessage("Say OK.")], max_tokens=most, timeout_s=_TEST_TIMEOUT_S)
        error: dict[str, Json] | None = None
        try:
            async with aclosing((await self._models.chat(row, model)).stream(request)) as batches:
                async for _ in batches:
                    pass
        except FlowError as failed:
            # What the provider said may repeat the key, and is not needed; what to do about it is said by us.
            advice = f". {failed.remedy}" if failed.remedy else ""
            error = {"code": failed.code, "message": f"the call of {model!r} failed: {failed.code}{advice}"}
            if missing := missing_packages(row.provider) if row.provider != OPENAI_SERVER else []:
                error = {"code": "not_installed", "message": f"install {' and '.join(missing)} where the server runs"}
        now = self._clock.now()
        tested: dict[str, Json] = {"status": "failing" if error else "ok", "error": error, "checked_at": now}

        def note(tx: Transaction) -> ModelConnectionRow:
            rows.change_connection(tx, row.id, **tested)
            return replace(row, **tested)

        return await self._store.write(note)

    def _check_name(self, conn: Connection, principal: Principal, name: str) -> None:
        if name in BUILT_IN:
            message = f"{name!r} means a model of the installation"
            raise InvalidDefinition("reserved_name", message, path="/name", remedy="choose another name")
        if rows.find_connection(conn, name, workspace_id=principal.workspace_id) is not None:
            message = f"there is a connection {name!r} already"
            raise Conflict("name_taken", message, path="/name", remedy="choose another name")

    def _record(self, tx: Transaction, principal: Principal, row: ModelConnectionRow, word: str) -> None:
        self._trail.record(
            tx,
            f"model.{word}",
            by=principal,
            of=("connection", row.id),
            description=f"{word} the model connection {row.name!r}",
            details={"name": row.name, "provider": row.provider, "baseUrl": row.base_url},
        )


def _check_address(provider: str, base_url: str) -> None:
    """Raises `InvalidDefinition` ``invalid_url``: only servers of our own choice have an address to give.

    The libraries of other providers make their own requests, which nobody keeps from private addresses.
    """
    if (provider == OPENAI_SERVER) == bool(base_url):
        return
    needs = "needs" if provider == OPENAI_SERVER else "takes no"
    remedy = "send baseUrl" if provider == OPENAI_SERVER else "leave baseUrl out"
    raise InvalidDefinition(
        "invalid_url", f"a connection to {provider} {needs} baseUrl", path="/baseUrl", remedy=remedy
    )
