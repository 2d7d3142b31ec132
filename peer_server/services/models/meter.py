"""Counts what models use on whose account, and refuses calls for which nothing is left.

A call is let in while what was spent and what calls in flight are sure to use (their prompts) is less than each limit.
So a budget is overrun by the answers of the calls in flight at most, and by the prompt of the last one.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import StoreUnavailable
from flow_runtime.ids import new_id
from flow_runtime.model import AssistantMessage, Message, ModelRequest, ToolMessage
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal
from peer_server.budget import Spent, State, Subject, began, refusal, tokens_in
from peer_server.services.models.prices import PriceList
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores.budgets import BudgetRow, budgets_on, change_budget
from peer_server.stores.model_spending import Used, add_spending, drop_lapsed, held, hold, let_go, spent_since
from peer_server.tariff import Price

_log = logging.getLogger(__name__)
_LAPSES: Final = timedelta(minutes=15)
"""How long what a killed process kept of a budget stays kept."""

FindPayers = Callable[[Connection], Collection[Subject]]
"""Looks up on whose account calls go; see `stores.payers`."""


@dataclass(frozen=True, slots=True)
class AdmittedCall:
    """A call that may be made. `is_held` says that something is kept for it, since there are budgets."""

    id: str
    workspace_id: str
    payers: Collection[Subject]
    price: Price | None
    is_held: bool

    def used(self, prompt: int, completion: int, *, total: int | None = None, cached: int = 0) -> Used:
        """What so many tokens come to."""
        tokens = prompt + completion if total is None else total
        if self.price is None:
            return Used(tokens)
        cost = self.price.billionths(prompt=prompt, completion=completion, cached=cached)
        return Used(tokens, cost, self.price.currency)


class Meter:
    """Lets calls in, and counts them."""

    def __init__(self, store: Store, *, prices: PriceList, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._prices = prices
        self._trail = trail
        self._clock = clock

    async def admit(self, request: ModelRequest, *, workspace_id: str, payers: FindPayers, model: str) -> AdmittedCall:
        """Let a call of that model in. Raises `BudgetSpent`."""

        def look(conn: Connection) -> tuple[Collection[Subject], Price | None, bool]:
            found = payers(conn)
            price = self._prices.price_of(conn, model, workspace_id=workspace_id)
            return found, price, bool(budgets_on(conn, workspace_id, found))

        found, price, has_budgets = await self._store.read(look)
        call = AdmittedCall(new_id(), workspace_id, found, price, has_budgets)
        if has_budgets:
            await self._store.write(self._hold, call, prompt=tokens_in(characters_of(request)))
        return call

    async def settle(self, call: AdmittedCall, used: Used) -> None:
        """Count what a call used, and keep nothing for it any longer. A store that is away loses only the count."""
        if not (used.tokens or call.is_held):
            return
        try:
            await self._store.write(self._settle, call, used=used)
        except StoreUnavailable:
            _log.warning("the store was away: %d tokens of a model are not counted", used.tokens)

    def _hold(self, tx: Transaction, call: AdmittedCall, *, prompt: int) -> None:
        now = self._clock.now()
        for budget in budgets_on(tx.conn, call.workspace_id, call.payers, lock=True):
            in_flight = held(tx.conn, call.workspace_id, budget.subject, currency=budget.currency, now=now)
            if budget.limits.state(_sum(self._spent(tx.conn, budget, now), in_flight)) == "spent":
                raise refusal(budget.subject_kind, budget.period, now=now)
        drop_lapsed(tx, call.workspace_id, now=now)
        used = call.used(prompt, 0)
        hold(tx, call.workspace_id, call.payers, call_id=call.id, used=used, lapses_at=now + _LAPSES)

    def _settle(self, tx: Transaction, call: AdmittedCall, *, used: Used) -> None:
        now = self._clock.now()
        budgets: Sequence[BudgetRow] = ()
        if call.is_held:
            budgets = budgets_on(tx.conn, call.workspace_id, call.payers, lock=True)
            let_go(tx, call.id)
        add_spending(tx, call.workspace_id, call.payers, used=used, now=now)
        for budget in budgets:
            self._tell(tx, budget, budget.limits.state(self._spent(tx.conn, budget, now)), now=now)

    def _spent(self, conn: Connection, budget: BudgetRow, now: datetime) -> Spent:
        return spent_since(
            conn,
            budget.workspace_id,
            budget.subject,
            since=began(budget.period, now),
            currency=budget.currency,
        )

    def _tell(self, tx: Transaction, budget: BudgetRow, state: State, *, now: datetime) -> None:
        """Tell the log that a budget runs low, and that it is spent: once in a period each."""
        begun = began(budget.period, now)
        record = partial(
            self._trail.record,
            by=Principal("system", "budget", "Budgets", budget.workspace_id, frozenset()),
            of=("budget", budget.id),
            details={"kind": budget.subject_kind, "subjectId": budget.subject_id, "period": budget.period},
        )
        if state != "ok" and (budget.low_at is None or budget.low_at < begun):
            change_budget(tx, budget.id, low_at=now)
            record(tx, "budget.low", description=f"a budget for this {budget.period} is used to 80 percent")
        if state == "spent" and (budget.spent_at is None or budget.spent_at < begun):
            change_budget(tx, budget.id, spent_at=now)
            record(tx, "budget.spent", description=f"a budget for this {budget.period} is spent")


def characters_of(request: ModelRequest) -> int:
    """How much text a request has, without pictures and documents."""
    return sum(_length(message) for message in request.messages)


def _length(message: Message) -> int:
    match message:
        case AssistantMessage(text=text, tool_calls=calls):
            return len(text) + sum(len(call.arguments) for call in calls)
        case ToolMessage(content=text):
            return len(text)
    return len(message.text)


def _sum(one: Spent, other: Spent) -> Spent:
    return Spent(one.tokens + other.tokens, one.cost + other.cost)
