"""`/v1/peer/:id/card`: a Peer as people who chat meet it."""

from typing import Annotated, Literal

from pydantic import Field

from flow_runtime.errors import Json
from peer_server.access import Principal
from peer_server.peers.toolset import Tool
from peer_server.services.peers.peer_cards import PeerCard
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer

api = router("peer")
Reader = Annotated[Principal, needs("peer.read")]


class Ability(Answer):
    """A flow that the Peer may use."""

    id: str
    """The attachment's id, as `action.run` takes it."""
    as_: Annotated[Literal["tool", "action", "message"], Field(alias="as")]
    name: str
    description: str
    inputs: dict[str, Json]
    """JSON Schema of what it needs."""


class CardAnswer(Answer):
    """Who it is, and what it can do."""

    id: str
    name: str
    description: str
    version: int | None
    greeting: str
    starters: list[str]
    model: str
    is_scripted: bool
    """Whether the scripted model answers: no AI."""
    abilities: list[Ability]


@api.get("/v1/peer/{peer_id}/card")
async def card(peer_id: str, *, who: Reader, services: Use) -> CardAnswer:
    """What people who chat may know of a Peer."""
    return _answer(await services.peer_cards.card(who, peer_id))


def _answer(found: PeerCard) -> CardAnswer:
    peer = found.peer
    return CardAnswer(
        id=peer.id,
        name=peer.name,
        description=peer.description,
        version=peer.version,
        greeting=peer.greeting,
        starters=list(peer.starters),
        model=found.model,
        is_scripted=found.is_scripted,
        abilities=[_ability(tool) for tool in found.abilities],
    )


def _ability(tool: Tool) -> Ability:
    return Ability(
        id=tool.attachment.id,
        as_=tool.attachment.as_,
        name=tool.title,
        description=tool.spec.description,
        inputs=dict(tool.spec.parameters),
    )
