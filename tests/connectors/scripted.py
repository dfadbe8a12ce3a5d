"""Fakes for the tests of connectors: a clock and secrets that stand still, and a ledger that follows a script."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from docs.examples.quillbook.connector import quillbook
from ledgerpost.connectors.registry import BUILDERS, ConnectorTargets
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.money import Money
from ledgerpost.domain.route import (
    Connection,
    ConnectionId,
    EntryType,
    OAuthAuth,
    PatAuth,
    SecretReference,
)
from ledgerpost.errors import SecretError
from ledgerpost.ports import Clock, LedgerTarget

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TENANT = TenantId("acme")
PAT_REFERENCE = SecretReference("env:LEDGER_PAT")
CLIENT_SECRET_REFERENCE = SecretReference("env:LEDGER_CLIENT_SECRET")


@dataclass
class StoppedClock:
    """A clock that is moved by hand."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class HeldSecrets:
    """Secrets in a dictionary; a fresh read gives what is there now, another one what was read first."""

    values: dict[str, str]
    kept: dict[str, str] = field(default_factory=dict)
    reads: list[tuple[str, bool]] = field(default_factory=list)

    def read(self, reference: SecretReference, *, fresh: bool = False) -> str:
        self.reads.append((reference, fresh))
        if reference not in self.values:
            raise SecretError("secret_unavailable", f"{reference} is not set.")
        if fresh or reference not in self.kept:
            self.kept[reference] = self.values[reference]
        return self.kept[reference]


Handler = Callable[[httpx.Request], httpx.Response]


class RecordingTransport(httpx.MockTransport):
    """Answers by `handler` and keeps every request; safe under threads."""

    def __init__(self, handler: Handler) -> None:
        super().__init__(handler)
        self.requests: list[httpx.Request] = []
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.requests.append(request)
        return super().handle_request(request)

    def count(self, method: str, part: str = "") -> int:
        """Give the number of requests by `method` whose path holds `part`."""
        return sum(request.method == method and part in request.url.path for request in self.requests)


def json_answer(status: int, document: object, headers: Mapping[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json=document, headers=headers)


def an_entry(**changes: object) -> LedgerEntry:
    """Give the sheet's sample entry."""
    values: dict[str, object] = {
        "reference": Reference("3f0c0000-0000-0000-0000-000000000001"),
        "type": EntryType.CREDIT,
        "money": Money(Decimal("120.50"), "EUR"),
        "day": date(2026, 3, 1),
        "source_amount": Decimal("120.50"),
        "rounding": Decimal(0),
        "note": "Sale #R-1 total 120.50",
        "tag_names": ("Sales", "Retail"),
        "create_missing_tags": True,
        "custom_fields": (("11111111-1111-1111-1111-111111111111", "R-1"),),
    }
    return LedgerEntry(**(values | changes))  # type: ignore[arg-type]


def a_connection(target: str = "pennypipe", base_url: str = "https://ledger.example", **changes: object) -> Connection:
    values: dict[str, object] = {
        "id": ConnectionId("main"),
        "label": "Main Finance Account",
        "target": target,
        "base_url": base_url,
        "auth": PatAuth(PAT_REFERENCE),
    }
    return Connection(**(values | changes))  # type: ignore[arg-type]


def oauth(authority: str = "https://identity.example", **changes: str) -> OAuthAuth:
    values = {
        "identity_authority": authority,
        "client_id": "client-1",
        "client_secret": CLIENT_SECRET_REFERENCE,
        "scopes": "webjala_pennypipe_api pennypipe.integration.ledger.write",
    }
    return OAuthAuth(**(values | changes))  # type: ignore[arg-type]


def some_secrets() -> HeldSecrets:
    return HeldSecrets({PAT_REFERENCE: "pat-value", CLIENT_SECRET_REFERENCE: "client-secret-value"})


HELD_BUILDERS = {**BUILDERS, "quillbook": quillbook}
"""Every connector that the conformance suite holds: those that ship, and the worked example of the docs."""


def targets_with(secrets: HeldSecrets, clock: Clock, **more: Any) -> ConnectorTargets:
    """Give targets as the product keeps them, the worked example among them."""
    return ConnectorTargets(secrets, clock, builders=HELD_BUILDERS, **more)


def target_over(
    transport: httpx.BaseTransport,
    *,
    connection: Connection | None = None,
    secrets: HeldSecrets | None = None,
    clock: StoppedClock | None = None,
) -> LedgerTarget:
    """Build the connection's target as the product does, but over `transport`."""
    targets = targets_with(secrets or some_secrets(), clock or StoppedClock(), transport_factory=lambda _: transport)
    return targets.target_of(TENANT, connection or a_connection())
