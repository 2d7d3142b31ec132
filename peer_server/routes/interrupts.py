"""`/v1/interrupt`: what is asked of people, and their answers. Every door leads to the same decision."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.json_limits import LARGEST_NUMBER
from flow_runtime.run import Interrupt, InterruptStatus
from peer_server.access import Principal
from peer_server.routes.conversation_answers import (
    DecisionAnswer,
    InterruptAnswer,
    InterruptPage,
    InterruptWithDraft,
    KeptDraft,
)
from peer_server.run_answers import interrupt_json
from peer_server.services.runs.decisions import Decision
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import RESOLUTION, Body, Cursor, Limit, json_object

api = router("interrupt")
Reader = Annotated[Principal, needs("interrupt.read")]
Answerer = Annotated[Principal, needs("interrupt.answer")]


class DraftChange(Body):
    """Half-typed values of a form."""

    values: dict[str, Json]
    rev: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
    """The last revision that this client has seen; a stale one is refused."""
    page: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] | None = None


@api.get("/v1/interrupt", response_model=InterruptPage)
async def page(
    *,
    who: Reader,
    services: Use,
    status: Annotated[InterruptStatus | None, Query()] = None,
    run_id: Annotated[str | None, Query(alias="runId")] = None,
    conversation_id: Annotated[str | None, Query(alias="conversationId")] = None,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> JsonAnswer:
    """What one may answer or is close to, newest first; `mayAnswer` tells the two apart."""
    found, may_answer = await services.inbox.interrupts(
        who, status=status, run_id=run_id, conversation_id=conversation_id, cursor=cursor, limit=limit
    )
    return JsonAnswer(
        {
            "items": [{**interrupt_json(one), "mayAnswer": may_answer[one.id]} for one in found.items],
            "nextCursor": found.next_cursor,
        }
    )


@api.get("/v1/interrupt/{interrupt_id}", response_model=InterruptWithDraft)
async def get(*, interrupt_id: str, who: Reader, services: Use) -> JsonAnswer:
    """One request, with its draft if it is a form."""
    found = await services.chat.decisions.get(who, interrupt_id)
    draft = await services.chat.drafts.get(who, interrupt_id)
    extra = {} if draft is None else {"draft": draft.model_dump(by_alias=True, exclude_none=True)}
    return JsonAnswer({**interrupt_json(found), **extra})


@api.post(
    "/v1/interrupt/{interrupt_id}/resume",
    response_class=JsonAnswer,
    openapi_extra=RESOLUTION,
    response_model=DecisionAnswer,
)
async def resume(
    *, interrupt_id: str, who: Answerer, services: Use, body: Annotated[dict[str, Json], Depends(json_object)]
) -> JsonAnswer:
    """Answer a request. The first decision wins; the same one again is answered with what was recorded."""
    return _decided(await services.chat.decisions.decide(who, interrupt_id, body, door="rest"))


@api.post("/v1/interrupt/{interrupt_id}/withdraw", response_model=InterruptAnswer)
async def withdraw(*, interrupt_id: str, who: Answerer, services: Use) -> JsonAnswer:
    """Take the request back: it is cancelled, and its run with it."""
    return JsonAnswer(interrupt_json(await services.chat.decisions.withdraw(who, interrupt_id, door="rest")))


@api.put("/v1/interrupt/{interrupt_id}/draft", response_model=KeptDraft)
async def draft(*, interrupt_id: str, body: DraftChange, who: Answerer, services: Use) -> JsonAnswer:
    """Keep half-typed values of a form on the server."""
    rev = await services.chat.drafts.save(who, interrupt_id, values=body.values, rev=body.rev, page=body.page)
    return JsonAnswer({"interruptId": interrupt_id, "rev": rev})


def _decided(decision: Decision) -> JsonAnswer:
    settled: Interrupt = decision.interrupt
    return JsonAnswer({**interrupt_json(settled), "repeated": decision.repeated})
