"""Public addresses and the allow-list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_runtime.addresses import AllowList, is_public


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2a00:1450:4001:80b::200e"]
)
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


PRIVATE = ("127.0.0.1", "192.0.0.8", "192.0.0.9", "255.255.255.255", "::1", "fe80::1%eth0", "fec0::1", "ff02::1")
CARRIERS = ("::ffff:10.0.0.1", "64:ff9b::808:808", "2002:808:808::", "2001:0:808:808::", "::8.8.8.8")


@pytest.mark.parametrize("address", [*PRIVATE, *CARRIERS, "", "example.com", "1.1"])
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(network="127.0.0.0/8") | st.ip_addresses(network="10.0.0.0/8"))
def test_private_addresses_stay_private_in_every_disguise(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]  # Hypothesis types the union loosely
    for disguise in (
        str(address),
        f"::ffff:{address}",
        f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}",
        f"::{address}",
    ):
        assert not is_public(disguise)


def test_a_bare_host_means_the_web_ports() -> None:
    allow = AllowList(["intranet", "10.0.0.1"])
    assert allow.allows("Intranet.", 443)
    assert allow.allows("10.0.0.1", 80)
    assert not allow.allows("intranet", 8080)


def test_entries_for_one_host_add_up() -> None:
    allow = AllowList(["a:1", "a:2", "b:1", "b:*"])
    assert [allow.allows("a", port) for port in (1, 2, 3)] == [True, True, False]
    assert allow.allows("b", 9999)


def test_ipv6_entries() -> None:
    allow = AllowList(["[::1]:9000", "fd00::1", "[fd00::2]:*"])
    assert allow.allows("::1", 9000)
    assert allow.allows("0:0:0:0:0:0:0:1", 9000)
    assert allow.allows("fd00::1", 80)
    assert allow.allows("fd00::2", 1)
    assert not allow.allows("::1", 80)


@pytest.mark.parametrize("entry", ["", ":80", "a:b", "http://a", "a:80/x", "a:\uff11"])
def test_malformed_entries_are_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        AllowList([entry])
