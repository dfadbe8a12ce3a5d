"""A day of a shop in Pennylane: closed here, an invoice and a credit note there, to the cent, once."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledgerpost.simulators.pennylane import SimulatorProcess, demo_settings
from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN
from tests.e2e.conftest import CommandLine
from tests.e2e.test_grouping_codat import chosen
from tests.grouping.test_commands import COMPANY, EXAMPLE, an_event

ADDRESS = {"address": "1 rue X", "postal_code": "75001", "city": "Paris", "country_alpha2": "FR"}
INVOICES = "customer_invoices"


@pytest.fixture
def pennylane(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatorProcess]:
    monkeypatch.setenv("PENNYLANE_TOKEN", DEMO_TOKEN)
    with SimulatorProcess(replace(demo_settings(), window_requests=None)) as simulator:
        yield simulator


def company_document(customer: int, **extras: Any) -> dict[str, Any]:
    """The example's company with accounts, customer and VAT codes of Pennylane; sales alone."""
    values: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    codes = [{"id": code, "name": code} for code in ("FR_200", "exempt")]
    till = str(customer)
    values["configuration"]["sales"] |= {
        "accounts": {"sales": chosen("706000"), "refund": chosen("701000"), "gratuity": chosen("411000")},
        "salesCustomer": {"selectedCustomerId": till, "customerOptions": [{"id": till, "name": "Till"}]},
        "taxRates": {
            "20": {"selectedTaxRateId": "FR_200", "taxRateOptions": codes},
            "0": {"selectedTaxRateId": "exempt", "taxRateOptions": codes},
        },
    }
    values["configuration"]["payments"] = {
        "syncPayments": False,
        "accounts": {"cash": chosen("512000", classification="bank")},
    }
    values["configuration"]["fees"] = {"syncFees": False, "accounts": {"paymentFee": chosen("601000")}}
    own = {"tenant": "acme", "timeZone": "Europe/London", "connection": "books", "account": INVOICES}
    values["ledgerpost"] = own | extras
    return values


def configuration_document(url: str, account: str = INVOICES) -> dict[str, Any]:
    return {
        "tenant": "acme",
        "connections": [
            {
                "id": "books",
                "label": "Pennylane",
                "target": "pennylane",
                "baseUrl": url,
                "auth": {"type": "PAT", "token": "env:PENNYLANE_TOKEN"},
                "options": {"journal": "1"},
            }
        ],
        "routes": [
            {
                "id": "shop",
                "connection": "books",
                "streamType": "Sales",
                "accountId": account,
                "enabled": True,
                "timeZone": "Europe/Paris",
                "rules": {},
            }
        ],
    }


def a_sale(name: str, total: str, tax: str, quantity: int = 1) -> str:
    line = {"quantity": quantity, "totalAmount": total, "totalTaxAmount": tax, "taxPercentage": 20}
    paid = [{"id": "p", "amount": total, "type": "Cash", "status": "Paid"}]
    event = json.loads(an_event(name, total, orderLineItems=[line], totalTaxAmount=tax, payments=paid))
    event["Detail"]["currency"] = "EUR"
    return json.dumps(event)


class Shop:
    """Takes records, closes the day, and posts its documents."""

    def __init__(self, ledgerpost: CommandLine, pennylane: SimulatorProcess, company: dict[str, Any]) -> None:
        self._ledgerpost = ledgerpost
        self._state = ledgerpost.folder / "state"
        document = configuration_document(pennylane.url, company["ledgerpost"]["account"])
        self._configuration = ledgerpost.file("configuration.json", json.dumps(document))
        applied = ledgerpost(
            "company", "config", "apply", ledgerpost.file("c.json", json.dumps(company)), "--state", self._state
        )
        assert applied.code == 0, applied.out + applied.err

    def closes_with(self, *records: str) -> int:
        """Give how many deliveries the close and its posting came to."""
        events = self._ledgerpost.file("records.jsonl", "\n".join(records))
        assert self._ledgerpost("company", "records", events, "--state", self._state).code == 0
        day = ("day", "close", COMPANY, "2010-12-01", "--tenant", "acme", "--state", self._state)
        closed = self._ledgerpost(*day)
        assert closed.code == 0, closed.out + closed.err
        documents: Path = self._state / "documents.jsonl"
        posted = self._ledgerpost("local", "--config", self._configuration, "--events", documents, "--json")
        assert posted.code == 0, posted.out + posted.err
        return int(posted.document["deliveries"]["delivered"])


