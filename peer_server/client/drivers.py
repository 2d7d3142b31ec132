"""The two drivers: one blocks, one awaits. All that differs between them is here."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar

import httpx2

from peer_server.client.exchange import Effect, Listing, Operation, Pause, Reply, Request, Shown
from peer_server.client.retries import Lost, Retries, Steps, steadily

T = TypeVar("T")
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Blocking:
    """Performs operations with an `httpx2.Client`, in the caller's thread."""

    def __init__(self, client: httpx2.Client, *, retries: Retries) -> None:
        self._client = client
        self._retries = retries

    def run(self, operation: Operation[T]) -> T:
        """Its result. Raises what the operation raises."""
        steps, met = _steps(operation, self._retries), None
        while True:
            try:
                effect = steps.send(met)
            except StopIteration as end:
                result: T = end.value
                return result
            met = self._perform(effect)

    def each(self, listing: Listing[T]) -> Iterator[T]:
        """What it hands out, asked for as it is taken."""
        steps, met = _steps(listing, self._retries), None
        while True:
            try:
                effect = steps.send(met)
            except StopIteration:
                return
            met = self._perform(effect)
            if isinstance(effect, Shown):
                yield effect.value

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _perform(self, effect: Effect) -> Reply | Lost | None:
        if isinstance(effect, Pause):
            time.sleep(effect.seconds)
        if not isinstance(effect, Request):
            return None
        try:
            response = self._client.request(effect.method, effect.path, **_options(effect))
        except httpx2.TransportError as error:
            return _lost(error)
        return Reply(response.status_code, response.headers, response.content)


class Awaiting:
    """Performs operations with an `httpx2.AsyncClient`, on the caller's event loop."""

    def __init__(self, client: httpx2.AsyncClient, *, retries: Retries) -> None:
        self._client = client
        self._retries = retries

    async def run(self, operation: Operation[T]) -> T:
        """Its result. Raises what the operation raises."""
        steps, met = _steps(operation, self._retries), None
        while True:
            try:
                effect = steps.send(met)
            except StopIteration as end:
                result: T = end.value
                return result
            met = await self._perform(effect)

    async def each(self, listing: Listing[T]) -> AsyncIterator[T]:
        """What it hands out, asked for as it is taken."""
        steps, met = _steps(listing, self._retries), None
        while True:
            try:
                effect = steps.send(met)
            except StopIteration:
                return
            met = await self._perform(effect)
            if isinstance(effect, Shown):
                yield effect.value

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _perform(self, effect: Effect) -> Reply | Lost | None:
        if isinstance(effect, Pause):
            await asyncio.sleep(effect.seconds)
        if not isinstance(effect, Request):
            return None
        try:
            response = await self._client.request(effect.method, effect.path, **_options(effect))
        except httpx2.TransportError as error:
            return _lost(error)
        return Reply(response.status_code, response.headers, response.content)


def _steps(operation: Operation[T], retries: Retries) -> Steps[T]:
    return steadily(operation, retries=retries, chance=lambda: secrets.randbelow(1000) / 1000)


def _options(request: Request) -> dict[str, Any]:
    """How httpx2 is to send it. Parameters without a value stay away."""
    query = {name: value for name, value in request.query.items() if value is not None}
    options: dict[str, Any] = {"params": query} if query else {}
    if request.key is not None:
        options["headers"] = {"Idempotency-Key": request.key}
    if request.upload is not None:
        options["files"] = {"file": (request.upload.name, request.upload.content, request.upload.mime)}
    elif request.body is not None:
        options["json"] = request.body
    if request.timeout_s is not None:
        options["timeout"] = httpx2.Timeout(30.0, read=request.timeout_s)
    return options


def _lost(error: httpx2.TransportError) -> Lost:
    return Lost(str(error) or type(error).__name__, is_sent=not isinstance(error, _UNSENT))
