"""How often somebody may ask: per principal, workspace and address, and more strictly where credentials are tried.

Counts are kept in this process, or in Redis where several share the work. A Redis that does not answer is replaced by
counting here until it does: nobody is locked out, and nobody may ask without any limit.
"""

import logging
import math
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from peer_server.access import Principal
from peer_server.errors import TooManyRequests
from peer_server.settings import Settings

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.aio.strategies import MovingWindowRateLimiter

_log = logging.getLogger(__name__)
_STATE: Final = "allowance"
_ENDINGS: Final = "endings"
_ALONE_S: Final = 5.0
"""How long a Redis that did not answer is not asked again."""
_TIMEOUTS: Final = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit: `remaining` of `limit` requests, for `reset_s` more seconds at least."""

    limit: int
    remaining: int
    reset_s: int
    window_s: int


class RateLimits:
    """The limits of one server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._alone_until = 0.0
        self._at_work: Counter[str] = Counter()

    async def close(self) -> None:
        """Let go of Redis. Idempotent."""
        for limiter in self.__dict__.get("_limiters", ()):
            bridge = getattr(limiter.storage, "bridge", None)
            if bridge is not None:
                await bridge.get_connection().aclose()

    async def hit_request(self, principal: Principal, address: str | None) -> Allowance:
        """Count one request of a principal, its workspace and its address; what the principal has left of its own.

        Raises `TooManyRequests`.
        """
        settings = self._settings
        await self._hit(settings.address_rate_limit, kind="request from", key=address or "unknown")
        await self._hit(settings.workspace_rate_limit, kind="workspace", key=principal.workspace_id)
        return await self._hit(self._limit_of(principal), kind="principal", key=principal.run_id or principal.id)

    async def hit_principal(self, principal: Principal) -> None:
        """Count one command of a socket; visitors may send as few as strangers. Raises `TooManyRequests`."""
        await self._hit(self._limit_of(principal), kind="principal", key=principal.run_id or principal.id)

    def begin(self, scope: Scope, principal_id: str) -> None:
        """Count a request of a principal as being at work until its answer is sent, in this process.

        Raises `TooManyRequests`.
        """
        limit = self._settings.concurrency_limit
        if self._at_work[principal_id] >= limit:
            message = f"{limit} requests of yours are being worked on"
            raise TooManyRequests("too_many_at_once", message, details={"retryAfterS": 1, "limit": limit})
        self._at_work[principal_id] += 1
        scope.setdefault("state", {}).setdefault(_ENDINGS, []).append(partial(self._end, principal_id))

    def _end(self, principal_id: str) -> None:
        self._at_work[principal_id] -= 1
        if not self._at_work[principal_id]:
            del self._at_work[principal_id]

    async def hit_public(self, address: str | None) -> Allowance:
        """Count one request that needs only a token in its path. Raises `TooManyRequests`."""
        return await self._hit(self._settings.public_rate_limit, kind="visit from", key=address or "unknown")

    async def hit_link(self, link_id: str, runs_per_minute: int) -> None:
        """Count one run of a share link, from wherever it comes. Raises `TooManyRequests`."""
        await self._hit(f"{runs_per_minute}/minute", kind="link", key=link_id)

    async def hit_visitor_upload(self, visitor: Principal) -> None:
        """Count one file of a visitor, and of everybody at their address. Raises `TooManyRequests`."""
        limit = self._settings.visitor_upload_rate_limit
        await self._hit(limit, kind="upload", key=visitor.id, what="uploads")
        await self._hit(limit, kind="upload from", key=visitor.address or "unknown", what="uploads")

    async def hit_webhook(self, webhook_id: str) -> None:
        """Count one signed event of a webhook. Raises `TooManyRequests`."""
        await self._hit(self._settings.rate_limit, kind="webhook", key=webhook_id, what="events")

    async def hit_refused(self, address: str | None) -> None:
        """Count one request with no credential or a wrong one. Raises `TooManyRequests`.

        Not as strict as signing in: nobody guesses a token of 256 bits, and a program or tab whose credential is over
        must not keep everybody at its address from signing in.
        """
        await self._hit(self._settings.rate_limit, kind="refused", key=address or "unknown")

    async def hit_account(self, account: str) -> None:
        """Count one guess at an account's password, from wherever it comes. Raises `TooManyRequests`."""
        limit = self._settings.sign_in_rate_limit
        await self._hit(limit, kind="account", key=account, what="attempts for this account")

    async def hit_address(self, address: str | None) -> None:
        """Count one attempt to sign in. Raises `TooManyRequests`."""
        limit = self._settings.sign_in_rate_limit
        await self._hit(limit, kind="address", key=address or "unknown", what="attempts from this address")

    def _limit_of(self, principal: Principal) -> str:
        is_visitor = principal.peer_id is not None
        return self._settings.public_rate_limit if is_visitor else self._settings.rate_limit

    async def _hit(self, limit: str, *, kind: str, key: str, what: str = "requests") -> Allowance:
        item = _parsed(limit)
        is_alone = self._alone_until > time.monotonic()
        for limiter in self._limiters[-1:] if is_alone else self._limiters:
            try:
                is_allowed = await limiter.hit(item, kind, key)
                reset_at, remaining = await limiter.get_window_stats(item, kind, key)
            except Exception:  # noqa: BLE001 - whatever the storage raises, the next limiter counts instead
                _log.warning("the store of rate limits does not answer; counting here")
                self._alone_until = time.monotonic() + _ALONE_S
                continue
            window_s = item.get_expiry()
            reset_s = min(max(math.ceil(reset_at - time.time()), 1), window_s)
            if not is_allowed:
                details = {"retryAfterS": reset_s, "limit": item.amount}
                raise TooManyRequests("rate_limited", f"too many {what}", details=details)
            return Allowance(item.amount, max(remaining, 0), reset_s, window_s)
        raise AssertionError("counting in memory does not fail")

    @cached_property
    def _limiters(self) -> "tuple[MovingWindowRateLimiter, ...]":
        from limits.aio.storage import MemoryStorage  # noqa: PLC0415 - start-up budget: the first request pays
        from limits.aio.strategies import MovingWindowRateLimiter  # noqa: PLC0415 - as above
        from limits.storage import storage_from_string  # noqa: PLC0415 - as above

        here = MovingWindowRateLimiter(MemoryStorage())
        redis_url = self._settings.redis_url
        if redis_url is None:
            return (here,)
        shared = storage_from_string(f"async+{redis_url.get_secret_value()}", implementation="redispy", **_TIMEOUTS)
        return MovingWindowRateLimiter(shared), here


