"""What is spent on models under contention: nothing is lost, and no more is let in than there is."""

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import insert, select

from flow_runtime.clock import ManualClock
from flow_runtime.errors import BudgetSpent, Json
from flow_runtime.model import ModelRequest, UserMessage
from flow_runtime.store import Store, Transaction
from peer_server.budget import Subject, began, renews
from peer_server.secrets import Keyring
from peer_server.services.models.meter import AdmittedCall, Meter
from peer_server.services.models.prices import PriceList
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores.budget_tables import budgets, model_holds
from peer_server.stores.identity import insert_workspace
from peer_server.stores.model_spending import spent_since
from peer_server.tariff import Tariff

pytestmark = pytest.mark.anyio
PAYERS = [Subject("workspace", "w1"), Subject("user", "u1"), Subject("peer", "p1")]
REQUEST = ModelRequest("m", [UserMessage("x" * 400)])  # About a hundred tokens.


@dataclass
class Wallet:
    """A meter over a store, in which the workspace may use a thousand tokens a month."""

    store: Store
    clock: ManualClock
    meter: Meter

    async def admit(self) -> AdmittedCall:
        return await self.meter.admit(REQUEST, workspace_id="w1", payers=lambda _conn: PAYERS, model="openai:m")

    async def tokens(self, subject: Subject) -> int:
        since = began("month", self.clock.now())
        spent = await self.store.read(spent_since, "w1", subject, since=since, currency="USD")
        return spent.tokens


@pytest.fixture
async def wallet(store: Store) -> Wallet:
    clock = ManualClock()
    now = clock.now()

    def make(tx: Transaction) -> None:
        insert_workspace(tx, id="w1", name="W", kek_id="k", wrapped_key=b"", now=now)
        row: dict[str, Json] = {
            "id": "b1",
            "workspace_id": "w1",
            "subject_kind": "workspace",
            "subject_id": "w1",
            "period": "month",
        }
        row |= {"tokens": 1000, "currency": "USD", "created_by": "u1", "created_at": now, "updated_at": now}
        tx.conn.execute(insert(budgets).values(row))

    await store.write(make)
    trail = AuditTrail(keyring=Keyring([bytes(32)]), clock=clock)
    return Wallet(store, clock, Meter(store, prices=PriceList(Tariff()), trail=trail, clock=clock))


async def test_calls_at_once_are_let_in_for_what_is_left_and_counted_without_loss(wallet: Wallet) -> None:
    # When forty calls of a hundred tokens ask at once for a thousand
    asked = await asyncio.gather(*(wallet.admit() for _ in range(40)), return_exceptions=True)
    let_in = [call for call in asked if isinstance(call, AdmittedCall)]
    # Then ten are let in
    assert len(let_in) == 10
    assert all(isinstance(call, BudgetSpent) for call in asked if call not in let_in)
    # And what they use is counted for everybody on whose account they go
    await asyncio.gather(*(wallet.meter.settle(call, call.used(90, 9)) for call in let_in))
    assert [await wallet.tokens(subject) for subject in PAYERS] == [990, 990, 990]
    # And ten tokens are left for one more, which is the last
    await wallet.meter.settle(await wallet.admit(), let_in[0].used(100, 500))
    with pytest.raises(BudgetSpent):
        await wallet.admit()
    assert await wallet.store.read(lambda conn: conn.execute(select(model_holds)).all()) == []


async def test_what_a_killed_process_held_lapses(wallet: Wallet) -> None:
    for _ in range(10):
        await wallet.admit()
    with pytest.raises(BudgetSpent):
        await wallet.admit()
    wallet.clock.advance(15 * 60)
    await wallet.admit()
    assert await wallet.tokens(PAYERS[0]) == 0


def test_a_month_ends_when_the_next_begins() -> None:
    clock = ManualClock()
    begun = []
    for _ in range(24):
        begun.append(renews("month", clock.now()))
        clock.advance((begun[-1] - clock.now()).total_seconds())
        assert began("month", clock.now()) == clock.now() == began("day", clock.now())
    assert [at.month for at in begun] == [*range(2, 13), *range(1, 13), 1]
