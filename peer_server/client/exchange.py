"""What an operation asks of whoever drives it, as values: requests, pauses, things to show. No socket is opened here.

An operation is a generator. It yields a `Request` and is sent the `Reply`; it yields a `Pause` and is sent nothing once
the time is over; it yields `Shown` for each thing that a listing hands out. What it returns is its result.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

import orjson

Json: TypeAlias = Any
T = TypeVar("T")

_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Upload:
    """The one file of a multipart request."""

    name: str
    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. A `key` makes it the same request however often it is sent."""

    method: str
    path: str
    query: Mapping[str, Json] = field(default_factory=dict)
    body: Json = None
    upload: Upload | None = None
    key: str | None = None
    is_same_again: bool = False
    """Whether the server takes the same request for the first one anyway."""
    timeout_s: float | None = None
    """How long an answer may take if that is longer than usual."""

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows what became of it."""
        return self.method in _REPEATABLE or self.key is not None or self.is_same_again


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Json:
        """The body; None if there is none. Raises ValueError for what is no JSON."""
        return orjson.loads(self.content) if self.content else None


@dataclass(frozen=True, slots=True)
class Pause:
    """Go on after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    """One thing of a listing."""

    value: T


Effect: TypeAlias = Request | Pause | Shown[Any]
Operation: TypeAlias = Generator[Effect, Reply | None, T]
"""An operation with a result."""
Listing: TypeAlias = Generator[Request | Pause | Shown[T], Reply | None, None]
"""An operation that hands out many things, one after another."""


def ask(request: Request) -> Operation[Reply]:
    """Send one request. Raises `Problem`, `Unreachable`."""
    reply = yield request
    if reply is None:
        raise RuntimeError("a request is answered by a reply")
    return reply
