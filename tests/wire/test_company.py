"""The company's configuration: every field of the seed, the messages, and what a change may not touch."""

import copy
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledgerpost.domain.company import (
    AccountType,
    Classification,
    Company,
    Option,
    OptionId,
    Output,
    Section,
    with_new_account,
)
from ledgerpost.errors import ConfigurationError
from ledgerpost.wire.company import read_company, read_stored_company
from ledgerpost.wire.company_text import company_document, company_text
from tests.grouping.builders import a_company

EXAMPLE = Path(__file__).parents[2] / "events" / "company.example.yaml"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    values: dict[str, Any] = json.loads(json.dumps(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))))
    return values


def read(values: dict[str, Any], before: Company | None = None) -> Company:
    return read_company(json.dumps(values), before).company


def refused(values: dict[str, Any], before: Company | None = None) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as caught:
        read(values, before)
    return [(problem.code, problem.path) for problem in caught.value.problems]


def after(values: dict[str, Any], change: Change) -> dict[str, Any]:
    changed = copy.deepcopy(values)
    change(changed)
    return changed


def sales(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = values["configuration"]["sales"]
    return found


def payments(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = values["configuration"]["payments"]
    return found


def test_the_example_is_accepted_and_read_whole() -> None:
    company = read_company(EXAMPLE.read_text(encoding="utf-8")).company
    assert company.schedule.start == datetime(2010, 12, 1)  # noqa: DTZ001 - a local time of the merchant
    assert company.tax_rate_of("20") == Option(OptionId("T20"), "VAT 20 %")
    assert company.account_of(AccountType.CARD) == Option(OptionId("1210"), "Card clearing", Classification.BANK)
    assert company.account_of(AccountType.INVOICE) is None


def test_the_account_types_are_those_of_the_seed_in_its_sections() -> None:
    by_section = {section: {kind.value for kind in AccountType if kind.section is section} for section in Section}
    assert by_section[Section.SALES] == {"sales", "gratuity", "refund"}
    assert by_section[Section.FEES] == {"paymentFee", "paymentFeeRefund", "loanFee"}
    assert by_section[Section.PAYMENTS] - {"payout"} == {
        *("cash", "card", "invoice", "onlineCard", "swish", "vipps", "mobile", "storeCredit", "paypal", "custom"),
        *("loan", "cashback", "prePaid"),
    }


@pytest.mark.parametrize("company", [a_company(), a_company(output=Output.JOURNAL, levels={"line": ("product",)})])
def test_what_is_written_down_is_read_back_exactly(company: Company) -> None:
    assert read_stored_company(company_text(company)) == company


def test_the_keys_of_tax_rates_are_normalised(example: dict[str, Any]) -> None:
    rates = sales(example)["taxRates"]
    company = read(after(example, lambda values: sales(values)["taxRates"].update({"17.50": rates["20"]})))
    assert company.tax_rate_of("17.5") is not None


def test_one_tax_rate_in_two_spellings_is_refused(example: dict[str, Any]) -> None:
    rates = sales(example)["taxRates"]
    doubled = after(example, lambda values: sales(values)["taxRates"].update({"20.0": rates["20"]}))
    assert refused(doubled) == [("company_tax_rate_twice", 'configuration.sales.taxRates["20.0"]')]


def test_names_of_the_current_openapi_are_accepted(example: dict[str, Any]) -> None:
    def rename(values: dict[str, Any]) -> None:
        values["enable"] = values.pop("enabled")
        values["configured"] = True
        values["schedule"] |= {"syncHour": 5, "timeZone": "Europe/Paris"}
        values["configuration"]["mapSettings"] = {"outputFormat": "JournalEntry"}

    company = read(after(example, rename))
    assert company.enabled
    assert company.output is Output.JOURNAL
    assert (company.schedule.run_hour, company.schedule.run_zone.key) == (5, "Europe/Paris")


def test_a_part_of_the_current_openapi_that_is_not_used_is_told(example: dict[str, Any]) -> None:
    changed = after(example, lambda values: sales(values).update(newTaxRates={"taxRateMappings": []}))
    assert [each.path for each in read_company(json.dumps(changed)).warnings] == ["configuration.sales.newTaxRates"]


def test_a_start_without_a_time_begins_at_midnight_and_one_with_an_offset_is_the_merchants_time(
    example: dict[str, Any],
) -> None:
    by_day = read(after(example, lambda values: values["schedule"].update(startDate="2026-07-01")))
    by_instant = read(after(example, lambda values: values["schedule"].update(startDate="2026-07-01T00:00:00Z")))
    assert by_day.schedule.start == datetime(2026, 7, 1)  # noqa: DTZ001 - a local time of the merchant
    assert by_instant.schedule.start == datetime(2026, 7, 1, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (
            lambda values: values.update(dataConnections=["shop"]),
            "company_connections",
            "dataConnections",
        ),
        (
            lambda values: payments(values).update(syncPayments=False),
            "company_fees_without_payments",
            "configuration.fees.syncFees",
        ),
        (
            lambda values: sales(values).update(syncSales=False),
            "company_payments_without_sales",
            "configuration.payments.syncPayments",
        ),
        (
            lambda values: payments(values)["accounts"]["prePaid"].update(selectedAccountId="1200"),
            "company_prepaid_account_shared",
            "configuration.payments.accounts.prePaid.selectedAccountId",
        ),
        (
            lambda values: payments(values)["accounts"].update(payout=payments(values)["accounts"]["card"]),
            "company_payout_account_shared",
            "configuration.payments.accounts.card.selectedAccountId",
        ),
        (
            lambda values: sales(values)["salesCustomer"].update(selectedCustomerId=None),
            "company_customer_missing",
            "configuration.sales.salesCustomer.selectedCustomerId",
        ),
        (
            lambda values: sales(values)["salesCustomer"].update(selectedCustomerId="nobody"),
            "company_not_an_option",
            "configuration.sales.salesCustomer.selectedCustomerId",
        ),
        (
            lambda values: sales(values)["grouping"]["groupingPeriod"].update(selectedGroupingPeriod="weekly"),
            "company_not_an_option",
            "configuration.sales.grouping.groupingPeriod.selectedGroupingPeriod",
        ),
        (
            lambda values: sales(values)["invoiceStatus"].update(selectedInvoiceStatus="Draft"),
            "company_payments_on_draft",
            "configuration.payments.syncPayments",
        ),
        (
            lambda values: sales(values)["invoiceStatus"].update(selectedInvoiceStatus="Sent"),
            "company_not_an_option",
            "configuration.sales.invoiceStatus.selectedInvoiceStatus",
        ),
        (
            lambda values: sales(values)["taxRates"]["20"].update(selectedTaxRateId="T21"),
            "company_not_an_option",
            'configuration.sales.taxRates["20"].selectedTaxRateId',
        ),
        (
            lambda values: payments(values)["accounts"]["cash"].update(selectedAccountId="9"),
            "company_not_an_option",
            "configuration.payments.accounts.cash.selectedAccountId",
        ),
        (
            lambda values: payments(values)["accounts"]["cash"]["accountOptions"][0].update(active=False),
            "company_account_inactive",
            "configuration.payments.accounts.cash.selectedAccountId",
        ),
        (
            lambda values: sales(values)["accounts"]["sales"].update(selectedAccountId=None),
            "company_account_missing",
            "configuration.sales.accounts.sales.selectedAccountId",
        ),
        (
            lambda values: payments(values)["accounts"]["invoice"].update(required=True),
            "company_account_missing",
            "configuration.payments.accounts.invoice.selectedAccountId",
        ),
        (
            lambda values: values["schedule"].update(selectedFrequency="Hourly"),
            "company_not_an_option",
            "schedule.selectedFrequency",
        ),
        (
            lambda values: sales(values)["grouping"]["groupingLevels"]["invoiceLevel"].update(
                selectedGroupByOptions=["till"]
            ),
            "company_not_an_option",
            "configuration.sales.grouping.groupingLevels.invoiceLevel.selectedGroupByOptions[0]",
        ),
        (
            lambda values: sales(values)["grouping"]["groupingLevels"].update(
                invoiceLevel={"selectedGroupByOptions": ["till"], "groupByOptions": ["till"]}
            ),
            "company_level_unsupported",
            "configuration.sales.grouping.groupingLevels.invoiceLevel.selectedGroupByOptions[0]",
        ),
        (
            lambda values: values["configuration"]["fees"]["feesSupplier"].update(selectedSupplierId=None),
            "company_supplier_missing",
            "configuration.fees.feesSupplier.selectedSupplierId",
        ),
        (
            lambda values: values["ledgerpost"].update(roundingAccount="9"),
            "company_not_an_option",
            "ledgerpost.roundingAccount",
        ),
        (
            lambda values: payments(values)["accounts"].update(sales=sales(values)["accounts"]["sales"]),
            "config_unknown_key",
            "configuration.payments.accounts.sales",
        ),
        (
            lambda values: payments(values)["accounts"].update(barter={"selectedAccountId": None}),
            "config_wrong_value",
            "configuration.payments.accounts.barter",
        ),
        (lambda values: values["schedule"].update(syncHourUtc=24), "config_wrong_value", "schedule.syncHourUtc"),
        (lambda values: values["schedule"].pop("syncHourUtc"), "config_missing_key", "schedule.syncHourUtc"),
        (lambda values: values["ledgerpost"].pop("timeZone"), "config_missing_key", "ledgerpost.timeZone"),
        (lambda values: values["ledgerpost"].update(timeZone="London"), "config_wrong_value", "ledgerpost.timeZone"),
        (lambda values: values.update(colour="red"), "config_unknown_key", "colour"),
        (lambda values: values.pop("companyId"), "config_missing_key", "companyId"),
    ],
)
def test_a_fault_is_refused_with_its_code_its_path_and_a_mend(
    example: dict[str, Any], change: Change, code: str, path: str
) -> None:
    assert (code, path) in refused(after(example, change))


def test_all_faults_are_told_at_once(example: dict[str, Any]) -> None:
    def break_twice(values: dict[str, Any]) -> None:
        sales(values)["salesCustomer"]["selectedCustomerId"] = "nobody"
        payments(values)["accounts"]["cash"]["selectedAccountId"] = "9"

    assert len(refused(after(example, break_twice))) == 2


def test_a_change_may_leave_the_read_only_values_out(example: dict[str, Any]) -> None:
    before = read(example)

    def choose(values: dict[str, Any]) -> None:
        del values["accountingSoftwareCompanyName"]
        sales(values)["salesCustomer"] = {"selectedCustomerId": "web"}
        payments(values)["accounts"] = {"cash": {"selectedAccountId": "1210"}}

    company = read(after(example, choose), before)
    assert company.sales.customer.selected == "web"
    assert company.sales.customer.options == before.sales.customer.options
    assert company.accounting_software_company_name == "Acme"
    assert company.account_of(AccountType.CASH) == before.account_of(AccountType.CARD)
    assert company.account_of(AccountType.CARD) == before.account_of(AccountType.CARD)


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (lambda values: values.update(companyId="other"), "company_read_only", "companyId"),
        (
            lambda values: values.update(accountingSoftwareCompanyName="Acme Ltd"),
            "company_read_only",
            "accountingSoftwareCompanyName",
        ),
        (
            lambda values: values["schedule"].update(frequencyOptions=["Daily"]),
            "company_read_only",
            "schedule.frequencyOptions",
        ),
        (
            lambda values: payments(values)["accounts"]["cash"].update(labelText="Coins"),
            "company_read_only",
            "configuration.payments.accounts.cash.labelText",
        ),
        (
            lambda values: payments(values)["accounts"]["cash"].update(accountOptions=[{"id": "1200"}]),
            "company_read_only",
            "configuration.payments.accounts.cash.accountOptions",
        ),
        (
            lambda values: sales(values)["salesCustomer"].update(customerOptions=[{"id": "till"}]),
            "company_read_only",
            "configuration.sales.salesCustomer.customerOptions",
        ),
        (
            lambda values: values["schedule"].update(startDate="2010-11-30"),
            "company_start_backdated",
            "schedule.startDate",
        ),
        (
            lambda values: values.update(mapSettings={"outputFormat": "JournalEntry"}),
            "company_output_fixed",
            "mapSettings.outputFormat",
        ),
    ],
)
def test_what_is_read_only_cannot_be_written(example: dict[str, Any], change: Change, code: str, path: str) -> None:
    assert refused(after(example, change), read(example)) == [(code, path)]


