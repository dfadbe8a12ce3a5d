"""Which connector stands behind a connection's `target`, and the targets that are kept (port LedgerTargets).

A connector is loaded with the first connection that asks for it: a stage of one kind of ledger never loads the others.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, runtime_checkable

import httpx

from ledgerpost.connectors.building import Building, refused
from ledgerpost.connectors.http import HttpLimits, HttpSender
from ledgerpost.connectors.no_limit import NoLimit
from ledgerpost.connectors.transport import SocketTransport
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import Connection, ConnectionId
from ledgerpost.ports import Clock, CustomerClaims, LedgerTarget, RequestBudget, Secrets, TokenPairs

TARGETS_MAX = 1000
"""Targets kept at a time."""

TransportFactory = Callable[[Connection], httpx.BaseTransport]


@runtime_checkable
class Closable(Protocol):
    """A target that holds something at its ledger, as a session."""

    def close(self) -> None:
        """Let go of it. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    connection: Connection
    target: LedgerTarget
    transport: httpx.BaseTransport


Builder = Callable[[Building], LedgerTarget]
"""Gives the target behind a connection. Raises ConfigurationError for an option or an `auth` that it does not take."""


def _loaded(package: str, name: str) -> Builder:
    """Give the builder `name` of a connector's package, which is loaded at its first use."""

    def build(building: Building) -> LedgerTarget:
        builder: Builder = getattr(import_module(f"ledgerpost.connectors.{package}.building"), name)
        return builder(building)

    return build


BUILDERS: Mapping[str, Builder] = {
    "acumatica": _loaded("acumatica", "acumatica_target"),
    "codat": _loaded("codat", "codat_target"),
    "pennylane": _loaded("pennylane", "pennylane_target"),
    "pennypipe": _loaded("pennypipe", "pennypipe_target"),
}
"""A connection's `target` → its connector. A new connector adds one line here, and its name to the configuration's
`TARGETS`; a test holds the two together.
"""


class ConnectorTargets:
    """The targets of all connections, each kept as long as its connection's settings stay the same."""

    def __init__(
        self,
        secrets: Secrets,
        clock: Clock,
        *,
        allow_loopback: bool = False,
        transport_factory: TransportFactory | None = None,
        limits: HttpLimits | None = None,
        budget: RequestBudget | None = None,
        token_pairs: TokenPairs | None = None,
        customer_claims: CustomerClaims | None = None,
        builders: Mapping[str, Builder] = BUILDERS,
    ) -> None:
        """`allow_loopback` is for local engines alone: it lets http, and https, lead to loopback.

        `budget` is shared by all workers of a stage; without one nothing is held back here. Without `token_pairs` a
        connection whose refresh tokens rotate is refused; without `customer_claims` each process has its own.
        """
        self._builders = builders
        self._budget = budget or NoLimit()
        self._token_pairs = token_pairs
        self._customer_claims = customer_claims
        self._secrets = secrets
        self._clock = clock
        self._allow_loopback = allow_loopback
        self._transport_factory = transport_factory
        self._limits = limits
        self._kept: dict[tuple[TenantId, ConnectionId], _Kept] = {}
        self._lock = threading.Lock()

    def target_of(self, tenant: TenantId, connection: Connection) -> LedgerTarget:
        """Give the target behind `connection`.

        Raises ConfigurationError for a target that no connector is for, a base URL that cannot be one, or an option
        that the connector does not have.
        """
        key = (tenant, connection.id)
        kept = self._kept.get(key)
        if kept is not None and (kept.connection is connection or kept.connection == connection):
            return kept.target
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.connection != connection:
                kept = self._build(tenant, connection)
                if len(self._kept) >= TARGETS_MAX:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = kept
            return kept.target

    def close(self) -> None:
        """Close the idle connections of all targets; for hosts that end before their process does."""
        with self._lock:
            for kept in self._kept.values():
                if isinstance(kept.target, Closable):
                    kept.target.close()
                kept.transport.close()
            self._kept.clear()

    def building_of(self, tenant: TenantId, connection: Connection) -> tuple[Building, httpx.BaseTransport]:
        """Give what a client of the connection is built from, and the transport that it has to close at its end.

        Raises ConfigurationError for a base URL that cannot be one.
        """
        base_url = _checked_base_url(connection, allow_http=self._allow_loopback)
        transport = self._transport(connection)
        building = Building(
            connection=connection,
            base_url=base_url,
            sender=HttpSender(transport, self._limits),
            secrets=self._secrets,
            clock=self._clock,
            tenant=tenant,
            budget=self._budget,
            token_pairs=self._token_pairs,
            customer_claims=self._customer_claims,
        )
        return building, transport

    def _build(self, tenant: TenantId, connection: Connection) -> "_Kept":
        builder = self._builders.get(connection.target)
        if builder is None:
            known = ", ".join(sorted(self._builders))
            raise refused(connection, "target", f"There is no connector {connection.target!r}.", f"Use one of {known}.")
        building, transport = self.building_of(tenant, connection)
        return _Kept(connection, builder(building), transport)

    def _transport(self, connection: Connection) -> httpx.BaseTransport:
        if self._transport_factory is not None:
            return self._transport_factory(connection)
        return SocketTransport(allow_loopback=self._allow_loopback)


def _checked_base_url(connection: Connection, *, allow_http: bool) -> str:
    """Give the base URL without a slash at its end, where it can be one; which addresses it leads to is judged when a
    connection is opened.
    """
    schemes = ("https", "http") if allow_http else ("https",)
    try:
        url = httpx.URL(connection.base_url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in schemes or not url.host or url.userinfo or url.query or url.fragment:
        mend = "Write https://, the host and perhaps a path, and nothing else."
        raise refused(connection, "baseUrl", "This is no base URL.", mend, code="config_base_url_refused")
    return connection.base_url.rstrip("/")
