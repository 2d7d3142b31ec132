"""Which webhooks a flow should have, from its triggers: planned in the transaction that changes them, made later."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Json, NotFound
from flow_runtime.ids import new_id
from flow_runtime.store import Transaction
from peer_server.services.automation.webhook_addresses import WebhookAddresses
from peer_server.stores import flows as flow_rows
from peer_server.stores.auth_profiles import find_profile
from peer_server.stores.tools import PREFIX, ToolTrigger, get_trigger
from peer_server.stores.webhooks import LIVE, WebhookRow, change_webhook, insert_webhook, webhooks_of

_INPUTS: Final = "inputs"
"""The part of a trigger's config that only this server reads."""


class WebhookPlan:
    """Follows the triggers of flows.

    A flow has a webhook as soon as its draft has the trigger, and as long as its draft or what is deployed has it.
    """

    def __init__(self, *, addresses: WebhookAddresses, clock: Clock, wake: Callable[[], None]) -> None:
        self._addresses = addresses
        self._clock = clock
        self._wake = wake

    def follow(self, tx: Transaction, flow_id: str, *, workspace_id: str, refresh: bool = False) -> None:
        """Plan what changed. With `refresh`, webhooks that are not well are registered anew. Idempotent."""
        wanted = _wanted(tx.conn, flow_id, workspace_id=workspace_id)
        rows = webhooks_of(tx.conn, flow_id)
        if not wanted and not rows:
            return
        live = {row.tool_trigger_id: row for row in rows if row.status in LIVE}
        triggers = {one: get_trigger(tx.conn, one, workspace_id=workspace_id) for one in {*wanted, *live}}
        for trigger_id, row in live.items():
            trigger = triggers[trigger_id]
            if wanted.get(trigger_id) != dict(row.config):
                self.leave(tx, row, trigger)
            elif refresh and trigger is not None and not is_well(tx.conn, row, trigger):
                self.renew(tx, row)
        for trigger_id, config in wanted.items():
            trigger = triggers[trigger_id]
            if trigger is not None and (trigger_id not in live or config != dict(live[trigger_id].config)):
                self._enter(tx, trigger, flow_id=flow_id, config=config)
        tx.after_commit(self._wake)

    def renew(self, tx: Transaction, row: WebhookRow) -> None:
        """Register, or unregister, once more and soon."""
        status = "pending" if row.status in LIVE else "removing"
        change_webhook(tx, row.id, status=status, due_at=self._clock.now(), attempts=0)
        tx.after_commit(self._wake)

    def leave(self, tx: Transaction, row: WebhookRow, trigger: ToolTrigger | None) -> None:
        """Take no more events, and unregister if there is anything to unregister."""
        was_tried = row.registered_at is not None or row.attempts > 0
        is_registered = was_tried and trigger is not None and trigger.spec.unregister_call is not None
        values = {"status": "removing", "due_at": self._clock.now()} if is_registered else _REMOVED
        change_webhook(tx, row.id, attempts=0, **values)

    def _enter(self, tx: Transaction, trigger: ToolTrigger, *, flow_id: str, config: Mapping[str, Json]) -> None:
        now, webhook_id, workspace_id = self._clock.now(), new_id(), trigger.tool.workspace_id
        has_call = trigger.spec.register_call is not None
        _, sealed = self._addresses.new_secret(tx.conn, workspace_id=workspace_id, webhook_id=webhook_id, rev=1)
        row = WebhookRow(
            id=webhook_id,
            workspace_id=workspace_id,
            flow_id=flow_id,
            tool_id=trigger.tool.id,
            tool_trigger_id=trigger.id,
            status="pending" if has_call else "active",
            config=config,
            token_digest=self._addresses.digest_of(webhook_id),
            secret=sealed,
            secret_rev=1,
            external_id=None,
            attempts=0,
            due_at=now if has_call else None,
            error=None,
            created_at=now,
            registered_at=None if has_call else now,
            last_event_at=None,
            last_run_id=None,
        )
        insert_webhook(tx, row)


_REMOVED: Final[Mapping[str, Json]] = {"status": "removed", "due_at": None}


def is_well(conn: Connection, row: WebhookRow, trigger: ToolTrigger) -> bool:
    """Whether a webhook is registered, or about to be, and the profile of its tool works."""
    return row.status != "failing" and not has_failing_profile(conn, trigger)


def has_failing_profile(conn: Connection, trigger: ToolTrigger) -> bool:
    """Whether the authorization profile of the tool is gone, or its last use or test went badly."""
    if trigger.tool.profile is None:
        return False
    profile = find_profile(conn, trigger.tool.profile, workspace_id=trigger.tool.workspace_id)
    return profile is None or profile.status == "failing"


def _wanted(conn: Connection, flow_id: str, *, workspace_id: str) -> dict[str, dict[str, Json]]:
    """The config of each trigger that the flow has at a tool; what is deployed counts before the draft."""
    try:
        flow = flow_rows.get_flow(conn, flow_id, workspace_id=workspace_id)
    except NotFound:
        return {}
    found = _tool_triggers(flow.draft)
    number = flow.deployed_version or flow.latest_version
    if number is not None:
        version = flow_rows.get_version(conn, flow_id, number, workspace_id=workspace_id)
        found |= _tool_triggers(flow_rows.version_definition(conn, version))
    return found


def _tool_triggers(definition: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    found: dict[str, dict[str, Json]] = {}
    for trigger in definition.get("triggers") or ():
        if str(trigger["type"]).startswith(PREFIX):
            config = trigger.get("config") or {}
            kept = {name: value for name, value in config.items() if name != _INPUTS}
            found[str(trigger["type"]).removeprefix(PREFIX)] = kept
    return found
