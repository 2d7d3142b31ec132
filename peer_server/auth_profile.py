"""Authorization profiles: how a request proves who sends it. Pure.

A profile is bound to hosts, and to the flows that may use it. What is secret in it is kept apart and sealed.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from flow_runtime.addresses import AllowList
from flow_runtime.errors import InvalidDefinition, Json
from peer_server.documented import DocumentedModel

SECRETS: Final = frozenset({"value", "password", "clientSecret"})
"""The fields that are sealed and never shown."""
_LONGEST_HOST: Final = 260
_PORTS: Final = {"http": 80, "https": 443}
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Header = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$")]


class _Scheme(DocumentedModel, BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True, frozen=True)


class ApiKeyScheme(_Scheme, DocumentedModel, BaseModel):
    """A key in a header or in the query."""

    kind: Literal["apiKey"]
    place: Literal["header", "query"] = "header"
    name: Annotated[Header, Field(examples=["x-api-key"])]
    value: Text
    """Secret. For a bearer token the name is Authorization and the value begins with Bearer."""


class BasicScheme(_Scheme, DocumentedModel, BaseModel):
    """A name and a password."""

    kind: Literal["basic"]
    username: Annotated[str, Field(max_length=400, pattern=r"^[^:]*$")]
    password: Text
    """Secret."""


class ClientCredentialsScheme(_Scheme, DocumentedModel, BaseModel):
    """A token that is fetched with the client's own credentials (OAuth 2.0) and kept until it is over."""

    kind: Literal["oauth2"]
    token_url: Annotated[str, Field(max_length=2000, pattern=r"^https?://[^/?#\s@]+")]
    client_id: Annotated[str, Field(min_length=1, max_length=400)]
    client_secret: Text
    """Secret."""
    scope: Annotated[str, Field(max_length=2000)] = ""
    audience: Annotated[str, Field(max_length=2000)] = ""
    client_auth: Literal["header", "body"] = "header"
    """Where the token request carries the client's credentials."""


Scheme = Annotated[ApiKeyScheme | BasicScheme | ClientCredentialsScheme, Field(discriminator="kind")]
_adapter: Final = TypeAdapter[ApiKeyScheme | BasicScheme | ClientCredentialsScheme](Scheme)


def split_scheme(scheme: Scheme) -> tuple[dict[str, Json], dict[str, str]]:
    """What may be shown of it, and what is secret."""
    fields = scheme.model_dump(by_alias=True)
    secrets = {name: fields.pop(name) for name in SECRETS & fields.keys()}
    return fields, secrets


def join_scheme(shown: Mapping[str, Json], secrets: Mapping[str, str]) -> Scheme:
    """The scheme that was split."""
    return _adapter.validate_python({**shown, **secrets})


def carried(scheme: ApiKeyScheme | BasicScheme) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and query parameters that a request carries."""
    if isinstance(scheme, BasicScheme):
        return {"Authorization": basic(scheme.username, scheme.password)}, {}
    pair = {scheme.name: scheme.value}
    return (pair, {}) if scheme.place == "header" else ({}, pair)


def basic(name: str, password: str) -> str:
    """The value of an Authorization header of the basic scheme."""
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


def token_request(scheme: ClientCredentialsScheme) -> tuple[dict[str, str], dict[str, str]]:
    """The form and the headers of the request for a token."""
    form = {"grant_type": "client_credentials", "scope": scheme.scope, "audience": scheme.audience}
    headers = {"Accept": "application/json"}
    if scheme.client_auth == "body":
        form |= {"client_id": scheme.client_id, "client_secret": scheme.client_secret}
    else:  # RFC 6749, 2.3.1: both are form-encoded first.
        headers["Authorization"] = basic(quote(scheme.client_id, safe=""), quote(scheme.client_secret, safe=""))
    return {name: value for name, value in form.items() if value}, headers


def check_hosts(hosts: Sequence[str]) -> list[str]:
    """The hosts. Raises `InvalidDefinition` ``invalid_host``."""
    try:
        AllowList(hosts)
        if any(len(host) > _LONGEST_HOST for host in hosts):
            raise ValueError(f"a host has at most {_LONGEST_HOST} characters")
    except ValueError as error:
        remedy = "write api.example.com, or api.example.com:8443"
        raise InvalidDefinition("invalid_host", str(error), path="/hosts", remedy=remedy) from error
    return list(hosts)


def is_for(hosts: Sequence[str], url: str) -> bool:
    """Whether a URL, as the HTTP client reads it, leads to one of these hosts. Text that is no URL leads nowhere."""
    try:
        parts = httpx2.URL(url)
        host, port = parts.raw_host.decode(), parts.port or _PORTS[parts.scheme]
        return AllowList(hosts).allows(host, port)
    except (httpx2.InvalidURL, ValueError, KeyError):
        return False
