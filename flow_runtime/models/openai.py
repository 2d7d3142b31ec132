"""Chat models of OpenAI and of every compatible server, over the `openai` client's raw response body.

The client does authentication, the connection pool and errors; the body is decoded by `openai_chunks`. `openai` and
aiohttp are imported with the first call, which keeps a second out of the server's start.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flow_runtime.model import ModelError, ModelRequest
from flow_runtime.models.openai_chunks import ChunkDecoder
from flow_runtime.models.openai_request import request_body
from flow_runtime.models.provider_errors import error_of
from flow_runtime.models.retry import Batches, RetryPolicy, stream_with_retry

if TYPE_CHECKING:
    from httpx2 import AsyncClient
    from openai import AsyncOpenAI

OPENAI_URL = "https://api.openai.com/v1"
READ_TIMEOUT_S = 600.0
CONNECT_TIMEOUT_S = 5.0
TAIL_S = 0.2
"""How long to wait for the body's end after ``[DONE]``: reaching it keeps the connection usable for the next call."""


class OpenAIChat:
    """One connection (base URL and key) with its pool; the model's name comes with each request.

    Bound to the event loop of its first call. `http` is a client to be used in place of one of its own, which
    whoever made it closes: one that reaches no private address.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str = OPENAI_URL,
        retry: RetryPolicy | None = None,
        http: "AsyncClient | None" = None,
    ) -> None:
        self._http = http
        self._api_key = api_key
        self._base_url = base_url
        self._is_openai = base_url.startswith(OPENAI_URL)
        self._retry = retry or RetryPolicy()
        self._client: AsyncOpenAI | None = None

    def stream(self, request: ModelRequest) -> Batches:
        """Stream the answer; 429, 5xx and lost connections are tried again until the answer has begun."""
        return stream_with_retry(lambda: self._attempt(request), policy=self._retry, timeout_s=request.timeout_s)

    async def moderate(self, model: str, text: str) -> Mapping[str, float]:
        """The provider's own judgement of a text, by category; see `Moderator`."""
        try:
            client = await self._connected()
            found = await client.moderations.create(model=model, input=text)
            scores = found.results[0].category_scores.model_dump()
        except ModelError:
            raise
        except Exception as raised:
            raise error_of(raised, has_begun=False, now=datetime.now(UTC)) from raised
        return {name: float(score) for name, score in scores.items() if score is not None}

    async def embed(self, model: str, texts: Sequence[str]) -> tuple[Sequence[Sequence[float]], int]:
        """A vector for each text; see `Embedder`."""
        try:
            client = await self._connected()
            found = await client.embeddings.create(model=model, input=list(texts), encoding_format="float")
        except ModelError:
            raise
        except Exception as raised:
            raise error_of(raised, has_begun=False, now=datetime.now(UTC)) from raised
        in_order = sorted(found.data, key=lambda one: one.index)
        usage = getattr(found, "usage", None)  # Not every compatible server tells it.
        return [one.embedding for one in in_order], usage.total_tokens if usage is not None else 0

    async def prepare(self) -> None:
        """Import the client, in a thread. Raises ``authentication`` if OpenAI itself is meant and there is no key."""
        await self._connected()

    async def close(self) -> None:
        """Close the pool."""
        if self._client is not None and self._http is None:
            await self._client.close()

    async def _attempt(self, request: ModelRequest) -> Batches:
        decoder = ChunkDecoder()
        has_begun = False
        body = request_body(request, max_tokens_key="max_completion_tokens" if self._is_openai else "max_tokens")
        try:
            client = await self._connected()
            create = client.chat.completions.with_streaming_response.create
            # As `extra_body`, since the client walks its own parameters by reflection: 2.6 ms for twenty messages.
            async with create(model=request.model, messages=(), stream=True, extra_body=body) as response:
                blocks = response.iter_bytes()
                async for block in blocks:
                    if batch := decoder.feed(block):
                        has_begun = True
                        yield batch
                    if decoder.is_done:
                        await _drain(blocks)
                        return
                decoder.end()
        except ModelError:
            raise
        except Exception as raised:
            raise error_of(raised, has_begun=has_begun, now=datetime.now(UTC)) from raised

    async def _connected(self) -> "AsyncOpenAI":
        if self._client is None:
            await asyncio.to_thread(__import__, "openai")
        return self._connect()

    def _connect(self) -> "AsyncOpenAI":
        """The client, made once: nothing is awaited between the look and the making."""
        from httpx2 import Timeout
        from openai import AsyncOpenAI, DefaultAioHttpClient

        if not self._api_key and self._is_openai:
            raise ModelError("authentication", "there is no key for OpenAI", remedy="Set OPENAI_API_KEY.")
        self._client = self._client or AsyncOpenAI(
            api_key=self._api_key or "none",  # Servers on one's own machine often want no key; the client does.
            base_url=self._base_url,
            max_retries=0,  # `stream_with_retry` retries, and keeps to the request's time limit.
            timeout=Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            http_client=self._http or DefaultAioHttpClient(),  # docs/adr/2026-11-20-model-transport-aiohttp.md
        )
        return self._client


async def _drain(blocks: AsyncIterator[bytes]) -> None:
    """Read on to the body's end; the answer is whole already, so nothing that happens here matters."""
    try:
        async with asyncio.timeout(TAIL_S):
            async for _ in blocks:
                pass
    except Exception:  # noqa: BLE001, S110  see above
        pass
