"""The endpoints of a deployed flow, and where its results are pushed to."""

import base64
import secrets
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urlsplit

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal
from peer_server.peer import ResolvedFlow
from peer_server.secrets import KEY_BYTES, Place, Secret
from peer_server.services.access.reach import reach_flow
from peer_server.services.flows.directory import Directory
from peer_server.services.flows.flows import require_trigger
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.vault import Vault
from peer_server.stores import pushes as rows
from peer_server.stores.flows import FlowRow
from peer_server.stores.pushes import PushTarget

_TOKEN: Final = "push.accessToken"  # noqa: S105 - the name of a place
_SIGNING: Final = "push.signingSecret"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployed version, and the push target if pushing is switched on."""

    flow: ResolvedFlow
    target: PushTarget | None


@dataclass(frozen=True, slots=True)
class PushSecrets:
    """What a push is sent with, in clear, for the sender only."""

    access_token: Secret
    signing_secret: Secret


class EndpointService:
    """What programs may call once a flow is deployed."""

    def __init__(self, store: Store, *, vault: Vault, directory: Directory, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._directory = directory
        self._trail = trail
        self._clock = clock

    async def deployed(
        self, principal: Principal, flow_id: str, *, permission: Literal["flow.read", "flow.run"]
    ) -> Deployed:
        """What the endpoints of a flow run. Raises `NotFound`, `Forbidden`, `Conflict` ``not_deployed``."""

        def find(conn: Connection) -> Deployed:
            flow = reach_flow(conn, principal, flow_id, permission)
            target = rows.find_target(conn, flow.id)
            return Deployed(self._deployed(conn, flow), target if target is not None and target.enabled else None)

        return await self._store.read(find)

    async def callable(self, principal: Principal, flow_id: str, *, by_push: bool = False) -> ResolvedFlow:
        """The deployed version, for a program that calls an endpoint of it.

        Raises `NotFound`; `Conflict` ``not_deployed``, ``api_trigger_missing``, ``push_not_configured``.
        """
        found = await self.deployed(principal, flow_id, permission="flow.run")
        require_trigger(found.flow.definition, "api")
        if by_push and found.target is None:
            raise Conflict(
                "push_not_configured",
                "this flow pushes its results nowhere",
                remedy="save a callback URL and an access token for it first",
            )
        return found.flow

    async def target(self, principal: Principal, flow_id: str) -> PushTarget | None:
        """The push target of a flow, switched on or not. Raises `NotFound`, `Forbidden`."""

        def find(conn: Connection) -> PushTarget | None:
            return rows.find_target(conn, reach_flow(conn, principal, flow_id, "flow.read").id)

        return await self._store.read(find)

    async def set_target(
        self,
        principal: Principal,
        flow_id: str,
        *,
        enabled: bool,
        url: str | None,
        access_token: Secret | None,
        new_signing_secret: bool = False,
    ) -> tuple[PushTarget, Secret | None]:
        """Save where results are pushed to; answers the signing secret too when it was made just now.

        Without URL and token those that were saved stay. A URL needs a token, so that nobody learns one by pointing
        it elsewhere; a token without a URL takes the one in the draft's settings. Raises `NotFound`, `Forbidden`,
        `InvalidDefinition` ``invalid_push``.
        """

        def store(tx: Transaction) -> tuple[PushTarget, Secret | None]:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.edit", lock=True)
            before = rows.find_target(tx.conn, flow.id)
            if not url and access_token is None and before is not None:
                row, made = replace(before, enabled=enabled, updated_at=self._clock.now()), None
            else:
                row, made = self._new_target(
                    tx.conn,
                    flow,
                    before,
                    new_signing_secret=new_signing_secret,
                    enabled=enabled,
                    url=_checked(url or _proposed(flow)),
                    access_token=_given(access_token),
                )
            event = "flow.async_enabled" if enabled else "flow.async_disabled"
            self._trail.record(
                tx,
                "flow.async_changed" if before is not None and before.enabled == enabled else event,
                by=principal,
                of=("flow", flow.id),
                description=f"set where results are pushed to ({'on' if enabled else 'off'}, {row.url})",
            )
            return rows.put_target(tx, row), made

        return await self._store.write(store)

    def reveal(self, conn: Connection, target: PushTarget) -> PushSecrets:
        """The secrets of a target in clear. Raises `SecretUnreadable`."""
        return PushSecrets(
            self._vault.open(conn, target.access_token, _place(target, _TOKEN)),
            self._vault.open(conn, target.signing_secret, _place(target, _SIGNING)),
        )

    def _new_target(
        self,
        conn: Connection,
        flow: FlowRow,
        before: PushTarget | None,
        *,
        new_signing_secret: bool,
        enabled: bool,
        url: str,
        access_token: Secret,
    ) -> tuple[PushTarget, Secret | None]:
        if before is None or new_signing_secret:
            made = signing = _new_signing_secret()
        else:
            made, signing = None, self.reveal(conn, before).signing_secret
        rev = 1 if before is None else before.rev + 1
        row = PushTarget(flow.id, flow.workspace_id, enabled, url, b"", b"", rev, self._clock.now())
        sealed = replace(
            row,
            access_token=self._vault.seal(conn, access_token, _place(row, _TOKEN)),
            signing_secret=self._vault.seal(conn, signing, _place(row, _SIGNING)),
        )
        return sealed, made

    def _deployed(self, conn: Connection, flow: FlowRow) -> ResolvedFlow:
        if flow.deployed_version is None:
            raise Conflict("not_deployed", f"the flow {flow.name!r} is not deployed", remedy="deploy it first")
        return self._directory.resolve(
            conn, workspace_id=flow.workspace_id, flow_id=flow.id, version=flow.deployed_version
        )


def _new_signing_secret() -> Secret:
    """A key as the libraries of Standard Webhooks read it."""
    return Secret(f"whsec_{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}")


def _place(target: PushTarget, name: str) -> Place:
    return Place(target.workspace_id, target.flow_id, name, target.rev)


def _proposed(flow: FlowRow) -> str | None:
    """The callback URL that came with the definition."""
    callback = (flow.draft.get("settings") or {}).get("callback") or {}
    url: str | None = callback.get("url")
    return url


def _checked(url: str | None) -> str:
    parts = urlsplit(url or "")
    try:
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_url = False
    if not is_url or parts.username is not None or parts.fragment:
        raise InvalidDefinition(
            "invalid_push",
            f"{url!r} is no callback URL" if url else "pushing needs a callback URL",
            path="/callbackUrl",
            remedy="send the https:// URL that takes results",
        )
    return url or ""


def _given(token: Secret | None) -> Secret:
    if token is None or not token.reveal().isascii() or not token.reveal().strip():
        raise InvalidDefinition(
            "invalid_push",
            "pushing needs an access token, of ASCII characters",
            path="/accessToken",
            remedy="send the token that the callback URL asks for",
        )
    return token
