"""Registers and unregisters webhooks at their tools: what was planned is done once, also after a crash, and retried."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

import httpx2
from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import FlowError, Json, StepFailed
from flow_runtime.http_exchange import read_answer, request_options, send, send_authorized
from flow_runtime.masking import Mask
from flow_runtime.store import Store, Transaction
from flow_runtime.templates import as_text
from peer_server.services.automation.authorizer import Authorizer
from peer_server.services.automation.webhook_addresses import WebhookAddresses
from peer_server.stores.tools import ToolTrigger, get_trigger
from peer_server.stores.webhooks import (
    LEAVING,
    LIVE,
    WebhookRow,
    change_webhook,
    claim_webhook,
    due_webhooks,
    get_webhook,
)
from peer_server.tool_manifest import Call, at_pointer, filled

_log = logging.getLogger(__name__)

_LOOK_S: Final = 5.0
"""How often it looks by itself: for what another process planned, or left behind."""
_AT_ONCE: Final = 10
_LEASE: Final = timedelta(seconds=60)
_CALL_S: Final = 20.0
_DELAYS_S: Final = (10, 60, 300, 1800, 7200)
"""Between the attempts; after the last one somebody must ask for another."""


class WebhookKeeper:
    """Any number of processes may run one: each webhook is attended to by one of them."""

    def __init__(
        self,
        store: Store,
        *,
        http: httpx2.AsyncClient,
        authorizer: Authorizer,
        addresses: WebhookAddresses,
        clock: Clock,
    ) -> None:
        self._store = store
        self._http = http
        self._authorizer = authorizer
        self._addresses = addresses
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was planned."""
        self._woken.set()

    async def run(self) -> None:
        """Attend to what is due until cancelled. Survives a database restart."""
        while True:
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                await self.attend_due()
            except FlowError as error:
                _log.warning("webhooks wait: %s", error.message)
            except Exception:  # noqa: BLE001 - without this loop no webhook would ever be attended to again
                _log.exception("attending to webhooks failed; trying again")

    async def attend_due(self) -> int:
        """Attend to everything that is due now; answers how many webhooks that were."""
        attended = 0
        while True:
            due = await self._store.read(due_webhooks, self._clock.now(), limit=_AT_ONCE)
            if not due:
                return attended
            await asyncio.gather(*(self._attend(row.id) for row in due))
            attended += len(due)

    async def _attend(self, webhook_id: str) -> None:
        now = self._clock.now()
        row = await self._store.write(claim_webhook, webhook_id, now=now, until=now + _LEASE)
        if row is None:
            return
        trigger, secret = await self._store.read(self._found, row)
        is_leaving = row.status in LEAVING
        try:
            if trigger is None:
                raise StepFailed("tool_trigger_gone", "the tool has no such trigger any more")
            external_id = None
            if is_leaving or row.registered_at is not None:  # An old registration goes before a new one comes.
                await self._unregister(row, trigger, is_leaving=is_leaving)
            if not is_leaving:
                external_id = await self._register(row, trigger, secret)
        except FlowError as error:
            failed: dict[str, Json] = Mask([secret])({**error.as_json(), "at": now.isoformat()})
            what = "unregistering" if is_leaving else "registering"
            _log.warning("%s webhook %s failed: %s", what, row.id, failed["message"])
            await self._store.write(self._note_failure, row, failed)
            return
        await self._store.write(self._note_success, row, external_id)

    def _found(self, conn: Connection, row: WebhookRow) -> tuple[ToolTrigger | None, str]:
        trigger = get_trigger(conn, row.tool_trigger_id, workspace_id=row.workspace_id)
        return trigger, self._addresses.secret(conn, row).reveal()

    async def _register(self, row: WebhookRow, trigger: ToolTrigger, secret: str) -> str | None:
        """Make the call, if the tool has one; what the tool calls the registration, if it says."""
        call = trigger.spec.register_call
        if call is None:
            return None
        answer = await self._call(row, trigger, call, secret=secret)
        found = at_pointer(answer["body"], call.external_id) if call.external_id else None
        if call.external_id and found is None:
            raise StepFailed("external_id_missing", f"the answer of {trigger.tool.name!r} names no registration")
        return None if found is None else as_text(found)

    async def _unregister(self, row: WebhookRow, trigger: ToolTrigger, *, is_leaving: bool) -> None:
        call = trigger.spec.unregister_call
        if call is None:
            return
        try:
            await self._call(row, trigger, call, secret="")
        except StepFailed as error:
            is_gone = (error.details or {}).get("status") in {404, 410}
            if is_leaving and not is_gone:
                raise

    async def _call(self, row: WebhookRow, trigger: ToolTrigger, call: Call, *, secret: str) -> dict[str, Json]:
        """One request to the tool. Raises `StepFailed`."""
        names = {
            "callbackUrl": self._addresses.url(row.id),
            "secret": secret,
            "key": trigger.spec.key,
            "externalId": row.external_id or "",
            **{f"config.{name}": as_text(value) for name, value in row.config.items()},
        }
        url = trigger.manifest.base_url.rstrip("/") + str(filled(call.path, names, in_path=True))
        key = f"{row.id}:{call.method}:{row.registered_at.isoformat() if row.registered_at else 'first'}"
        options = request_options(headers=None, query=None, body=filled(call.body, names), idempotency_key=key)
        try:
            async with asyncio.timeout(_CALL_S):
                return await self._send(row, trigger, method=call.method, url=url, options=options)
        except TimeoutError:
            message = f"{trigger.tool.name!r} did not answer in {_CALL_S:g} s"
            raise StepFailed("http_timeout", message, category="network", retryable=True) from None

    async def _send(
        self, row: WebhookRow, trigger: ToolTrigger, *, method: str, url: str, options: dict[str, Any]
    ) -> dict[str, Json]:
        profile = trigger.tool.profile
        if profile is None:
            return read_answer(await send(self._http, method=method, url=url, options=options))
        found = await self._authorizer.find(profile, workspace_id=row.workspace_id, flow_id=row.flow_id)
        authorize = partial(self._authorizer.authorize, found, url)
        return await send_authorized(self._http, method=method, url=url, options=options, authorize=authorize)

    def _note_success(self, tx: Transaction, claimed: WebhookRow, external_id: str | None) -> None:
        row = get_webhook(tx.conn, claimed.id, flow_id=claimed.flow_id)
        if claimed.status in LEAVING:
            change_webhook(tx, row.id, status="removed", due_at=None, error=None)
            return
        # The trigger may have been taken away meanwhile: then this registration is still to be undone.
        due_at = None if row.status in LIVE else self._clock.now()
        values = {"external_id": external_id, "registered_at": self._clock.now(), "attempts": 0, "due_at": due_at}
        status = "active" if row.status in LIVE else "removing"
        change_webhook(tx, row.id, status=status, error=None, **values)

    def _note_failure(self, tx: Transaction, claimed: WebhookRow, error: Mapping[str, Json]) -> None:
        row = get_webhook(tx.conn, claimed.id, flow_id=claimed.flow_id)
        if (row.status in LIVE) is not (claimed.status in LIVE):  # It was taken away meanwhile.
            change_webhook(tx, row.id, error=error, due_at=self._clock.now())
            return
        delay = _DELAYS_S[claimed.attempts] if claimed.attempts < len(_DELAYS_S) else None
        due_at = None if delay is None else self._clock.now() + timedelta(seconds=delay)
        status = "failing" if row.status in LIVE else "remove_failed"
        change_webhook(tx, row.id, status=status, error=error, due_at=due_at)
