"""Parts of answers that are given as they were recorded: what is absent there is absent here."""

from typing import Any, Literal, NotRequired

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from flow_runtime.errors import Json


@with_config(ConfigDict(extra="allow"))
class Failure(TypedDict):
    """What went wrong, as it was recorded; what is empty is absent."""

    code: NotRequired[str]
    message: str
    path: NotRequired[str]
    remedy: NotRequired[str]
    details: NotRequired[Json]
    category: NotRequired[str]
    stepId: NotRequired[str]


@with_config(ConfigDict(extra="allow"))
class Finding(TypedDict):
    """One thing that a check found, and what to do about it."""

    level: NotRequired[Literal["error", "warning", "hint"]]
    code: str
    message: str
    path: NotRequired[str]
    remedy: NotRequired[str]


@with_config(ConfigDict(extra="allow"))
class FieldOfFlow(TypedDict):
    """One field of a flow's inputs: what its JSON Schema says of it."""

    name: str
    required: bool
    type: NotRequired[str | list[str]]
    title: NotRequired[str]
    description: NotRequired[str]
    enum: NotRequired[list[Json]]
    default: NotRequired[Json]
    format: NotRequired[str]
    examples: NotRequired[list[Json]]


def recorded(value: object) -> Any:  # noqa: ANN401 - that is what it is for
    """The same, for a field whose shape was seen to by whoever recorded it."""
    return value


@with_config(ConfigDict(extra="allow"))
class Decider(TypedDict):
    """Who answered a question, and through which door."""

    id: NotRequired[str]
    kind: NotRequired[str]
    name: NotRequired[str]
    door: NotRequired[str]


class PushAttempt(TypedDict):
    """One try of a delivery: the status that came back, or why none did."""

    at: str
    ms: int
    status: NotRequired[int]
    error: NotRequired[str]


class Money(TypedDict):
    """An amount in one currency."""

    amount: float
    currency: str


class ModelUsage(TypedDict):
    """What one call of a model used."""

    model: NotRequired[str]
    promptTokens: int
    completionTokens: int
    totalTokens: int
    cachedTokens: NotRequired[int]
    price: NotRequired[Money]


class PriceOfModel(TypedDict):
    """What a million tokens of a model cost."""

    prompt: float
    completion: float
    cached: NotRequired[float | None]


@with_config(ConfigDict(extra="allow"))
class MaskedScheme(TypedDict):
    """How a profile signs in, as it was sent; what is secret is masked."""

    kind: Literal["apiKey", "basic", "oauth2"]
    place: NotRequired[Literal["header", "query"]]
    name: NotRequired[str]
    value: NotRequired[str]
    username: NotRequired[str]
    password: NotRequired[str]
    tokenUrl: NotRequired[str]
    clientId: NotRequired[str]
    clientSecret: NotRequired[str]
    scope: NotRequired[str]
    audience: NotRequired[str]
    clientAuth: NotRequired[Literal["header", "body"]]


@with_config(ConfigDict(extra="allow"))
class FrequencyOfSchedule(TypedDict):
    """How often a schedule fires, as it was sent."""

    kind: Literal["cron", "daily", "weekly", "monthly", "once"]
    cron: NotRequired[str]
    time: NotRequired[str]
    every: NotRequired[int]
    days: NotRequired[list[str]]
    day: NotRequired[int | Literal["last"]]
    at: NotRequired[str]


AttachmentOfPeer = TypedDict(
    "AttachmentOfPeer",
    {
        "id": NotRequired[str],
        "flowId": str,
        "version": NotRequired[int | Literal["deployed", "latest"]],
        "as": NotRequired[Literal["tool", "action", "message"]],
        "toolName": NotRequired[str | None],
        "description": NotRequired[str | None],
    },
)
"""One flow that a Peer may use."""


class CallOfScript(TypedDict):
    """A tool that the scripted model calls."""

    tool: str
    args: NotRequired[dict[str, Json] | None]


class RuleOfScript(TypedDict):
    """One rule of a Peer's script for the scripted model."""

    when: str
    say: NotRequired[str | None]
    call: NotRequired[CallOfScript | list[CallOfScript] | None]
