from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp.resolver import ThreadedResolver

from corpusflow.fetch.address_guard import AddressRefusedError, GuardedResolver, check_address, check_host


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0",
     "223.255.255.255", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"],
)  # fmt: skip
def test_a_public_address_is_allowed(address: str) -> None:
    check_address(address, allow_loopback=False)


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.1", "100.64.0.0",
     "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254", "168.63.129.16",
     "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
     "::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
     "192.0.0.192", "192.88.99.1", "3fff::1",
     "2001:db8::1", "2001::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
     "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1", "2002:a00:1::1"],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(AddressRefusedError):
        check_address(address, allow_loopback=False)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_leave_for_loopback_lets_loopback_pass(address: str) -> None:
    check_address(address, allow_loopback=True)


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "fe80::1", "126.0.0.0.1"])
def test_leave_for_loopback_lets_nothing_else_pass(address: str) -> None:
    with pytest.raises((AddressRefusedError, ValueError)):
        check_address(address, allow_loopback=True)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "1.1.1.01",
     "134744072", "1.1.1.256", "name.0x", "0X7F.0.0.1"],
)  # fmt: skip
def test_an_odd_spelling_of_an_address_is_refused_wherever_it_leads(host: str) -> None:
    with pytest.raises(AddressRefusedError):
        check_host(host, allow_loopback=True)


@pytest.mark.parametrize(
    "host", ["example.org", "1.example", "0x7f.example.org", "127.0.0.1.example", "xn--p1ai", "x1"]
)
def test_a_name_passes_to_the_resolver(host: str) -> None:
    check_host(host, allow_loopback=False)


@pytest.mark.parametrize("host", ["192.168.0.1", "[fe80::1]", "::1"])
def test_a_literal_address_is_judged_at_once(host: str) -> None:
    with pytest.raises(AddressRefusedError):
        check_host(host, allow_loopback=False)


def resolve(monkeypatch: pytest.MonkeyPatch, addresses: list[str], allow_loopback: bool) -> list[str]:
    async def known(self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        return [
            {"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
            for address in addresses
        ]

    async def ask() -> list[str]:
        resolver = GuardedResolver(allow_loopback)
        try:
            return [result["host"] for result in await resolver.resolve("name.example", 80)]
        finally:
            await resolver.close()

    monkeypatch.setattr(ThreadedResolver, "resolve", known)
    return asyncio.run(ask())


def test_a_name_gives_the_addresses_that_were_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve(monkeypatch, ["1.1.1.1", "8.8.8.8"], allow_loopback=False) == ["1.1.1.1", "8.8.8.8"]


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AddressRefusedError):
        resolve(monkeypatch, ["1.1.1.1", "10.0.0.1"], allow_loopback=False)


def test_a_name_of_the_loopback_address_needs_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve(monkeypatch, ["127.0.0.1"], allow_loopback=True) == ["127.0.0.1"]
    with pytest.raises(AddressRefusedError):
        resolve(monkeypatch, ["127.0.0.1"], allow_loopback=False)
