"""Rows as API v2 gives them out: references with their address, nested collections as links that resolve.

Source: pennylane sheet, sections 5 and 5.2.
"""

from collections.abc import Mapping
from typing import Final

from ledgerpost.simulators.pennylane.books import Row

API_PATH: Final = "/api/external/v2"

NESTED: Final[Mapping[str, tuple[str, ...]]] = {
    "customer_invoices": (
        "invoice_lines", "invoice_line_sections", "custom_header_fields", "categories", "payments",
        "matched_transactions", "appendices",
    ),
    "quotes": ("invoice_lines", "invoice_line_sections", "appendices", "linked_invoices"),
    "billing_subscriptions": ("invoice_lines", "invoice_line_sections"),
    "ledger_entries": ("ledger_entry_lines",),
    "customers": ("categories", "contacts"),
}  # fmt: skip
"""Collection → its nested ones, each at `/{collection}/{id}/{name}`."""

_REFERENCES: Final = {
    "customer": "customers", "product": "products", "quote": "quotes", "credited_invoice": "customer_invoices",
    "billing_subscription": "billing_subscriptions",
}  # fmt: skip


def shown(collection: str, row: Row, base_url: str) -> Row:
    """The row as it goes out; `base_url` is scheme, host and port that the caller used."""
    given = {key: value for key, value in row.items() if not key.startswith("_")}
    for key, target in _REFERENCES.items():
        if given.get(key) is not None:
            resource_id = given[key]["id"]
            given[key] = {"id": resource_id, "url": f"{base_url}{API_PATH}/{target}/{resource_id}"}
    links = {
        name: {"url": f"{base_url}{API_PATH}/{collection}/{row['id']}/{name}"} for name in NESTED.get(collection, ())
    }
    if collection == "billing_subscriptions":
        given["customer_invoice_data"] = given["customer_invoice_data"] | links
        return given
    return given | links
