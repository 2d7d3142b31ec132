"""`/v1/connection`: providers of models that a workspace is connected to. Keys are never shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from flow_runtime.errors import Json
from peer_server.access import Principal
from peer_server.routes.answer_parts import Failure, PriceOfModel
from peer_server.stores.model_connections import ModelConnectionRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body
from peer_server.web.listing import InWindow, PagedList

api = router("connection")
Reader = Annotated[Principal, needs("connection.read")]
Admin = Annotated[Principal, needs("connection.manage")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", examples=["our-models"])]
BaseUrl = Annotated[
    str, Field(max_length=2000, pattern=r"^https?://[^\s/@]+(/\S*)?$", examples=["https://models.example/v1"])
]
Key = Annotated[str, Field(min_length=1, max_length=10_000)]


Provider = Literal[
    "openai",
    "anthropic",
    "deepseek",
    "fireworks",
    "google_genai",
    "groq",
    "mistralai",
    "openrouter",
    "perplexity",
    "together",
    "xai",
]
"""`openai` is every server that speaks the API of OpenAI. The others come with the extra `langchain`."""
PricePart = Annotated[float, Field(ge=0, le=1_000_000)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class ModelPrice(Body):
    """What a million tokens of a model cost."""

    prompt: PricePart
    """Those that it is sent."""
    completion: PricePart
    """Those that it answers."""
    cached: PricePart | None = None
    """Those that it is sent and still knew; without it they cost what the others do."""


Prices = Annotated[
    dict[str, ModelPrice],
    Field(max_length=200, examples=[{"*": {"prompt": 1.25, "completion": 10.0, "cached": 0.125}}]),
]
"""By the model's name at the provider; `*` is for all others."""


class NewConnection(Body):
    """A provider of models, by its key."""

    kind: Literal["model"] = "model"
    name: Name
    """Models are `<name>:<model>` from now on, in steps, Peers and scanners."""
    provider: Provider = "openai"
    """Who speaks there. Any other than `openai` needs the extra `langchain` and its own package."""
    base_url: Annotated[BaseUrl | None, Field(examples=["https://models.example/v1"])] = None
    """What `/chat/completions` is put behind; for `openai` only. Private addresses must be allowed."""
    key: Key
    prices: Prices = Field(default_factory=dict)
    currency: Currency | None = None
    """Of the prices; without it that of the installation."""


class ConnectionChange(Body):
    """What is to be different; fields that are left out stay. A new address needs the key again."""

    name: Name | None = None
    base_url: BaseUrl | None = None
    key: Key | None = None
    prices: Prices | None = None
    """All of them; calls from now on cost that."""
    currency: Currency | None = None


class ModelTrial(Body):
    """Which model to ask for one word."""

    model: Annotated[str, Field(min_length=1, max_length=200, examples=["gpt-5"])]


class ConnectionAnswer(Answer):
    """A connection."""

    id: str
    kind: Literal["model"] = "model"
    name: str
    provider: str
    base_url: str | None
    prices: Mapping[str, PriceOfModel]
    currency: str
    status: Literal["untested", "ok", "failing"]
    """How the last test went."""
    error: Failure | None
    checked_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ConnectionList(PagedList):
    """All connections, by name."""

    items: list[ConnectionAnswer]


@api.post("/v1/connection", status_code=201)
async def create(*, body: NewConnection, who: Admin, services: Use) -> ConnectionAnswer:
    """Connect a provider."""
    row = await services.spending.connections.create(
        who,
        name=body.name,
        key=body.key,
        provider=body.provider,
        base_url=body.base_url or "",
        prices=_stored(body.prices),
        currency=body.currency or services.settings.currency,
    )
    return _answer(row)


@api.get("/v1/connection")
async def list_all(*, who: Reader, services: Use, window: InWindow) -> ConnectionList:
    """All connections of the workspace."""
    return window.of(ConnectionList, [_answer(row) for row in await services.spending.connections.all(who)])


@api.get("/v1/connection/{connection_id}")
async def get(*, connection_id: str, who: Reader, services: Use) -> ConnectionAnswer:
    """One connection."""
    return _answer(await services.spending.connections.get(who, connection_id))


@api.patch("/v1/connection/{connection_id}")
async def change(*, connection_id: str, body: ConnectionChange, who: Admin, services: Use) -> ConnectionAnswer:
    """Change it; that counts from the next call of a model on."""
    sent: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    changes = {name: value for name, value in sent.items() if value is not None}
    if body.prices is not None:
        changes["prices"] = _stored(body.prices)
    return _answer(await services.spending.connections.change(who, connection_id, changes))


@api.delete("/v1/connection/{connection_id}", status_code=204)
async def delete(*, connection_id: str, who: Admin, services: Use) -> None:
    """Remove it; models that name it cannot be called from now on."""
    await services.spending.connections.delete(who, connection_id)


@api.post("/v1/connection/{connection_id}/test")
async def test(*, connection_id: str, body: ModelTrial, who: Admin, services: Use) -> ConnectionAnswer:
    """Ask one of its models for a word, and keep how it went."""
    return _answer(await services.spending.connections.test(who, connection_id, model=body.model))


def _stored(prices: Mapping[str, ModelPrice]) -> dict[str, Json]:
    return {model: price.model_dump(exclude_none=True) for model, price in prices.items()}


def _answer(row: ModelConnectionRow) -> ConnectionAnswer:
    names = set(ConnectionAnswer.model_fields) & set(ModelConnectionRow.__slots__)
    shown = {name: getattr(row, name) for name in names}
    return ConnectionAnswer.model_validate(shown | {"base_url": row.base_url or None})
