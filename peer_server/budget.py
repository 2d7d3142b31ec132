"""Budgets: how many tokens, or how much money, models may use on somebody's account in a day or a month. Pure.

Periods are those of UTC: a day begins at midnight there, a month with its first day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from flow_runtime.errors import BudgetSpent

SubjectKind = Literal["workspace", "user", "peer", "link"]
Period = Literal["day", "month"]
State = Literal["ok", "low", "spent"]

WARN_AT: Final = 80
"""From how many percent on a budget is low."""
_WHOSE: Final = {
    "workspace": "the workspace",
    "user": "this person",
    "peer": "this Peer",
    "link": "this link",
}
_RAISED_BY: Final = {
    "workspace": ("workspaceAdmin", "an admin of the workspace"),
    "user": ("workspaceAdmin", "an admin of the workspace"),
    "peer": ("peerAdmin", "an admin of the Peer"),
    "link": ("linkMaker", "whoever manages the link"),
}
_CHARACTERS_PER_TOKEN: Final = 4


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """On whose account a call goes."""

    kind: SubjectKind
    id: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used of a period: tokens of all calls, and billionths of one currency."""

    tokens: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be used in a period: tokens, billionths of the currency, or both."""

    tokens: int | None
    cost: int | None

    def state(self, used: Spent) -> State:
        """How it stands: the limit that is nearer decides."""
        shares = [
            (have, limit) for have, limit in ((used.tokens, self.tokens), (used.cost, self.cost)) if limit is not None
        ]
        if any(have >= limit for have, limit in shares):
            return "spent"
        return "low" if any(have * 100 >= limit * WARN_AT for have, limit in shares) else "ok"


def began(period: Period, now: datetime) -> datetime:
    """When the period began that this moment is in."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if period == "day" else midnight.replace(day=1)


def renews(period: Period, now: datetime) -> datetime:
    """When the next period begins."""
    if period == "day":
        return began("day", now) + timedelta(days=1)
    return (began("month", now) + timedelta(days=31)).replace(day=1)


def tokens_in(characters: int) -> int:
    """About how many tokens a text of that length is at least."""
    return characters // _CHARACTERS_PER_TOKEN


def refusal(kind: SubjectKind, period: Period, *, now: datetime) -> BudgetSpent:
    """The refusal of a call, without any figure: visitors are told it too."""
    renews_at = renews(period, now).isoformat()
    code, people = _RAISED_BY[kind]
    return BudgetSpent(
        f"the budget of {_WHOSE[kind]} for models is spent for this {period}; it begins anew at {renews_at}",
        remedy=f"wait until then, or ask {people} to raise it",
        details={"budgetOf": kind, "period": period, "renewsAt": renews_at, "raisedBy": code},
    )
