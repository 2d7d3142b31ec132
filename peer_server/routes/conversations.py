"""`/v1/conversation`: the same use cases as the socket's, for programs and for lists."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.ids import new_id
from flow_runtime.json_limits import LARGEST_NUMBER
from flow_runtime.stores.paging import no_cursor
from peer_server.access import Principal
from peer_server.routes.conversation_answers import (
    ConversationAnswer,
    ConversationPage,
    ConversationView,
    EventPage,
    MessagePage,
    SentMessage,
    StartedAction,
    StoppedTurn,
)
from peer_server.services.bundle import Services
from peer_server.stores.conversation_rows import Conversation
from peer_server.web.answers import JsonAnswer, json_frames
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Body, Cursor, Limit
from peer_server.wire import Part

api = router("conversation")
Reader = Annotated[Principal, needs("conversation.read")]
Writer = Annotated[Principal, needs("conversation.write")]


class NewConversation(Body):
    """A conversation to start."""

    peer_id: str
    preview: bool = False
    """Talk to the draft of the Peer; needs the right to edit it."""


class ConversationChange(Body):
    """What to change; what is absent stays."""

    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    pinned: bool | None = None
    archived: bool | None = None


class NewMessage(Body):
    """A message to send."""

    content: Annotated[str, Field(min_length=1, max_length=200_000)] | Annotated[list[Part], Field(min_length=1)]
    client_message_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """Made by the client: the same id again is the same message."""
    parent_id: str | None = None


class NewAction(Body):
    """A flow to run that is attached as an action."""

    attachment_id: str
    inputs: dict[str, Json] = Field(default_factory=dict)


@api.post("/v1/conversation", status_code=201, response_model=ConversationAnswer)
async def create(*, body: NewConversation, who: Writer, services: Use) -> JsonAnswer:
    """Start a conversation with a Peer."""
    made = await services.chat.conversations.create(who, peer_id=body.peer_id, preview=body.preview)
    return JsonAnswer((await _rows(services, who, [made]))[0], 201)


@api.get("/v1/conversation", response_model=ConversationPage)
async def page(
    *,
    who: Reader,
    services: Use,
    search: Annotated[str, Query(max_length=200)] = "",
    archived: bool = False,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> JsonAnswer:
    """One's conversations, pinned first, then newest first."""
    found = await services.chat.conversations.list(who, search=search, archived=archived, cursor=cursor, limit=limit)
    answer: dict[str, Json] = {"items": await _rows(services, who, found.items)}
    if found.next_cursor is not None:
        answer["nextCursor"] = found.next_cursor
    return JsonAnswer(answer)


@api.get("/v1/conversation/{conversation_id}", response_model=ConversationView)
async def get(*, conversation_id: str, who: Reader, services: Use) -> JsonAnswer:
    """One conversation with the fold of all its events: what a client that follows it shows."""
    row = await services.chat.conversations.get(who, conversation_id)
    shown = (await _rows(services, who, [row]))[0]
    view = await services.chat.conversations.view(who, conversation_id)
    return JsonAnswer({**shown, **view.as_json(), "title": view.title or row.title})


@api.patch("/v1/conversation/{conversation_id}", response_model=ConversationAnswer)
async def change(*, conversation_id: str, body: ConversationChange, who: Writer, services: Use) -> JsonAnswer:
    """Rename, pin or archive."""
    row = await services.chat.conversations.update(
        who, conversation_id, title=body.title, pinned=body.pinned, archived=body.archived
    )
    return JsonAnswer((await _rows(services, who, [row]))[0])


@api.delete("/v1/conversation/{conversation_id}", status_code=204)
async def delete(
    *,
    conversation_id: str,
    who: Writer,
    services: Use,
    permanently: Annotated[
        bool, Query(description="With messages, runs and files, and for good; also one that was deleted before.")
    ] = False,
) -> None:
    """Take the conversation away; `restore` brings it back, unless it was deleted permanently."""
    if permanently:
        await services.retention.removal.remove(who, conversation_id)
    else:
        await services.chat.conversations.delete(who, conversation_id)


