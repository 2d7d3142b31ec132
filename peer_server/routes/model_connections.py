"""`/v1/connection`: providers of models that a workspace is connected to. Keys are never shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from flow_runtime.errors import Json
from peer_server.access import Principal
from peer_server.stores.model_connections import ModelConnectionRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body

api = router("connection")
Reader = Annotated[Principal, needs("connection.read")]
Admin = Annotated[Principal, needs("connection.manage")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", examples=["our-models"])]
BaseUrl = Annotated[
    str, Field(max_length=2000, pattern=r"^https?://[^\s/@]+(/\S*)?$", examples=["https://models.example/v1"])
]
Key = Annotated[str, Field(min_length=1, max_length=10_000)]


class NewConnection(Body):
    """A provider that speaks the API of OpenAI."""

    kind: Literal["model"] = "model"
    name: Name
    """Models are `<name>:<model>` from now on, in steps, Peers and scanners."""
    base_url: BaseUrl
    """What `/chat/completions` is put behind. Private addresses must be allowed by the installation."""
    key: Key


class ConnectionChange(Body):
    """What is to be different; fields that are left out stay. A new address needs the key again."""

    name: Name | None = None
    base_url: BaseUrl | None = None
    key: Key | None = None


class ModelTrial(Body):
    """Which model to ask for one word."""

    model: Annotated[str, Field(min_length=1, max_length=200, examples=["gpt-5"])]


class ConnectionAnswer(Answer):
    """A connection."""

    id: str
    kind: Literal["model"] = "model"
    name: str
    base_url: str
    status: Literal["untested", "ok", "failing"]
    """How the last test went."""
    error: Mapping[str, Json] | None
    checked_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ConnectionList(Answer):
    """All connections, by name."""

    items: list[ConnectionAnswer]


@api.post("/v1/connection", status_code=201)
async def create(*, body: NewConnection, who: Admin, services: Use) -> ConnectionAnswer:
    """Connect a provider."""
    row = await services.model_connections.create(who, name=body.name, base_url=body.base_url, key=body.key)
    return _answer(row)


@api.get("/v1/connection")
async def list_all(*, who: Reader, services: Use) -> ConnectionList:
    """All connections of the workspace."""
    return ConnectionList(items=[_answer(row) for row in await services.model_connections.all(who)])


@api.get("/v1/connection/{connection_id}")
async def get(*, connection_id: str, who: Reader, services: Use) -> ConnectionAnswer:
    """One connection."""
    return _answer(await services.model_connections.get(who, connection_id))


@api.patch("/v1/connection/{connection_id}")
async def change(*, connection_id: str, body: ConnectionChange, who: Admin, services: Use) -> ConnectionAnswer:
    """Change it; that counts from the next call of a model on."""
    sent: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    changes = {name: value for name, value in sent.items() if value is not None}
    return _answer(await services.model_connections.change(who, connection_id, changes))


@api.delete("/v1/connection/{connection_id}", status_code=204)
async def delete(*, connection_id: str, who: Admin, services: Use) -> None:
    """Remove it; models that name it cannot be called from now on."""
    await services.model_connections.delete(who, connection_id)


@api.post("/v1/connection/{connection_id}/test")
async def test(*, connection_id: str, body: ModelTrial, who: Admin, services: Use) -> ConnectionAnswer:
    """Ask one of its models for a word, and keep how it went."""
    return _answer(await services.model_connections.test(who, connection_id, model=body.model))


def _answer(row: ModelConnectionRow) -> ConnectionAnswer:
    names = set(ConnectionAnswer.model_fields) & set(ModelConnectionRow.__slots__)
    return ConnectionAnswer.model_validate({name: getattr(row, name) for name in names})
