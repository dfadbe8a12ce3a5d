"""Learning the facts of the go-live checklist: from the configuration, the change log, the records and the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ledgerpost.app.browse import BrowsePorts, of_day
from ledgerpost.app.change_log import ChangeLog
from ledgerpost.app.listing import ReadEvent
from ledgerpost.domain.access import Act
from ledgerpost.domain.checklist import GoLiveFacts, Line, checklist
from ledgerpost.domain.commerce_document import map_commerce_document
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import EventKind, TenantId
from ledgerpost.domain.mapping import map_entry
from ledgerpost.domain.outcome import DocumentFact, Fact, Found
from ledgerpost.domain.route import AccountId, ConnectionId, Route, RouteId, TenantConfiguration
from ledgerpost.ports import LedgerTargets
from ledgerpost.ports_setup import ConfigurationStore

CHANGES_READ_MAX = 1000
"""Entries of the change log that are looked through for test posts, the latest first."""

DAYS_LOOKED_AT = 7
"""Business days, today included, that are looked at for a live transaction."""

APPLIED = "applied"
"""The status that a test post which its ledger took has in the change log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistPorts:
    """What the checklist needs; all of it is only read."""

    configurations: ConfigurationStore
    changes: ChangeLog
    browse: BrowsePorts
    targets: LedgerTargets
    read_event: ReadEvent


def go_live_checklist(tenant: TenantId, today: date, ports: ChecklistPorts) -> tuple[Line, ...]:
    """Give the lines of the list as the facts are now. Raises StoreError; a ledger that does not answer ticks nothing.

    Of each enabled route one delivered transaction of the last seven business days is looked up in its ledger.
    """
    applied = ports.configurations.applied(tenant)
    configuration = applied.configuration if applied else None
    verified = dict(_verified(configuration, today, ports)) if configuration else {}
    tested = frozenset(tested_accounts(tenant, ports.changes))
    return checklist(GoLiveFacts(configuration=configuration, tested=tested, verified=verified))


def tested_accounts(tenant: TenantId, changes: ChangeLog) -> Iterator[tuple[ConnectionId, AccountId]]:
    """Give the accounts that a test post reached, after the latest thousand changes."""
    for entry in changes.latest(tenant, CHANGES_READ_MAX):
        change = entry.change
        if change.act is Act.TEST_POST and change.facts.get("status") == APPLIED:
            yield ConnectionId(change.facts["connection"]), AccountId(change.facts["account"])


def _verified(configuration: TenantConfiguration, today: date, ports: ChecklistPorts) -> Iterator[tuple[RouteId, str]]:
    for route in configuration.routes.values():
        record = _last_delivered(configuration.tenant, route, today, ports) if route.enabled else None
        if record is not None and _is_in_ledger(record, route, configuration, ports):
            yield route.id, record.key.reference


def _last_delivered(tenant: TenantId, route: Route, today: date, ports: ChecklistPorts) -> DeliveryRecord | None:
    for back in range(DAYS_LOOKED_AT):
        page = of_day(tenant, route.id, today - timedelta(days=back), ports.browse, status=Status.DELIVERED)
        if page.records:
            return page.records[0]
    return None


def _is_in_ledger(
    record: DeliveryRecord, route: Route, configuration: TenantConfiguration, ports: ChecklistPorts
) -> bool:
    """Say whether the ledger holds the record's entry as today's route makes it: amount, side, day and note."""
    target = ports.targets.target_of(configuration.tenant, configuration.connection_of(route))
    found = target.find(record.key.account, record.key.reference)
    facts = found.facts if isinstance(found, Found) else ()
    if record.kind is EventKind.COMMERCE_DOCUMENT:
        closed = map_commerce_document(ports.read_event(record.source), route)
        if isinstance(closed, LedgerEntry):
            return any(fact.agrees_with(closed) for fact in facts)
    rule = route.rules.get(record.kind) if route.collection_for(record.kind) is None else None
    if rule is None:
        return any(_is_the_document(fact, record) for fact in facts)
    mapped = map_entry(ports.read_event(record.source), route, rule)
    return isinstance(mapped, LedgerEntry) and any(fact.agrees_with(mapped) for fact in facts)


def _is_the_document(fact: Fact, record: DeliveryRecord) -> bool:
    """Say whether this is the document that was delivered: what it looks like inside was completed by the ledger."""
    ledger_id = record.effect.ledger_id if record.effect is not None else ""
    return (
        isinstance(fact, DocumentFact)
        and (fact.ledger_id, fact.amount) == (ledger_id, record.amount)
        and fact.day.isoformat() == record.day
    )
