"""Rows of Pennylane as its API v2 gives them. Source: pennylane sheet, sections 5.2 to 5.9."""

from typing import Any

Row = dict[str, Any]

CUSTOMER: Row = {
    "id": 17,
    "customer_type": "company",
    "name": "Acme SAS",
    "billing_address": {"address": "1 rue X", "postal_code": "75001", "city": "Paris", "country_alpha2": "FR"},
    "delivery_address": {"address": "2 rue Y", "postal_code": "69001", "city": "Lyon", "country_alpha2": "BE"},
    "emails": ["a@x.fr", "b@x.fr"],
    "reference": "C-1",
    "external_reference": "src-c1",
}
PRODUCT: Row = {
    "id": 5,
    "label": "Pack 1",
    "price_before_tax": "123.00",
    "price": "147.60",
    "vat_rate": "FR_200",
    "currency": "EUR",
    "external_reference": "src-p1",
}
LINE: Row = {
    "id": 31,
    "label": "Hosting",
    "unit": "piece",
    "quantity": "2.0",
    "amount": "237.60",
    "currency_amount": "237.60",
    "product": {"id": 5, "url": "https://pennylane.example/products/5"},
    "vat_rate": "FR_200",
    "currency_amount_before_tax": "198.00",
    "currency_tax": "39.60",
    "raw_currency_unit_price": "99.000000",
    "discount": {"type": "absolute", "value": "0"},
    "imputation_dates": {"start_date": "2026-03-01", "end_date": "2026-03-31"},
}
INVOICE: Row = {
    "id": 9001,
    "invoice_number": "F-2026-012",
    "currency": "EUR",
    "currency_amount": "237.60",
    "currency_amount_before_tax": "198.00",
    "currency_tax": "39.60",
    "exchange_rate": "1.0",
    "date": "2026-03-02",
    "status": "upcoming",
    "draft": False,
    "customer": {"id": 17, "url": "https://pennylane.example/customers/17"},
    "billing_subscription": {"id": 7},
    "credited_invoice": None,
    "public_file_url": "https://pennylane.example/file?signature=1",
    "updated_at": "2026-03-02T08:00:00.000Z",
}
SUBSCRIPTION: Row = {
    "id": 7,
    "label": "Plan",
    "status": "in_progress",
    "start": "2026-01-01",
    "finish": None,
    "activated_at": "2025-12-20T10:00:00.000Z",
    "stopped_at": None,
    "recurring_rule": {"rule_type": "monthly", "interval": 1, "day_of_month": [1]},
    "customer": {"id": 17, "url": "https://pennylane.example/customers/17"},
    "customer_invoice_data": {"currency": "EUR", "invoice_lines": {"url": "https://pennylane.example/lines"}},
}


def a_credit_note(sign: int = -1, **changes: Any) -> Row:
    """A credit note over the whole of INVOICE, with amounts of the sign that is given."""
    return INVOICE | {
        "id": 9002,
        "invoice_number": "F-2026-013",
        "status": "credit_note",
        "currency_amount": f"{sign * 237}.60",
        "currency_amount_before_tax": f"{sign * 198}.00",
        "currency_tax": f"{sign * 39}.60",
        "credited_invoice": {"id": 9001},
        **changes,
    }


def a_credit_line(sign: int = -1, **changes: Any) -> Row:
    """The line of that note."""
    amounts = {"currency_amount_before_tax": f"{sign * 198}.00", "currency_tax": f"{sign * 39}.60"}
    return LINE | amounts | {"id": 41, "quantity": f"{sign * 2}.0", **changes}