ODD = [a_sale(f"odd{number}", "0.99", "0.17") for number in range(30)]
"""Thirty sales of 0.99 with 0.17 of tax each: 5.10 in all, where 20 % of their net is 4.92."""


def test_a_day_is_an_invoice_and_a_credit_note_to_the_cent_once_and_a_late_sale_beside_it(
    ledgerpost: CommandLine, pennylane: SimulatorProcess
) -> None:
    (customer,) = pennylane.load({"company_customers": [{"name": "Till", "billing_address": ADDRESS}]})[
        "company_customers"
    ]
    shop = Shop(ledgerpost, pennylane, company_document(customer))

    assert shop.closes_with(a_sale("1", "120.00", "20.00"), *ODD, a_sale("2", "-12.00", "-2.00", -1)) == 2
    first = amounts(pennylane)
    assert sorted(first.values()) == [
        (Decimal("-12.00"), Decimal("-2.00"), "credit_note"),
        (Decimal("149.70"), Decimal("25.10"), "late"),
    ]
    assert shop.closes_with(a_sale("1", "120.00", "20.00")) == 2
    assert amounts(pennylane) == first, "closing and posting again changes nothing"

    shop.closes_with(a_sale("3", "6.00", "1.00"))
    late = {reference: held for reference, held in amounts(pennylane).items() if reference not in first}
    assert list(late.values()) == [(Decimal("6.00"), Decimal("1.00"), "late")]
    assert pennylane.counts()["created"][INVOICES] == 3


def amounts(pennylane: SimulatorProcess) -> dict[str, tuple[Decimal, Decimal, str]]:
    """Total, tax and status of each invoice by its reference."""
    rows = list(pennylane.rows(INVOICES))
    held = {
        row["external_reference"]: (Decimal(row["currency_amount"]), Decimal(row["currency_tax"]), row["status"])
        for row in rows
    }
    assert len(held) == len(rows), "nothing is there twice"
    return held


def test_a_day_as_a_journal_is_one_balanced_ledger_entry_with_its_payments_and_fees(
    ledgerpost: CommandLine, pennylane: SimulatorProcess
) -> None:
    company = company_document(1, account="706000", taxAccount="445710", receivableAccount="411000")
    company["configuration"]["payments"]["syncPayments"] = True
    company["configuration"]["sales"]["accounts"]["sales"]["accountOptions"] += [
        {"id": number, "name": number, "classification": "nominal"} for number in ("445710", "411000")
    ]
    company["configuration"]["mapSettings"] = {"outputFormat": "JournalEntry"}
    shop = Shop(ledgerpost, pennylane, company)

    for _ in range(2):
        shop.closes_with(a_sale("1", "120.00", "20.00"))

    (entry,) = pennylane.rows("ledger_entries")
    lines = entry["ledger_entry_lines"]
    held = sorted((line["ledger_account"]["number"], line["debit"], line["credit"]) for line in lines)
    assert held == [("445710", "0.00", "20.00"), ("512000", "120.00", "0.00"), ("706000", "0.00", "100.00")]


def test_payments_and_fees_to_the_invoices_are_refused_at_config_check_and_at_apply(ledgerpost: CommandLine) -> None:
    company = company_document(7)
    company["configuration"]["payments"]["syncPayments"] = True
    company["configuration"]["fees"]["syncFees"] = True
    document = ledgerpost.file("company.json", json.dumps(company))

    for words in (("check",), ("apply", "--state", ledgerpost.folder / "state")):
        refused = ledgerpost("company", "config", words[0], document, *words[1:])
        assert refused.code == 2
        for path in ("configuration.payments.syncPayments", "configuration.fees.syncFees"):
            assert path in refused.err
        assert "company_pennylane_unsupported" in refused.err
