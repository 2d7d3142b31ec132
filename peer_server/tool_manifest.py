"""How a tool is described: the triggers that it has, and how they are registered, unregistered and signed. Pure."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from flow_runtime.errors import Json, invalid
from peer_server.documented import DocumentedModel
from peer_server.pointers import faults_of

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([A-Za-z][A-Za-z.]*)\s*\}\}")
_HEADER: Final = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$"
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples=["order.created"])]
Header = Annotated[str, Field(pattern=_HEADER)]
Pointer = Annotated[str, Field(pattern=r"^(/[^/]*)*$", max_length=200)]


class _Part(DocumentedModel, BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Signature(_Part, BaseModel):
    """How an event proves that it comes from the tool: an HMAC with the secret of the registration."""

    algorithm: Literal["sha256", "sha512"] = "sha256"
    header: Header = "X-Webhook-Signature"
    prefix: Annotated[str, Field(max_length=20)] = "sha256="
    """What stands before the signature; several signatures in one header are separated by spaces."""
    encoding: Literal["hex", "base64"] = "hex"
    timestamp_header: Header | None = "X-Webhook-Timestamp"
    """Seconds since 1970; more than five minutes from now are refused. Null for tools that send none."""
    id_header: Header | None = "X-Webhook-Id"
    """Names the event, so that a repeated one starts nothing; null: the signature itself does."""
    content: Annotated[str, Field(max_length=200)] = "{id}.{timestamp}.{body}"
    """What is signed."""

    @model_validator(mode="after")
    def _covers_what_it_reads(self) -> "Signature":
        named = {"{body}": True, "{timestamp}": self.timestamp_header, "{id}": self.id_header}
        wrong = [name for name, is_sent in named.items() if (name in self.content) is not bool(is_sent)]
        if wrong:
            raise ValueError(f"the signed content and the headers do not fit: {', '.join(wrong)}")
        return self


class Call(_Part, BaseModel):
    """A request to the tool.

    Filled in are `{{callbackUrl}}`, `{{secret}}`, `{{key}}`, `{{externalId}}`, and `{{config.NAME}}` of the trigger.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: Annotated[str, Field(pattern=r"^/[^\s#]*$", max_length=500, examples=["/hooks"])]
    body: Any = None
    external_id: Pointer = ""
    """Where the answer names what was registered, as a JSON Pointer."""


class TriggerSpec(_Part, BaseModel):
    """One event that the tool can tell of."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=2000)] = ""
    data_schema: dict[str, Any] = Field(default_factory=dict)
    """JSON Schema of the event's data, for the builder."""
    register_call: Annotated[Call | None, Field(alias="register")] = None
    """Without one, people enter the callback URL and the secret at the tool themselves."""
    unregister_call: Annotated[Call | None, Field(alias="unregister")] = None
    signature: Signature = Signature()


class Manifest(_Part, BaseModel):
    """A tool."""

    base_url: Annotated[str, Field(max_length=500, pattern=r"^(https?://[^/?#\s@]+(/[^?#\s]*)?)?$")] = ""
    triggers: Annotated[list[TriggerSpec], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _is_whole(self) -> "Manifest":
        keys = [trigger.key for trigger in self.triggers]
        if len(set(keys)) != len(keys):
            raise ValueError("two triggers have the same key")
        if not self.base_url and any(one.register_call or one.unregister_call for one in self.triggers):
            raise ValueError("calls need a baseUrl")
        return self

    def trigger(self, key: str) -> TriggerSpec | None:
        """The trigger of that key."""
        return next((trigger for trigger in self.triggers if trigger.key == key), None)


WEBHOOK: Final = Manifest(triggers=[TriggerSpec(key="event", name="Event", description="Any event that is sent here.")])
"""The generic tool: whoever knows the URL and the secret sends JSON."""


def parse_manifest(value: Mapping[str, Json]) -> Manifest:
    """The manifest. Raises `InvalidDefinition` ``invalid_manifest`` listing every fault."""
    try:
        return Manifest.model_validate(dict(value))
    except ValidationError as error:
        faults = faults_of(error, dict(value), prefix="/manifest")
        raise invalid("this is no manifest of a tool", faults, code="invalid_manifest") from error


def manifest_json(manifest: Manifest) -> dict[str, Json]:
    """The manifest as it is stored and sent."""
    return manifest.model_dump(mode="json", by_alias=True)


def filled(value: Json, names: Mapping[str, str], *, in_path: bool = False) -> Json:
    """The value with every placeholder filled in; an unknown one becomes empty. In a path, values are quoted."""
    if isinstance(value, str):

        def fill(found: re.Match[str]) -> str:
            text = names.get(found[1], "")
            return quote(text, safe="") if in_path else text

        return _PLACEHOLDER.sub(fill, value)
    if isinstance(value, dict):
        return {key: filled(child, names) for key, child in value.items()}
    return [filled(child, names) for child in value] if isinstance(value, list) else value


def at_pointer(value: Json, pointer: str) -> Json:
    """What stands at a JSON Pointer; None if nothing does."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
