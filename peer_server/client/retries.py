"""When a request is sent again, and after how long. Pure: chance comes in as a parameter."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from peer_server.client.exchange import Effect, Operation, Pause, Reply, Request
from peer_server.client.problems import PeerServerError, Unreachable, problem_of

T = TypeVar("T")
_CONFLICT: Final = 409
_REFUSED: Final = 429
_UNAVAILABLE: Final = 503


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came. `is_sent` is false if the request cannot have reached the server."""

    reason: str
    is_sent: bool


Steps: TypeAlias = Generator[Effect, Reply | Lost | None, T]
"""An operation as drivers perform it: they answer a request by what they met, and everything else by nothing."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How stubborn a client is."""

    attempts: int = 4
    """How often a request is sent at most."""
    first_s: float = 0.25
    longest_s: float = 10.0

    def pause_s(self, attempt: int, *, wanted_s: float | None, chance: float) -> float:
        """How long to wait after this attempt: what the server wants, else longer each time and never all at once."""
        if wanted_s is not None:
            return min(wanted_s, self.longest_s)
        return min(self.first_s * 2.0 ** (attempt - 1), self.longest_s) * (0.5 + chance / 2)


def steadily(operation: Operation[T], *, retries: Retries, chance: Callable[[], float]) -> Steps[T]:
    """The operation with every request sent as often as is good for it; failures are raised inside the operation."""
    answer: Reply | None = None
    failure: PeerServerError | None = None
    while True:
        try:
            effect = operation.send(answer) if failure is None else operation.throw(failure)
        except StopIteration as end:
            result: T = end.value
            return result
        answer, failure = None, None
        if isinstance(effect, Request):
            try:
                answer = yield from _persist(effect, retries=retries, chance=chance)
            except PeerServerError as error:
                failure = error
        else:
            yield effect


def _persist(request: Request, *, retries: Retries, chance: Callable[[], float]) -> Steps[Reply]:
    """A good answer to this request. Raises `Problem`, `Unreachable`."""
    attempt = 1
    while True:
        met = yield request
        if met is None:
            raise RuntimeError("a request is answered by what was met")
        problem = problem_of(met) if isinstance(met, Reply) else None
        if isinstance(met, Reply) and problem is None:
            return met
        if attempt >= retries.attempts or not may_repeat(request, met):
            raise problem or _unreachable(met)
        wanted = _wanted_s(met) if isinstance(met, Reply) else None
        yield Pause(retries.pause_s(attempt, wanted_s=wanted, chance=chance()))
        attempt += 1


def may_repeat(request: Request, met: Reply | Lost) -> bool:
    """Whether sending it again can do nothing twice.

    Whoever is refused for haste was not served, and what never left did nothing. Everything else is repeated only if
    the request says that it may be; so is one whose first sending is still at work.
    """
    if isinstance(met, Lost):
        return not met.is_sent or request.is_repeatable
    is_early = met.status == _CONFLICT and request.key is not None and b'"idempotency_in_progress"' in met.content
    return met.status == _REFUSED or is_early or (met.status == _UNAVAILABLE and request.is_repeatable)


def _unreachable(met: Reply | Lost) -> Unreachable:
    reason = met.reason if isinstance(met, Lost) else ""
    return Unreachable("unreachable", f"the server gave no answer: {reason}", remedy="check the URL, and that it runs")


def _wanted_s(reply: Reply) -> float | None:
    value = reply.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None
