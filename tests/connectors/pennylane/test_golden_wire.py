"""The bytes that each writing action puts onto the wire. After a wanted change:
`UPDATE_GOLDEN=1 pytest tests/connectors/pennylane/test_golden_wire.py`, then review the difference.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.pennylane.action_documents import a_subscription, an_estimate, an_invoice, an_update
from tests.connectors.pennylane.company import Company
from tests.connectors.pennylane.test_action_masters import CATEGORY, COMPANY, INDIVIDUAL, PRODUCT, SUPPLIER
from tests.connectors.pennylane.test_target import SALES, a_journal_entry, entry, target_of
from tests.connectors.pennylane.test_target import an_invoice as an_invoice_document

GOLDEN = Path(__file__).parent.parent / "golden" / "pennylane"

FULL_INVOICE = an_invoice(
    currency="EUR", language="en_GB", specialMention="Merci – „Café Zoë“", discount=0.125, pdfInvoiceSubject="March",
    lineItemsSectionsAttributes=[{"title": "A", "rank": 1}],
    lineItems=[{"label": "Hosting", "quantity": 1.5, "sectionRank": 1, "planLineNumber": "706000",
                "product": {"id": "pro-1"}}],
)  # fmt: skip

ACTIONS: dict[str, dict[str, Any]] = {
    "create-or-update-product": PRODUCT,
    "create-or-update-supplier": SUPPLIER,
    "create-or-update-customer": {"company": COMPANY, "individual": INDIVIDUAL},
    "create-or-update-category": CATEGORY,
    "create-invoice": FULL_INVOICE,
    "create-estimate": an_estimate(lineItems=[{"key": "pro-1", "description": "As agreed", "quantity": "2.5"}]),
    "create-or-update-billing-subscription": a_subscription(
        mode="email", paymentMethod="gocardless_direct-debit", recurringRule={"type": "weekly", "dayOfWeek": 5}
    ),
}


@pytest.fixture
def company() -> Company:
    company = Company()
    company.a_customer("cus-1")
    company.a_product("pro-1", unit="piece")
    company.transport.sent.clear()
    return company


def written(company: Company) -> str:
    """Every write as it went out, one after the other."""
    return "".join(
        f"{method} {path}\n{body.decode()}\n" for method, path, body in company.transport.sent if method != "GET"
    )


def compare(name: str, text: str) -> None:
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("action", ACTIONS)
def test_each_create_puts_its_golden_bytes_onto_the_wire(company: Company, action: str):
    company.outputs(action, **ACTIONS[action])

    compare(action, written(company))


def test_an_update_of_a_draft_writes_the_difference_alone(company: Company):
    made = company.outputs("create-invoice", **an_invoice(draft=True))["invoiceId"]
    company.transport.sent.clear()
    lines = [{"quantity": 3, "product": {"id": "pro-1"}}, {"quantity": 1, "product": {"id": "pro-1"}}]

    company.outputs("update-invoice", **an_update(made, lineItems=lines))

    compare("update-invoice", written(company))


def test_an_estimates_status_is_one_key(company: Company):
    made = company.outputs("create-estimate", **an_estimate())["estimateId"]
    company.transport.sent.clear()

    company.outputs("update-estimate-status", id=made, status="accepted")

    compare("update-estimate-status", written(company))


def test_entries_and_documents_put_their_golden_bytes_onto_the_wire(company: Company):
    target = target_of(company)
    target.post(SALES, entry(), "event-1")
    target.post(SALES, a_journal_entry(), "event-2")
    target.post("customer_invoices", an_invoice_document(company), "event-3")  # type: ignore[arg-type]

    compare("ledger-target", written(company))


def test_no_golden_file_is_left_over():
    days = {"day-invoice", "day-creditNote", "day-journalEntry"}
    names = {*ACTIONS, *days, "update-invoice", "update-estimate-status", "ledger-target"}

    assert {path.stem for path in GOLDEN.iterdir()} == names


def test_every_golden_body_is_json_without_a_float_like_amount():
    for path in GOLDEN.iterdir():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("{", "[")):
                for key, value in _amounts(json.loads(line)):
                    assert isinstance(value, str), key


def _amounts(document: Any) -> list[tuple[str, Any]]:
    """Every key that holds money."""
    if isinstance(document, list):
        return [found for item in document for found in _amounts(item)]
    if not isinstance(document, dict):
        return []
    money = ("price", "amount", "debit", "credit", "value", "weight")
    here = [(key, value) for key, value in document.items() if any(word in key for word in money)]
    below = [found for value in document.values() for found in _amounts(value)]
    return [(key, value) for key, value in here if not isinstance(value, dict | list)] + below
