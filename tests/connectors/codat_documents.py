"""The neutral documents of one merchant's day, as a close makes them. Source: docs/grouping.md."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ledgerpost.domain.document import DocumentForm, LedgerDocument, canonical_json
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.money import Money
from ledgerpost.simulators.codat.demo import DEMO_COMPANY

INVOICE = "SI260301-0a1b2c3d4e5f"
CREDIT_NOTE = "CN260301-1a1b2c3d4e5f"

SALES_20 = {
    "kind": "sales",
    "account": {"id": "a1", "type": "sales", "classification": "nominal"},
    "location": None,
    "product": None,
    "taxRate": {"rate": "20", "id": "t1"},
    "net": "1000.00",
    "tax": "200.00",
    "total": "1200.00",
    "description": "Sales, tax 20 %",
}
TIPS = {
    "kind": "gratuity",
    "account": {"id": "a2", "type": "gratuity", "classification": "nominal"},
    "location": None,
    "product": None,
    "taxRate": None,
    "net": "50.00",
    "tax": "0.00",
    "total": "50.00",
    "description": "Gratuities",
}
ROUNDING = TIPS | {
    "kind": "rounding",
    "account": {"id": "a4", "type": "rounding", "classification": "nominal"},
    "net": "-0.01",
    "total": "-0.01",
    "description": "Rounding – „Café“",
}
FEE = TIPS | {
    "kind": "fee",
    "account": {"id": "e1", "type": "paymentFee", "classification": "nominal"},
    "net": "60.00",
    "total": "60.00",
    "description": "Payment fees",
}


def line_of_journal(account: str, side: str, amount: str, description: str) -> dict[str, Any]:
    return {
        "kind": "sales",
        "account": {"id": account, "type": "sales", "classification": "nominal"},
        "location": None,
        "taxRate": None,
        "side": side,
        "amount": amount,
        "description": description,
    }


CONTENTS: Mapping[str, Mapping[str, Any]] = {
    "codat.invoice": {
        "reference": INVOICE,
        "status": "Submitted",
        "customer": "c1",
        "lines": [SALES_20, TIPS, ROUNDING],
        "net": "1049.99",
        "tax": "200.00",
        "total": "1249.99",
        "description": "Sales of 2026-03-01",
    },
    "codat.creditNote": {
        "reference": CREDIT_NOTE,
        "customer": "c1",
        "lines": [SALES_20 | {"kind": "refund", "description": "Refunds, tax 20 %"}],
        "net": "1000.00",
        "tax": "200.00",
        "total": "1200.00",
        "description": "Refunds of 2026-03-01",
    },
    "codat.payment": {
        "reference": "PY260301-2a1b2c3d4e5f",
        "customer": "c1",
        "account": {"id": "b1", "type": "cash", "classification": "bank"},
        "direction": "in",
        "allocations": [{"reference": INVOICE, "form": "codat.invoice", "amount": "1249.99"}],
        "lines": [],
        "net": "1249.99",
        "tax": "0.00",
        "total": "1249.99",
        "description": "Cash of 2026-03-01",
    },
    "codat.bill": {
        "reference": "BI260301-3a1b2c3d4e5f",
        "supplier": "s1",
        "account": {"id": "b2", "type": "card", "classification": "bank"},
        "lines": [FEE],
        "net": "60.00",
        "tax": "0.00",
        "total": "60.00",
        "description": "Fees of 2026-03-01",
    },
    "codat.billCreditNote": {
        "reference": "BC260301-4a1b2c3d4e5f",
        "supplier": "s1",
        "account": {"id": "b2", "type": "card", "classification": "bank"},
        "lines": [FEE | {"kind": "feeRefund", "description": "Returned fees"}],
        "net": "60.00",
        "tax": "0.00",
        "total": "60.00",
        "description": "Returned fees of 2026-03-01",
    },
    "codat.journalEntry": {
        "reference": "JE260301-5a1b2c3d4e5f",
        "lines": [
            line_of_journal("b1", "debit", "1250.00", "Cash"),
            line_of_journal("a1", "credit", "1000.00", "Sales"),
            line_of_journal("a2", "credit", "50.00", "Gratuities"),
            line_of_journal("2200", "credit", "200.00", "Tax 20 %"),
        ],
        "net": "1250.00",
        "tax": "0.00",
        "total": "1250.00",
        "description": "Day of 2026-03-01",
    },
}
"""One of each form, by its name; they belong together."""

_COMMON = {
    "version": "1",
    "company": DEMO_COMPANY,
    "day": "2026-03-01",
    "currency": "GBP",
    "location": None,
    "layer": 0,
    "part": 1,
    "parts": 1,
    "adjusts": None,
    "status": None,
    "customer": None,
    "supplier": None,
    "account": None,
    "direction": None,
    "allocations": [],
}


def a_document(form: str = "codat.invoice", **changes: Any) -> LedgerDocument:
    """Give the day's document of `form`, with changes to its content."""
    content = {**_COMMON, **CONTENTS[form], "form": form, **changes}
    total = Decimal(content["total"])
    return LedgerDocument(
        reference=Reference(content["reference"]),
        form=DocumentForm(form),
        money=Money(total, content["currency"]),
        day=date.fromisoformat(content["day"]),
        source_amount=total,
        rounding=Decimal(0),
        body=canonical_json(content),
    )
