"""Pushes results to callback URLs: an outbox that is written with the run's end, and a loop that empties it.

Signed as Standard Webhooks are (`webhook-id`, `webhook-timestamp`, `webhook-signature`), besides the access token.
A delivery keeps its id in every attempt, so that a receiver that was asked twice accepts it once.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import httpx2
import orjson
from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Json, StoreUnavailable
from flow_runtime.ids import new_id
from flow_runtime.outbound import OutboundError
from flow_runtime.run import Ending, Event, Interrupt, Run
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from flow_runtime.stores.runs import get_run
from peer_server.access import Principal
from peer_server.secrets import Secret
from peer_server.services.access.reach import reach_flow
from peer_server.services.programs.endpoints import EndpointService, PushSecrets
from peer_server.services.runs.runs import PUSHED
from peer_server.stores import pushes as rows
from peer_server.stores.pushes import Delivery, PushTarget

_log = logging.getLogger(__name__)

PAUSES_S: Final = (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
"""How long each failed attempt is followed by nothing: together three days, then the delivery has failed."""
TIMEOUT_S: Final = 30.0
_LEASE: Final = timedelta(seconds=2 * TIMEOUT_S)
"""After this long a delivery that somebody took is tried again: whoever took it is gone."""
_AT_ONCE: Final = 10
_POLL_S: Final = 1.0
"""How late a delivery may begin that another process wrote."""
_LONGEST_SLEEP_S: Final = 30.0
_GOOD: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class _Letter:
    """A delivery with all that is needed to send it; without a target it cannot be sent now."""

    delivery: Delivery
    target: PushTarget | None
    secrets: PushSecrets | None
    body: bytes = field(repr=False)


class PushOutbox:
    """A projection of runs, and the loop that sends. Any number of processes may run the loop."""

    def __init__(self, store: Store, *, http: httpx2.AsyncClient, endpoints: EndpointService, clock: Clock) -> None:
        self._store = store
        self._http = http
        self._endpoints = endpoints
        self._clock = clock
        self._written = asyncio.Event()
        self.pauses_s: Sequence[float] = PAUSES_S

    def __call__(
        self,
        tx: Transaction,
        run: Run,
        *,
        events: Sequence[Event],
        opened: Sequence[Interrupt],
        closed: Sequence[Interrupt],
        ending: Ending | None,
    ) -> None:
        """Put the result of a run that is to be pushed into the outbox, in the transaction that ends it."""
        if ending is None or run.parent_run_id is not None or not (run.origin or {}).get(PUSHED) or run.flow_id is None:
            return
        now = self._clock.now()
        rows.add_delivery(
            tx,
            Delivery(
                id=new_id(),
                workspace_id=run.workspace_id,
                flow_id=run.flow_id,
                run_id=run.id,
                status="pending",
                attempts=(),
                due_at=now,
                created_at=now,
                ended_at=None,
            ),
        )
        tx.after_commit(self._written.set)

    async def page(self, principal: Principal, flow_id: str, *, cursor: str | None, limit: int) -> Page[Delivery]:
        """The deliveries of a flow, newest first. Raises `NotFound`, `Forbidden`."""

        def find(conn: Connection) -> Page[Delivery]:
            flow = reach_flow(conn, principal, flow_id, "run.read")
            return rows.list_deliveries(conn, flow.id, cursor=cursor, limit=limit)

        return await self._store.read(find)

    async def retry(self, principal: Principal, flow_id: str, delivery_id: str) -> Delivery:
        """Try a delivery again now, with all its attempts before it; one that was accepted stays so.

        Raises `NotFound`, `Forbidden`.
        """

        def again(tx: Transaction) -> Delivery:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.edit", lock=True)
            found = rows.get_delivery(tx.conn, delivery_id, flow_id=flow.id)
            if found.status != "delivered":
                rows.update_delivery(
                    tx, found.id, status="pending", attempts=found.attempts, due_at=self._clock.now(), ended_at=None
                )
                tx.after_commit(self._written.set)
            return rows.get_delivery(tx.conn, delivery_id, flow_id=flow.id)

        return await self._store.write(again)

    async def run(self) -> None:
        """Send what is due until cancelled. Survives a database restart."""
        while True:
            self._written.clear()
            try:
                if await self._send_due():
                    continue
                wait_s = self._until(await self._store.read(rows.next_due))
            except StoreUnavailable:
                wait_s = _POLL_S
            except Exception:  # noqa: BLE001 - without this loop nothing would ever be pushed again
                _log.exception("pushing results failed; trying again")
                wait_s = _POLL_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._written.wait(), wait_s)

    def _until(self, due_at: datetime | None) -> float:
        longest = _POLL_S if self._store.dialect == "postgresql" else _LONGEST_SLEEP_S
        if due_at is None:
            return longest
        return min(max((due_at - self._clock.now()).total_seconds(), 0.0), longest)

    async def _send_due(self) -> int:
        now = self._clock.now()
        due = await self._store.write(rows.take_due, now=now, until=now + _LEASE, limit=_AT_ONCE)
        letters = [await self._store.read(self._letter, delivery) for delivery in due]
        await asyncio.gather(*(self._deliver(letter) for letter in letters))
        return len(due)

    def _letter(self, conn: Connection, delivery: Delivery) -> _Letter:
        run = get_run(conn, delivery.run_id, workspace_id=delivery.workspace_id)
        target = rows.find_target(conn, delivery.flow_id)
        secrets = self._endpoints.reveal(conn, target) if target is not None and target.enabled else None
        return _Letter(delivery, target, secrets, orjson.dumps(_message(run, delivery)))

    async def _deliver(self, letter: _Letter) -> None:
        """One attempt, and what it came to."""
        began = self._clock.now()
        status, error = await self._post(letter)
        is_accepted = status in _GOOD
        ended = self._clock.now()
        attempt: dict[str, Json] = {"at": began.isoformat(), "ms": int((ended - began).total_seconds() * 1000)}
        attempt |= {name: value for name, value in (("status", status), ("error", error)) if value is not None}
        attempts = [*letter.delivery.attempts, attempt]
        is_given_up = not is_accepted and len(attempts) > len(self.pauses_s)
        is_over = is_accepted or is_given_up
        await self._store.write(
            rows.update_delivery,
            letter.delivery.id,
            status="delivered" if is_accepted else "failed" if is_given_up else "pending",
            attempts=attempts,
            due_at=None if is_over else ended + timedelta(seconds=self.pauses_s[len(attempts) - 1]),
            ended_at=ended if is_over else None,
        )

    async def _post(self, letter: _Letter) -> tuple[int | None, str | None]:
        """The status of the answer, or what went wrong instead."""
        if letter.target is None or letter.secrets is None:
            return None, "push_not_configured"
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._http.post(
                    letter.target.url,
                    content=letter.body,
                    headers=self._headers(letter, letter.secrets),
                    follow_redirects=False,
                )
        except OutboundError as error:
            return None, error.code
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, TimeoutError) as error:
            return None, f"unreachable: {type(error).__name__}"
        return answer.status_code, None

    def _headers(self, letter: _Letter, secrets: PushSecrets) -> dict[str, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        delivery_id = letter.delivery.id
        return {
            "authorization": f"Bearer {secrets.access_token.reveal()}",
            "content-type": "application/json",
            "idempotency-key": delivery_id,
            "webhook-id": delivery_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": sign(secrets.signing_secret, delivery_id, timestamp=timestamp, body=letter.body),
        }


def sign(secret: Secret, delivery_id: str, *, timestamp: str, body: bytes) -> str:
    """The signature of Standard Webhooks over id, time and body."""
    key = base64.b64decode(secret.reveal().partition("_")[2])
    signed = hmac.digest(key, f"{delivery_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


def _message(run: Run, delivery: Delivery) -> Mapping[str, Json]:
    """What is told of a run: the words of its poll answer, and what it is a run of."""
    message: dict[str, Json] = {
        "deliveryId": delivery.id,
        "appRunId": run.id,
        "flowId": run.flow_id,
        "version": run.version,
        "status": run.status.value,
    }
    if run.error is None:
        message["output"] = run.output
    else:
        message["error"] = dict(run.error)
    if run.rejected:
        message["rejected"] = True
    return message
