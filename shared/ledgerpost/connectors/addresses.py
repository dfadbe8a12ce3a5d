"""Which addresses a connection may lead to: the guard against base URLs that point inside.

A host is resolved when a connection is opened, every address it resolves to is judged, and the socket is opened to the
very address that was judged. So a name that resolves differently a moment later (DNS rebinding) gains nothing.
Source: http-conventions, section 7; the ranges are those of the IANA special-purpose registries.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

import httpx

RESOLVED_FOR_S = 60.0
"""How long a resolution is used again."""

HOSTS_MAX = 1024
"""Hosts whose resolution is kept at a time."""

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Iterable[str]]
"""Gives every address of a host and port as text; raises OSError or UnicodeError where there is none."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_REFUSED_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


class Reach(Enum):
    """Where a connection may lead."""

    PUBLIC = "public"
    PUBLIC_OR_LOOPBACK = "public or loopback"
    LOOPBACK = "loopback"


class AddressRefusedError(httpx.ConnectError):
    """The address may not be called; nothing was sent."""


class HostUnknownError(httpx.ConnectError):
    """The host name does not resolve; nothing was sent."""


@dataclass(frozen=True, slots=True)
class _Resolution:
    addresses: tuple[str, ...]
    until: float


class AddressBook:
    """Vetted addresses of hosts, resolved anew at most every minute; safe to share between threads."""

    def __init__(self, resolve: Resolver | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._resolve = resolve or system_addresses
        self._monotonic = monotonic
        self._kept: dict[tuple[str, int], _Resolution] = {}
        self._lock = threading.Lock()

    def vetted(self, host: str, port: int, reach: Reach) -> tuple[str, ...]:
        """Give the addresses of `host`, each of them within `reach`.

        Raises AddressRefusedError where any of them is not, and HostUnknownError where there is none: a name that
        resolves to a good and a bad address is as bad as the bad one.
        """
        addresses = self._addresses(host, port)
        for address in addresses:
            if not is_within(address, reach):
                raise AddressRefusedError("The address is private, loopback, link-local or reserved.")
        return addresses

    def forget(self, host: str, port: int) -> None:
        """Resolve `host` anew next time: its addresses did not answer."""
        with self._lock:
            self._kept.pop((host, port), None)

    def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        now = self._monotonic()
        kept = self._kept.get((host, port))
        if kept is not None and now < kept.until:
            return kept.addresses
        try:
            addresses = tuple(dict.fromkeys(self._resolve(host, port)))
        except (OSError, UnicodeError):
            addresses = ()
        if not addresses:
            raise HostUnknownError("The host name does not resolve.")
        with self._lock:
            if len(self._kept) >= HOSTS_MAX:
                self._kept.clear()
            self._kept[host, port] = _Resolution(addresses, now + RESOLVED_FOR_S)
        return addresses


def system_addresses(host: str, port: int) -> Iterable[str]:
    """Resolve by the system's resolver, whose own time limit holds."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_within(address: str, reach: Reach) -> bool:
    """Say whether `address` (text, as resolved) may be called. What is no address may not."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.scope_id is not None:
        return False
    if parsed.is_loopback:
        return reach is not Reach.PUBLIC
    return reach is not Reach.LOOPBACK and is_public(parsed)


def is_public(address: IpAddress) -> bool:
    """Say whether `address`, or the IPv4 address that it stands for, belongs to the public internet."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    if any(address in network for network in _REFUSED_NETWORKS if network.version == address.version):
        return False
    return not (address.is_private or address.is_multicast or address.is_reserved or address.is_unspecified)


def _embedded(address: IpAddress) -> ipaddress.IPv4Address | None:
    """Give the IPv4 address that an IPv6 one stands for: mapped, compatible, 6to4 or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or address in _IPV4_COMPATIBLE:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
