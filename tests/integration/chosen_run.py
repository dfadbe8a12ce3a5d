"""A run of everything that the chosen parts of a stage do, each function more than once."""

from dataclasses import dataclass
from typing import Any

from ledgerpost.simulators.pennypipe.demo import DEMO_SALES_ACCOUNT
from tests.integration.chosen_parts import ChosenParts, an_order
from tests.integration.deployment import Deployment

ADDRESS = {"address": "1 rue X", "postal_code": "75001", "city": "Paris", "country_alpha2": "FR"}
PLAN = {"label": "Plan", "unit": "piece", "priceWithoutTax": 50, "vatRate": "FR_200", "currency": "EUR"}


@dataclass(frozen=True)
class Night:
    """One call of the extract: its answer, and how many rows it wrote to the target."""

    answer: dict[str, Any]
    writes: int


@dataclass(frozen=True)
class ChosenRun:
    """What came of it. `posted` are the totals of the shop's entries in the ledger after each close, sorted."""

    created: dict[str, Any]
    listed: dict[str, Any]
    file: list[dict[str, Any]]
    nights: tuple[Night, Night]
    closes: list[dict[str, Any]]
    posted: list[list[str]]


def run_chosen(deployment: Deployment) -> ChosenRun:
    """Run the actions, two nights of the extract, and two closes of a shop's day with a late sale between."""
    chosen = deployment.chosen
    created = chosen.act("create-or-update-product", PLAN)
    listed = chosen.act("list-products", {"extractInMarjoryFile": True})
    file = chosen.file_at(listed["outputs"]["file"]["place"])
    nights = _two_nights(chosen)
    closes, posted = _two_closes(deployment)
    return ChosenRun(created, listed, file, nights, closes, posted)


def _two_nights(chosen: ChosenParts) -> tuple[Night, Night]:
    """Extract the product, a customer, an invoice and its credit note; then the same night over again."""
    customer = {"name": "Acme SAS", "external_reference": "src-1", "billing_address": ADDRESS}
    (customer_id,) = chosen.pennylane.load({"company_customers": [customer]})["company_customers"]
    (product_id,) = (row["id"] for row in chosen.pennylane.rows("products"))
    body = {"date": "2026-03-02", "deadline": "2026-03-31", "customer_id": customer_id}
    lines = [{"product_id": product_id, "quantity": quantity} for quantity in (2, -1)]
    made = chosen.pennylane.load({"customer_invoices": [body | {"invoice_lines": [line]} for line in lines]})
    invoice, note = made["customer_invoices"]
    chosen.pennylane.load({f"customer_invoices/{invoice}/link_credit_note": [{"credit_note_id": note}]})
    document = chosen.extract_document()
    first = Night(chosen.call_extract(document), chosen.fincome.counts().writes())
    chosen.forget_the_night()
    return first, Night(chosen.call_extract(document), chosen.fincome.counts().writes() - first.writes)


def _two_closes(deployment: Deployment) -> tuple[list[dict[str, Any]], list[list[str]]]:
    engine, chosen = deployment.engine, deployment.chosen
    closes, posted = [], []
    company = chosen.apply_company(DEMO_SALES_ACCOUNT)
    for order in (an_order("o-1", "100.00"), an_order("o-2", "10.00")):
        assert engine.run([order]).is_settled
        chosen.make_due(company)
        closes.append(chosen.close_days())
        assert engine.run([]).is_settled
        posted.append(_shop_entries(deployment))
    return closes, posted


def _shop_entries(deployment: Deployment) -> list[str]:
    return sorted(
        str(entry["amount"]) for entry in deployment.simulator.entries() if "Sales of" in str(entry.get("note"))
    )
