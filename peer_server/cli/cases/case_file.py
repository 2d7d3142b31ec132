"""What a file of cases says: what a flow is given, what the world answers, what is expected."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from flow_runtime.errors import InvalidDefinition, Json
from flow_runtime.json_limits import check_json, parse_json
from peer_server.documented import DocumentedModel

_SUFFIX: Final = re.compile(r"\.(cases|test)$")
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def _duration(value: Json) -> timedelta:
    """Seconds as a number, or text such as ``2d 12h``."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return timedelta(seconds=value)
    if isinstance(value, str) and not _AMOUNT.sub("", value).strip() and value.strip():
        return timedelta(seconds=sum(float(amount) * _SECONDS[unit] for amount, unit in _AMOUNT.findall(value)))
    raise ValueError("a time is a number of seconds, or text such as '2d 12h'")


class Part(DocumentedModel, BaseModel):
    """Base of all parts of a file: camelCase, unknown names refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class HttpAnswer(Part):
    """What a request of the flow is answered with. Each answers one request, in the order in which they stand."""

    method: str = "GET"
    url: str
    """`*` stands for anything."""
    status: int = 200
    headers: dict[str, str] = Field(default_factory=dict)
    body: Json = None
    failure: Literal["timeout", "unreachable"] | None = None
    """No answer comes at all."""
    always: bool = False
    """It answers any number of requests."""


class ToolWish(Part):
    """A tool that the model wants to call."""

    tool: str
    args: dict[str, Json] = Field(default_factory=dict)


class ModelAnswer(Part):
    """One answer of a model."""

    say: str = ""
    data: Json = None
    """Said as JSON: what a step with a schema reads."""
    call: ToolWish | None = None


class Answer(Part):
    """What somebody does when the run waits for them. Answers are given in order, each to a question that is open."""

    step: str | None = None
    """The step that asks; without it the oldest question."""
    after: Annotated[timedelta, BeforeValidator(_duration)] = timedelta()
    """How much time passes before: a number of seconds, or text such as `2d 12h`."""
    decision: str | None = None
    comment: str | None = None
    edits: dict[str, Json] | None = None
    form: dict[str, Json] | None = None
    cancel: bool = False
    tool_result: Json = None
    tool_error: str | None = None
    callback: Json = None
    expire: bool = False
    """Nobody answers: time passes until the question is over."""


class Expectation(Part):
    """What must be true at the end; what is not named may be anything."""

    status: Literal["completed", "waiting", "failed", "cancelled", "timed_out"] = "completed"
    output: Json = None
    """Exactly this."""
    rejected: bool | None = None
    error: dict[str, Json] | None = None
    """At least these fields: `code`, `stepId`, `category`, `message`."""
    path: list[str] | None = None
    """The steps in the order in which they were reached, each `step` or `step:port`."""
    asked: list[dict[str, Json]] | None = None
    """Every question in order, each with at least these fields: `stepId`, `kind`, `title`, `message`."""
    requests: list[dict[str, Json]] | None = None
    """Every request in order, each with at least these fields: `method`, `url`, `body`, `headers`."""


class Case(Part):
    """One run from beginning to end."""

    name: str
    inputs: dict[str, Json] = Field(default_factory=dict)
    env: dict[str, Json] = Field(default_factory=dict)
    http: list[HttpAnswer] = Field(default_factory=list)
    model: list[str | ModelAnswer] = Field(default_factory=list)
    peers: dict[str, list[str]] = Field(default_factory=dict)
    """What Peers reply to `ask-to-peer`, by their id."""
    answers: list[Answer] = Field(default_factory=list)
    context: dict[str, Json] | None = None
    """What a conversation would add: `messages`, `user`, `conversation`, `peer`."""
    expect: Expectation = Field(default_factory=Expectation)


class CaseFile(Part):
    """Cases of one flow."""

    flow: str | None = None
    """The file of its definition, seen from here; without it the one of the same name without `.cases`."""
    flows: dict[str, str] = Field(default_factory=dict)
    """Files of the flows that it runs, by the id that it runs them by."""
    env: dict[str, Json] = Field(default_factory=dict)
    """Variables of all cases."""
    cases: Annotated[list[Case], Field(min_length=1)]


class Cases:
    """A file of cases with the definitions that it needs. Raises `InvalidDefinition`, `OSError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.file = CaseFile.model_validate(read_document(path))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = "/".join(str(part) for part in first["loc"])
            raise InvalidDefinition("invalid_cases", f"{path}: {place}: {first['msg']}", path=f"/{place}") from error
        self.definition: Mapping[str, Json] = read_document(path.parent / (self.file.flow or _flow_beside(path)))
        self.flows = {name: read_document(path.parent / file) for name, file in self.file.flows.items()}


def read_document(path: Path) -> dict[str, Json]:
    """A JSON or YAML file that is one object. Raises `InvalidDefinition`, `OSError`."""
    content = path.read_bytes()
    try:
        value = yaml.load(content, Loader=_Plain) if path.suffix in {".yaml", ".yml"} else parse_json(content)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise InvalidDefinition("invalid_yaml", f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise InvalidDefinition("invalid_document", f"{path}: this must be an object")
    check_json(value)
    return value


class _Plain(yaml.SafeLoader):  # type: ignore[misc] # it ships no types
    """YAML that gives JSON: a date stays the text that it is."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _flow_beside(path: Path) -> str:
    return f"{_SUFFIX.sub('', path.stem)}.json"
