"""A day of a shop in the books behind Codat: closed here, pushed once, adjusted, and never pushed twice."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledgerpost.simulators.codat import SimulatorProcess, demo_settings
from ledgerpost.simulators.codat.demo import DEMO_API_KEY, DEMO_COMPANY
from tests.e2e.conftest import CommandLine
from tests.grouping.test_commands import COMPANY, EXAMPLE, an_event


@pytest.fixture
def codat() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(replace(demo_settings(), push_latency_s=0.0)) as simulator:
        yield simulator


def chosen(selected: str, *others: str, classification: str = "nominal") -> dict[str, Any]:
    options = [{"id": each, "name": each, "classification": classification} for each in (selected, *others)]
    return {"selectedAccountId": selected, "accountOptions": options}


def company_document() -> dict[str, Any]:
    """The example's company with the accounts, customer, supplier and tax rates of the simulator's books."""
    values: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    rates = [{"id": name, "name": name} for name in ("t1", "t0")]
    values["configuration"]["sales"] |= {
        "accounts": {"sales": chosen("a1", "a4"), "gratuity": chosen("a2"), "refund": chosen("a3")},
        "salesCustomer": {"selectedCustomerId": "c1", "customerOptions": [{"id": "c1", "name": "Till sales"}]},
        "taxRates": {
            "20": {"selectedTaxRateId": "t1", "taxRateOptions": rates},
            "0": {"selectedTaxRateId": "t0", "taxRateOptions": rates},
        },
    }
    values["configuration"]["payments"]["accounts"] = {"cash": chosen("b1", "b2", classification="bank")}
    values["configuration"]["fees"] |= {
        "accounts": {"paymentFee": chosen("e1"), "paymentFeeRefund": chosen("e2")},
        "feesSupplier": {"selectedSupplierId": "s1", "supplierOptions": [{"id": "s1", "name": "Card services"}]},
    }
    values["ledgerpost"] = {
        "tenant": "acme",
        "timeZone": "Europe/London",
        "connection": "codat-main",
        "account": DEMO_COMPANY,
        "roundingAccount": "a4",
    }
    return values


def configuration_document(url: str) -> dict[str, Any]:
    return {
        "tenant": "acme",
        "connections": [
            {
                "id": "codat-main",
                "label": "Codat",
                "target": "codat",
                "baseUrl": url,
                "auth": {"type": "PAT", "token": "env:CODAT_API_KEY"},
            }
        ],
        "routes": [
            {
                "id": "shop",
                "connection": "codat-main",
                "streamType": "Sales",
                "accountId": DEMO_COMPANY,
                "enabled": True,
                "timeZone": "Europe/London",
                "rules": {},
            }
        ],
    }


A_TAXED_LINE = [{"quantity": 1, "totalAmount": 120, "totalTaxAmount": 20, "taxPercentage": 20}]
A_REFUND = [{"quantity": -1, "totalAmount": "-10.00", "totalTaxAmount": 0, "taxPercentage": 0}]


def a_fee(name: str, amount: str) -> str:
    entity = {
        "companyId": COMPANY,
        "id": name,
        "createdDate": "2010-12-01T11:00:00Z",
        "totalAmount": amount,
        "type": "PaymentFee",
    }
    detail = {"tenantId": "acme", "approvedAt": "2010-12-01T11:00:00Z", "currency": "GBP", "entity": entity}
    return json.dumps({"Source": "psp", "DetailType": "CommerceTransactionApproved", "Detail": detail})


def test_a_day_reaches_the_books_once_and_a_late_sale_beside_it(
    ledgerpost: CommandLine, codat: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODAT_API_KEY", DEMO_API_KEY)
    state = ledgerpost.folder / "state"
    configuration = ledgerpost.file("configuration.json", json.dumps(configuration_document(codat.url)))
    company = ledgerpost.file("company.json", json.dumps(company_document()))
    assert ledgerpost("company", "config", "apply", company, "--state", state).code == 0

    def close_with(name: str, *records: str) -> dict[str, str]:
        """Take records, close the day, post its documents, and give what the books hold: amounts by number."""
        events = ledgerpost.file(name, "\n".join(records))
        assert ledgerpost("company", "records", events, "--state", state).code == 0
        closed = ledgerpost("day", "close", COMPANY, "2010-12-01", "--tenant", "acme", "--state", state)
        assert closed.code == 0, closed.out + closed.err
        posted = ledgerpost("local", "--config", configuration, "--events", documents(state), "--json")
        assert posted.code == 0, posted.out + posted.err
        assert posted.document["deliveries"]["parked"] == 0
        held = list(codat.entries())
        assert len({entry["reference"] for entry in held}) == len(held), "nothing is there twice"
        return {entry["reference"]: str(entry["document"]["totalAmount"]) for entry in held}

    sale = an_event("1", "120.00", orderLineItems=A_TAXED_LINE)
    refund = an_event("2", "-10.00", orderLineItems=A_REFUND)
    first = close_with("day.jsonl", sale, refund, a_fee("f", "1.50"))
    by_kind = {reference[:2]: amount for reference, amount in first.items()}
    assert {kind: float(amount) for kind, amount in by_kind.items()} == {
        "SI": 120.0,
        "SC": 10.0,
        "PM": 120.0,
        "PR": -10.0,
        "FB": 1.5,
    }
    assert len(first) == 5
    assert close_with("again.jsonl", sale) == first, "closing and posting again changes nothing"
    second = close_with("late.jsonl", an_event("3", "4.00"))
    added = {reference[:2] for reference in second.keys() - first.keys()}
    assert added == {"SI", "PM"}
    assert all(second[reference] == amount for reference, amount in first.items())
    assert codat.counts().created == 7


def documents(state: Path) -> Path:
    return state / "documents.jsonl"
