"""What admins do with authorization profiles; flows use them through `authorizer`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition, Json
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal
from peer_server.auth_profile import Scheme, check_hosts, is_for, split_scheme
from peer_server.secrets import Secret
from peer_server.services.access.reach import reach_flow
from peer_server.services.automation.authorizer import Authorizer, place_of, sealed_text
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.vault import Vault
from peer_server.stores import auth_profiles as rows
from peer_server.stores.auth_profiles import AuthProfileRow, FlowsAllowed


@dataclass(frozen=True, slots=True)
class ProfileSpec:
    """A profile as somebody wants it."""

    name: str
    scheme: Scheme
    hosts: Sequence[str]
    flows: FlowsAllowed = ()
    description: str = ""
    test_url: str = ""


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """What a test of a profile found."""

    is_ok: bool
    message: str
    status: int | None
    tested_at: datetime


class AuthProfileService:
    """Profiles of one's workspace; the caller has been let in as one who may manage connections."""

    def __init__(self, store: Store, *, authorizer: Authorizer, vault: Vault, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._authorizer = authorizer
        self._vault = vault
        self._trail = trail
        self._clock = clock

    async def create(self, principal: Principal, spec: ProfileSpec) -> AuthProfileRow:
        """Make a profile. Raises `Conflict` ``name_taken``; `InvalidDefinition`; `NotFound` for a flow."""

        def make(tx: Transaction) -> AuthProfileRow:
            now = self._clock.now()
            fields = _fields(spec)
            self._check(tx.conn, principal, fields)
            shown, secrets = split_scheme(spec.scheme)
            row = AuthProfileRow(
                id=new_id(),
                workspace_id=principal.workspace_id,
                scheme=shown,
                ciphertext=b"",
                rev=1,
                status="untested",
                error=None,
                checked_at=None,
                created_by=principal.id,
                created_at=now,
                updated_at=now,
                **{name: value for name, value in fields.items() if name != "scheme"},
            )
            row = replace(row, ciphertext=self._seal(tx.conn, row, secrets))
            rows.insert_profile(tx, row)
            self._record(tx, principal, row, "created")
            return row

        return await self._store.write(make)

    async def all(self, principal: Principal) -> list[AuthProfileRow]:
        """All profiles, by name."""
        return await self._store.read(rows.list_profiles, workspace_id=principal.workspace_id)

    async def get(self, principal: Principal, profile_id: str) -> AuthProfileRow:
        """One profile. Raises `NotFound`."""
        return await self._store.read(rows.get_profile, profile_id, workspace_id=principal.workspace_id)

    async def change(self, principal: Principal, profile_id: str, changes: Mapping[str, Any]) -> AuthProfileRow:
        """Change some fields of a `ProfileSpec`; another scheme is untested again. Raises as `create`."""

        def change(tx: Transaction) -> AuthProfileRow:
            row = rows.get_profile(tx.conn, profile_id, workspace_id=principal.workspace_id, lock=True)
            self._check(tx.conn, principal, changes, before=row)
            stored: dict[str, Json] = {name: value for name, value in changes.items() if name != "scheme"}
            stored["updated_at"] = self._clock.now()
            if "scheme" in changes:
                shown, secrets = split_scheme(changes["scheme"])
                row = replace(row, rev=row.rev + 1)
                stored |= {"scheme": shown, "rev": row.rev, "ciphertext": self._seal(tx.conn, row, secrets)}
                stored |= {"status": "untested", "error": None, "checked_at": None}
            new = replace(row, **stored)
            rows.change_profile(tx, row.id, **stored)
            self._record(tx, principal, new, "edited")
            return new

        return await self._store.write(change)

    async def delete(self, principal: Principal, profile_id: str) -> None:
        """Remove a profile; steps that name it fail from now on. Raises `NotFound`."""

        def remove(tx: Transaction) -> None:
            row = rows.get_profile(tx.conn, profile_id, workspace_id=principal.workspace_id, lock=True)
            rows.delete_profile(tx, row.id)
            self._record(tx, principal, row, "deleted")

        await self._store.write(remove)

    async def test(self, principal: Principal, profile_id: str, *, url: str | None) -> TestOutcome:
        """Try it against a URL of its hosts, else its test URL; of OAuth without one, fetch a token.

        Raises `NotFound`; `InvalidDefinition` ``test_url_missing`` or ``host_not_allowed``.
        """
        row = await self.get(principal, profile_id)
        target = url or row.test_url
        if not target and row.scheme["kind"] != "oauth2":
            remedy = "send a url of one of its hosts, or keep one as testUrl"
            raise InvalidDefinition("test_url_missing", "there is no URL to try it with", path="/url", remedy=remedy)
        if target:
            _check_url(target, row.hosts, path="/url")
        status, error = await self._authorizer.probe(row, target or None)
        now = self._clock.now()
        await self._store.write(self._authorizer.note, row, error=error, at=now)
        message = str(error["message"]) if error else "it works"
        return TestOutcome(is_ok=error is None, message=message, status=status, tested_at=now)

    def _check(
        self, conn: Connection, principal: Principal, fields: Mapping[str, Any], *, before: AuthProfileRow | None = None
    ) -> None:
        """Raise for what does not fit: a name that is taken, a host, a URL or a flow that is none."""
        if "name" in fields:
            other = rows.find_profile(conn, fields["name"], workspace_id=principal.workspace_id)
            if other is not None and (before is None or other.id != before.id):
                message = f"there is a profile {fields['name']!r} already"
                raise Conflict("name_taken", message, path="/name", remedy="choose another name")
        hosts = fields.get("hosts", before.hosts if before else ())
        if "hosts" in fields:
            check_hosts(hosts)
        test_url = fields.get("test_url", before.test_url if before else "")
        if test_url:
            _check_url(test_url, hosts, path="/testUrl")
        flows: FlowsAllowed = fields.get("flows", ())
        for flow_id in () if flows == "all" else flows:
            reach_flow(conn, principal, flow_id, "flow.read")

    def _seal(self, conn: Connection, row: AuthProfileRow, secrets: Mapping[str, str]) -> bytes:
        return self._vault.seal(conn, Secret(sealed_text(secrets)), place_of(row))

    def _record(self, tx: Transaction, principal: Principal, row: AuthProfileRow, what: str) -> None:
        self._trail.record(
            tx,
            f"connection.{what}",
            by=principal,
            of=("credential", row.id),
            description=f"{what} the authorization profile {row.name!r}",
            details={"kind": row.scheme["kind"], "hosts": list(row.hosts), "flows": row.flows},
        )


def _fields(spec: ProfileSpec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in ProfileSpec.__slots__}


def _check_url(url: str, hosts: Sequence[str], *, path: str) -> None:
    if not is_for(hosts, url):
        message = f"{url[:200]!r} leads to none of the hosts of this profile"
        remedy = f"its hosts: {', '.join(hosts)}; one without a port means the ports 80 and 443"
        raise InvalidDefinition("host_not_allowed", message, path=path, remedy=remedy)
