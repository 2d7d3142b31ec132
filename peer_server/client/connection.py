"""`PeerServer` and `AsyncPeerServer`: a URL, a credential, and the resources behind them."""

import os
from types import TracebackType
from typing import Any, Generic, Self

import httpx2

from peer_server.client.drivers import Awaiting, Blocking
from peer_server.client.flows import Flows
from peer_server.client.resource import D
from peer_server.client.retries import Retries
from peer_server.client.runs import Runs
from peer_server.client.talking import Conversations, Files, Interrupts, Peers
from peer_server.client.workspace import Audit, Keys, People

DEFAULT_URL = "http://127.0.0.1:8400"


def from_environment() -> tuple[str, str | None]:
    """The URL and the token that `PEER_SERVER_URL` and `PEER_SERVER_TOKEN` name."""
    return os.environ.get("PEER_SERVER_URL", DEFAULT_URL), os.environ.get("PEER_SERVER_TOKEN")


class _Client(Generic[D]):
    """The resources, over one driver."""

    def __init__(self, driver: D, *, is_key: bool) -> None:
        self._driver = driver
        self.flows: Flows[D] = Flows(driver, is_key=is_key)
        self.runs: Runs[D] = Runs(driver)
        self.peers: Peers[D] = Peers(driver)
        self.conversations: Conversations[D] = Conversations(driver)
        self.interrupts: Interrupts[D] = Interrupts(driver)
        self.files: Files[D] = Files(driver)
        self.keys: Keys[D] = Keys(driver)
        self.people: People[D] = People(driver)
        self.audit: Audit[D] = Audit(driver)


class PeerServer(_Client[Blocking]):
    """A client whose methods wait for their result.

    Give it the `token` of a person, or an `api_key`: with a key flows run by their endpoint, and what only people may
    do raises `NotSignedIn`. Without a URL or a credential they are those of the environment: `PEER_SERVER_URL` and
    `PEER_SERVER_TOKEN`. `retries` says how often it tries again what is safe to repeat.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        api_key: str | None = None,
        timeout_s: float = 30.0,
        retries: Retries | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        options = _options(url, token=token, api_key=api_key, timeout_s=timeout_s)
        driver = Blocking(httpx2.Client(transport=transport, **options), retries=retries or Retries())
        super().__init__(driver, is_key=api_key is not None)

    def close(self) -> None:
        """Let go of the connections."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class AsyncPeerServer(_Client[Awaiting]):
    """The same for asyncio: methods are awaited, listings are for ``async for``."""

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        api_key: str | None = None,
        timeout_s: float = 30.0,
        retries: Retries | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        options = _options(url, token=token, api_key=api_key, timeout_s=timeout_s)
        driver = Awaiting(httpx2.AsyncClient(transport=transport, **options), retries=retries or Retries())
        super().__init__(driver, is_key=api_key is not None)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()


def _options(url: str | None, *, token: str | None, api_key: str | None, timeout_s: float) -> dict[str, Any]:
    """What both kinds of httpx2's clients are made of. Raises ValueError for two credentials."""
    if token is not None and api_key is not None:
        raise ValueError("give a token or an API key, not both")
    usual_url, usual_token = from_environment()
    token = usual_token if token is None and api_key is None else token
    headers = {"User-Agent": "peer-server-client"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if api_key is not None:
        headers["x-api-key"] = api_key
    return {"base_url": url or usual_url, "headers": headers, "timeout": timeout_s}
