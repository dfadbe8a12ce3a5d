"""From a row of the source to rows of the target, whichever entity it is of."""

from collections.abc import Sequence

from ledgerpost.domain.extract.catalogue_rows import map_customer, map_product, map_subscription
from ledgerpost.domain.extract.documents import ExtractRules, map_credit_note, map_invoice
from ledgerpost.domain.extract.fields import SourceRow
from ledgerpost.domain.extract.rates import RateOf
from ledgerpost.domain.extract.results import Held, LeftOut, Mapped, MapResult
from ledgerpost.domain.extract.rows import Entity
from ledgerpost.domain.extract.vocabulary import (
    SourceIds,
    referred_id,
    v1_customer,
    v1_invoice,
    v1_product,
    v1_subscription,
)

WITH_LINES = frozenset({Entity.SUBSCRIPTIONS, Entity.INVOICES, Entity.CREDIT_NOTES})
"""Entities whose rows have their lines behind a link of their own. Source: pennylane sheet, section 5."""


def map_row(
    entity: Entity, row: SourceRow, lines: Sequence[SourceRow], ids: SourceIds, *, rules: ExtractRules, rate_of: RateOf
) -> MapResult:
    """Give what the target is to hold of `row`. Never raises."""
    match entity:
        case Entity.CUSTOMERS:
            return map_customer(v1_customer(row))
        case Entity.PRODUCTS:
            return map_product(v1_product(row))
        case Entity.SUBSCRIPTIONS:
            return map_subscription(v1_subscription(row, lines, ids))
        case Entity.INVOICES:
            return map_invoice(v1_invoice(row, lines, ids), rules, rate_of)
        case Entity.CREDIT_NOTES:
            return map_credit_note(v1_invoice(row, lines, ids), None, rules, rate_of)


def verdict_without_lines(
    entity: Entity, row: SourceRow, ids: SourceIds, *, rules: ExtractRules, rate_of: RateOf
) -> MapResult | None:
    """Give what comes of `row` where its header alone decides: it is left out or held. None where its lines are needed,
    and then they are worth a request of their own.
    """
    verdict = map_row(entity, row, (), ids, rules=rules, rate_of=rate_of)
    if verdict == LeftOut("extract_template_empty"):
        return None
    if entity is Entity.CREDIT_NOTES and not isinstance(verdict, LeftOut):
        verdict = _verdict_on_credited(row, ids) or verdict
    return None if isinstance(verdict, Mapped) else verdict


def _verdict_on_credited(row: SourceRow, ids: SourceIds) -> MapResult | None:
    """Give what comes of a credit note whose invoice the target does not hold; None where it does, or there is none.

    An invoice that was credited in full is `cancelled` and, if it never was sent, not sent: then neither is the note.
    """
    credited = referred_id(row, "credited_invoice")
    if credited is None:
        return None
    if credited not in ids.invoices:
        return Held("extract_invoice_unknown", "credited_invoice: It was not extracted.")
    return None if ids.invoices[credited] else LeftOut("extract_invoice_not_sent")


def refers_to(entity: Entity, row: SourceRow) -> dict[Entity, str]:
    """Give the other rows of the source that `row` itself refers to, by their ids there."""
    wanted = {
        Entity.CUSTOMERS: "customer",
        Entity.SUBSCRIPTIONS: "billing_subscription",
        Entity.INVOICES: "credited_invoice",
    }
    if entity not in WITH_LINES:
        return {}
    return {other: found for other, path in wanted.items() if (found := referred_id(row, path)) is not None}


def products_of(lines: Sequence[SourceRow]) -> frozenset[str]:
    """Give the products that lines refer to, by their ids in the source."""
    return frozenset(found for line in lines if (found := referred_id(line, "product")) is not None)
