"""Keeps the client away from addresses that are not on the public internet, whatever name leads to them."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

_GLOBAL_IPV6 = IPv6Network("2000::/3")  # all that is assigned for the public internet; RFC 4291
_NAT64 = IPv6Network("64:ff9b::/96")  # an IPv4 address in its last 32 bits; RFC 6052
# Which of these count as public depends on the version of Python: IETF protocol assignments (one is a cloud's metadata
# service), the former relays of 6to4, documentation. IANA's registries of special-purpose addresses.
_SPECIAL = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"), IPv6Network("3fff::/20"))
# Public by its number, yet it answers only inside a cloud, with the machine's secrets.
_METADATA = frozenset({IPv4Address("168.63.129.16")})
# The last label of an IPv4 address in any spelling that resolvers take: decimal, octal, hexadecimal.
_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


class AddressRefusedError(OSError):
    """The address is not one to connect to. An OSError, so that aiohttp takes it for a failed look-up."""


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses those that have an address which is not public.

    The client connects to what is returned here, so the address that was checked is the address that is used.
    hosts: addresses of names that go before DNS; they are checked like all others.
    """

    def __init__(self, allow_loopback: bool, hosts: Mapping[str, str] | None = None) -> None:
        self._allow_loopback = allow_loopback
        self._hosts = dict(hosts or {})
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises AddressRefusedError if any address of the host is refused, OSError if it has none."""
        # Of an address the system's resolver makes the same form without asking anybody.
        results = await self._resolver.resolve(self._hosts.get(host, host), port, family)
        for result in results:
            check_address(result["host"], self._allow_loopback)
        return results

    async def close(self) -> None:
        await self._resolver.close()


def check_host(host: str, allow_loopback: bool) -> None:
    """Judges a host that is a literal address, which aiohttp never gives to a resolver.

    A number in a spelling of its own (2130706433, 0x7f.1, 0177.0.0.1, 127.1) is refused wherever it leads: nobody
    writes so who does not want to hide something. Other names pass. Raises AddressRefusedError.
    """
    literal = host.removeprefix("[").removesuffix("]")
    try:
        ip_address(literal)
    except ValueError:
        if _NUMERIC_LABEL.fullmatch(literal.rstrip(".").rpartition(".")[2]):
            raise AddressRefusedError(f"{host} is an address in an odd spelling") from None
        return
    check_address(literal, allow_loopback)


def check_address(literal: str, allow_loopback: bool) -> None:
    """Raises AddressRefusedError unless the IPv4 or IPv6 address is public, or loopback and that is allowed."""
    address = _unwrap(ip_address(literal))
    if address.is_loopback:
        if allow_loopback:
            return
        raise AddressRefusedError(f"{literal} is a loopback address")
    if not _is_public(address):
        raise AddressRefusedError(f"{literal} is not a public address")


def _unwrap(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, where it does: mapped, NAT64, 6to4."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_IPV6:
        return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in _METADATA
