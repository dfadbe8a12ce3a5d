"""A closed day goes into the books behind Codat, document by document, once, whatever strikes on the way."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ledgerpost.domain.company import Company
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.simulators.codat import CompanySettings, Option, demo_settings
from ledgerpost.simulators.codat.demo import DEMO_COMPANY, DEMO_CONNECTION
from tests.connectors.codat_bench import SimulatedBench, simulated
from tests.connectors.test_codat_settling import delivered
from tests.grouping.builders import JOURNAL, a_company, documents_of
from tests.grouping.closed_day import A_DAY, as_posted


def books_of(company: Company, faults: str = "") -> SimulatedBench:
    """A Codat whose accounting software has what the company's configuration chooses."""
    sections = (company.sales.accounts, company.payments.accounts, company.fees.accounts)
    names = {option.id for accounts in sections for each in accounts.values() for option in each.options}
    settings = CompanySettings(
        id=DEMO_COMPANY,
        name="Acme",
        connection=DEMO_CONNECTION,
        accounts=tuple(Option(name, name, "nominal") for name in sorted(names)),
        customers=(Option("till", "Till"),),
        suppliers=(Option("psp", "Payment provider"),),
        tax_rates=tuple(Option(f"t{rate}", rate) for rate in ("0", "5", "20")),
    )
    return simulated(faults, given=replace(demo_settings(), companies=(settings,)))


@pytest.mark.parametrize("faults", ["", "cut=0.5:once,land_late=0.5:600:once,limit=0.3:once"])
@pytest.mark.parametrize("company", [a_company(), a_company(output=JOURNAL)], ids=["invoices", "journal"])
def test_a_closed_day_is_in_the_books_document_by_document(company: Company, faults: str) -> None:
    documents = [as_posted(document) for document in documents_of(company, A_DAY)]
    bench = books_of(company, faults)

    deliveries = delivered(bench, *documents)

    assert {(each.record.status, each.record.detail) for each in deliveries} == {(Status.DELIVERED, "")}
    held = {each["reference"]: each["document"] for each in bench.documents()}
    assert len(held) == len(documents) == bench.counts.created
    for document in documents:
        record = held[document.reference]
        if document.form != "codat.journalEntry":
            assert Decimal(record["totalAmount"]) == abs(document.source_amount) * (-1 if is_out(document) else 1)


def is_out(document: LedgerDocument) -> bool:
    return document.content()["direction"] == "out"