def test_a_later_start_is_a_change_like_another(example: dict[str, Any]) -> None:
    later = after(example, lambda values: values["schedule"].update(startDate="2010-12-05"))
    assert read(later, read(example)).schedule.first_day.day == 5


def test_a_new_account_is_an_option_like_the_others_and_chosen() -> None:
    company = a_company()
    created = Option(OptionId("new"), "Swish", Classification.BANK)
    grown = with_new_account(company, AccountType.SWISH, created)
    assert grown.account_of(AccountType.SWISH) == created
    assert set(company.payments.accounts[AccountType.SWISH].options) < set(
        grown.payments.accounts[AccountType.SWISH].options
    )
    assert with_new_account(grown, AccountType.SWISH, created) == grown


def test_no_value_of_the_document_is_quoted(example: dict[str, Any]) -> None:
    secret = after(example, lambda values: values["ledgerpost"].update(timeZone="hunter2", tenant=["hunter2"]))
    with pytest.raises(ConfigurationError) as caught:
        read(secret)
    assert "hunter2" not in str(caught.value)


def test_the_example_written_down_names_every_field_of_the_seed(example: dict[str, Any]) -> None:
    document = company_document(read(example))
    assert set(document) >= {"companyId", "accountingSoftwareCompanyName", "enabled", "schedule", "configuration"}
    assert set(document["schedule"]) == {"selectedFrequency", "frequencyOptions", "startDate", "syncHourUtc"}
    assert set(document["configuration"]["sales"]) == {
        *("syncSales", "accounts", "invoiceStatus", "salesCustomer", "taxRates", "grouping")
    }
