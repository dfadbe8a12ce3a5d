"""Explaining: why an approval reached a ledger, will reach it, or did not. Nothing is posted and nothing is written."""

from collections.abc import Callable
from dataclasses import dataclass

from ledgerpost.app.map_event import map_transaction
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.document import LedgerDocument, Postable
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import RULE_KINDS, ApprovalEvent, EventKind
from ledgerpost.domain.formula import Formulas
from ledgerpost.domain.mapping import Refusal, Skip
from ledgerpost.domain.route import Route, TenantConfiguration
from ledgerpost.domain.version import Version
from ledgerpost.errors import describe


@dataclass(frozen=True, slots=True)
class Check:
    """One question asked of a route, in the order in which delivery asks it. `code` is set where it fails."""

    name: str
    passed: bool
    finding: str
    code: str | None = None

    @property
    def fix(self) -> str:
        """The next step; blank where the check passed."""
        return describe(self.code).fix if self.code else ""


@dataclass(frozen=True, slots=True)
class RouteExplanation:
    """What one route makes of an approval: its checks up to the first that fails, and the entry that it would post.

    `taken` says that the route takes this kind of transaction at all.
    """

    route: Route
    taken: bool
    checks: tuple[Check, ...]
    entry: Postable | None
    record: DeliveryRecord | None

    @property
    def reaches_ledger(self) -> bool:
        """Whether nothing stands between the approval and the ledger."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an approval did, or did not, reach each ledger. `code` says why no route takes it at all, else None."""

    event: ApprovalEvent
    routes: tuple[RouteExplanation, ...]
    code: str | None


FindRecord = Callable[[DeliveryKey], DeliveryRecord | None]


def explain(
    event: ApprovalEvent, configuration: TenantConfiguration, find_record: FindRecord, formulas: Formulas
) -> Explanation:
    """Walk `event` past every route of its tenant as delivery would, and look at the delivery records that are there.

    `find_record` gives the record of a key, or None. Source of the questions: seed 000, "Nothing appears in PennyPipe
    after approval".
    """
    routes = sorted(configuration.routes.values(), key=lambda route: route.id)
    explained = tuple(_explain_route(event, route, configuration, find_record, formulas) for route in routes)
    code = None if configuration.routes_for(event) else configuration.why_not_taken(event)
    return Explanation(event, explained, code)


def _explain_route(
    event: ApprovalEvent,
    route: Route,
    configuration: TenantConfiguration,
    find_record: FindRecord,
    formulas: Formulas,
) -> RouteExplanation:
    checks = _route_checks(event, route)
    if not checks[-1].passed:
        return RouteExplanation(route, False, checks, None, None)
    mapped = map_transaction(event, route, formulas)
    checks += _entry_checks(mapped, route)
    record = None
    if mapped.reference is not None:
        record = find_record(DeliveryKey(event.tenant, route.connection, route.account, mapped.reference))
    entry = mapped if isinstance(mapped, Postable) else None
    if record is not None:
        checks += (_record_check(event, route, record),)
    elif entry is not None:
        label = configuration.connection_of(route).label
        finding = f"no delivery record: not delivered yet, or still queued; it would go to {label}"
        checks += (Check("delivery", True, finding),)
    return RouteExplanation(route, True, checks, entry, record)


def _route_checks(event: ApprovalEvent, route: Route) -> tuple[Check, ...]:
    """Give the checks of the route itself up to the first that fails."""
    kind = event.kind
    if route.stream is not kind.stream:
        finding = f"the route takes {route.stream}; a {kind} belongs to {kind.stream}"
        return (Check("stream type", False, finding, "no_matching_route"),)
    stream = Check("stream type", True, f"{route.stream}")
    if not route.enabled:
        return (stream, Check("route enabled", False, "the route is switched off", "route_disabled"))
    enabled = Check("route enabled", True, "yes")
    if kind is EventKind.COMMERCE_DOCUMENT:
        return (stream, enabled)
    mapping = route.collection_for(kind)
    if mapping is not None:
        return (stream, enabled, Check("collection", True, mapping.collection.name))
    rule = route.rules.get(kind)
    if rule is None or not rule.enabled:
        mapped_by = "rule" if kind in RULE_KINDS else "mapping collection"
        finding = f"the route has no {kind} {mapped_by}" if rule is None else f"{kind}.Enabled is false"
        return (stream, enabled, Check("rule enabled", False, finding, "rule_disabled"))
    return (stream, enabled, Check("rule enabled", True, f"{kind}"))


def _entry_checks(mapped: Postable | Skip | Refusal, route: Route) -> tuple[Check, ...]:
    account = Check("account", True, f"{route.account} through connection {route.connection}")
    match mapped:
        case Skip(code="no_reference"):
            return (account, Check("reference", False, "the reference property is missing or blank", mapped.code))
        case Skip(code="no_matching_route"):
            reference = Check("reference", True, f"{mapped.reference}")
            finding = "the document is addressed to another connection or account"
            return (account, reference, Check("address", False, finding, mapped.code))
        case Skip(code="collection_filtered"):
            name = route.collection.collection.name if route.collection else ""
            finding = f"the filter of {name} leaves the transaction out"
            reference = Check("reference", True, f"{mapped.reference}")
            return (account, reference, Check("filter", False, finding, mapped.code))
        case Skip():
            reference = Check("reference", True, f"{mapped.reference}")
            return (account, reference, Check("amount", False, "the amount is zero", mapped.code))
        case Refusal():
            return (account, Check("entry", False, mapped.message, mapped.code))
        case LedgerEntry():
            reference = Check("reference", True, f"{mapped.reference}")
            amount = Check("amount", True, f"{mapped.type} {mapped.money} {mapped.money.currency} on {mapped.day}")
            return (account, reference, amount)
        case LedgerDocument():
            reference = Check("reference", True, f"{mapped.reference}")
            total = f"{mapped.source_amount} {mapped.money.currency} on {mapped.day}"
            # What a collection draws up is completed by what the ledger answers; a closed day's document is whole.
            asked = "; what the ledger has to be asked is asked on delivery" if route.collection else ""
            return (account, reference, Check("document", True, f"{mapped.form} of {total}{asked}"))


def _record_check(event: ApprovalEvent, route: Route, record: DeliveryRecord) -> Check:
    order = Version(event.version, route.revision).compare(record.version)
    if order < 0:
        return Check("delivery", True, "superseded: a later version of this transaction was seen")
    if order > 0:
        return Check("delivery", True, "this version has not been delivered yet: still queued, or not published")
    return status_check(record)


def status_check(record: DeliveryRecord) -> Check:
    """Say where a delivery stands, and what its code means."""
    match record.status:
        case Status.DELIVERED:
            ledger_id = record.effect.ledger_id if record.effect else "?"
            return Check("delivery", True, f"delivered; the ledger holds it as {ledger_id}")
        case Status.PARKED | Status.SKIPPED:
            code = record.code or "defect"
            said = f" The ledger said: {record.detail}" if record.detail else ""
            return Check("delivery", False, f"{record.status}: {describe(code).cause}{said}", code)
        case Status.RETRYING | Status.UNCONFIRMED:
            due = f"{record.due_at:%Y-%m-%d %H:%M:%S} UTC" if record.due_at else "now"
            why = f" ({record.code})" if record.code else ""
            return Check("delivery", True, f"{record.status}{why}: taken up again at {due}")
        case Status.PENDING | Status.IN_FLIGHT:
            return Check("delivery", True, f"{record.status}: under way")
