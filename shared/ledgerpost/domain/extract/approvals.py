"""Extracted invoices as approval events, so that the same extract feeds any ledger through the tenant's routes.

An invoice is an approved sale document; a credit note is one with a negative total, which the mapping of entries posts
on the other side. Source: design, sections 3.1 and 4.
"""

from datetime import UTC, datetime
from typing import Any

from ledgerpost.domain.event import TenantId
from ledgerpost.domain.extract.rows import CreditNoteRow, InvoiceRow

SOURCE = "pennylane"
DETAIL_TYPE = "SaleDocumentApproved"


def approval_of(row: InvoiceRow | CreditNoteRow, tenant: TenantId, at: datetime) -> dict[str, Any]:
    """Give the bus entry that says that `row` was approved at `at`. Amounts are decimal text, in the document's own
    currency; `Total` includes tax.
    """
    sums = row.sums
    is_credit = isinstance(row, CreditNoteRow)
    return {
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Detail": {
            "schemaVersion": "1",
            "tenantId": tenant,
            "approvedAt": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "currency": sums.currency_code,
            "entity": {
                "Id": row.original_id,
                "ReceiptNumber": row.invoice_number or row.original_id,
                "Date": row.date.isoformat(),
                "Total": f"{sums.amount + sums.tax_amount:f}",
                "TotalWithoutTax": f"{sums.amount:f}",
                "Tax": f"{sums.tax_amount:f}",
                "CustomerDetails": row.customer_id,
                "CreditedInvoice": row.invoice_id if isinstance(row, CreditNoteRow) else None,
                "Notes": "Credit note" if is_credit else None,
            },
        },
    }
