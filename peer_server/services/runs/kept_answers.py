"""The same request under the same `Idempotency-Key` is done once; whoever repeats it gets the first answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition, StoreUnavailable
from flow_runtime.ids import new_id
from flow_runtime.store import Store
from peer_server.secrets import Keyring, Place, Secret, decrypt, encrypt
from peer_server.stores import kept_answers as rows
from peer_server.stores.kept_answers import KeptAnswer

LIFE: Final = timedelta(hours=24)
_LEASE: Final = timedelta(seconds=60)
_RENEWED_EVERY_S: Final = 20.0

making_for: Final[ContextVar[str | None]] = ContextVar("making_for", default=None)
"""The claim that the current request works under: what is started for it is started once, also after a crash."""


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """An answer as it went out."""

    status: int
    media_type: str | None
    body: bytes


class KeptAnswers:
    """Claims and answers, which are encrypted: some of them hold a new key."""

    def __init__(self, store: Store, *, keyring: Keyring, clock: Clock) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._key = keyring.derive(b"kept answers")

    async def claim(self, *, scope: str, key: str, fingerprint: str) -> str | PlainAnswer:
        """The claim under which the request may be done, or the answer of the first one.

        `scope` says who sends it and where to, `fingerprint` everything else of it. Raises `Conflict`
        ``idempotency_in_progress``, `InvalidDefinition` ``idempotency_key_reused`` if it differs from the first one.
        """
        now = self._clock.now()
        wanted = KeptAnswer(
            scope=self._keyring.digest(scope),
            key=self._keyring.digest(key),
            fingerprint=self._keyring.digest(fingerprint),
            claim=new_id(),
            status=None,
            media_type=None,
            body=None,
            expires_at=now + _LEASE,
        )
        found = await self._store.write(rows.claim_answer, wanted, now=now)
        if found is None:
            return wanted.claim
        if found.fingerprint != wanted.fingerprint:
            raise InvalidDefinition(
                "idempotency_key_reused",
                "another request was sent under this Idempotency-Key",
                path="header:idempotency-key",
                remedy="send each new request under a key of its own",
            )
        if found.status is None and found.expires_at > now:
            raise Conflict(
                "idempotency_in_progress",
                "the first request under this Idempotency-Key is still at work",
                remedy="send it again a little later",
                details={"retryAfterS": 1},
            )
        return found.claim if found.status is None else self._opened(found)

    @asynccontextmanager
    async def working(self, claim: str) -> AsyncIterator[None]:
        """Hold the claim as long as the block lasts."""
        renewing = asyncio.create_task(self._renew(claim))
        token = making_for.set(claim)
        try:
            yield
        finally:
            making_for.reset(token)
            renewing.cancel()

    async def keep(self, claim: str, answer: PlainAnswer) -> None:
        """Keep the answer for a day."""
        await self._store.write(
            rows.keep_answer,
            claim,
            status=answer.status,
            media_type=answer.media_type,
            body=encrypt(Secret(answer.body.decode()), data_key=self._key, place=_place(claim)),
            expires_at=self._clock.now() + LIFE,
        )

    async def release(self, claim: str) -> None:
        """Nothing was made, so the request may be sent again under the same key."""
        await self._store.write(rows.release_claim, claim)

    def _opened(self, found: KeptAnswer) -> PlainAnswer:
        body = decrypt(found.body or b"", data_key=self._key, place=_place(found.claim))
        return PlainAnswer(found.status or 200, found.media_type, body.reveal().encode())

    async def _renew(self, claim: str) -> None:
        while True:
            await asyncio.sleep(_RENEWED_EVERY_S)
            with contextlib.suppress(StoreUnavailable):
                await self._store.write(rows.renew_claim, claim, expires_at=self._clock.now() + _LEASE)


def _place(claim: str) -> Place:
    return Place("", "", claim, 1)
