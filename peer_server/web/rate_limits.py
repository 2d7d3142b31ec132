"""How often somebody may ask: per principal, and more strictly per address where credentials are tried."""

from functools import cached_property
from typing import TYPE_CHECKING

from peer_server.errors import TooManyRequests
from peer_server.settings import Settings

if TYPE_CHECKING:
    from limits.aio.strategies import MovingWindowRateLimiter


class RateLimits:
    """Counts in this process; several nodes will count in Redis through the same library."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _limiter(self) -> "MovingWindowRateLimiter":
        from limits.aio.storage import MemoryStorage  # noqa: PLC0415 - start-up budget: the first request pays
        from limits.aio.strategies import MovingWindowRateLimiter  # noqa: PLC0415 - as above

        return MovingWindowRateLimiter(MemoryStorage())

    async def _hit(self, limit: str, *, kind: str, key: str) -> bool:
        from limits import parse  # noqa: PLC0415 - as above

        return await self._limiter.hit(parse(limit), kind, key)

    async def hit_principal(self, principal_id: str) -> None:
        """Count one request of a principal. Raises `TooManyRequests`."""
        if not await self._hit(self._settings.rate_limit, kind="principal", key=principal_id):
            raise TooManyRequests("rate_limited", "too many requests", details={"retryAfterS": 1})

    async def hit_refused(self, address: str | None) -> None:
        """Count one request with no credential or a wrong one. Raises `TooManyRequests`.

        Not as strict as signing in: nobody guesses a token of 256 bits, and a program or tab whose credential is over
        must not keep everybody at its address from signing in.
        """
        if not await self._hit(self._settings.rate_limit, kind="refused", key=address or "unknown"):
            raise TooManyRequests("rate_limited", "too many requests", details={"retryAfterS": 1})

    async def hit_account(self, account: str) -> None:
        """Count one guess at an account's password, from wherever it comes. Raises `TooManyRequests`."""
        if not await self._hit(self._settings.sign_in_rate_limit, kind="account", key=account):
            raise TooManyRequests("rate_limited", "too many attempts for this account", details={"retryAfterS": 60})

    async def hit_address(self, address: str | None) -> None:
        """Count one attempt to sign in. Raises `TooManyRequests`."""
        if not await self._hit(self._settings.sign_in_rate_limit, kind="address", key=address or "unknown"):
            raise TooManyRequests("rate_limited", "too many attempts from this address", details={"retryAfterS": 60})
