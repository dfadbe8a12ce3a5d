"""Lines of invoices, estimates and subscriptions: from the seed's inputs to bodies, and what differs from those there.

Source: seed 002; pennylane sheet, sections 5.1, 5.8 and 5.9.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ledgerpost.connectors.pennylane.actions.inputs_documents import EstimateLineInput, LineInput, SectionInput
from ledgerpost.connectors.pennylane.actions.writing_action import filled
from ledgerpost.connectors.pennylane.lookups import Lookups
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.connectors.pennylane.resources_documents import InvoiceLine

LineBody = dict[str, Any]


def line_body(line: LineInput, lookups: Lookups) -> LineBody:
    """Give a line that is filled from its product by Pennylane."""
    account = lookups.ledger_account_id(line.plan_item_number) if line.plan_item_number else None
    return filled(
        {
            "product_id": lookups.product(line.product.id).id,
            "quantity": line.quantity,
            "label": line.label,
            "section_rank": line.section_rank,
            "ledger_account_id": account,
        }
    )


def estimate_line_body(line: EstimateLineInput, index: int, lookups: Lookups) -> LineBody:
    """Give a whole line, as quotes want it; what the input does not say is the product's."""
    product = lookups.product(line.product_id) if line.product_id is not None else None
    price = line.price_without_tax
    if price is None and product is not None:
        price = product.price_before_tax
    body = filled(
        {
            "product_id": product.id if product else None,
            "label": line.label or (product.label if product else None),
            "quantity": line.quantity,
            "unit": line.unit or (product.unit if product else None),
            "raw_currency_unit_price": None if price is None else f"{price:f}",
            "vat_rate": line.vat_rate or (product.vat_rate if product else None),
            "description": line.description,
            "section_rank": line.rank,
        }
    )
    missing = [
        name
        for name, key in (
            ("label", "label"),
            ("unit", "unit"),
            ("priceWithoutTax", "raw_currency_unit_price"),
            ("vatRate", "vat_rate"),
        )
        if key not in body
    ]
    if missing:
        message = f"lineItems.{index}: give key or product.id, or {', '.join(missing)}."
        raise PennylaneError("pennylane_input_refused", message)
    return body


def section_bodies(sections: Sequence[SectionInput]) -> list[dict[str, Any]] | None:
    """Give the sections; their ranks count up from 1, as the seed asks."""
    ranks = [section.rank for section in sections]
    if sorted(rank for rank in ranks if rank is not None) != list(range(1, len(ranks) + 1)):
        raise PennylaneError(
            "pennylane_input_refused", "lineItemsSectionsAttributes: the ranks have to count up from 1, each once."
        )
    return [
        {"title": section.title or "", "description": section.description or "", "rank": section.rank}
        for section in sections
    ] or None


def check_ranks(lines: Sequence[LineInput | EstimateLineInput], sections: Sequence[SectionInput]) -> None:
    """Raise for a line in a section that is not given."""
    known = {section.rank for section in sections}
    for index, line in enumerate(lines):
        rank = line.rank if isinstance(line, EstimateLineInput) else line.section_rank
        if rank is not None and rank not in known:
            raise PennylaneError("pennylane_input_refused", f"lineItems.{index}: there is no section of rank {rank}.")


def line_changes(wanted: Sequence[LineBody], kept: Sequence[InvoiceLine]) -> dict[str, Any] | None:
    """Give what makes the kept lines the wanted ones; None where they are that already.

    Lines are paired by product, in their order. A pair that differs is updated, what is left over is deleted, what is
    missing created. Worked out anew from what is there, so that writing it twice changes nothing the second time.
    """
    left = list(kept)
    changes: dict[str, list[Any]] = {"create": [], "update": [], "delete": []}
    for body in wanted:
        line = next((each for each in left if each.product and each.product.id == body["product_id"]), None)
        if line is None:
            changes["create"].append(body)
            continue
        left.remove(line)
        different = _differences(body, line)
        if different:
            changes["update"].append({"id": line.id} | different)
    changes["delete"] = [{"id": line.id} for line in left]
    return {kind: each for kind, each in changes.items() if each} or None


def _differences(body: LineBody, line: InvoiceLine) -> LineBody:
    """Give the keys of the wanted line that the kept one has otherwise."""
    account = line.ledger_account.id if line.ledger_account else None
    now = {
        "quantity": line.quantity,
        "label": line.label,
        "section_rank": line.section_rank,
        "ledger_account_id": account,
    }
    return {key: body[key] for key, held in now.items() if key in body and body[key] != held}


def shares(
    weighed: Sequence[tuple[int, int | None, Decimal | None, Decimal | None]], whole: Decimal
) -> list[dict[str, Any]]:
    """Give categories with their weights, which add up to 1 in each group.

    `weighed` are (category, group, weight, amount). An amount is its share of `whole`, the document before tax; rounded
    to four places, and the last amount of a group takes what rounding left. Source: seed 002; pennylane sheet, 5.2.
    """
    by_group: dict[int | None, list[tuple[int, Decimal, bool]]] = {}
    for category, group, weight, amount in weighed:
        is_share = weight is None
        if is_share and not whole:
            raise PennylaneError("pennylane_input_refused", "categories: an amount has no share of a total of zero.")
        part = weight if weight is not None else (amount or Decimal(0)) / whole
        by_group.setdefault(group, []).append((category, part.quantize(WEIGHT_UNIT), is_share))
    for parts in by_group.values():
        _even_out(parts)
    return [
        {"id": category, "weight": f"{weight.normalize():f}"}
        for parts in by_group.values()
        for category, weight, _ in parts
    ]


WEIGHT_UNIT = Decimal("0.0001")


def _even_out(parts: list[tuple[int, Decimal, bool]]) -> None:
    """Give the last amount what rounding left, at most one unit a category; raise where the sum is not 1."""
    rest = 1 - sum((weight for _, weight, _ in parts), Decimal(0))
    last = next((index for index in reversed(range(len(parts))) if parts[index][2]), None)
    if rest and last is not None and abs(rest) <= WEIGHT_UNIT * len(parts):
        category, weight, is_share = parts[last]
        parts[last] = (category, weight + rest, is_share)
        rest = Decimal(0)
    if rest:
        raise PennylaneError(
            "pennylane_input_refused", "categories: the weights of each group have to add up to 1 (0.8 is 80 %)."
        )
