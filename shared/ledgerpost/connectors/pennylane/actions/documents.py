"""Create invoices and estimates, bring an invoice to what is asked, change an estimate's status. Source: seed 002."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledgerpost.connectors.pennylane.actions.inputs_documents import (
    CategoryWeightInput,
    EstimateInput,
    EstimateStatusInput,
    InvoiceInput,
    TransactionReferenceInput,
    UpdateInvoiceInput,
)
from ledgerpost.connectors.pennylane.actions.lines import (
    check_ranks,
    estimate_line_body,
    line_body,
    line_changes,
    section_bodies,
    shares,
)
from ledgerpost.connectors.pennylane.actions.writing_action import Acting, Written, filled
from ledgerpost.connectors.pennylane.filters import Filter
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.connectors.pennylane.resources import Category
from ledgerpost.connectors.pennylane.resources_documents import CustomerInvoice, Quote
from ledgerpost.connectors.pennylane.writing import Creation, Made, create, update
from ledgerpost.domain.outcome import Unknown

ROUNDS_MAX = 3
"""How often an update is compared with what is there and the rest written again, where answers were lost."""


def create_invoice(acting: Acting, asked: InvoiceInput) -> Written:
    """Create Invoice, a draft or final at once; categories are set in a second step, which a repeat takes up again."""
    if asked.draft and (asked.categories or asked.transaction_reference):
        what = "categories" if asked.categories else "transactionReference"
        raise PennylaneError(
            "pennylane_input_refused", f"{what}: Pennylane takes them on finalized invoices alone; set draft to false."
        )
    check_ranks(asked.line_items, asked.line_items_sections_attributes)
    weighed = _weighed(acting, asked.categories)
    reference = acting.reference(asked)
    body = _invoice_body(acting, asked) | {"external_reference": reference}
    find = _by_reference(acting, reference)
    made = create(
        acting.lookups.client.calls,
        Creation(what=f"invoice {reference}", path="/customer_invoices", body=body, find=find),
    )
    if weighed:
        invoice = acting.lookups.client.customer_invoice(made.id)
        _bring_categories(acting, invoice, weighed)
    return Written({"invoiceId": str(made.id)}, created=made.created)


def create_estimate(acting: Acting, asked: EstimateInput) -> Written:
    """Create Estimate: a quote of API v2."""
    missing = [
        name
        for name, value in (
            ("date", asked.date),
            ("deadline", asked.deadline),
            ("customerId", asked.customer_id),
            ("lineItems", asked.line_items),
        )
        if not value
    ]
    if missing:
        raise PennylaneError("pennylane_input_refused", f"Pennylane requires {', '.join(missing)}.")
    check_ranks(asked.line_items, asked.line_items_sections_attributes)
    customer = acting.lookups.customer(str(asked.customer_id))
    reference = acting.reference(asked)
    body = filled(
        {
            "date": str(asked.date),
            "deadline": str(asked.deadline),
            "customer_id": customer.id,
            "pdf_invoice_free_text": asked.pdf_invoice_free_text,
            "pdf_invoice_subject": asked.pdf_invoice_subject,
            "special_mention": asked.special_mention,
            "invoice_line_sections": section_bodies(asked.line_items_sections_attributes),
            "invoice_lines": [
                estimate_line_body(line, index, acting.lookups) for index, line in enumerate(asked.line_items)
            ],
            "external_reference": reference,
        }
    )
    made = _created_quote(acting, body, customer.id, reference)
    return Written({"estimateId": str(made.id)}, created=made.created)


def update_estimate_status(acting: Acting, asked: EstimateStatusInput) -> Written:
    """Update Estimate Status. One that has the status already is not written."""
    quote = acting.lookups.quote(asked.id)
    if quote.status != asked.status:
        path = f"/quotes/{quote.id}/update_status"
        try:
            update(acting.lookups.client.calls, path, {"status": asked.status}, f"estimate {asked.id}")
        except PennylaneError as error:
            if not _is_unknown(error) or acting.lookups.quote(asked.id).status != asked.status:
                raise
    return Written({"estimateUpdated": str(quote.id)}, created=None)


def update_invoice(acting: Acting, asked: UpdateInvoiceInput) -> Written:
    """Update Invoice: compare, write what differs, and after a lost answer compare again.

    A draft's lines can change, a final invoice's cannot; categories and the transaction reference are the other way
    round. What Pennylane would refuse in the invoice's state is refused before anything is written.
    """
    weighed = _weighed(acting, asked.categories)
    for round_number in range(1, ROUNDS_MAX + 1):
        invoice = acting.lookups.invoice(asked.id)
        changes = _changes(acting, invoice, asked, weighed)
        try:
            if changes:
                path = f"/customer_invoices/{invoice.id}"
                update(acting.lookups.client.calls, path, changes, f"invoice {asked.id}")
            if weighed:
                _bring_categories(acting, invoice, weighed)
        except PennylaneError as error:
            if not _is_unknown(error) or round_number == ROUNDS_MAX:
                raise
        else:
            break
    return Written({"invoiceUpdated": str(invoice.id)}, created=None)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A category that was asked for, with its group."""

    category: Category
    weight: Decimal | None
    amount: Decimal | None


