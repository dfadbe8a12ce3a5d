"""The guard against base URLs that lead inside. Source of the ranges: IANA special-purpose address registries."""

import ipaddress
from collections.abc import Iterable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.connectors.addresses import (
    AddressBook,
    AddressRefusedError,
    HostUnknownError,
    Reach,
    is_public,
    is_within,
)
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.connectors.transport import SocketTransport
from ledgerpost.domain.outcome import Applied, NotApplied, Retry
from tests.connectors.conformance.pennypipe_case import PENNYPIPE
from tests.connectors.loopback_server import Visit, loopback_server, response
from tests.connectors.scripted import TENANT, StoppedClock, a_connection, oauth, some_secrets

REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.0.9",
    "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.7", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.5", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::10.0.0.1", "64:ff9b::10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:0a00:0001::1", "2002:7f00:0001::",
    "2002:a9fe:a9fe::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "3fff::1",
    "2606:4700::1%eth0",
    "", "ledger.example", "10.0.0", "0x7f000001",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "::ffff:8.8.8.8",
          "64:ff9b::8.8.8.8", "2002:0808:0808::1"]  # fmt: skip
LOOPBACK = ["127.0.0.1", "127.9.9.9", "::1"]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_inside_is_refused(address: str):
    assert not is_within(address, Reach.PUBLIC)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_taken(address: str):
    assert is_within(address, Reach.PUBLIC)
    assert is_within(address, Reach.PUBLIC_OR_LOOPBACK)
    assert not is_within(address, Reach.LOOPBACK)


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_is_taken_by_local_engines_alone(address: str):
    assert is_within(address, Reach.LOOPBACK)
    assert is_within(address, Reach.PUBLIC_OR_LOOPBACK)
    assert not is_within(address, Reach.PUBLIC)


@pytest.mark.parametrize("address", sorted(set(REFUSED) - set(LOOPBACK)))
def test_a_local_engine_reaches_nothing_else_inside(address: str):
    reachable = address == "127.255.0.9"

    assert is_within(address, Reach.PUBLIC_OR_LOOPBACK) == reachable
    assert is_within(address, Reach.LOOPBACK) == reachable


@given(st.ip_addresses(v=4).filter(lambda address: not address.is_global))
def test_no_writing_of_an_inner_address_in_ipv6_passes(inner: ipaddress.IPv4Address):
    number = int(inner)
    disguises = (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | number),
        ipaddress.IPv6Address(number),
    )

    assert not is_public(inner)
    assert not any(is_public(disguise) for disguise in disguises)


class Resolver:
    """Gives the next answer of a list at each call, the last one again and again."""

    def __init__(self, *answers: Iterable[str]) -> None:
        self._answers = [list(answer) for answer in answers]
        self.calls = 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.calls += 1
        answer = self._answers[min(self.calls, len(self._answers)) - 1]
        if not answer:
            raise OSError("no such host")
        return answer


class Seconds:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_one_bad_address_among_good_ones_refuses_the_host():
    book = AddressBook(Resolver(["8.8.8.8", "10.0.0.1"]))

    with pytest.raises(AddressRefusedError):
        book.vetted("ledger.example", 443, Reach.PUBLIC)


def test_a_name_is_resolved_at_most_once_a_minute():
    resolver, seconds = Resolver(["8.8.8.8"], ["1.1.1.1"]), Seconds()
    book = AddressBook(resolver, seconds)
    book.vetted("ledger.example", 443, Reach.PUBLIC)
    seconds.at = 59.9
    assert book.vetted("ledger.example", 443, Reach.PUBLIC) == ("8.8.8.8",)
    seconds.at = 60.0

    assert book.vetted("ledger.example", 443, Reach.PUBLIC) == ("1.1.1.1",)
    assert resolver.calls == 2


def test_a_name_that_moves_inside_later_is_refused_then():
    seconds = Seconds()
    book = AddressBook(Resolver(["8.8.8.8"], ["169.254.169.254"]), seconds)
    book.vetted("ledger.example", 443, Reach.PUBLIC)
    seconds.at = 61.0

    with pytest.raises(AddressRefusedError):
        book.vetted("ledger.example", 443, Reach.PUBLIC)


def test_a_name_that_does_not_resolve_is_unknown_and_is_asked_for_again():
    resolver = Resolver([], ["8.8.8.8"])
    book = AddressBook(resolver)
    with pytest.raises(HostUnknownError):
        book.vetted("ledger.example", 443, Reach.PUBLIC)

    assert book.vetted("ledger.example", 443, Reach.PUBLIC) == ("8.8.8.8",)


def test_a_name_that_no_resolver_can_read_is_unknown():
    with pytest.raises(HostUnknownError):
        AddressBook().vetted("a" * 70 + ".example", 443, Reach.PUBLIC)


def post_over(transport: SocketTransport, base_url: str, **changes: object) -> object:
    targets = ConnectorTargets(
        some_secrets(), StoppedClock(), allow_loopback=True, transport_factory=lambda _: transport
    )
    target = targets.target_of(TENANT, a_connection(base_url=base_url, **changes))
    outcome = target.post(PENNYPIPE.account, PENNYPIPE.entry, "event-1")
    targets.close()
    return outcome


def takes_all(visit: Visit) -> None:
    body = PENNYPIPE.answer_all(httpx.Request("POST", "http://h/x", content=visit.body)).content
    visit.send(response(body))


def test_the_connection_goes_to_the_very_address_that_was_judged():
    resolver = Resolver(["127.0.0.1"], ["169.254.169.254"])
    with loopback_server(takes_all) as server:
        transport = SocketTransport(AddressBook(resolver), allow_loopback=True)
        outcome = post_over(transport, f"http://ledger.example:{server.port}")

        assert isinstance(outcome, Applied)
        assert resolver.calls == 1
        assert f"Host: ledger.example:{server.port}".encode() in server.heads[0]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
def test_a_stage_sends_nothing_to_an_inner_address(address: str):
    transport = SocketTransport(AddressBook(Resolver([address])))

    outcome = post_over(transport, "https://ledger.example")

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("address_refused", Retry.NEVER)


def test_the_identity_authority_is_under_the_same_guard():
    transport = SocketTransport(AddressBook(Resolver(["169.254.169.254"])))

    outcome = post_over(transport, "https://ledger.example", auth=oauth("https://identity.example"))

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "address_refused"


def test_http_is_refused_even_to_a_public_address():
    outcome = post_over(SocketTransport(AddressBook(Resolver(["8.8.8.8"]))), "http://ledger.example")

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "address_refused"


def test_a_local_engine_speaks_http_to_loopback_alone():
    transport = SocketTransport(AddressBook(Resolver(["8.8.8.8"])), allow_loopback=True)

    outcome = post_over(transport, "http://ledger.example")

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "address_refused"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_no_writing_of_loopback_in_the_base_url_passes_on_a_stage(host: str):
    outcome = post_over(SocketTransport(), f"https://{host}:9")

    assert isinstance(outcome, NotApplied)
    assert outcome.code in ("address_refused", "ledger_unreachable")
    assert outcome.code == "address_refused" or "resolve" in outcome.detail
