"""A company's configuration written down in the seed's names: for people, and to be kept. Reading it gives it back."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ledgerpost.domain.company import Account, AccountType, Choice, Company, LevelChoice, Option


def company_text(company: Company) -> str:
    """Give the configuration as JSON text, the same for the same configuration."""
    return json.dumps(company_document(company), ensure_ascii=False, separators=(",", ":"))


def company_document(company: Company) -> dict[str, Any]:
    """Give the configuration as plain values in the seed's order."""
    document: dict[str, Any] = {
        "companyId": company.id,
        "accountingSoftwareCompanyName": company.accounting_software_company_name,
        "enabled": company.enabled,
        "schedule": {
            "selectedFrequency": company.schedule.frequency.selected,
            "frequencyOptions": list(company.schedule.frequency.options),
            "startDate": company.schedule.start.isoformat(),
            **_hour(company),
        },
        "configuration": {"sales": _sales(company), "payments": _payments(company), "fees": _fees(company)},
        "mapSettings": {"outputFormat": company.output.value},
        "ledgerpost": _extras(company),
    }
    if company.data_connections is not None:
        document["dataConnections"] = list(company.data_connections)
    return document


def _hour(company: Company) -> dict[str, Any]:
    zone = company.schedule.run_zone.key
    if zone == "UTC":
        return {"syncHourUtc": company.schedule.run_hour}
    return {"syncHour": company.schedule.run_hour, "timeZone": zone}


def _sales(company: Company) -> dict[str, Any]:
    sales, grouping = company.sales, company.sales.grouping
    return {
        "syncSales": sales.sync,
        "accounts": _accounts(sales.accounts),
        "invoiceStatus": {
            "selectedInvoiceStatus": sales.invoice_status.selected,
            "invoiceStatusOptions": list(sales.invoice_status.options),
        },
        "salesCustomer": {
            "selectedCustomerId": sales.customer.selected,
            "customerOptions": _options(sales.customer.options),
        },
        "taxRates": {rate: _tax_rate(choice) for rate, choice in sales.tax_rates.items()},
        "grouping": {
            "groupingPeriod": {
                "selectedGroupingPeriod": grouping.period.selected,
                "groupingPeriodOptions": list(grouping.period.options),
            },
            "groupingLevels": {
                "invoiceLevel": _level(grouping.invoice_level),
                "invoiceLineLevel": _level(grouping.line_level),
            },
        },
    }


def _tax_rate(choice: Choice) -> dict[str, Any]:
    return {"selectedTaxRateId": choice.selected, "taxRateOptions": _options(choice.options)}


def _level(level: LevelChoice) -> dict[str, Any]:
    return {"selectedGroupByOptions": list(level.selected), "groupByOptions": list(level.options)}


def _payments(company: Company) -> dict[str, Any]:
    return {"syncPayments": company.payments.sync, "accounts": _accounts(company.payments.accounts)}


def _fees(company: Company) -> dict[str, Any]:
    fees = company.fees
    return {
        "syncFees": fees.sync,
        "accounts": _accounts(fees.accounts),
        "feesSupplier": {
            "selectedSupplierId": fees.supplier.selected,
            "supplierOptions": _options(fees.supplier.options),
        },
    }


def _accounts(accounts: Mapping[AccountType, Account]) -> dict[str, Any]:
    return {kind.value: _account(account) for kind, account in accounts.items()}


def _account(account: Account) -> dict[str, Any]:
    return {
        "labelText": account.label_text,
        "descriptionText": account.description_text,
        "selectedAccountId": account.selected,
        "required": account.required,
        "accountOptions": _options(account.options),
    }


def _options(options: Iterable[Option]) -> list[dict[str, Any]]:
    return [_option(option) for option in options]


def _option(option: Option) -> dict[str, Any]:
    written: dict[str, Any] = {"id": option.id, "name": option.name}
    if option.classification is not None:
        written["classification"] = option.classification.value
    if option.nominal_code is not None:
        written["nominalCode"] = option.nominal_code
    if not option.active:
        written["active"] = False
    return written


def _extras(company: Company) -> dict[str, Any]:
    extras = company.extras
    own = {
        "roundingAccount": extras.rounding_account,
        "taxAccount": extras.tax_account,
        "receivableAccount": extras.receivable_account,
        "clearingAccount": extras.clearing_account,
    }
    return {
        "tenant": extras.tenant,
        "timeZone": extras.time_zone.key,
        "connection": extras.connection,
        "account": extras.account,
        **{key: account for key, account in own.items() if account is not None},
        "lineLimit": extras.line_limit,
        "entries": extras.as_entries,
    }