def _weighed(acting: Acting, asked: Sequence[CategoryWeightInput]) -> list[_Weighed]:
    return [_Weighed(acting.lookups.category(each.id), each.weight, each.amount) for each in asked]


def _bring_categories(acting: Acting, invoice: CustomerInvoice, weighed: Sequence[_Weighed]) -> None:
    """Set the invoice's categories where they differ. A PUT replaces them all, so it may be written twice."""
    parts = [
        (each.category.id, each.category.category_group.id if each.category.category_group else None,
         each.weight, each.amount)
        for each in weighed
    ]  # fmt: skip
    wanted = shares(parts, invoice.currency_amount_before_tax)
    held = acting.lookups.client.nested(Category, invoice.categories)
    if {(each.id, each.weight) for each in held} != {(each["id"], Decimal(each["weight"])) for each in wanted}:
        path = f"/customer_invoices/{invoice.id}/categories"
        update(acting.lookups.client.calls, path, wanted, f"the categories of invoice {invoice.id}")


def _changes(
    acting: Acting, invoice: CustomerInvoice, asked: UpdateInvoiceInput, weighed: Sequence[_Weighed]
) -> dict[str, Any]:
    """Give the body of the PUT; empty where lines and reference are as asked. Raises for what the state forbids."""
    lines = line_changes([line_body(line, acting.lookups) for line in asked.line_items], invoice.lines)
    if lines and not invoice.draft:
        raise PennylaneError(
            "pennylane_invoice_final",
            f"Invoice {asked.id} is finalized and its lines differ from lineItems; nothing was written.",
        )
    if weighed and invoice.draft:
        raise PennylaneError(
            "pennylane_input_refused",
            f"categories: invoice {asked.id} is a draft, and Pennylane takes categories on finalized ones alone; "
            "give an empty list.",
        )
    changes: dict[str, Any] = {"invoice_lines": lines} if lines else {}
    reference = _reference_body(asked.transaction_reference)
    held = invoice.transaction_reference.model_dump() if invoice.transaction_reference else None
    if reference != held:
        if invoice.draft:
            acting.leave_out("", asked, "transaction_reference")
        else:
            changes["transaction_reference"] = reference
    return changes


def _invoice_body(acting: Acting, asked: InvoiceInput) -> dict[str, Any]:
    reference = asked.transaction_reference
    return filled(
        {
            "date": asked.date.isoformat(),
            "deadline": asked.deadline.isoformat(),
            "draft": asked.draft,
            "customer_id": acting.lookups.customer(asked.customer.source_id).id,
            "currency": asked.currency,
            "language": asked.language,
            "discount": discount_body(asked.discount),
            "special_mention": asked.special_mention,
            "pdf_invoice_free_text": asked.pdf_invoice_free_text,
            "pdf_invoice_subject": asked.pdf_invoice_subject,
            "transaction_reference": _reference_body(reference) if reference else None,
            "invoice_line_sections": section_bodies(asked.line_items_sections_attributes),
            "invoice_lines": [line_body(line, acting.lookups) for line in asked.line_items],
        }
    )


def discount_body(discount: Decimal | None) -> dict[str, str] | None:
    """Give the discount of an invoice: the seed's one number is relative between 0 and 1, else money.

    The one place that turns a fraction into API v2's percent; to be checked once with a sandbox, for the API's own page
    leaves it open. Exactly 1 may be all of it or one unit of money, so it is refused. Source: pennylane sheet, 5.1.
    """
    if discount is None or discount == 0:
        return None
    if discount < 0 or discount == 1:
        raise PennylaneError(
            "pennylane_input_refused", "discount: give money above 1, a share between 0 and 1, or 0 for none."
        )
    if discount < 1:
        return {"type": "relative", "value": f"{(discount * 100).normalize():f}"}
    return {"type": "absolute", "value": f"{discount:f}"}


def _reference_body(reference: TransactionReferenceInput) -> dict[str, str]:
    return {
        "banking_provider": reference.banking_provider,
        "provider_field_name": reference.provider_field_name,
        "provider_field_value": reference.provider_field_value,
    }


def _by_reference(acting: Acting, reference: str) -> Any:
    client = acting.lookups.client

    def find() -> int | None:
        by_reference = Filter("external_reference", "eq", reference)
        found = client.find(CustomerInvoice, "customer_invoices", by_reference)
        return found[0].id if found else None

    return find


def _created_quote(acting: Acting, body: dict[str, Any], customer_id: int, reference: str) -> Made:
    """Create a quote. Quotes cannot be filtered by their reference, so those of the customer are looked through."""
    client = acting.lookups.client

    def find() -> int | None:
        of_customer = client.find(Quote, "quotes", Filter("customer_id", "eq", customer_id))
        return next((quote.id for quote in of_customer if quote.external_reference == reference), None)

    return create(client.calls, Creation(what=f"estimate {reference}", path="/quotes", body=body, find=find))


def _is_unknown(error: PennylaneError) -> bool:
    return isinstance(error.outcome, Unknown)
