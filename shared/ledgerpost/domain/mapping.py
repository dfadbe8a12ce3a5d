"""From an approved transaction to a ledger entry: StockSmart → PennyPipe. Source: seed 000; design, section 4."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ledgerpost.domain.entity import Entity, JsonValue, property_of, text_of
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.event import ApprovalEvent, EventKind
from ledgerpost.domain.money import Money, MoneyError, parse_amount, quantise
from ledgerpost.domain.route import Route, Rule

REFERENCE_LENGTH_MAX = 200
"""Characters. Source: PennyPipe contract, section 1."""

YEAR_MIN = 1900
"""An entity's date before it is a source's way to write none (0001-01-01 is .NET's); no book is that old. Ours."""

MONEY_PROPERTIES = ("total", "payment")
"""Rendered in the currency's minor units wherever they appear, so that 508.20 and 508.20000000000005 are one body."""

DATE_PROPERTIES = {
    EventKind.SALE_DOCUMENT: ("Date", "DocumentDate", "InvoiceDate", "SaleDate"),
    EventKind.SALE_PAYMENT: ("Date", "PaymentDate"),
    EventKind.PURCHASE_DOCUMENT: ("Date", "DocumentDate", "InvoiceDate", "PurchaseDate"),
    EventKind.SUPPLIER_PAYMENT: ("Date", "PaymentDate"),
}
"""Where the entity's own date may stand, by kind; the first that is filled counts. The seed names none: ours."""


@dataclass(frozen=True, slots=True)
class Skip:
    """The approval makes no entry, by rule. `code` is of the catalogue; `reference` is None where it has none."""

    code: str
    reference: Reference | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The approval should make an entry but cannot. `message` is for a person and holds no value of the entity."""

    code: str
    message: str
    reference: Reference | None


class Refused(Exception):  # noqa: N818 - control flow of the mappings, never seen outside of them
    """An approval cannot be mapped; becomes a Refusal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def map_entry(event: ApprovalEvent, route: Route, rule: Rule) -> LedgerEntry | Skip | Refusal:
    """Give the entry that `rule` makes of `event`, or why there is none. Never raises; the same input, the same answer.

    A missing reference skips all four kinds (the seed asks it of sale documents and leaves the others open); zero is
    skipped; a negative amount becomes positive with the entry type flipped, so that a cancellation is a reversal.
    """
    reference: Reference | None = None
    try:
        reference = resolve_reference(event.entity, rule.reference_source)
        if reference is None:
            return Skip("no_reference", None)
        money, rounding = _amount_of(event)
        if not money.amount:
            return Skip("zero_amount", reference)
        return _entry_of(event, route, rule, reference=reference, money=money, rounding=rounding)
    except Refused as refused:
        return Refusal(refused.code, refused.message, reference)


def resolve_reference(entity: Entity, source_property: str) -> Reference | None:
    """Give the trimmed reference, or None where the property is missing or blank; raises on an unusable one."""
    value = property_of(entity, source_property)
    if value is None:
        return None
    if isinstance(value, bool | list | dict):
        raise Refused("reference_invalid", f"{source_property} is neither text nor a number.")
    text = text_of(value).strip()
    if not text:
        return None
    if len(text) > REFERENCE_LENGTH_MAX:
        raise Refused("reference_invalid", f"{source_property} is longer than {REFERENCE_LENGTH_MAX} characters.")
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        raise Refused("reference_invalid", f"{source_property} holds control characters.")
    return Reference(text)


def _amount_of(event: ApprovalEvent) -> tuple[Money, Decimal]:
    """Give the signed money and what rounding added."""
    return amount_at(event.entity, event.kind.amount_property, event.currency)


def amount_at(entity: Entity, name: str, currency: str) -> tuple[Money, Decimal]:
    """Give the signed money at a property and what rounding added; raises Refused."""
    value = property_of(entity, name)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise Refused("amount_missing", f"The entity has no {name}.")
    try:
        return quantise(parse_amount(value), currency)
    except MoneyError as error:
        raise Refused(error.code, f"{name}: {error}") from None


def _entry_of(
    event: ApprovalEvent, route: Route, rule: Rule, *, reference: Reference, money: Money, rounding: Decimal
) -> LedgerEntry:
    def value_of(name: str) -> str:
        return _property_text(event.entity, name, event.currency)

    negative = money.amount < 0
    return LedgerEntry(
        reference=reference,
        type=rule.entry_type.flipped if negative else rule.entry_type,
        money=Money(abs(money.amount), money.currency),
        day=business_day(event, DATE_PROPERTIES[event.kind], route.time_zone),
        source_amount=money.amount,
        rounding=rounding,
        note=(rule.note_template.render(value_of) or None) if rule.note_template else None,
        tag_names=rule.tag_names,
        create_missing_tags=rule.create_missing_tags,
        custom_fields=tuple(
            (field.field_definition_id, text)
            for field in rule.custom_fields
            if (text := value_of(field.source_property)).strip()
        ),
    )


def _property_text(entity: Entity, name: str, currency: str) -> str:
    """Render a property: money in the currency's minor units, everything else as it stands."""
    value = property_of(entity, name)
    if name.casefold() in MONEY_PROPERTIES:
        try:
            return str(quantise(parse_amount(value), currency)[0])
        except MoneyError:
            return text_of(value)
    return text_of(value)


def business_day(event: ApprovalEvent, names: tuple[str, ...], zone: ZoneInfo) -> date:
    """Give the business day: the entity's own date, which the first filled property of `names` has, else that of the
    approval in the route's zone. Raises Refused.
    """
    for name in names:
        value = property_of(event.entity, name)
        if value is not None and text_of(value).strip():
            return _parse_day(name, value, zone)
    return event.approved_at.astimezone(zone).date()


def _parse_day(name: str, value: JsonValue, zone: ZoneInfo) -> date:
    """Read `YYYY-MM-DD` or an ISO 8601 date-time; one with an offset is an instant and counts in the route's zone."""
    text = text_of(value).strip()
    try:
        moment = datetime.fromisoformat(text)
        day = moment.astimezone(zone).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):  # the latter: an offset that leads out of the years 1 to 9999
        raise Refused("entity_date_invalid", f"{name} is not an ISO 8601 date or instant.") from None
    if day.year < YEAR_MIN:
        raise Refused("entity_date_invalid", f"{name} lies before {YEAR_MIN}: it looks unset in the source.")
    return day
