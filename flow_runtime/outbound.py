"""The HTTP client for requests that flows make: it reaches no private address, whatever the URL, DNS or a redirect say.

The guard sits where the connection is made: a name is resolved once, every address of the answer is checked, and the
socket goes to a checked address, so no second look-up can change it. Proxies of the environment are ignored, answers
are limited in size after decompression, cookies are never kept, and headers of the caller do not follow a redirect to
another origin.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, TypeAlias

import httpcore2
import httpx2
from typing_extensions import override

from flow_runtime.addresses import AllowList, is_public
from flow_runtime.errors import FlowError

MAX_RESPONSE: Final = 25 * 1024 * 1024
"""Bytes of the largest answer that is read, after decompression."""
MAX_REDIRECTS: Final = 5
TIMEOUT: Final = httpx2.Timeout(60.0, connect=10.0, pool=10.0)
"""Seconds; the step's own limit usually strikes earlier."""

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives every IP address of a host; raises OSError if there is none."""

_KEPT_HEADERS: Final = frozenset({"accept", "accept-encoding", "user-agent", "content-type", "content-length", "host"})
_CHUNK: Final = 64 * 1024


class OutboundError(FlowError):
    """A request that was refused or cut off.

    Codes: ``address_not_allowed``, ``url_not_allowed``, ``response_too_large``, ``encoding_not_supported``.
    """


def make_client(
    allow: Sequence[str] = (), *, resolve: Resolve | None = None, max_response: int = MAX_RESPONSE
) -> "GuardedClient":
    """A client that reaches public addresses and the private targets in `allow` (see `AllowList`). Close it at the end.

    Raises:
        ValueError: an entry of `allow` is malformed.
    """
    backend = _GuardedBackend(AllowList(allow), resolve or resolve_host)
    return GuardedClient(_GuardedTransport(backend, max_response))


class GuardedClient(httpx2.AsyncClient):
    """An `httpx2.AsyncClient` for untrusted URLs; follows up to `MAX_REDIRECTS` redirects.

    Besides the errors of httpx2 every request may raise `OutboundError`.
    """

    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        nothing_kept = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        super().__init__(
            transport=transport,
            cookies=nothing_kept,
            follow_redirects=True,
            headers={"accept-encoding": "gzip, deflate", "user-agent": "peer-server"},
            timeout=TIMEOUT,
            trust_env=False,
        )

    @override
    async def send(
        self,
        request: httpx2.Request,
        *,
        stream: bool = False,
        auth: Any = httpx2.USE_CLIENT_DEFAULT,
        follow_redirects: Any = httpx2.USE_CLIENT_DEFAULT,
    ) -> httpx2.Response:
        """Send a request, following redirects with only harmless headers once they leave the first origin.

        Raises:
            OutboundError: see the class.
            httpx2.TooManyRedirects: more than `MAX_REDIRECTS`.
        """
        response = await super().send(request, stream=True, auth=auth, follow_redirects=False)
        for _ in range(MAX_REDIRECTS):
            following = response.next_request
            if following is None or follow_redirects is False:
                break
            await response.aclose()
            if _origin(following.url) != _origin(request.url):
                following.headers = httpx2.Headers(
                    [(name, value) for name, value in following.headers.multi_items() if name in _KEPT_HEADERS]
                )
            response = await super().send(following, stream=True, auth=None, follow_redirects=False)
        else:
            await response.aclose()
            raise httpx2.TooManyRedirects(f"more than {MAX_REDIRECTS} redirects", request=request)
        if not stream:
            try:
                await response.aread()
            finally:
                await response.aclose()
        return response


async def resolve_host(host: str, port: int) -> list[str]:
    """Every address of the host, as the system's resolver gives them, without duplicates.

    Raises:
        OSError: there is none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


