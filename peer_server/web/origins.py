"""Which pages may use the API with a cookie, or open a socket: an exact list, never a part of a name."""

from urllib.parse import urlsplit

from peer_server.settings import Settings

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound


class Origins:
    """The allow-list of one server. Bound to every address without a public URL, the server's own host counts."""

    def __init__(self, settings: Settings) -> None:
        base = urlsplit(settings.base_url)
        self._allowed = {_origin(base.scheme, base.hostname or "", base.port), *settings.allowed_origins}
        self._trusts_host = settings.host in _EVERYWHERE and not settings.public_url
        if not settings.public_url and (base.hostname in _LOOPBACK or self._trusts_host):
            self._allowed |= {_origin("http", host, settings.port) for host in _LOOPBACK}
        self.hosts = ["*"] if self._trusts_host else sorted(self._hosts(settings))

    def allows(self, origin: str, *, host: str) -> bool:
        """Whether a page of this origin is ours; `host` is the Host header of its request."""
        return origin in self._allowed or (self._trusts_host and origin == f"http://{host}")

    def _hosts(self, settings: Settings) -> set[str]:
        names = {urlsplit(origin).hostname or "" for origin in self._allowed - set(settings.allowed_origins)}
        return {*names, *_LOOPBACK, "[::1]", settings.host} - {""}


def _origin(scheme: str, host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{shown}" if port in {None, default} else f"{scheme}://{shown}:{port}"
