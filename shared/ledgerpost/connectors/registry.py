"""Which connector stands behind a connection's `target`, and the targets that are kept (port LedgerTargets)."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import httpx

from ledgerpost.connectors.acumatica.building import acumatica_target
from ledgerpost.connectors.acumatica.target import AcumaticaTarget
from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.codat.options import options_from
from ledgerpost.connectors.codat.target import CodatTarget
from ledgerpost.connectors.http import HttpLimits, HttpSender
from ledgerpost.connectors.no_limit import NoLimit
from ledgerpost.connectors.oauth import ClientAuthentication, ClientCredentials
from ledgerpost.connectors.pennylane.building import PennylaneParts, pennylane_target
from ledgerpost.connectors.pennypipe.paths import paths_from
from ledgerpost.connectors.pennypipe.target import PennyPipeTarget
from ledgerpost.connectors.tokens import CachedToken, basic_key, personal_access_token
from ledgerpost.connectors.transport import SocketTransport
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import Connection, ConnectionId, PatAuth
from ledgerpost.errors import ConfigurationError, Problem
from ledgerpost.ports import Clock, CustomerClaims, LedgerTarget, RequestBudget, Secrets, TokenPairs

TARGETS_MAX = 1000
"""Targets kept at a time."""

TransportFactory = Callable[[Connection], httpx.BaseTransport]


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """What a connector is built from."""

    connection: Connection
    base_url: str
    sender: HttpSender
    secrets: Secrets
    clock: Clock
    tenant: TenantId
    budget: RequestBudget
    token_pairs: TokenPairs | None = None
    customer_claims: CustomerClaims | None = None

    def authorized(self, preferred: ClientAuthentication = ClientAuthentication.BASIC) -> AuthorizedSender:
        """Give a sender with the tokens that the connection's `auth` asks for."""
        return AuthorizedSender(self.sender, self._tokens(preferred))

    def with_api_key(self) -> AuthorizedSender:
        """Give a sender whose secret goes as `Basic <base64 of the key>`.

        Raises ConfigurationError where the connection's `auth` is another one than PAT.
        """
        auth = self.connection.auth
        if not isinstance(auth, PatAuth):
            mend = "Write `type: PAT`, and the reference to the API key as `token`."
            raise _refused(self.connection, "auth", "This ledger takes an API key and no OAuth client.", mend)
        key = personal_access_token(auth.token, self.secrets, self.clock, credentials=basic_key)
        return AuthorizedSender(self.sender, key)

    def _tokens(self, preferred: ClientAuthentication) -> CachedToken:
        auth = self.connection.auth
        if isinstance(auth, PatAuth):
            return personal_access_token(auth.token, self.secrets, self.clock)
        client = ClientCredentials(auth, self.sender, self.secrets, self.clock, preferred=preferred)
        return CachedToken(client.request_token, self.clock)


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


def _pennypipe(building: Building) -> PennyPipeTarget:
    paths = paths_from(building.connection.options, _place(building.connection))
    # PennyPipe's sheet has the client in the form's body. Source: pennypipe.md, section 3.1.
    sender = building.authorized(ClientAuthentication.BODY)
    return PennyPipeTarget(building.base_url, sender, building.clock, paths)


def _acumatica(building: Building) -> AcumaticaTarget:
    return acumatica_target(
        building.connection,
        building.base_url,
        owner=building.tenant,
        sender=building.sender,
        secrets=building.secrets,
        clock=building.clock,
        claims=building.customer_claims,
    )


def _codat(building: Building) -> CodatTarget:
    options = options_from(building.connection.options, _place(building.connection))
    return CodatTarget(building.base_url, building.with_api_key(), building.clock, options)


def _pennylane_parts(building: Building) -> PennylaneParts:
    """Give what the Pennylane connector is built from, for its target and for its client."""
    return PennylaneParts(
        tenant=building.tenant,
        connection=building.connection,
        base_url=building.base_url,
        sender=building.sender,
        secrets=building.secrets,
        clock=building.clock,
        budget=building.budget,
        token_pairs=building.token_pairs,
    )


BUILDERS: dict[str, Callable[[Building], LedgerTarget]] = {
    "acumatica": _acumatica,
    "codat": _codat,
    "pennypipe": _pennypipe,
    "pennylane": lambda building: pennylane_target(_pennylane_parts(building)),
}
"""A connection's `target` → its connector. A new connector adds one line."""


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
    ) -> None:
        """`allow_loopback` is for local engines alone: it lets http, and https, lead to loopback.

        `budget` is shared by all workers of a stage; without one nothing is held back here. Without `token_pairs` a
        connection whose refresh tokens rotate is refused; without `customer_claims` each process has its own.
        """
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

    def pennylane_parts(self, tenant: TenantId, connection: Connection) -> tuple[PennylaneParts, httpx.BaseTransport]:
        """Give what a Pennylane client of the connection is built from, and the transport to close at its end."""
        building, transport = self._building_of(tenant, connection)
        return _pennylane_parts(building), transport

    def _building_of(self, tenant: TenantId, connection: Connection) -> tuple[Building, httpx.BaseTransport]:
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
        builder = BUILDERS.get(connection.target)
        if builder is None:
            known = ", ".join(sorted(BUILDERS))
            raise _refused(
                connection, "target", f"There is no connector {connection.target!r}.", f"Use one of {known}."
            )
        building, transport = self._building_of(tenant, connection)
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
        raise _refused(connection, "baseUrl", "This is no base URL.", mend, code="config_base_url_refused")
    return connection.base_url.rstrip("/")


def _place(connection: Connection) -> str:
    return f"connections[{connection.id}]"


def _refused(
    connection: Connection, key: str, message: str, mend: str, *, code: str = "config_wrong_value"
) -> ConfigurationError:
    return ConfigurationError([Problem(f"{_place(connection)}.{key}", message, mend, code)])
