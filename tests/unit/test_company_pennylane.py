"""A company whose days go to Pennylane's invoices chooses only what they hold. Source: pennylane sheet, section 5."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.domain.company import Company, Output
from ledgerpost.domain.company_checks import faults_of
from ledgerpost.domain.company_pennylane import PENNYLANE_INVOICES
from ledgerpost.domain.vat_codes import vat_rate_of
from tests.connectors.pennylane.test_day_documents import a_shop
from tests.grouping.builders import a_company


def paths_of(company: Company) -> list[tuple[str, str]]:
    return [(fault.code, fault.path) for fault in faults_of(company)]


def test_sales_and_refunds_with_pennylanes_own_ids_are_accepted() -> None:
    assert paths_of(a_shop()) == []


def test_each_part_of_a_day_that_has_no_place_is_named() -> None:
    company = a_shop()
    company = replace(
        company,
        output=Output.JOURNAL,
        payments=replace(company.payments, sync=True),
        fees=replace(company.fees, sync=True),
    )
    assert paths_of(company) == [
        ("company_pennylane_unsupported", "ledgerpost.account"),
        ("company_pennylane_unsupported", "configuration.payments.syncPayments"),
        ("company_pennylane_unsupported", "configuration.fees.syncFees"),
    ]


def test_entries_do_not_go_to_the_invoices() -> None:
    company = a_shop()
    company = replace(company, extras=replace(company.extras, as_entries=True))
    assert paths_of(company) == [("company_pennylane_unsupported", "ledgerpost.entries")]


def test_ids_that_are_not_pennylanes_and_codes_of_another_rate_are_named() -> None:
    elsewhere = a_company()
    company = replace(
        elsewhere,
        payments=replace(elsewhere.payments, sync=False),
        fees=replace(elsewhere.fees, sync=False),
        extras=replace(elsewhere.extras, account=PENNYLANE_INVOICES),
    )
    problems = faults_of(company)
    assert [(problem.code, problem.path) for problem in problems] == [
        ("company_pennylane_option", "configuration.sales.salesCustomer.selectedCustomerId"),
        ("company_pennylane_option", 'configuration.sales.taxRates["0"].selectedTaxRateId'),
        ("company_pennylane_option", 'configuration.sales.taxRates["5"].selectedTaxRateId'),
        ("company_pennylane_option", 'configuration.sales.taxRates["20"].selectedTaxRateId'),
    ]
    rates = a_shop().sales.tax_rates
    swapped = replace(a_shop().sales, tax_rates={"20": rates["5"]})
    (problem,) = faults_of(replace(a_shop(), sales=swapped))
    assert problem.message == "FR_50 stands for 5 %; the shop charges 20 %."


def test_a_company_whose_days_go_elsewhere_is_left_alone() -> None:
    assert faults_of(a_company()) == []


@pytest.mark.parametrize(
    ("code", "rate"),
    [
        ("FR_200", "20"), ("FR_55", "5.5"), ("FR_21", "2.1"), ("FR_09", "0.9"), ("FR_1_05", "1.05"),
        ("FR_15_385", "15.385"), ("BE_210", "21"), ("DE_190", "19"), ("exempt", "0"), ("intracom_21", "0"),
        ("FR_055x", None), ("t20", None), ("", None), ("FR_2000", None),
    ],
)  # fmt: skip
def test_a_vat_code_stands_for_its_rate(code: str, rate: Any) -> None:
    assert vat_rate_of(code) == (None if rate is None else Decimal(rate))
