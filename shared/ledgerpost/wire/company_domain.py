"""A company's configuration: the models → the domain. Source: codat sheet, section 3."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from ledgerpost.domain.commerce import CompanyId, rate_text
from ledgerpost.domain.company import (
    Account,
    AccountType,
    Choice,
    Classification,
    Company,
    Extras,
    Fees,
    Grouping,
    LevelChoice,
    Option,
    OptionId,
    Output,
    Payments,
    Sales,
    Schedule,
    TextChoice,
)
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AccountId, ConnectionId
from ledgerpost.errors import ConfigurationError, Problem
from ledgerpost.wire.company_model import (
    AccountDocument,
    CompanyDocument,
    LevelDocument,
    OptionDocument,
    ScheduleDocument,
    TaxRateDocument,
)


def company_of(document: CompanyDocument) -> Company:
    extras, schedule = document.ledgerpost, document.schedule
    zone_name = extras.time_zone or schedule.time_zone
    if zone_name is None:
        message = "The merchant's time zone is missing; a business day runs from midnight to midnight there."
        mend = "Add it: a time zone of the IANA database, such as Europe/London."
        raise ConfigurationError([Problem("ledgerpost.timeZone", message, mend, "config_missing_key")])
    zone = ZoneInfo(zone_name)
    sections = document.configuration
    return Company(
        id=CompanyId(document.company_id),
        accounting_software_company_name=document.company_name,
        enabled=document.enabled,
        schedule=_schedule_of(schedule, zone),
        sales=_sales_of(document),
        payments=Payments(sync=sections.payments.sync, accounts=_accounts_of("payments", sections.payments.accounts)),
        fees=Fees(
            sync=sections.fees.sync,
            accounts=_accounts_of("fees", sections.fees.accounts),
            supplier=Choice(_id(sections.fees.supplier.selected), _options_of(sections.fees.supplier.options)),
        ),
        extras=Extras(
            tenant=TenantId(extras.tenant),
            time_zone=zone,
            connection=ConnectionId(extras.connection),
            account=AccountId(extras.account),
            rounding_account=_id(extras.rounding_account),
            tax_account=_id(extras.tax_account),
            receivable_account=_id(extras.receivable_account),
            clearing_account=_id(extras.clearing_account),
            line_limit=extras.line_limit,
            as_entries=extras.entries,
        ),
        output=Output(document.map_settings.output_format),
        data_connections=tuple(document.data_connections) if document.data_connections is not None else None,
    )


def _schedule_of(document: ScheduleDocument, zone: ZoneInfo) -> Schedule:
    """The start is a local time of the merchant; one with an offset is brought there."""
    start = datetime.fromisoformat(document.start)
    hour, run_zone = document.sync_hour, document.time_zone
    if hour is None and document.sync_hour_utc is None:
        message = "The hour of the run is missing."
        raise ConfigurationError(
            [Problem("schedule.syncHourUtc", message, "Add it: a whole number from 0 to 23.", "config_missing_key")]
        )
    return Schedule(
        frequency=TextChoice(selected=document.frequency, options=tuple(document.frequency_options)),
        start=start.astimezone(zone).replace(tzinfo=None) if start.tzinfo else start,
        run_hour=hour if hour is not None else document.sync_hour_utc or 0,
        run_zone=ZoneInfo(run_zone) if hour is not None and run_zone else ZoneInfo("UTC"),
    )


def _sales_of(document: CompanyDocument) -> Sales:
    sales = document.configuration.sales
    levels = sales.grouping.levels
    return Sales(
        sync=sales.sync,
        accounts=_accounts_of("sales", sales.accounts),
        invoice_status=TextChoice(selected=sales.invoice_status.selected, options=tuple(sales.invoice_status.options)),
        customer=Choice(_id(sales.customer.selected), _options_of(sales.customer.options)),
        tax_rates=_tax_rates_of(sales.tax_rates),
        grouping=Grouping(
            period=TextChoice(selected=sales.grouping.period.selected, options=tuple(sales.grouping.period.options)),
            invoice_level=_level_of(levels.invoice),
            line_level=_level_of(levels.line),
        ),
    )


def _level_of(document: LevelDocument) -> LevelChoice:
    return LevelChoice(selected=tuple(document.selected), options=tuple(document.options))


def _tax_rates_of(documents: Mapping[str, TaxRateDocument]) -> dict[str, Choice]:
    """Give the tax rates by normalised keys; raises ConfigurationError for a key that is no decimal, or doubled."""
    rates: dict[str, Choice] = {}
    for key, document in documents.items():
        path = f'configuration.sales.taxRates["{key}"]'
        rate = _rate_of(key, path)
        if rate in rates:
            message, mend = f"The rate {rate} stands twice.", "Keep one of the two."
            raise ConfigurationError([Problem(path, message, mend, "company_tax_rate_twice")])
        rates[rate] = Choice(_id(document.selected), _options_of(document.options))
    return rates


def _rate_of(key: str, path: str) -> str:
    try:
        rate = Decimal(key)
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or not 0 <= rate <= 1000:
        message = "Expected a tax rate from 0 to 1000 as decimal text, such as 17.5."
        raise ConfigurationError([Problem(path, message, "Correct the key.", "config_wrong_value")])
    return rate_text(rate)


def _accounts_of(section: str, documents: Mapping[str, AccountDocument]) -> dict[AccountType, Account]:
    accounts = {AccountType(key): _account_of(document) for key, document in documents.items()}
    strays = [kind for kind in accounts if kind.section.value != section]
    if strays:
        raise ConfigurationError(
            [
                Problem(
                    f"configuration.{section}.accounts.{kind.value}",
                    f"This account type belongs to the section {kind.section.value}.",
                    f"Move it to configuration.{kind.section.value}.accounts.",
                    "config_unknown_key",
                )
                for kind in strays
            ]
        )
    return accounts


def _account_of(document: AccountDocument) -> Account:
    return Account(
        selected=_id(document.selected),
        options=_options_of(document.options),
        label_text=document.label_text,
        description_text=document.description_text,
        required=document.required,
    )


def _options_of(documents: list[OptionDocument]) -> tuple[Option, ...]:
    return tuple(
        Option(
            id=OptionId(each.id),
            name=each.name,
            classification=Classification(each.classification) if each.classification else None,
            nominal_code=each.nominal_code,
            active=each.active,
        )
        for each in documents
    )


def _id(value: str | None) -> OptionId | None:
    return OptionId(value) if value is not None else None
