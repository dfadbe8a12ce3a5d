"""What a company may choose whose days go to Pennylane's invoices: the route's account `customer_invoices`.

API v2 makes customer invoices, credit notes among them. Payments come from the bank alone and bills only with a PDF, so
what a day has of these would be lost on the way, and is refused before the first day. A company that needs them takes
journal entries instead, which go to an account of the chart of accounts. Source: pennylane sheet, sections 5 and 5.2.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ledgerpost.domain.company import Choice, Company, Output
from ledgerpost.domain.route import AccountId
from ledgerpost.domain.vat_codes import vat_rate_of
from ledgerpost.errors import Problem, describe

PENNYLANE_INVOICES: Final = AccountId("customer_invoices")
"""The account of a route that stands for Pennylane's list of customer invoices."""

_UNSUPPORTED: Final = "company_pennylane_unsupported"
_OPTION: Final = "company_pennylane_option"


def pennylane_faults(company: Company) -> Iterator[Problem]:
    """Give what cannot go to Pennylane's invoices; nothing for a company whose days go elsewhere."""
    if company.extras.account != PENNYLANE_INVOICES:
        return
    yield from _form_faults(company)
    yield from _choice_faults(company)


def _form_faults(company: Company) -> Iterator[Problem]:
    if company.output is Output.JOURNAL:
        message = "A journal entry goes to an account of the chart of accounts, not to the invoices."
        yield _problem(_UNSUPPORTED, "ledgerpost.account", message)
    if company.extras.as_entries:
        message = "Entries go to an account of the chart of accounts, not to the invoices."
        yield _problem(_UNSUPPORTED, "ledgerpost.entries", message)
    if company.payments.sync:
        message = "Pennylane takes payments from the bank alone: the API has no call that makes one."
        yield _problem(_UNSUPPORTED, "configuration.payments.syncPayments", message)
    if company.fees.sync:
        message = "Pennylane takes a bill only with its PDF, and a day's fees have none."
        yield _problem(_UNSUPPORTED, "configuration.fees.syncFees", message)


def _choice_faults(company: Company) -> Iterator[Problem]:
    sales = company.sales
    customer = sales.customer.selected
    if customer is not None and not is_pennylane_number(customer):
        message = "The sales customer is chosen by Pennylane's own number of it."
        yield _problem(_OPTION, "configuration.sales.salesCustomer.selectedCustomerId", message)
    for rate, choice in sales.tax_rates.items():
        yield from _rate_faults(rate, choice)


def _rate_faults(rate: str, choice: Choice) -> Iterator[Problem]:
    """A code of another rate would have Pennylane charge a tax that the shop did not."""
    code = choice.selected
    if code is None:
        return
    stands_for = vat_rate_of(code)
    if stands_for != Decimal(rate):
        has = "is no VAT code of Pennylane" if stands_for is None else f"stands for {stands_for.normalize():f} %"
        path = f'configuration.sales.taxRates["{rate}"].selectedTaxRateId'
        yield _problem(_OPTION, path, f"{code[:20]} {has}; the shop charges {rate} %.")


def is_pennylane_number(text: str) -> bool:
    """Say whether an id is a number, as all of Pennylane's own are."""
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _problem(code: str, path: str, message: str) -> Problem:
    return Problem(path, message, describe(code).fix, code)