class _GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Opens sockets, after checking where they lead."""

    def __init__(self, allow: AllowList, resolve: Resolve) -> None:
        self._allow = allow
        self._resolve = resolve
        self._sockets = httpcore2.AnyIOBackend()

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve, check every address, connect to the first that answers."""
        last: Exception | None = None
        for address in await self._addresses(host, port, timeout):
            try:
                return await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
        raise last or httpcore2.ConnectError(f"{host!r} has no address")

    async def _addresses(self, host: str, port: int, timeout_s: float | None) -> Sequence[str]:
        try:
            async with asyncio.timeout(timeout_s):
                addresses = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore2.ConnectTimeout(f"resolving {host!r} took too long") from None
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host!r} cannot be resolved: {error}") from None
        refused = [address for address in addresses if not self._is_allowed(host, address, port)]
        if refused:  # one private address among public ones is enough: which of them is used is up to chance
            raise OutboundError(
                "address_not_allowed",
                f"{host!r} leads to an address that flows may not reach",
                remedy="Only public addresses are open; an administrator may allow others (PEER_SERVER_HTTP_ALLOW).",
                details={"host": host, "port": port},
            )
        return addresses

    def _is_allowed(self, host: str, address: str, port: int) -> bool:
        return is_public(address) or self._allow.allows(host, port) or self._allow.allows(address, port)

    @override
    async def connect_unix_socket(self, *_: object, **__: object) -> httpcore2.AsyncNetworkStream:
        """Refused: a flow never talks to local sockets."""
        raise OutboundError("address_not_allowed", "flows may not reach local sockets")

    @override
    async def sleep(self, seconds: float) -> None:
        """Wait between retries of a connection."""
        await asyncio.sleep(seconds)


class _GuardedTransport(httpx2.AsyncBaseTransport):
    """httpcore's connection pool on the guarded backend, as a transport of httpx2."""

    def __init__(self, backend: _GuardedBackend, max_response: int) -> None:
        self._backend = backend
        self._max_response = max_response
        self._pool: httpcore2.AsyncConnectionPool | None = None

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises OutboundError and the errors of httpx2."""
        if request.url.scheme not in {"http", "https"} or not request.url.host:
            raise OutboundError(
                "url_not_allowed", f"only http and https URLs are allowed, not {str(request.url)[:200]!r}"
            )
        with _own_errors(request):
            answer = await self._connections().handle_async_request(
                httpcore2.Request(
                    method=request.method,
                    url=httpcore2.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        headers = httpx2.Headers(answer.headers)
        encoding = headers.pop("content-encoding", "identity").strip().lower()
        if encoding != "identity":
            headers.pop("content-length", None)
        body = _Body(answer, request, encoding=encoding, limit=self._max_response)
        return httpx2.Response(answer.status, headers=headers, stream=body, extensions=answer.extensions)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            await self._pool.aclose()

    def _connections(self) -> httpcore2.AsyncConnectionPool:
        # Made late: loading the certificates takes longer than many a server start may.
        if self._pool is None:
            self._pool = httpcore2.AsyncConnectionPool(
                ssl_context=_tls(),
                max_connections=100,
                max_keepalive_connections=20,
                keepalive_expiry=5.0,
                network_backend=self._backend,
            )
        return self._pool


class _Body(httpx2.AsyncByteStream):
    """The answer's bytes, decompressed here so that a small answer cannot unfold into a huge one."""

    def __init__(self, answer: httpcore2.Response, request: httpx2.Request, *, encoding: str, limit: int) -> None:
        self._answer = answer
        self._request = request
        self._encoding = encoding
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        decode = _decoder(self._encoding)
        size = 0
        with _own_errors(self._request):
            async for data in self._answer.aiter_stream():
                for chunk in decode(data):
                    size += len(chunk)
                    if size > self._limit:
                        message = f"the answer is larger than {self._limit:,} bytes"
                        raise OutboundError("response_too_large", message, details={"limit": self._limit})
                    yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()


def _decoder(encoding: str) -> Callable[[bytes], Iterable[bytes]]:
    """A function that turns received bytes into chunks of at most `_CHUNK` decompressed bytes."""
    if encoding in {"identity", ""}:
        return lambda data: (data,)
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise OutboundError("encoding_not_supported", f"the answer is encoded as {encoding[:40]!r}")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: gzip or zlib, whichever the data starts with

    def inflate(data: bytes) -> Iterable[bytes]:
        try:
            while data:
                yield inflater.decompress(data, _CHUNK)
                data = inflater.unconsumed_tail
        except zlib.error as error:
            raise OutboundError("encoding_not_supported", f"the answer's compression is damaged: {error}") from None

    return inflate


def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


@contextmanager
def _own_errors(request: httpx2.Request) -> Iterator[None]:
    """Errors of httpcore2 as the errors of the same name in httpx2."""
    try:
        yield
    except Exception as error:
        kind = getattr(httpx2, type(error).__name__, None) if type(error).__module__.startswith("httpcore2") else None
        if kind is None:
            raise
        raise kind(str(error), request=request) from error
