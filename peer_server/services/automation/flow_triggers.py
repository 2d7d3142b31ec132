"""The triggers of a flow as people see them: webhooks and schedules, how they are, and what helps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, Json
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, suffices
from peer_server.secrets import Secret
from peer_server.services.access.reach import reach_flow, role_on_flow
from peer_server.services.automation.webhook_addresses import WebhookAddresses
from peer_server.services.automation.webhook_plan import WebhookPlan, has_failing_profile
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores.tools import ToolTrigger, get_trigger
from peer_server.stores.webhooks import LEAVING, WebhookRow, change_webhook, get_webhook, webhooks_of

Health = Literal["active", "pending", "inactive", "removing", "remove_failed"]


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook with what can be said about it now. `trigger` is None once its tool has none such any more."""

    row: WebhookRow
    trigger: ToolTrigger | None
    health: Health
    error: Mapping[str, Json] | None
    callback_url: str | None
    """For editors only: they may have to enter it at the tool."""
    remedies: Sequence[Mapping[str, str]]


class FlowTriggerService:
    """Webhooks of flows; every method answers `NotFound` for those of flows that one may not see."""

    def __init__(
        self, store: Store, *, plan: WebhookPlan, addresses: WebhookAddresses, trail: AuditTrail, clock: Clock
    ) -> None:
        self._store = store
        self._plan = plan
        self._addresses = addresses
        self._trail = trail
        self._clock = clock

    async def of_flow(self, principal: Principal, flow_id: str) -> list[WebhookView]:
        """All webhooks of a flow, also those that are still to be unregistered; oldest first."""

        def find(conn: Connection) -> list[WebhookView]:
            flow = reach_flow(conn, principal, flow_id, "flow.read")
            is_editor = suffices(role_on_flow(conn, principal, flow), "flow.edit")
            return [self._view(conn, row, is_editor=is_editor) for row in webhooks_of(conn, flow.id)]

        return await self._store.read(find)

    async def retry(self, principal: Principal, flow_id: str, webhook_id: str) -> WebhookView:
        """Register, or unregister, once more. Raises `NotFound`, `Forbidden`."""

        def renew(tx: Transaction) -> WebhookView:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.edit", lock=True)
            self._plan.renew(tx, get_webhook(tx.conn, webhook_id, flow_id=flow.id))
            return self._view(tx.conn, get_webhook(tx.conn, webhook_id, flow_id=flow.id), is_editor=True)

        return await self._store.write(renew)

    async def new_secret(self, principal: Principal, flow_id: str, webhook_id: str) -> tuple[str, Secret]:
        """Another secret for signing, and the callback URL; the old secret counts no more.

        Raises `NotFound`, `Forbidden`; `Conflict` ``secret_is_shared`` where the tool itself was told the secret.
        """

        def renew(tx: Transaction) -> Secret:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.edit", lock=True)
            row = get_webhook(tx.conn, webhook_id, flow_id=flow.id)
            trigger = get_trigger(tx.conn, row.tool_trigger_id, workspace_id=row.workspace_id)
            if trigger is None or trigger.spec.register_call is not None:
                message = "the tool was told the secret when the webhook was registered"
                raise Conflict("secret_is_shared", message, remedy="register it once more instead: POST …/retry")
            rev = row.secret_rev + 1
            secret, sealed = self._addresses.new_secret(
                tx.conn, workspace_id=row.workspace_id, webhook_id=row.id, rev=rev
            )
            change_webhook(tx, row.id, secret=sealed, secret_rev=rev)
            self._trail.record(
                tx,
                "flow.trigger_edited",
                by=principal,
                of=("flow", flow.id),
                description=f"made a new signing secret for the trigger {trigger.type!r}",
                details={"trigger": trigger.type},
            )
            return secret

        return self._addresses.url(webhook_id), await self._store.write(renew)

    def _view(self, conn: Connection, row: WebhookRow, *, is_editor: bool) -> WebhookView:
        trigger = get_trigger(conn, row.tool_trigger_id, workspace_id=row.workspace_id)
        is_refused = trigger is not None and has_failing_profile(conn, trigger)
        health = _health(row, is_refused=is_refused)
        error = row.error
        if error is None and health == "inactive":
            error = {"code": "profile_failing", "message": "the authorization profile of the tool does not work"}
        profile = trigger.tool.profile if trigger and health == "inactive" else None
        url = self._addresses.url(row.id) if is_editor else None
        return WebhookView(row, trigger, health, error, url, _remedies(row, health, profile=profile))


def _health(row: WebhookRow, *, is_refused: bool) -> Health:
    match row.status:
        case "failing":
            return "inactive"
        case "active":
            return "inactive" if is_refused else "active"
        case "removing" | "remove_failed":
            return row.status
        case _:
            return "pending"


def _remedies(row: WebhookRow, health: Health, *, profile: str | None) -> list[dict[str, str]]:
    """What somebody may do about it, as requests."""
    found = []
    retry = {"method": "POST", "path": f"/v1/flow/{row.flow_id}/trigger/{row.id}/retry"}
    if health == "inactive":
        found.append({"action": "redeploy", "method": "POST", "path": f"/v1/flow/{row.flow_id}/deploy"})
        found.append({"action": "retry", **retry})
    if profile is not None:
        found.append({"action": "retest", "method": "POST", "path": f"/v1/credential/{profile}/test"})
    if row.status in LEAVING and health == "remove_failed":
        found.append({"action": "retry", **retry})
    return found
