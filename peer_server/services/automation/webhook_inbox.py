"""Events that tools send: each that is signed, fresh and new starts one run of what is deployed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from flow_runtime.client import FlowClient
from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, FlowError, Json
from flow_runtime.json_limits import parse_json
from flow_runtime.run import Trigger
from flow_runtime.store import Store, Transaction
from peer_server.access import unknown
from peer_server.services.automation.webhook_addresses import WebhookAddresses
from peer_server.services.flows.directory import Directory
from peer_server.services.runs.triggered_runs import start_triggered
from peer_server.stores.flows import owner_of_flow
from peer_server.stores.tools import ToolTrigger, get_trigger
from peer_server.stores.webhooks import WebhookRow, change_webhook, find_by_token, run_of_event
from peer_server.webhook_event import event_inputs, verified_id


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an event: the run that it started, now or the first time that it came."""

    run_id: str
    is_new: bool


class WebhookInbox:
    """Takes events in."""

    def __init__(
        self, store: Store, *, client: FlowClient, directory: Directory, addresses: WebhookAddresses, clock: Clock
    ) -> None:
        self._store = store
        self._client = client
        self._directory = directory
        self._addresses = addresses
        self._clock = clock

    async def deliver(
        self, token: str, *, headers: Mapping[str, str], body: bytes, admit: Callable[[str], Awaitable[None]]
    ) -> Delivery:
        """Start the flow, once per event. `admit` is told which webhook has a right event, and may raise.

        Raises `NotFound` for a URL that leads nowhere; `Unauthenticated` ``bad_signature``; `JsonError`; `Conflict`
        ``trigger_not_deployed`` or ``not_published``; `InvalidDefinition` ``invalid_inputs``.
        """
        row, trigger, secret = await self._store.read(self._find, token)
        event_id = verified_id(trigger.spec.signature, secret=secret, headers=headers, body=body, now=self._clock.now())
        await admit(row.id)
        data = _data(headers, body)
        try:
            return await self._store.write(self._start, row, trigger, event_id=event_id, data=data)
        except FlowError as error:
            failed = {**error.as_json(), "at": self._clock.now().isoformat()}
            await self._store.write(self._note, row.id, failed)
            raise

    def _note(self, tx: Transaction, webhook_id: str, error: Mapping[str, Json]) -> None:
        change_webhook(tx, webhook_id, error=error)

    def _find(self, conn: Connection, token: str) -> tuple[WebhookRow, ToolTrigger, str]:
        row = find_by_token(conn, self._addresses.digest(token))
        trigger = None if row is None else get_trigger(conn, row.tool_trigger_id, workspace_id=row.workspace_id)
        if row is None or trigger is None:
            raise unknown("webhook", "of this URL")
        return row, trigger, self._addresses.secret(conn, row).reveal()

    def _start(self, tx: Transaction, row: WebhookRow, trigger: ToolTrigger, *, event_id: str, data: Json) -> Delivery:
        key = f"hook:{row.id}:{event_id}"
        known = run_of_event(tx.conn, key, workspace_id=row.workspace_id)
        if known is not None:
            return Delivery(known, is_new=False)
        flow = self._directory.resolve(
            tx.conn, workspace_id=row.workspace_id, flow_id=row.flow_id, version="deployed"
        ).definition
        config = next((one.config for one in flow.triggers if one.type == trigger.type), None)
        if config is None:
            message = "what is deployed does not have this trigger yet"
            raise Conflict("trigger_not_deployed", message, remedy="deploy the flow")
        mapping = config.get("inputs")
        run = start_triggered(
            tx,
            self._client.start_in,
            directory=self._directory,
            workspace_id=row.workspace_id,
            flow_id=row.flow_id,
            inputs=event_inputs(flow.inputs, data, mapping=mapping if isinstance(mapping, dict) else {}),
            trigger=Trigger(trigger.type, data if isinstance(data, dict) else {"body": data}, trigger.tool.name),
            started_by=owner_of_flow(tx.conn, row.flow_id, workspace_id=row.workspace_id),
            idempotency_key=key,
        )
        error = row.error if row.status == "failing" else None
        change_webhook(tx, row.id, last_event_at=self._clock.now(), last_run_id=run.id, error=error)
        return Delivery(run.id, is_new=True)


def _data(headers: Mapping[str, str], body: bytes) -> Json:
    """The event's data: JSON, unless it says that it is something else; then its text."""
    kind = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind.endswith("json"):
        return parse_json(body) if body else {}
    return body.decode(errors="replace").replace("\0", "�")