def keep(scope: Scope, allowance: Allowance) -> None:
    """Have the answer to this request tell what is left."""
    scope.setdefault("state", {})[_STATE] = allowance


class RateLimitHeaders:
    """Tells in `RateLimit-*` headers what the sender has left, and ends what `RateLimits.begin` began."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})

        async def add(message: Message) -> None:
            allowance = scope["state"].get(_STATE)
            if message["type"] == "http.response.start" and allowance is not None:
                told = dict(message["headers"])
                if b"ratelimit-limit" not in told:  # A refusal has said itself which limit is reached.
                    message["headers"] = [*message["headers"], *_headers(allowance)]
            await send(message)

        try:
            await self._app(scope, receive, add)
        finally:
            for end in scope["state"].get(_ENDINGS, ()):
                end()


def _headers(left: Allowance) -> Iterable[tuple[bytes, bytes]]:
    yield b"ratelimit-limit", b"%d" % left.limit
    yield b"ratelimit-remaining", b"%d" % left.remaining
    yield b"ratelimit-reset", b"%d" % left.reset_s
    yield b"ratelimit-policy", b"%d;w=%d" % (left.limit, left.window_s)


@cache
def _parsed(limit: str) -> "RateLimitItem":
    from limits import parse  # noqa: PLC0415 - as above

    return parse(limit)
