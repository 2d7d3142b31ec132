"""Which network addresses requests made by flows may reach: public ones, and what an administrator allowed."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

# `is_global` differs between Python versions (192.0.0.8 passes on 3.11) and knows nothing of addresses that carry
# another one: NAT64, 6to4, Teredo and IPv4-compatible ranges lead wherever their gateway leads, so all of them are out.
_BLOCKED: Final = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16"),
        *("3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)
_WEB_PORTS: Final = frozenset({80, 443})


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet. Text that is no IP address does not."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if any(parsed.version == network.version and parsed in network for network in _BLOCKED):
        return False
    return parsed.is_global and not parsed.is_multicast


class AllowList:
    """Private targets that an administrator opened, by name or address: ``host``, ``host:port`` or ``host:*``.

    A bare host means the ports 80 and 443. IPv6 addresses with a port stand in brackets: ``[::1]:9000``.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        """Read the entries.

        Raises:
            ValueError: an entry has none of the three forms.
        """
        self._ports: dict[str, set[int] | None] = {}
        for entry in entries:
            host, ports = _parse(entry.strip())
            known = self._ports.setdefault(host, set())
            self._ports[host] = None if ports is None or known is None else known | ports

    def allows(self, host: str, port: int) -> bool:
        """Whether this host or address was opened for this port."""
        ports = self._ports.get(_normal(host), set())
        return ports is None or port in ports


def _parse(entry: str) -> tuple[str, set[int] | None]:
    """The host of an entry and its ports; None means all of them."""
    host, colon, port = entry.rpartition(":")
    if not colon or entry.endswith("]") or (":" in host and not host.startswith("[")):
        host, port = entry, ""  # no port, or a bare IPv6 address
    host = _normal(host.removeprefix("[").removesuffix("]"))
    if not host or "/" in host or not (port in {"", "*"} or (port.isascii() and port.isdigit())):
        raise ValueError(f"{entry!r} is no host, host:port or host:*")
    return host, None if port == "*" else {int(port)} if port else set(_WEB_PORTS)


def _normal(host: str) -> str:
    host = host.rstrip(".").lower()
    try:
        return str(ip_address(host))
    except ValueError:
        return host
