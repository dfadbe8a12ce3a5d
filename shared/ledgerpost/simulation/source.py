"""The business side of a history: tenants, routes and approvals, and what each approval must become in the ledger.

`expected_entry` is written from the rules of design section 4 and not from the code that is under test.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from ledgerpost.domain.delivery import DeliveryKey
from ledgerpost.domain.event import EventKind, StreamType, TenantId
from ledgerpost.domain.note import NoteTemplate
from ledgerpost.domain.route import (
    AccountId,
    Connection,
    ConnectionId,
    EntryType,
    PatAuth,
    Route,
    RouteId,
    Rule,
    SecretReference,
    TenantConfiguration,
)
from ledgerpost.simulation.plan import Step

TENANTS = ("acme", "birch")
CURRENCY = "GBP"
ROUTES = {"sales": ("7d5f", "Europe/Paris"), "group": ("9a01", "America/New_York")}
"""Route → account and zone. Both take sales, so each approval goes two ways; both tenants name their accounts alike."""

_NOTES = ("#{Id}", "Sale #{Id} of {Customer}")
_SIDES = (EntryType.CREDIT, EntryType.DEBIT)


@cache
def initial_route(route: str) -> Route:
    """Give a route as it is first applied, in revision 1."""
    account, zone = ROUTES[route]
    rule = Rule(enabled=True, entry_type=EntryType.CREDIT, note_template=NoteTemplate(_NOTES[0]))
    return Route(
        id=RouteId(route),
        connection=ConnectionId("main"),
        stream=StreamType.SALES,
        account=AccountId(account),
        enabled=True,
        time_zone=ZoneInfo(zone),
        rules={EventKind.SALE_DOCUMENT: rule, EventKind.SALE_PAYMENT: rule},
    )


def edited(route: Route) -> Route:
    """Give the route's next revision: another note, and the other side of the ledger."""
    revision = route.revision + 1
    rule = Rule(
        enabled=True, entry_type=_SIDES[(revision - 1) % 2], note_template=NoteTemplate(_NOTES[(revision - 1) % 2])
    )
    return replace(route, revision=revision, rules=dict.fromkeys(route.rules, rule))


def switched(route: Route, *, enabled: bool) -> Route:
    """Give the route's next revision, on or off."""
    return replace(route, revision=route.revision + 1, enabled=enabled)


def configuration_of(tenant: str, routes: Mapping[str, Route]) -> TenantConfiguration:
    """Give the tenant's configuration with these routes."""
    connection = Connection(
        id=ConnectionId("main"),
        label="Main",
        target="pennypipe",
        base_url=f"https://{tenant}.ledger.example",
        auth=PatAuth(SecretReference(f"secretsmanager:{tenant}")),
    )
    return TenantConfiguration(
        TenantId(tenant), {connection.id: connection}, {RouteId(id_): route for id_, route in routes.items()}
    )


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval that the source published: what was approved, and its entry for the bus."""

    step: Step
    entry: Mapping[str, Any]

    @property
    def reference(self) -> str:
        """The reference, as the entity gives it."""
        return self.step.reference

    @property
    def order(self) -> int:
        """What the versions of one reference are ordered by."""
        return self.step.revision

    @property
    def amount(self) -> Decimal:
        """The signed amount in minor units, rounded half-even."""
        return Decimal(self.step.total).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def approval_of(step: Step) -> Approval:
    """Give the approval of a step. The entity also claims to be another tenant's: no one may believe it."""
    other = next(tenant for tenant in TENANTS if tenant != step.tenant)
    amount = "Payment" if "Payment" in step.kind else "Total"
    entity = {"Id": step.reference, "TenantId": other, "Customer": "Ash & Sons", amount: "@"}
    detail: dict[str, Any] = {
        "schemaVersion": "1",
        "tenantId": step.tenant,
        "approvedAt": step.approved_at,
        "currency": CURRENCY,
        "revision": step.revision,
        "entity": entity,
    }
    entry = {
        "Source": "stocksmart",
        "DetailType": step.kind,
        "EventBusName": "ledgerpost",
        "Time": step.approved_at,
        "Detail": json.dumps(detail).replace('"@"', step.total),
    }
    return Approval(step, entry)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the ledger must hold: side, positive amount, day and note."""

    type: EntryType
    amount: Decimal
    day: date
    note: str


def expected_entry(approval: Approval, route: Route) -> Expectation | None:
    """Give the entry of `approval` on `route`; None for zero."""
    amount = approval.amount
    if not amount:
        return None
    side = _SIDES[_edits(route) % 2]
    note = _NOTES[_edits(route) % 2].replace("{Id}", approval.reference).replace("{Customer}", "Ash & Sons")
    moment = datetime.fromisoformat(approval.step.approved_at).astimezone(UTC)
    day = moment.astimezone(ZoneInfo(ROUTES[route.id][1])).date()
    return Expectation(side if amount > 0 else side.flipped, abs(amount), day, note)


def _edits(route: Route) -> int:
    """Give 0 or 1 by the note that the revision carries: revisions that only switch keep the content."""
    template = route.rules[EventKind.SALE_DOCUMENT].note_template
    return _NOTES.index(template.text) if template is not None else 0


@dataclass(slots=True)
class Truth:
    """What was published and configured so far: the ground that every invariant stands on."""

    approvals: list[Approval] = field(default_factory=list)
    routes: dict[str, dict[str, Route]] = field(default_factory=dict)
    revisions: dict[tuple[str, str, int], Route] = field(default_factory=dict)
    skipped: dict[DeliveryKey, int] = field(default_factory=dict)
    """What a person skipped and did not redrive since: the revision."""
    redriven: dict[DeliveryKey, int] = field(default_factory=dict)
    """What a person redrove: the fence of the record that was given back."""
    touched_routes: set[tuple[str, str]] = field(default_factory=set)

    def configure(self, tenant: str, route: Route) -> TenantConfiguration:
        """Note a revision of a route and give the tenant's configuration with it."""
        self.routes.setdefault(tenant, {})[route.id] = route
        self.revisions[tenant, route.id, route.revision] = route
        return configuration_of(tenant, self.routes[tenant])

    def of_reference(self, tenant: str, reference: str) -> list[Approval]:
        """Give the approvals of a reference, as published."""
        return [each for each in self.approvals if each.step.tenant == tenant and each.reference == reference]