@api.post("/v1/conversation/{conversation_id}/restore", response_model=ConversationAnswer)
async def restore(*, conversation_id: str, who: Writer, services: Use) -> JsonAnswer:
    """Undo a deletion."""
    row = await services.chat.conversations.restore(who, conversation_id)
    return JsonAnswer((await _rows(services, who, [row]))[0])


@api.get("/v1/conversation/{conversation_id}/message", response_model=MessagePage)
async def messages(
    *,
    conversation_id: str,
    who: Reader,
    services: Use,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> JsonAnswer:
    """The messages of the shown branch, oldest first, then the queued ones."""
    view = await services.chat.conversations.view(who, conversation_id)
    shown = [*view.branch(), *(view.messages[queued] for queued in view.queue)]
    start = _position(cursor)
    items = [{"id": message["messageId"], **message} for message in shown[start : start + limit]]
    more = start + limit < len(shown)
    return JsonAnswer({"items": items, "nextCursor": str(start + limit) if more else None})


@api.post("/v1/conversation/{conversation_id}/message", status_code=201, response_model=SentMessage)
async def send(*, conversation_id: str, body: NewMessage, who: Writer, services: Use) -> JsonAnswer:
    """Send a message; the answer comes as events. While a turn runs it is queued."""
    sent = await services.chat.conversations.send(
        who,
        conversation_id,
        client_message_id=body.client_message_id or new_id(),
        content=body.content,
        parent_id=body.parent_id,
    )
    names = {"id": sent.message_id, "messageId": sent.message_id, "turnId": sent.turn_id, "seq": sent.seq}
    return JsonAnswer(names, 201)


@api.post(
    "/v1/conversation/{conversation_id}/action",
    status_code=201,
    response_class=JsonAnswer,
    response_model=StartedAction,
)
async def act(*, conversation_id: str, body: NewAction, who: Writer, services: Use) -> JsonAnswer:
    """Run a flow that the Peer has attached as an action."""
    sent = await services.chat.conversations.run_action(
        who, conversation_id, attachment_id=body.attachment_id, inputs=body.inputs
    )
    return JsonAnswer({"turnId": sent.turn_id, "seq": sent.seq}, 201)


@api.post("/v1/conversation/{conversation_id}/stop", response_model=StoppedTurn)
async def stop(*, conversation_id: str, who: Writer, services: Use) -> JsonAnswer:
    """Stop the running turn."""
    return JsonAnswer({"stopped": await services.chat.conversations.stop(who, conversation_id)})


@api.get("/v1/conversation/{conversation_id}/events", response_model=EventPage)
async def events(
    *,
    conversation_id: str,
    who: Reader,
    services: Use,
    after_seq: Annotated[int, Query(ge=0, le=LARGEST_NUMBER, alias="afterSeq")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> Response:
    """The durable events after a seq, in order."""
    row = await services.chat.conversations.get(who, conversation_id)
    frames = await services.chat.conversations.frames(who, conversation_id, after_seq=after_seq, limit=limit)
    return json_frames(frames, epoch=row.epoch, last_seq=max(row.last_seq, frames[-1].seq or 0 if frames else 0))


async def _rows(services: Services, who: Principal, found: Sequence[Conversation]) -> list[dict[str, Json]]:
    """Conversations as lists show them."""
    names, counts = await services.inbox.beside(who, found)
    return [
        {
            "id": one.id,
            "peerId": one.peer_id,
            "peerName": names.get(one.peer_id, ""),
            "title": one.title,
            "pinned": one.pinned,
            "archived": one.archived,
            "preview": one.is_preview,
            "openInterrupts": counts.get(one.id, 0),
            "epoch": one.epoch,
            "lastSeq": one.last_seq,
            "createdAt": one.created_at.isoformat(),
            "updatedAt": one.updated_at.isoformat(),
            "endedAt": one.ended_at.isoformat() if one.ended_at else None,
        }
        for one in found
    ]


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal():
        raise no_cursor(cursor)
    return int(cursor)
