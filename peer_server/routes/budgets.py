"""`/v1/budget`: limits to what may be spent on models, and what is left of them."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from flow_runtime.errors import InvalidDefinition
from peer_server.access import Principal
from peer_server.budget import Period, State, Subject, SubjectKind
from peer_server.services.models.budgets import BudgetView
from peer_server.tariff import amount_of, billionths_of
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body, Cursor, Limit

api = router("budget")
Reader = Annotated[Principal, needs("budget.read")]
Editor = Annotated[Principal, needs("budget.edit")]
Tokens = Annotated[int, Field(ge=1, le=10**15, examples=[1_000_000])]
Cost = Annotated[float, Field(gt=0, le=1_000_000_000, examples=[20.0])]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]


class NewBudget(Body):
    """A limit: `tokens`, `cost`, or both, of which the one that is reached first counts."""

    kind: Annotated[SubjectKind, Field(examples=["workspace"])]
    """Whose account is limited: `workspace`, `user`, `peer`, or `link` (a public link to a Peer or a flow)."""
    subject_id: str | None = None
    """The id of the person, Peer or link; not needed for the workspace."""
    period: Period = "month"
    """A day begins at midnight UTC, a month on its first day."""
    tokens: Annotated[Tokens | None, Field(examples=[1_000_000])] = None
    cost: Cost | None = None
    currency: Currency | None = None
    """Of `cost`; without it that of the installation. Calls that are paid in another one count by tokens only."""


class BudgetChange(Body):
    """What is to be different; fields that are left out stay. `null` takes one of both limits away."""

    tokens: Tokens | None = None
    cost: Cost | None = None
    currency: Currency = "USD"


class BudgetAnswer(Answer):
    """A limit, and how it stands in the period that runs now."""

    id: str
    kind: SubjectKind
    subject_id: str
    period: Period
    tokens: int | None
    cost: float | None
    currency: str
    used_tokens: int
    used_cost: float
    left_tokens: int | None
    left_cost: float | None
    state: State
    """`low` from four fifths on, `spent` once no call is let in any more."""
    began_at: datetime
    renews_at: datetime
    created_by: str
    created_at: datetime
    updated_at: datetime


class BudgetList(Answer):
    """A page of budgets, newest first."""

    items: list[BudgetAnswer]
    next_cursor: str | None


@api.post("/v1/budget", status_code=201)
async def create(*, body: NewBudget, who: Editor, services: Use) -> BudgetAnswer:
    """Set a limit. What was used in this period already counts."""
    subject_id = who.workspace_id if body.subject_id is None and body.kind == "workspace" else body.subject_id
    if subject_id is None:
        raise InvalidDefinition("invalid_request", f"a budget of a {body.kind} needs its id", path="/subjectId")
    view = await services.spending.budgets.create(
        who,
        Subject(body.kind, subject_id),
        period=body.period,
        tokens=body.tokens,
        cost=None if body.cost is None else billionths_of(body.cost),
        currency=body.currency or services.settings.currency,
    )
    return _answer(view)


@api.get("/v1/budget")
async def page(
    *,
    who: Reader,
    services: Use,
    kind: SubjectKind | None = None,
    subject_id: Annotated[str | None, Query(alias="subjectId", max_length=64)] = None,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> BudgetList:
    """One's own budgets, and those of what one may limit."""
    found = await services.spending.budgets.page(who, kind=kind, subject_id=subject_id, cursor=cursor, limit=limit)
    return BudgetList(items=[_answer(view) for view in found.items], next_cursor=found.next_cursor)


@api.get("/v1/budget/{budget_id}")
async def get(*, budget_id: str, who: Reader, services: Use) -> BudgetAnswer:
    """One budget, with what is left of it."""
    return _answer(await services.spending.budgets.get(who, budget_id))


@api.patch("/v1/budget/{budget_id}")
async def change(*, budget_id: str, body: BudgetChange, who: Editor, services: Use) -> BudgetAnswer:
    """Change a limit; it counts from the next call of a model on."""
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    if changes.get("cost") is not None:
        changes["cost"] = billionths_of(changes["cost"])
    return _answer(await services.spending.budgets.change(who, budget_id, changes))


@api.delete("/v1/budget/{budget_id}", status_code=204)
async def delete(*, budget_id: str, who: Editor, services: Use) -> None:
    """Take a limit away."""
    await services.spending.budgets.delete(who, budget_id)


def _answer(view: BudgetView) -> BudgetAnswer:
    row, used = view.row, view.used
    return BudgetAnswer(
        id=row.id,
        kind=row.subject_kind,
        subject_id=row.subject_id,
        period=row.period,
        tokens=row.tokens,
        cost=None if row.cost is None else amount_of(row.cost),
        currency=row.currency,
        used_tokens=used.tokens,
        used_cost=amount_of(used.cost),
        left_tokens=None if row.tokens is None else max(row.tokens - used.tokens, 0),
        left_cost=None if row.cost is None else amount_of(max(row.cost - used.cost, 0)),
        state=view.state,
        began_at=view.began_at,
        renews_at=view.renews_at,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
