"""Deliveries: searching them, and the whole story of one: event, rule, body, each attempt, the ledger's id."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from ledgerpost.app.explain import Check, status_check
from ledgerpost.app.map_event import map_transaction
from ledgerpost.connectors.pennypipe.bodies import body_of
from ledgerpost.console.browsing import Found, Search, find
from ledgerpost.console.editing import applied_or_empty, document_of
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Fields
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.document import Postable
from ledgerpost.domain.entity import text_of
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.event import ApprovalEvent, TenantId
from ledgerpost.domain.formula import Formulas
from ledgerpost.domain.route import AccountId, ConnectionId, Route, TenantConfiguration
from ledgerpost.errors import UsageError, describe
from ledgerpost.wire.message import read_accepted_event

ACTS = frozenset({Status.PARKED, Status.SKIPPED})
SKIPPABLE = frozenset({Status.PARKED, Status.RETRYING, Status.UNCONFIRMED, Status.PENDING})


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The page of a search."""

    looking: Search
    found: Found
    routes: tuple[Route, ...]
    statuses: tuple[Status, ...] = tuple(Status)


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened to a delivery."""

    at: datetime
    title: str
    detail: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is known of one delivery. `body` is what the present rule makes of the approval; None where it makes no
    entry. `is_as_sent` says whether that is the very body that was sent: the route has not changed since.
    """

    record: DeliveryRecord
    event: ApprovalEvent
    properties: tuple[tuple[str, str], ...]
    rule_json: str | None
    body: str | None
    is_as_sent: bool
    moments: tuple[Moment, ...]
    standing: Check
    may_redrive: bool
    may_skip: bool


def search_of(query: Fields) -> Search:
    """Read a search from a page's query. Raises UsageError(request_unreadable)."""
    status, day = query.text("status"), query.text("day")
    try:
        return Search(
            reference=query.text("reference"),
            receipt=query.text("receipt"),
            status=Status(status) if status else None,
            route=query.text("route"),
            day=date.fromisoformat(day) if day else None,
            code=query.text("code"),
            after=query.raw("after"),
        )
    except ValueError:
        raise UsageError("request_unreadable", "The status or the day is none; a day is 2026-01-31.") from None


def deliveries(tenant: TenantId, looking: Search, ports: ConsolePorts) -> Deliveries:
    """Give the page of a search."""
    configuration, _ = applied_or_empty(ports, tenant)
    found = find(looking, configuration, ports)
    return Deliveries(looking, found, tuple(sorted(configuration.routes.values(), key=lambda route: route.id)))


def key_of(tenant: TenantId, query: Fields) -> DeliveryKey:
    """Read which delivery is meant; it is always one of the caller's tenant."""
    return DeliveryKey(
        tenant,
        ConnectionId(query.text("connection")),
        AccountId(query.text("account")),
        Reference(query.raw("reference")),
        query.raw("collision"),
    )


def story(key: DeliveryKey, ports: ConsolePorts) -> Story:
    """Give the whole story of a delivery. Raises UsageError(delivery_not_found)."""
    record = ports.operate.records.get(key)
    if record is None:
        raise UsageError("delivery_not_found", f"There is no delivery of reference {key.reference!r}.")
    event = read_accepted_event(record.source)
    configuration, _ = applied_or_empty(ports, key.tenant)
    route = configuration.routes.get(record.route)
    entry = _postable_of(event, route, ports.formulas)
    return Story(
        record=record,
        event=event,
        properties=tuple((name, text_of(value)) for name, value in event.entity.items()),
        rule_json=_rule_json(configuration, record, ports),
        body=_body(entry) if entry else None,
        is_as_sent=route is not None and record.version.route_revision == route.revision,
        moments=tuple(sorted(_moments(record, event), key=lambda moment: moment.at)),
        standing=status_check(record),
        may_redrive=record.status in ACTS and not record.key.collision,
        may_skip=record.status in SKIPPABLE,
    )


def _postable_of(event: ApprovalEvent, route: Route | None, formulas: Formulas) -> Postable | None:
    mapped = map_transaction(event, route, formulas) if route is not None else None
    return mapped if isinstance(mapped, Postable) else None


def _rule_json(configuration: TenantConfiguration, record: DeliveryRecord, ports: ConsolePorts) -> str | None:
    for route in document_of(configuration, ports.plain)["routes"]:
        if route["id"] == record.route and record.kind in route["rules"]:
            return json.dumps(route["rules"][record.kind], indent=2, ensure_ascii=False)
    return None


def _body(posting: Postable) -> str:
    """Give what goes to the ledger: an entry as PennyPipe's JSON, a document's own content."""
    if isinstance(posting, LedgerEntry):
        return json.dumps(json.loads(body_of(posting)), indent=2, ensure_ascii=False)
    return json.dumps(posting.content(), indent=2, ensure_ascii=False)


def _moments(record: DeliveryRecord, event: ApprovalEvent) -> Iterator[Moment]:
    yield Moment(event.approved_at, "Approved", f"in {event.source}, version {event.version}", "good")
    for attempt in record.history:
        status = f", the ledger answered {attempt.status}" if attempt.status else ""
        cause = f": {describe(attempt.code).cause}" if attempt.code else ""
        tone = {"applied": "good", "unknown": "waits"}.get(attempt.outcome, "bad")
        yield Moment(attempt.at, f"Posted: {attempt.outcome.replace('_', ' ')}", f"{status.lstrip(', ')}{cause}", tone)
    for operation in record.operations:
        why = f": {operation.reason}" if operation.reason else ""
        yield Moment(
            operation.at, f"{operation.act.capitalize()} by {operation.by or 'somebody'}", why.lstrip(": "), "waits"
        )
    if record.effect is not None:
        detail = f"as {record.effect.ledger_id}, version {record.effect.version}"
        yield Moment(record.effect.at, "In the ledger", detail, "good")


def plain_delivery(record: DeliveryRecord) -> dict[str, Any]:
    """Give a record for programs; the source event is left out, since it may name people."""
    return {
        "connection": record.key.connection,
        "account": record.key.account,
        "referenceId": record.key.reference,
        "collision": record.key.collision or None,
        "route": record.route,
        "kind": record.kind.value,
        "eventId": record.event_id,
        "version": str(record.version),
        "status": record.status.value,
        "code": record.code,
        "detail": record.detail or None,
        "fix": describe(record.code).fix if record.code else None,
        "attempts": record.attempts,
        "dueAt": record.due_at.isoformat() if record.due_at else None,
        "ledgerId": record.effect.ledger_id if record.effect else None,
        "amount": f"{record.amount:f}" if record.amount is not None else None,
        "currency": record.currency or None,
        "day": record.day or None,
        "history": [_plain(attempt) for attempt in record.history],
        "operations": [_plain(operation) for operation in record.operations],
        "updatedAt": record.updated_at.isoformat(),
    }


def _plain(item: Any) -> dict[str, Any]:
    values = {each.name: getattr(item, each.name) for each in fields(item)}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
